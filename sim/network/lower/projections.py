"""Projections: a read model is fed by the topics and queues whose messages some handler projects to it.

    publish: order.placed ~~> views.update: [project: order_view]   ->   order_view is fed by order.placed
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.steps import lower
from sim.network.model import NO_WAIT, PROJECT, READ, WAIT_FOR_EVER, Projection
from sim.scenario.projecting import feeds
from sim.scenario.steps import Project, Read

if TYPE_CHECKING:
    from sim.network.compiler import Compiler


def lower_projections(compiler: Compiler) -> tuple[Projection, ...]:
    """Return the rows of all projections; channels have their numbers."""
    numbers = compiler.channel_numbers
    return tuple(
        Projection(name, tuple(sorted(numbers[channel] for channel in channels)))
        for name, channels in feeds(compiler.scenario).items()
    )


@lower.register(Project)
def _project(step: Project, compiler: Compiler, _operation: str) -> None:
    compiler.emit(PROJECT, list(compiler.scenario.projections).index(step.project))


@lower.register(Read)
def _read(step: Read, compiler: Compiler, _operation: str) -> None:
    longest = WAIT_FOR_EVER if step.wait_max is None else step.wait_max
    compiler.emit(READ, list(compiler.scenario.projections).index(step.read), NO_WAIT if step.wait_for is None else longest)
