"""Connections that leak, laid over the examples of strikes: of pools of services, some shared by several calls, and of stores.

    with_strikes(n)  --calls share pools, which leak, as stores do-->  with_leaks(n)

The choices are those of a generator of their own, so that no other example moves. Run by itself it compares both engines, with
``EVENTFLOW_UNLOWERED=1`` the kernel as plain Python: ``python -m tests.conformance.generate_leaks FIRST STOP``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.conformance.choosers import Numbered
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import Generator
from tests.conformance.generate_faults import times
from tests.conformance.generate_learning import calls_of
from tests.conformance.generate_strikes import with_strikes
from tests.conformance.unlowered import guard

if TYPE_CHECKING:
    from sim.record.record import Record

Data = dict[str, Any]
FIRST = 480_000  # of the choices: those of the numbered examples are others
FACTS = ("connections_leaked",)
"""What such leaks do."""


def with_leaks(n: int) -> Data:
    """The n-th example, with pools and leaks of them, where it has calls outside of quorums; and with leaks of its stores."""
    whole = with_strikes(n)
    make = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    horizon = int(whole["run"]["horizon"].removesuffix("ms"))
    leaky: list[Data] = [{"target": {"store": name}, "pool": "connections"} for name in whole.get("stores", {})]
    for name, service in whole["services"].items():
        calls: dict[str, list[Data]] = {}
        for steps in service["operations"].values():
            for call in calls_of([step for step in steps if "until" not in step]):
                calls.setdefault(call["call"].partition(".")[0], []).append(call)
        for callee, some in calls.items():
            size = {"size": make.number(1, 3)}
            waits = make.pick([{}, {"wait_max": make.ms(1, 6)}, {"wait_max": "0s"}, {"queue_max": make.number(0, 2)}])
            service.setdefault("pools", {})[callee] = size | waits
            for call in some:
                call["pool"] = callee
                call.pop("order", None)  # a list would have to name all
            targets = make.pick([name, {"service": name}])
            leaky += 2 * [{"target": targets, "pool": callee, "replicas": make.pick([1, "50%", "100%"])}]
    for number in range(make.number(1, 4) if leaky else 0):
        fault = make.pick(leaky)
        whole["faults"][f"leak-{number}"] = {"kind": "leak", "every": make.ms(1, 4), **fault, **times(make, horizon)}
    return whole


def conform(n: int) -> Record | None:
    """Compare both engines on the n-th example; None where the loader does not take it."""
    scenario = Scenario.model_validate(with_leaks(n))
    if any(problem.severity == "error" for problem in check(scenario)):
        return None
    return assert_conform(scenario, seed=n)


if __name__ == "__main__":
    if os.environ.get("EVENTFLOW_UNLOWERED") == "1":
        guard()
    first, stop = int(sys.argv[1]), int(sys.argv[2])
    print(sum(conform(number) is not None for number in range(first, stop)))  # noqa: T201 - read by the test
