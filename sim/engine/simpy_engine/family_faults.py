"""What the environment does to things that are no replicas, by the verbs of families of mechanics."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import relays, stores
from sim.network import RELAY_DOWN, STORE_DOWN, STORE_PACE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run
    from sim.network import ScheduledFault


def _store_pace(run: Run, fault: ScheduledFault) -> None:
    run.stores[fault.number].state.pace = fault.value


def _store_down(run: Run, fault: ScheduledFault) -> None:
    stores.set_down(run, run.stores[fault.number], fault.value)


def _relay_down(run: Run, fault: ScheduledFault) -> None:
    one = run.instances[fault.number]
    if fault.value:
        relays.stop(one)
    else:
        relays.start(run, one)


FAMILY_ALTERS: dict[int, Callable[[Run, ScheduledFault], None]] = {
    STORE_PACE: _store_pace,
    STORE_DOWN: _store_down,
    RELAY_DOWN: _relay_down,
}
"""What is done, by the verb."""


def family_alter(run: Run, fault: ScheduledFault) -> None:
    """A change of the environment takes place at something that is no replica."""
    FAMILY_ALTERS[fault.verb](run, fault)
