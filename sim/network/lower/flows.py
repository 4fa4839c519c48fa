"""Flows: the client of a flow calls its operation, so it has a call site as a handler's step has.

    checkout: {operation: shop.checkout, arrivals: ..., timeout: 1s}  ->  site of the client, streams of arrivals and keys
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import WEIGHTED, shares_to_thresholds
from sim.network.lower.calls import lower_call
from sim.network.lower.faults import composed, product
from sim.network.lower.waiting import priorities
from sim.network.model import Closed, Flow
from sim.network.reading import FollowUp
from sim.network.schedule import RATE_ONE, TRAFFIC
from sim.scenario.arrivals.closed import Closed as ClosedModel
from sim.scenario.distributions.constant import Constant
from sim.scenario.guards import slots
from sim.scenario.steps import Call
from sim.scenario.workload import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.network.compiler import Compiler
    from sim.scenario.arrivals import ArrivalsModel
    from sim.scenario.workload import Flow as FlowModel


RATE_MAX = 1e6  # faults together bring at most so many times as many arrivals


def lower_flows(compiler: Compiler) -> tuple[Flow, ...]:
    """Return the rows of all flows."""
    return tuple(_flow(flow, compiler, name) for name, flow in compiler.scenario.workload.items())


@composed("rate", product, of="flow")
def _rates(factors: Iterable[tuple[int, float]]) -> Iterator[tuple[int, int, int]]:
    for at, factor in factors:
        yield at, TRAFFIC, round(min(factor, RATE_MAX) * RATE_ONE)


def _key_table(keys: Keys | int | None, compiler: Compiler) -> int:
    """Address of the distribution of a flow's keys 0, 1, ...; -1 when they are all alike."""
    if not isinstance(keys, Keys) or keys.kind == "uniform":
        return -1
    return compiler.table([WEIGHTED, keys.count, *shares_to_thresholds(keys.weights()), *range(keys.count)])


def lower_follow_ups(compiler: Compiler) -> tuple[FollowUp, ...]:
    """Return the rows of all follow-ups, in the order of their flows."""
    flows = enumerate(compiler.scenario.workload.items())
    return tuple(_follow_up(flow, compiler, name, number) for number, (name, flow) in flows if flow.then is not None)


def _client(flow: FlowModel, compiler: Compiler, name: str, operation: str, deadline: int | None = None) -> int:
    """The site of a flow's client that asks an operation."""
    guards = {slot: getattr(flow, slot) for slot in slots()}
    limits: dict[str, Any] = {"timeout": flow.timeout, "cancel": flow.cancel, "deadline": deadline}
    client = Call.model_construct(call=operation, retry=flow.retry, hop=flow.hop, **limits, **guards)
    return lower_call(client, compiler, name)


def _follow_up(flow: FlowModel, compiler: Compiler, name: str, number: int) -> FollowUp:
    then = flow.then
    assert then is not None  # noqa: S101 - only of those that have one
    pause = then.after if then.after is not None else Constant.model_construct(value=then.every or 0)
    return FollowUp(
        name=f"{name}.then",
        flow=number,
        site=_client(flow, compiler, name, then.operation),
        think=compiler.distribution(pause),
        think_stream=compiler.stream(f"flow {name}:think"),
        times=0 if then.until is not None else then.asks,
        until=compiler.effect_numbers.get(then.until or "", -1),
        view=list(compiler.scenario.projections).index(then.until) if then.until in compiler.scenario.projections else -1,
    )


def _flow(flow: FlowModel, compiler: Compiler, name: str) -> Flow:
    return Flow(
        name=name,
        site=_client(flow, compiler, name, flow.operation, flow.deadline if flow.propagate_deadline else None),
        stream=compiler.stream(f"flow {name}:traces"),
        arrivals=flow.arrivals,
        arrival_stream=f"flow {name}:arrivals",
        keys=flow.key_count,
        key_stream=compiler.stream(f"flow {name}:keys"),
        deadline=-1 if flow.deadline is None else flow.deadline,
        key_table=_key_table(flow.keys, compiler),
        rank=priorities(compiler.scenario).index(flow.priority),
        closed=_closed(flow.arrivals, compiler, name),
    )


def _closed(arrivals: ArrivalsModel, compiler: Compiler, name: str) -> Closed | None:
    """The users of a flow whose requests come when they were answered."""
    if not isinstance(arrivals, ClosedModel):
        return None
    think, stream = compiler.distribution(arrivals.think), compiler.stream(f"flow {name}:users")
    return Closed(arrivals.users, think, stream, arrivals.ramp_up)
