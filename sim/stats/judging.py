"""Whether an objective holds: by the interval over replications where there is one, by counting where there is none.

    limit            |              limit          |
    interval  [--]   |  pass     [--|--]  unsure   |  [--] fail       values without an end: a sign test over replications

A time that a run ended before is longer than the run was watched, and no more is known: watched for less than the limit, it
neither holds nor does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sim.stats.intervals import N_MIN, Estimate
from sim.stats.paired import prove_by_signs

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.invariants import Invariant
    from sim.scenario.objectives import Objective
    from sim.stats.pooled import Pooled

Outcome = Literal["pass", "fail", "unsure"]
SECOND = 1e9


@dataclass(frozen=True)
class Verdict:
    """What the replications say about an objective, or an invariant: ``pass``, ``fail``, or ``unsure``: too few to tell."""

    objective: Objective | Invariant
    path: str
    outcome: Outcome
    estimate: Estimate
    reason: str

    def __str__(self) -> str:
        """Return ``PASS checkout.errors < 1%: 0.2 [0.1, 0.3] % (n = 10)``."""
        return f"{self.outcome.upper()} {self.objective}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "objective": str(self.objective),
            "path": self.path,
            "outcome": self.outcome,
            "reason": self.reason,
            "estimate": self.estimate.to_dict(),
        }


def path_of(objective: Objective) -> str:
    """Return the path of the metric that an objective is about."""
    return f"{objective.subject}.{objective.metric}" if objective.subject else objective.metric


def judge(
    objective: Objective, found: Estimate, values: Sequence[float], watched: Sequence[float] | None = None
) -> Verdict:
    """Judge one objective: ``pass`` or ``fail`` when the interval is on one side of the limit, else ``unsure``.

    Where values are infinite there is no interval: then all of them are, or a sign test over replications tells. ``watched``:
    of a time that runs may end before, for how long each was watched; an infinite value of a shorter watch than the limit is
    open. Where a value is missing nothing is judged.
    """
    path = path_of(objective)
    limit = objective.limit / SECOND if objective.unit == "duration" else objective.limit
    if any(math.isnan(value) for value in values):
        return Verdict(objective, path, "unsure", found, f"{found}; it is judged when every replication has a value")
    if found.n < N_MIN:
        return Verdict(objective, path, "unsure", found, f"{found}; run more replications")
    if found.estimable:
        low, high = holds(found.low, objective.op, limit), holds(found.high, objective.op, limit)
        outcome: Outcome = "pass" if low and high else "unsure" if low or high else "fail"
        return Verdict(objective, path, outcome, found, str(found))
    ends = watched or [math.inf] * found.n
    open_ = [math.isinf(value) and end < limit for value, end in zip(values, ends, strict=True)]
    met = sum(holds(value, objective.op, limit) and not one for value, one in zip(values, open_, strict=True))
    reason = f"{found}; holds in {met} of {found.n} replications"
    if any(open_):
        reason += f", and {sum(open_)} ended before that could be told; write a longer run.horizon"
    return Verdict(objective, path, _counted(met, found.n - met - sum(open_), found), found, reason)


def judge_quantile(objective: Objective, found: Estimate, quantile: Pooled) -> Verdict:
    """Judge an objective of a quantile of all replications' answers: by its interval, also where that has no end.

    A limit inside a cell in which the interval ends is not told from it, unless values were counted at the limit exactly.
    """
    path = path_of(objective)
    limit = objective.limit / SECOND
    if math.isnan(quantile.value) or quantile.n < N_MIN:
        more = "more or longer replications" if math.isnan(quantile.value) else "more replications"
        return Verdict(objective, path, "unsure", found, f"{found}; run {more}")
    low, high = holds(quantile.floor, objective.op, limit), holds(quantile.ceiling, objective.op, limit)
    outcome: Outcome = "pass" if low and high else "unsure" if low or high else "fail"
    reason = str(found)
    within = quantile.least <= quantile.floor and quantile.ceiling <= quantile.most
    if outcome == "unsure" and (within or not quantile.low <= limit <= quantile.high):
        reason += "; the limit lies within a bucket of the histogram"
    return Verdict(objective, path, outcome, found, reason)


def judge_between(found: Verdict, least: Verdict, most: Verdict) -> Verdict:
    """Return the verdict where something is open when the runs end: what holds however that turns out, else ``unsure``.

    ``least`` and ``most`` judge the objective by the least and by the most that the figure can turn out to be.
    """
    if least.outcome == most.outcome:
        return replace(found, outcome=least.outcome)
    open_ = f"from {least.estimate} to {most.estimate}, by how what is still open when the runs end turns out"
    return replace(found, outcome="unsure", reason=f"{open_}; write a timeout, a deadline or a longer run.horizon")


def _counted(met: int, missed: int, found: Estimate) -> Outcome:
    """What the replications say by their numbers, whatever those that are open would have said."""
    if found.infinite == found.n and max(met, missed) == found.n:
        return "pass" if met else "fail"
    for outcome, count in (("pass", met), ("fail", missed)):
        if 2 * count > found.n and prove_by_signs(count, found.n - count, found.level):
            return outcome  # type: ignore[return-value]
    return "unsure"


def holds(value: float, op: str, limit: float) -> bool:
    """Return whether a value is on the right side of a limit."""
    if op == "<":
        return value < limit
    if op == "<=":
        return value <= limit
    if op == ">":
        return value > limit
    return value >= limit
