"""Can replicas come and go as it is declared? What an autoscaler looks at, what its service does, and deploys.

error     a lag of what the service does not read, a utilisation of workers that nobody asks for anything, sagas led by it
warning   an autoscaler that never looks, one that stops short of all partitions, a deploy that leaves no replica to serve
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.scenario.callgraph import asked_by
from sim.scenario.deploys import Deploy
from sim.scenario.problems import Location, Problem, did_you_mean, field_path
from sim.scenario.step_walks import flat_steps
from sim.scenario.steps import Saga
from sim.scenario.targets import struck_replicas
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario


def check_scaling(scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with replicas that come and go."""
    called = services_called(scenario, graph)
    for name, service in scenario.services.items():
        scaler: Any = service.autoscale
        if scaler is None:
            continue
        loc: Location = ("services", name, "autoscale")
        if any(isinstance(step, Saga) for steps in service.operations.values() for step in flat_steps(steps)):
            message = "its operations lead sagas, which a replica that is gone for good would never end"
            yield _error(loc, f"{message}; leave autoscale out, or lead them from another service")
        if service.limit is not None:
            message = "replicas that are not there yet, or no more, would count with the limits of those that are"
            yield _error(loc, f"{message}; leave limit out, or autoscale")
        if scaler.sync >= scenario.run.horizon:
            message = f"it looks each {format_duration(scaler.sync)}, and the run is over by then"
            yield _warning((*loc, "sync"), f"{message}; write a shorter sync, or a longer run.horizon")
        if scaler.of is not None:
            yield from _check_lag(scenario, graph, name, scaler, loc)
        elif name not in called:
            message = f"nobody calls {name}, so that its workers do nothing: consumers take messages without them"
            yield _error((*loc, "metric"), f"{message}; write metric: lag, and of: a subscription")
    for name, fault in scenario.faults.items():
        if isinstance(fault, Deploy):
            yield from _check_deploy(scenario, fault, ("faults", name))


def services_called(scenario: Scenario, graph: CallGraph) -> set[str]:
    """Return the services whose workers anybody asks for anything: handlers, or users."""
    called = {edge.target for handler in graph.handlers.values() for edge in handler.calls}
    called |= {operation for flow in scenario.workload.values() for operation in asked_by(flow)}
    return {operation.partition(".")[0] for operation in called}


def _check_lag(scenario: Scenario, graph: CallGraph, name: str, scaler: Any, loc: Location) -> Iterator[Problem]:
    reader = scenario.subscriptions.get(scaler.of)
    if reader is None:
        known = did_you_mean(scaler.of, scenario.subscriptions, noun="there are")
        yield _error((*loc, "of"), f"unknown subscription '{scaler.of}'; {known}")
        return
    if reader.service != name:
        message = f"the consumers of {scaler.of} are on replicas of {reader.service}, and more of {name} do not help"
        yield _error((*loc, "of"), f"{message}; write a subscription of {name}")
        return
    partitions = graph.brokers[reader.channel].at_once_max(reader.channel)
    for key in ("idle_consumers", "even_partitions"):
        if partitions is None and getattr(scaler, key):
            yield _error((*loc, key), f"{reader.channel} is a queue, which has no partitions; leave it out")
    if partitions is None or scaler.idle_consumers or scaler.target_of != "replica":
        return
    stops, most = math.ceil(partitions / (1.0 + scaler.tolerance) - 1e-9), min(partitions, scaler.max)
    if stops < most:
        message = f"its lag counts up to that of {partitions} partitions, within its tolerance of {scaler.tolerance:.0%}"
        message += f" from {stops} replicas on: however great the lag, they never become {most}"
        yield _warning((*loc, "tolerance"), f"{message}; write a smaller one, or idle_consumers: true")


def _check_deploy(scenario: Scenario, fault: Deploy, loc: Location) -> Iterator[Problem]:
    for name, places in struck_replicas(scenario, fault).items():
        count = scenario.services[name].replicas
        if fault.batch >= count and len(places) >= count:
            message = f"a batch of {fault.batch} is all that {name} has ({count}): nobody serves until they are up"
            yield _warning((*loc, "batch"), f"{message}; write a smaller one")


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
