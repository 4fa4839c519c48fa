"""How many requests a second flows offer, on average over a run: of users who wait for answers, as many as can be answered.

    open       the mean of the declared rate
    closed     users / (think time + answer, when nobody waits), but no more than the busiest service on its way has room for

By Little's law for a closed system: N = X (Z + R). With R at its least X is at its most, and the bottleneck is another bound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.arrivals.closed import Closed
from sim.scenario.callgraph import times_asked
from sim.scenario.follow_ups import reached
from sim.scenario.run import SECOND

if TYPE_CHECKING:
    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario
    from sim.scenario.workload import Flow


def offered_rates(scenario: Scenario, graph: CallGraph | None) -> dict[str, float]:
    """Return the arrivals per second of each flow; without a call graph those of users whose answers take no time."""
    rates = {name: flow.arrivals.mean_rate(scenario.run.horizon) for name, flow in scenario.workload.items()}
    closed = [name for name, flow in scenario.workload.items() if isinstance(flow.arrivals, Closed)]
    if graph is None or not closed:
        return rates
    for name in closed:
        rates[name] = _at_most(scenario.workload[name], graph)
    busy = {name: _busy(scenario, graph, {name: rates[name]}) for name in closed}
    taken = _busy(scenario, graph, {name: rate for name, rate in rates.items() if name not in closed})
    for name in closed:
        share = 1.0
        for service, wanted in busy[name].items():
            free = max(0.0, scenario.services[service].places * scenario.services[service].workers - taken[service])
            all_wanted = sum(one[service] for one in busy.values())
            if wanted > 0.0 and all_wanted > free:
                share = min(share, free / all_wanted)
        rates[name] *= share
    return rates


def _at_most(flow: Flow, graph: CallGraph) -> float:
    """How often users come when nobody waits for another one."""
    assert isinstance(flow.arrivals, Closed)  # noqa: S101 - asked of those only
    cycle = flow.arrivals.think.mean_ns
    for operation, times in times_asked(flow).items():
        cycle += times * graph.handlers[operation].latency_ns
    cycle += sum(share * step.asks * step.pause_ns for step, share in reached(flow.follow_ups))
    return flow.arrivals.users / max(1.0, cycle) * SECOND


def _busy(scenario: Scenario, graph: CallGraph, rates: dict[str, float]) -> dict[str, float]:
    """How many workers of each service some flows keep busy."""
    arrivals: dict[str, float] = {}
    for name, rate in rates.items():
        for operation, times in times_asked(scenario.workload[name]).items():
            arrivals[operation] = arrivals.get(operation, 0.0) + rate * times
    called, _, _, _ = graph.rates(arrivals)
    busy = dict.fromkeys(scenario.services, 0.0)
    for operation, rate in called.items():
        busy[graph.handlers[operation].service] += rate * graph.handlers[operation].latency_ns / SECOND
    return busy
