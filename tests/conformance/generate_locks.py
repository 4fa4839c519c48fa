"""Handlers that take locks of their services around some of their steps, in scenarios by the dozen."""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered
from tests.conformance.generate_admission import add_admission
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FACTS = ("key_lock_waiting", "key_lock_taken", "key_lock_given_up")
"""What only locks do."""


def add_locks(make: Generator, whole: Data) -> None:
    """Most handlers hold a lock for some of their steps, some two, one inside of the other."""
    two_phase = "two_phase" in str(whole)  # whose effects stand in no other step
    for service in whole["services"].values():
        if make.chance(75):
            service["workers"] = make.pick([2, 3, 5, 8])
        for number, steps in enumerate(service["operations"].values()):
            first = make.pick(["a", "b"]) if make.chance(60) else "ab"[number % 2]
            for inner in [*(branch["steps"] for step in steps for branch in step.get("choose", ())), steps]:
                if inner and make.chance(80):
                    wrap(make, inner, first, unlike="'effect'" if two_phase else "'lock'")
        if len(service["operations"]) == 1 and make.chance(50):  # the same the other way round
            steps = next(iter(service["operations"].values()))
            turned = [{"lock": {"name": "b"}, "steps": [{"work": "1ms"}, {"lock": {"name": "a"}, "steps": [{"work": "1ms"}]}]}]
            steps[:] = [{"choose": [{"weight": 1, "steps": turned}, {"weight": 1, "steps": []}]}, *steps]
    for flow in whole["workload"].values():
        if "keys" not in flow and make.chance(60):
            flow["keys"] = make.number(1, 3)


def wrap(make: Generator, steps: list[Data], name: str, *, unlike: str, again: bool = True) -> None:
    """A lock around some of the steps, and perhaps another one around some of those."""
    first = make.number(0, len(steps) - 1)
    last = make.number(first + 1, len(steps))
    inside = steps[first:last]
    if any(word in str(inside) for word in ("'lock'", unlike)):  # of a branch
        return
    one: Data = {"name": name, "key": make.pick(["one", "one", "flow"])}
    if make.chance(70):
        one["wait_max"] = make.pick(["0s", make.ms(1, 6), make.ms(1, 6)])
    if again and make.chance(70):
        wrap(make, inside, "a" if name == "b" else "b", unlike=unlike, again=False)
    if make.chance(70):
        inside.insert(0, {"work": make.distribution(1, 6)})
    steps[first:last] = [{"lock": one, "steps": inside}]


def with_locks(n: int) -> Data:
    """The n-th example: one of those of other mechanics, and this; every fifth with limits, too."""
    whole = (numbered, numbered_waiting, with_pace, numbered_steps)[n % 4](n)
    make = Generator(Numbered(3_000_000 + n), ties=n % 2 == 0)
    add_locks(make, whole)
    if n % 5 == 0:
        add_admission(make, whole)
    return whole
