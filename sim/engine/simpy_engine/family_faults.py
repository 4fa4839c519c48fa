"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run
    from sim.network import ScheduledFault

FAMILY_ALTERS: dict[int, Callable[[Run, ScheduledFault], None]] = {}
"""What is done, by the verb."""


def family_alter(run: Run, fault: ScheduledFault) -> None:
    """A change of the environment takes place at something that is no replica."""
    FAMILY_ALTERS[fault.verb](run, fault)
