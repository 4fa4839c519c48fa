"""Users with sessions of several requests, laid over the numbered examples: open and closed flows, retries, guards, faults.

    numbered(n)  --flows get a list of steps as `then`-->  with_sessions(n)

The choices are those of a generator of their own, so that no other example moves. Run by itself it compares both engines, with
``EVENTFLOW_UNLOWERED=1`` the kernel as plain Python: ``python -m tests.conformance.generate_sessions FIRST STOP``.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from sim.scenario.effects import appliers
from sim.scenario.scenario import Scenario
from tests.conformance.choosers import Numbered
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import Generator, numbered
from tests.conformance.generate_users import numbered_users
from tests.conformance.generate_waiting import numbered_waiting
from tests.conformance.unlowered import guard

if TYPE_CHECKING:
    from sim.record.record import Record

Data = dict[str, Any]
FIRST = 470_000  # of the choices: those of the numbered examples are others
FACTS = ("session_over",)
"""What sessions do beside follow-ups."""


def with_sessions(n: int) -> Data:
    """The n-th example; a third has closed users, a third waits, is cancelled and has deadlines."""
    whole = (numbered, numbered_users, numbered_waiting)[n % 3](n)
    make = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    service = make.pick(list(whole["services"]))
    asked = whole["services"][service]["operations"]
    asked["look"] = [{"work": make.distribution(0, 3)}]
    asked["buy"] = [{"work": make.pick(["1ms", make.ms(0, 4)])}, {"fail": make.pick([0.1, 0.5])}]
    appliers_of = appliers(Scenario.model_validate(whole).wired)
    for flow in whole["workload"].values():
        if make.chance(85):
            wanted = [name for name, operations in appliers_of.items() if flow["operation"] in operations]
            flow["then"] = session(make, flow, service, wanted)
    return whole


def session(make: Generator, flow: Data, service: str, wanted: list[str]) -> list[Data]:
    """Some steps, one of which may poll, where the flow leads to an effect that can be ``wanted``."""
    steps = []
    polls = make.number(0, 3) if wanted and make.chance(60) else -1
    for number in range(make.number(1, 4)):
        step: Data = {"operation": f"{service}.{make.pick(['look', 'buy'])}"}
        if number == polls:
            step |= {"every": make.pick(["1ms", make.ms(1, 6)]), "until": make.pick(wanted)}
            flow.setdefault("deadline", make.ms(5, 40))
        else:
            step["after"] = make.pick(["0s", "1ms", make.distribution(0, 4)])
            step |= {"times": make.number(2, 3)} if make.chance(30) else {}
        step |= {"probability": make.pick(["30%", "50%", "90%"])} if make.chance(40) else {}
        step |= {"timeout": make.pick(["1ms", make.ms(1, 9)])} if make.chance(40) else {}
        step |= {"on_failure": make.pick(["abandon", "continue"])} if make.chance(50) else {}
        steps.append(step)
    return steps


def conform(n: int) -> Record | None:
    """Compare both engines on the n-th example."""
    return assert_conform(Scenario.model_validate(with_sessions(n)), seed=n)


if __name__ == "__main__":
    if os.environ.get("EVENTFLOW_UNLOWERED") == "1":
        guard()
    first, stop = int(sys.argv[1]), int(sys.argv[2])
    for number in range(first, stop):
        conform(number)
    print(stop - first)  # noqa: T201 - read by the test
