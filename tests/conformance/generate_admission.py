"""Services with concurrency limits, and that shed by priority, in scenarios by the dozen."""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FACTS = ("limited",)
"""What only such services do."""


def add_admission(make: Generator, whole: Data) -> None:
    """Most services admit no more than so many; some shed, of the limit or of a queue that has a bound."""
    for number, flow in enumerate(whole["workload"].values()):
        flow.setdefault("priority", number)
    for service in whole["services"].values():
        if make.chance(75):
            service["limit"] = limit(make)
        bound = service.get("queue", {}).get("max") or service.get("queue_max")
        of = [one for one, there in (("limit", "limit" in service), ("queue", bound)) if there]
        if of and make.chance(50):
            service["shed"] = {"kind": "by_priority", "at": make.pick(["80%", "50%", "1%", "33.3%"]), "of": make.pick(of)}


def limit(make: Generator) -> Data:
    """A limit of any kind, small enough to be felt."""
    kind = make.pick(["fixed", "aimd", "vegas", "gradient2", "gradient2"])
    if kind == "fixed":
        return {"kind": kind, "limit": make.number(1, 4)}
    first = make.number(1, 5)
    one: Data = {"kind": kind, "initial": first, "max": first + make.number(0, 6)}
    if kind != "vegas":
        one["min"] = make.number(1, first)
    if kind == "aimd":
        one |= {"timeout": make.ms(1, 9), "backoff": make.pick([0.5, 0.9, 0.77])}
    if kind == "vegas":
        one |= {"probe": make.number(1, 3), "smoothing": make.pick([1.0, 0.5])}
        one |= {key: make.number(0, 4) for key in ("alpha", "beta", "threshold", "increase") if make.chance(40)}
        one |= {"backoff": 0.5} if make.chance(40) else {}
    if kind == "gradient2":
        one |= {"smoothing": make.pick([0.2, 1.0]), "tolerance": make.pick([1.0, 1.5]), "queue": make.number(0, 4)}
        one["remembered"] = make.pick([1, 5, 600])
    if make.chance(35):
        one["window"] = {"min": make.ms(1, 3), "max": make.ms(3, 8), "samples": make.number(0, 2), "shortest": "0s"}
    return one


def with_admission(n: int) -> Data:
    """The n-th example: one of those of who waits, of cores and event loops, or of what stands around calls, and this."""
    whole = (numbered_waiting, with_pace, numbered_waiting, numbered_steps)[n % 4](n)
    add_admission(Generator(Numbered(2_000_000 + n), ties=n % 2 == 0), whole)
    return whole
