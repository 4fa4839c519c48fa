"""Projections: a read model is fed by the topics and queues whose messages some handler projects to it.

    publish: order.placed ~~> views.update: [project: order_view]   ->   order_view is fed by order.placed
    faults: {anew: {kind: rebuild, target: order_view, at: 45s}}    ->   REBUILD at 45 s; the view keeps what order.placed keeps

A projection that no fault rebuilds keeps nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.faults import any_of, composed
from sim.network.lower.queue import SECOND
from sim.network.lower.steps import lower
from sim.network.model import NO_WAIT, PROJECT, READ, WAIT_FOR_EVER
from sim.network.reading import Projection
from sim.network.schedule import REBUILD
from sim.scenario.projecting import feeds, rebuilt, retentions
from sim.scenario.view_steps import Project, Read

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.network.compiler import Compiler
    from sim.scenario.scenario import Scenario


def lower_projections(compiler: Compiler) -> tuple[Projection, ...]:
    """Return the rows of all projections; channels have their numbers."""
    scenario, numbers = compiler.scenario, compiler.channel_numbers
    return tuple(
        Projection(name, tuple(sorted(numbers[channel] for channel in channels)), *_rebuild(scenario, name, channels))
        for name, channels in feeds(scenario).items()
    )


def _rebuild(scenario: Scenario, name: str, channels: Iterable[str]) -> tuple[int, int]:
    """How far apart events are in a rebuild, and for how long its topics keep them; 0 and 0 where no fault rebuilds it."""
    settings = scenario.projections[name].rebuild
    if settings is None or name not in rebuilt(scenario):
        return 0, 0
    return max(1, round(SECOND / settings.rate)), min(retentions(scenario, channels), default=0)


@composed("emptied", any_of, of="projection")
def _rebuilds(emptied: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    """Each begin is a rebuild; those of one instant are one."""
    for at, now in emptied:
        if now is not None:
            yield at, REBUILD, 0


@lower.register(Project)
def _project(step: Project, compiler: Compiler, _operation: str) -> None:
    compiler.emit(PROJECT, list(compiler.scenario.projections).index(step.project))


@lower.register(Read)
def _read(step: Read, compiler: Compiler, _operation: str) -> None:
    longest = WAIT_FOR_EVER if step.wait_max is None else step.wait_max
    compiler.emit(READ, list(compiler.scenario.projections).index(step.read), NO_WAIT if step.wait_for is None else longest)
