"""Replicas that come and go: a row for each service that has an autoscaler, or whose replicas a deploy replaces.

    api: {replicas: 4, autoscale: {min: 4, max: 20, ...}}   ->  20 places, of which the first 4 have a replica at first
    rolling_deploy of shop                                  ->  as many places as replicas; who has one does not change
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.network.lower.faults import any_of, composed
from sim.network.model import Topic
from sim.network.scaling_rows import Scaler
from sim.network.schedule import RETURN, WITHDRAW
from sim.policies.scaling._measures import LAG, UTILISATION
from sim.scenario.targets import struck_services
from sim.semantics.hooks import SCALERS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.network.compiler import Compiler
    from sim.scenario.scenario import Scenario
    from sim.scenario.topology import Service


def lower_scalers(compiler: Compiler) -> tuple[Scaler, ...]:
    """Return the rows of all services whose replicas come and go."""
    replaced = deployed(compiler.scenario)
    return tuple(
        _scaler(compiler, number, name, service)
        for number, (name, service) in enumerate(compiler.scenario.services.items())
        if service.autoscale is not None or name in replaced
    )


def watched(scalers: Iterable[Scaler]) -> set[str]:
    """Return the services whose autoscalers look at how busy workers are."""
    return {one.name for one in scalers if one.measure == UTILISATION}


def deployed(scenario: Scenario) -> set[str]:
    """Return the services whose replicas faults replace."""
    return {name for fault in scenario.faults.values() if fault.replaces for name in struck_services(scenario, fault)}


def _scaler(compiler: Compiler, number: int, name: str, service: Service) -> Scaler:
    places = compiler.replicas[number]
    where: dict[str, Any] = {"name": name, "service": number, "first": places.start}
    where |= {"replicas": len(places), "begin": service.replicas}
    one: Any = service.autoscale
    if one is None:
        return Scaler(**where)
    measured: dict[str, Any] = {"measure": one.measured, "capacity": service.workers * 1000}
    if one.measured == LAG:
        group = next(row for row, group in enumerate(compiler.groups) if group.name == one.of)
        channel = compiler.channels[compiler.groups[group].channel]
        measured |= {"group": group, "target": one.aimed_at}
        if isinstance(channel, Topic) and one.target_of == "replica":
            measured |= {"partitions": channel.partitions, "idle": one.idle_consumers, "even": one.even_partitions}
    times = {"every": one.sync, "start_up": one.start_up, "drain": one.drain}
    return Scaler(
        **where, code=SCALERS.index(type(one)), settings=compiler.settled(one), tail=one.tail, **times, **measured
    )


@composed("withdrawn", any_of)
def _withdrawn(values: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    for at, how in values:
        yield at, RETURN if how is None else WITHDRAW, 0
