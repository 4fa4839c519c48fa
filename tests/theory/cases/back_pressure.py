"""A producer that keeps what it has made until there is room for it: blocking after service.

    producer --t0--> place 1 --t1--> place 2 --t2--> consumer        a buffer of two
         ^ waits until s0 ^ waits until s1 ^ waits until s2

Handlers of one partition come one after the other, and each says at its begin, in a projection, that it has its item: who has
published it waits for that (`wait_for: own_write`), with its worker, or as the only handler of its partition. A place of the
buffer is such a handler without work. Nothing but a read of one's own write holds anybody back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import client, exponential, long_run, scenario, service
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed


def handed_on(stage: int) -> list[dict[str, Any]]:
    """An item goes to the next stage, and is kept until that has it."""
    return [{"publish": f"t{stage}"}, {"read": f"s{stage}", "wait_for": "own_write"}]


def line(case_id: str, producer: float, consumer: float, buffer: int, run: dict[str, Any]) -> Scenario:
    """A producer that is never without work, so many places, and a consumer."""
    services = {"producer": service([{"work": exponential(1.0 / producer)}, *handed_on(0)])}
    for stage in range(buffer):
        services[f"place{stage}"] = service([{"project": f"s{stage}"}, *handed_on(stage + 1)])
    services["consumer"] = service([{"project": f"s{buffer}"}, {"work": exponential(1.0 / consumer)}])
    stages = [*(f"place{stage}" for stage in range(buffer)), "consumer"]
    return scenario(
        case_id,
        services,
        {"client": client("producer.serve", {"kind": "closed", "users": 2, "think": "0s"})},
        run,
        architecture="event-driven",
        network={"hop": "0s"},
        brokers={"log": {"latency": "0s", "topics": {f"t{stage}": {"partitions": 1} for stage in range(buffer + 1)}}},
        subscriptions={name: {"topic": f"t{stage}", "operation": f"{name}.serve"} for stage, name in enumerate(stages)},
        projections={f"s{stage}": {} for stage in range(buffer + 1)},
    )


def blocking(case_id: str, *, items: float, **settings: Any) -> Case:
    """How many items come through, how much of the time the producer is kept, and the consumer is without one."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        view = [one.name for one in seen.network.projections].index("s0")
        kept = seen.record.tables["projections"][seen.first :, view, f.projections.VIEW_WAITING_AREA].sum()
        return {
            "throughput": seen.group("consumer", f.groups.GROUP_APPLIED) / seen.time,
            "P_blocked": float(kept) / SECOND / seen.time,
            "P_starved": 1.0 - seen.consuming("consumer"),
        }

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(items * effort, case.expected["throughput"])
        return [Part(line(case_id, inputs["producer_rate"], inputs["consumer_rate"], inputs["buffer"], run), measure)]

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    blocking("A-BAS-0-1", items=4e4),
    blocking("A-BAS-1-1", items=4e4),
    blocking("A-BAS-1-0.8", items=4e4),
    blocking("A-BAS-5-1", items=1e5),
    blocking("A-BAS-10-0.8", items=1e5),
)
