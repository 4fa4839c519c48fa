"""Policies that learn, laid over the numbered examples: retries of all kinds, their budgets, breakers and throttles.

    numbered(n)  --calls and flows get other retries, budgets, breakers, throttles-->  learning(n)

The choices are those of a generator of their own, so that no other example moves. Run by itself it compares both engines, with
``EVENTFLOW_UNLOWERED=1`` the kernel as plain Python: ``python -m tests.conformance.generate_learning FIRST STOP``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from sim.policies.breaker_profiles import PROFILES
from sim.scenario.kinds import FAILURES
from sim.scenario.scenario import Scenario
from tests.conformance.choosers import Numbered
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import Generator, numbered
from tests.conformance.generate_waiting import numbered_waiting
from tests.conformance.unlowered import guard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.record.record import Record

Data = dict[str, Any]
FIRST = 10_000  # of the choices: those of the numbered examples are others


def learning(n: int) -> Data:
    """The n-th example; half of them wait, are cancelled and have deadlines as well."""
    whole = numbered_waiting(n) if n % 2 == 1 else numbered(n)
    make = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    callers = [*whole["workload"].values()]
    for service in whole["services"].values():
        for steps in service["operations"].values():
            callers += calls_of(steps)
    for call in callers:
        call.pop("order", None)  # a list would have to name all
        if make.chance(60):
            call["retry"] = retry(make)
        if make.chance(50):
            call["breaker"] = breaker(make)
        if make.chance(40):
            window, spans = make.pick(["10ms", "4ms"]), make.pick([1, 2, 4])
            call["throttle"] = {"k": make.pick([1, 1.1, 2]), "window": window, "spans": spans}
            if make.chance(30):
                call["throttle"]["rejects"] = some(make)
    return whole


def calls_of(steps: Any) -> Iterator[Data]:
    """Every call in a list of steps that may have retries and guards of its own: none in sagas, which share them."""
    for step in steps if isinstance(steps, list) else ():
        if "call" in step:
            yield step
        for key, part in step.items():
            if key == "parallel":
                yield from calls_of(part)
            elif key == "choose":
                for branch in part:
                    yield from calls_of(branch["steps"])


def some(make: Generator) -> list[str]:
    """Some ways to fail."""
    return [one for one in FAILURES if make.chance(60)] or [make.pick(FAILURES)]


def retry(make: Generator) -> Data:
    """A retry policy of any kind, with a budget or without."""
    kind = make.pick(
        ["fixed", "exponential", "full_jitter", "equal_jitter", "decorrelated_jitter", "exponentially_distributed"]
    )
    found: Data = {"kind": kind, "attempts_max": make.pick([2, 3, 5])}
    if kind == "fixed":
        found["delay"] = make.pick(["0s", make.ms(0, 3)])
    elif kind == "exponentially_distributed":
        found["mean"] = make.pick(["1ms", make.ms(0, 3)])
    else:
        found |= {"base": "1ms", "cap": make.pick(["1ms", "3ms", "9ms"])}
    if kind in {"fixed", "exponential"} and make.chance(40):
        found["jitter"] = make.pick(["±20%", "100%"])
    if make.chance(30):
        found["on"] = some(make)
    if make.chance(60):
        found["budget"] = budget(make)
    return found


def budget(make: Generator) -> Data:
    """A retry budget that is soon spent."""
    kind = make.pick(["token_bucket", "ratio_of_active", "ratio_of_calls"])
    if kind == "token_bucket":
        found: Data = {"kind": kind, "tokens_max": make.number(1, 5), "per_success": make.pick([0, 0.1, 1])}
        found |= {"per_failure": make.pick([0, 0.5]), "floor": make.pick([0, 0.5]), "shared": make.chance(30)}
        return found
    if kind == "ratio_of_active":
        waiting = make.pick(["counts", "free"])
        return {"kind": kind, "share": make.pick(["20%", "100%"]), "min": make.number(0, 2), "waiting": waiting}
    rate = make.pick(["0/s", "3/s", "1/s"])
    return {"kind": kind, "share": make.pick(["20%", "100%"]), "min_rate": rate, "ttl": "1s", "shared": make.chance(30)}


def breaker(make: Generator) -> Data:
    """A breaker of any kind that opens and closes again within a short run."""
    short: Data = {"open": make.pick(["1ms", make.ms(1, 9), "3ms"]), "probes": make.number(1, 3)}
    if make.chance(40):
        growing = [{"open_factor": 2, "open_max": "12ms"}, {"open_step": "2ms"}]
        short |= make.pick([*growing, {"open_jitter": "50%"}, {"open_jitter": "equal"}])
    if make.chance(30):
        short["half_open_max"] = make.pick(["1ms", "4ms"])
    short["in_flight"] = make.pick(["ignored", "counted"])
    if short["in_flight"] == "counted":
        short["refusals"] = "counted" if short["probes"] > 1 else "taken_back"
    if make.chance(30):
        short["ignores"] = some(make)
    if make.chance(20):
        return {"profile": make.pick(list(PROFILES)), **short}
    if make.chance(30):
        return {"failures": make.number(1, 4), **short, **({"probes": 0, "forget": "3ms"} if make.chance(30) else {})}
    if make.chance(30):
        window: Data = make.pick([{"kind": "count", "size": make.number(1, 5)}, {"kind": "time", "size": make.ms(1, 9)}])
        more = {"failures_in_a_row": make.number(1, 3)} if make.chance(40) else {}
        return {"success": make.pick(["50%", "80%", "100%"]), "window": window, "minimum": make.number(1, 4), **more, **short}
    time = {"kind": "time", "size": f"{make.number(1, 9)}ms", "spans": make.pick([1, 2, 4])}
    window = make.pick([{"kind": "count", "size": make.number(1, 6)}, time])
    slow = {"slow": {"after": make.pick(["1ms", make.ms(1, 5)]), "share": "60%"}} if make.chance(40) else {}
    judged = {"probes_judged": make.pick(["all", "share"]), "opens_on": make.pick(["any", "failure"])}
    rate = {"failures": make.pick(["30%", "50%", "100%"]), "window": window, "minimum": make.number(1, 5)}
    return {**rate, **slow, **judged, **short}


def conform(n: int) -> Record | None:
    """Compare both engines on the n-th example."""
    return assert_conform(Scenario.model_validate(learning(n)), seed=n)


if __name__ == "__main__":
    if os.environ.get("EVENTFLOW_UNLOWERED") == "1":
        guard()
    first, stop = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, stop):
        conform(number)
    print(stop - first)  # noqa: T201 - read by the test
