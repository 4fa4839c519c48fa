"""Flows: the client of a flow calls its operation, so it has a call site as a handler's step has.

    checkout: {operation: shop.checkout, arrivals: ..., timeout: 1s}  ->  site of the client, streams of arrivals and keys
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.calls import lower_call
from sim.network.model import Flow
from sim.scenario.guards import slots
from sim.scenario.steps import Call
from sim.scenario.workload import Keys

if TYPE_CHECKING:
    from sim.network.compiler import Compiler
    from sim.scenario.workload import Flow as FlowModel


def lower_flows(compiler: Compiler) -> tuple[Flow, ...]:
    """Return the rows of all flows."""
    return tuple(_flow(flow, compiler, name) for name, flow in compiler.scenario.workload.items())


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
        key_table=compiler.distribution(keys.law()) if isinstance(keys, Keys) and keys.kind == "zipf" else -1,
    )
