"""Services whose replicas come and go, and deploys, in scenarios by the dozen.

``python -m tests.conformance.generate_scaling FIRST STOP [unlowered]`` runs examples on both engines.
"""

from __future__ import annotations

import sys
from typing import Any

from sim.scenario.callgraph import call_graph
from sim.scenario.scaling_checks import services_called
from sim.scenario.scenario import Scenario
from tests.conformance.choosers import Numbered
from tests.conformance.generate import BALANCED, Generator, numbered
from tests.conformance.generate_pace import add_pace
from tests.conformance.generate_waiting import numbered_waiting

Data = dict[str, Any]

FACTS = ("scaled", "starting", "came", "leaving", "gone", "withdrawn", "back")
"""What only such services do."""


def add_scaling(make: Generator, whole: Data) -> None:
    """Most services that lead no saga have an autoscaler, by any metric; some are deployed, once or twice."""
    read: dict[str, list[tuple[str, bool]]] = {}
    for name, group in whole["subscriptions"].items():
        read.setdefault(group["operation"].partition(".")[0], []).append((name, "topic" in group))
    declared = Scenario.model_validate(whole)
    called = services_called(declared, call_graph(declared))
    for name, service in whole["services"].items():
        metrics = [*(["utilisation", "queue"] if name in called else []), *(["lag"] * 3 if name in read else [])]
        if metrics and "saga" not in str(service["operations"]) and make.chance(75):
            service["autoscale"] = autoscaler(make, service, make.pick(metrics), read.get(name, []))
    horizon = int(float(str(whole["run"]["horizon"]).removesuffix("ms")))
    for number in range(make.pick([0, 1, 1, 2])):
        at = f"{make.pick([0, make.number(0, horizon - 1), horizon // 3])}ms"
        lengths = {key: make.pick(["0s", make.ms(0, 4), make.ms(1, 2)]) for key in ("pause", "start_up", "drain")}
        deploy: Data = {"target": make.target(), "at": at, "batch": make.number(1, 2), **lengths}
        if make.chance(50):
            deploy |= {"kind": "bad_deploy", "change": change(make)}
            deploy["rollback_at"] = f"{int(at[:-2]) + make.number(1, horizon)}ms"
        else:
            deploy |= {"kind": "rolling_deploy", "start_up": make.pick(["1ms", make.ms(1, 3)])}
        whole["faults"][f"deploy-{number}"] = deploy


def change(make: Generator) -> Data:
    """What a new version does."""
    slow, failing = {"kind": "slowdown", "factor": make.pick([3.0, 0.5])}, {"kind": "errors", "share": make.pick(["30%", 1])}
    return make.pick([slow, failing, {**failing, "after": make.ms(0, 2)}, {"kind": "hang", "share": "50%"}])


def autoscaler(make: Generator, service: Data, metric: str, read: list[tuple[str, bool]]) -> Data:
    """Short periods, and targets that are missed, so that something happens."""
    there = service.get("replicas", 1)
    made: Data = {"min": make.number(1, there), "max": there + make.number(0, 4)}
    made["sync"] = make.pick(["1ms", make.ms(1, 4), "3ms"])
    made |= {key: make.pick(["0s", make.ms(0, 5), make.ms(1, 2)]) for key in ("start_up", "drain")}
    made["metric"] = metric
    if made["metric"] == "utilisation":
        made["target"] = make.pick(["1%", "10%", "60%"])
    else:
        made["target"] = make.pick([0.1, 0.3, 1])
        if make.chance(20):
            made["target_of"] = "all"
    if made["metric"] == "lag":
        made["of"], has_partitions = make.pick(read)
        if "target_of" not in made and has_partitions:
            made |= {key: make.chance(30) for key in ("idle_consumers", "even_partitions")}
    made["tolerance"] = make.pick(["0%", "10%", "50%"])
    made |= {f"{way}_stabilisation": make.pick(["0s", "0s", "3ms", make.ms(1, 5)]) for way in ("up", "down")}
    for way in ("up", "down"):
        rates = [{"replicas": make.number(1, 3)}, {"share": make.pick(["10%", "50%", "100%"])}]
        made[f"{way}_policies"] = [
            {**make.pick(rates), "per": make.pick(["1ms", "4ms", make.ms(1, 9)])} for _ in range(make.number(1, 2))
        ]
        made[f"{way}_select"] = make.pick(["max", "max", "max", "min", "min", "max", "max", "none"])
    return made


def with_scaling(n: int) -> Data:
    """The n-th example: one of those of all mechanics, of who waits, or of callers that look at replicas; and this."""
    whole = [numbered, numbered_waiting, lambda one: numbered(BALANCED + one), numbered][n % 4](n)
    make = Generator(Numbered(n), ties=n % 2 == 0)
    make.services = list(whole["services"])
    make.subscriptions = whole["subscriptions"]
    if n % 4 == 3:
        add_pace(make, whole)
    for fault in whole["faults"].values():  # so many as there are at first
        if isinstance(fault.get("replicas"), int) and make.chance(30):
            fault["replicas"] = "50%"
    add_scaling(make, whole)
    return whole


if __name__ == "__main__":
    from tests.conformance import unlowered
    from tests.conformance.diverge import assert_conform

    if "unlowered" in sys.argv:
        unlowered.guard()
    for number in range(int(sys.argv[1]), int(sys.argv[2])):
        assert_conform(Scenario.model_validate(with_scaling(number)), seed=number)
    print(int(sys.argv[2]) - int(sys.argv[1]))  # noqa: T201 - read by the test
