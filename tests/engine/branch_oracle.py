"""What branches do, worked out by recursion over the steps instead of event by event: an oracle for both engines.

    end([work 3, parallel [[wait 2], [wait 9, fail]] until any, work 1], at 0)  ->  ends well at 6
                                        '-- left at 5: begun 3, over 12, nobody needed it

A handler has no cores, nothing is drawn and no two times are the same, so that all follows from the declared times.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

Steps = list[Any]
HOP = 1_000_003  # ns


class End(NamedTuple):
    """When something ends, in ns, and how: ``ok``, ``error`` or ``dependency``."""

    at: float
    outcome: str


def end(steps: Steps, at: float) -> End:
    """How steps end that begin then, one after the other, if nobody stops them."""
    for step in steps:
        one = end_of(step, at)
        if one.outcome != "ok":
            return one
        at = one.at
    return End(at, "ok")


def end_of(step: Any, at: float) -> End:
    """The same of one step."""
    if "fail" in step:
        return End(at, "error")
    if "call" in step:
        took, fails = ns(step["work"]), step["call"].startswith("bad")
        if fails and "fallback" in step:
            return end(step["fallback"], at + took + 2 * HOP)
        return End(at + took + 2 * HOP, "dependency" if fails else "ok")
    if "try" in step:
        tried = end(step["try"], at)
        return tried if tried.outcome == "ok" else end(step["catch"], tried.at)
    if "parallel" in step:
        return decision(step, at)
    return End(at + ns(step.get("work", step.get("wait"))), "ok")


def decision(step: Any, at: float) -> End:
    """When it is known how what goes in parallel ends together."""
    ends = sorted(end(steps_of(one), at) for one in step["parallel"])
    failed = [one for one in ends if one.outcome != "ok"]
    until = step.get("until", "all")
    if until == "all":
        return End(ends[-1].at, failed[0].outcome if failed else "ok")
    needed, deadline = (1, math.inf) if until == "any" else (until["quorum"], at + ns(until.get("deadline", "inf")))
    good = [one for one in ends if one.outcome == "ok"]
    well = good[needed - 1].at if len(good) >= needed else math.inf
    spare = len(ends) - needed
    lost = failed[spare].at if len(failed) > spare else math.inf
    if min(well, lost) > deadline:
        return End(deadline, "dependency")
    return End(well, "ok") if well < lost else End(lost, failed[0].outcome)


class Branch(NamedTuple):
    """A branch, and whether anybody needed it."""

    began: float
    ended: float
    outcome: str
    wasted: bool


def branches(steps: Steps, at: float, stop: float = math.inf, *, cut: str = "") -> list[Branch]:
    """All branches of steps that begin then; at ``stop`` these are called back, and with them those that they need."""
    found: list[Branch] = []
    for step in steps:
        if at > stop:
            break
        found += branches_of(step, at, stop, cut)
        one = end_of(step, at)
        if one.outcome != "ok":
            break
        at = one.at
    return found


def branches_of(step: Any, at: float, stop: float, cut: str) -> list[Branch]:
    """The same of one step."""
    if "try" in step:
        tried = end(step["try"], at)
        found = branches(step["try"], at, stop, cut=cut)
        return found if tried.outcome == "ok" or tried.at > stop else found + branches(step["catch"], tried.at, stop, cut=cut)
    if "parallel" not in step:
        return []
    found, decided = [], decision(step, at)
    for one in step["parallel"]:
        inner, own = steps_of(one), end(steps_of(one), at)
        limit, how = (stop, cut) if decided.at > stop else (math.inf, "")
        left = limit == math.inf and own.at > decided.at
        if left and step.get("cancel"):
            limit, how = decided.at, "cancelled"
        if not plain(one):
            over = own.at <= limit
            outcome, wasted = (own.outcome, left) if over else (how, True)
            found.append(Branch(at, min(own.at, limit), outcome, wasted))
            found += branches(inner, at, limit, cut=how)
    return found


def plain(one: Any) -> bool:
    """Whether one of those in parallel is a call, and no branch."""
    return isinstance(one, dict) and "call" in one and "fallback" not in one


def steps_of(one: Any) -> Steps:
    """Its steps."""
    return one if isinstance(one, list) else [one]


def ns(text: str) -> float:
    """A time as it stands in a file."""
    return float(text.removesuffix("ns"))
