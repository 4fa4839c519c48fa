"""Flows: the client of a flow calls its operation, so it has a call site as a handler's step has.

    checkout: {operation: shop.checkout, arrivals: ..., timeout: 1s}  ->  site of the client, streams of arrivals and keys
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.draws import WEIGHTED, shares_to_thresholds
from sim.network.lower.calls import lower_call
from sim.network.lower.faults import composed, product
from sim.network.model import RATE_ONE, TRAFFIC, Flow
from sim.scenario.guards import slots
from sim.scenario.steps import Call
from sim.scenario.workload import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.network.compiler import Compiler
    from sim.scenario.workload import Flow as FlowModel


RATE_MAX = 1e6  # faults together bring at most so many times as many arrivals


def lower_flows(compiler: Compiler) -> tuple[Flow, ...]:
    """Return the rows of all flows."""
    return tuple(_flow(flow, compiler, name) for name, flow in compiler.scenario.workload.items())


def _key_table(keys: Keys | int | None, compiler: Compiler) -> int:
    """Address of the distribution of a flow's keys 0, 1, ...; -1 when they are all alike."""
    if not isinstance(keys, Keys) or keys.kind == "uniform":
        return -1
    return compiler.table([WEIGHTED, keys.count, *shares_to_thresholds(keys.weights()), *range(keys.count)])


@composed("rate", product, of="flow")
def _rates(factors: Iterable[tuple[int, float]]) -> Iterator[tuple[int, int, int]]:
    for at, factor in factors:
        yield at, TRAFFIC, round(min(factor, RATE_MAX) * RATE_ONE)


def _flow(flow: FlowModel, compiler: Compiler, name: str) -> Flow:
    guards = {slot: getattr(flow, slot) for slot in slots()}
    keys = flow.keys
    client = Call.model_construct(
        call=flow.operation, timeout=flow.timeout, retry=flow.retry, hop=flow.hop, **guards
    )
    return Flow(
        name=name,
        site=lower_call(client, compiler, name),
        stream=compiler.stream(f"flow {name}:traces"),
        arrivals=flow.arrivals,
        arrival_stream=f"flow {name}:arrivals",
        keys=flow.key_count,
        key_stream=compiler.stream(f"flow {name}:keys"),
        deadline=-1 if flow.deadline is None else flow.deadline,
        key_table=_key_table(keys, compiler),
    )
