"""Flows: the client of a flow calls its operation, so it has a call site as a handler's step has.

    checkout: {operation: shop.checkout, arrivals: ..., timeout: 1s}  ->  site of the client, streams of arrivals and keys
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.draws import WEIGHTED, share_to_threshold, shares_to_thresholds
from sim.network.lower.calls import lower_call
from sim.network.lower.faults import composed, product
from sim.network.lower.waiting import priorities
from sim.network.model import Closed, Flow
from sim.network.reading import FollowUp, Session
from sim.network.schedule import RATE_ONE, TRAFFIC
from sim.scenario.arrivals.closed import Closed as ClosedModel
from sim.scenario.distributions.constant import Constant
from sim.scenario.follow_ups import SessionStep, step_name
from sim.scenario.guards import slots
from sim.scenario.steps import Call
from sim.scenario.workload import Keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

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
    rows: list[FollowUp] = []
    for number, (name, flow) in enumerate(compiler.scenario.workload.items()):
        steps = [_follow_up(flow, compiler, name, number, step) for step in range(len(flow.follow_ups))]
        first = len(rows)
        rows += [replace(one, next=first + after if after < len(steps) else -1) for after, one in enumerate(steps, 1)]
    return tuple(rows)


def session_rows(follow_ups: Sequence[FollowUp]) -> tuple[Session, ...]:
    """Return the rows of all sessions, in the order of their flows."""
    begins = [row for row, one in enumerate(follow_ups) if one.step == 0]
    counts = [sum(one.flow == follow_ups[row].flow for one in follow_ups) for row in begins]
    firsts = [follow_ups[row] for row in begins]
    found = zip(firsts, begins, counts, strict=True)
    return tuple(Session(one.name.partition(".")[0], one.flow, row, count) for one, row, count in found)


def _client(
    flow: FlowModel, compiler: Compiler, name: str, operation: str, timeout: int | None, deadline: int | None = None
) -> int:
    """The site of a flow's client that asks an operation."""
    guards = {slot: getattr(flow, slot) for slot in slots()}
    limits: dict[str, Any] = {"timeout": timeout, "cancel": flow.cancel, "deadline": deadline}
    client = Call.model_construct(call=operation, retry=flow.retry, hop=flow.hop, **limits, **guards)
    return lower_call(client, compiler, name)


def _follow_up(flow: FlowModel, compiler: Compiler, name: str, number: int, step: int) -> FollowUp:
    then = flow.follow_ups[step]
    pause = then.after if then.after is not None else Constant.model_construct(value=then.every or 0)
    role = f"flow {name}"
    session: dict[str, Any] = {}
    if isinstance(then, SessionStep):  # its draws are called after what it asks, so that a step more shifts no other's
        again = sum(one.operation == then.operation for one in flow.follow_ups[:step])
        role = f"flow {name}:then {then.operation} {again}"
        some = then.probability < 1.0
        session = {"step": step, "abandons": then.abandons, "share": share_to_threshold(then.probability) if some else 0}
        session["share_stream"] = compiler.stream(f"{role}:goes on") if some else -1
    return FollowUp(
        name=step_name(name, step, flow.then),
        flow=number,
        site=_client(flow, compiler, name, then.operation, getattr(then, "timeout", None) or flow.timeout),
        think=compiler.distribution(pause),
        think_stream=compiler.stream(f"{role}:think"),
        times=0 if then.until is not None else then.asks,
        until=compiler.effect_numbers.get(then.until or "", -1),
        view=list(compiler.scenario.projections).index(then.until) if then.until in compiler.scenario.projections else -1,
        **session,
    )


def _flow(flow: FlowModel, compiler: Compiler, name: str) -> Flow:
    return Flow(
        name=name,
        site=_client(flow, compiler, name, flow.operation, flow.timeout, flow.deadline if flow.propagate_deadline else None),
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
