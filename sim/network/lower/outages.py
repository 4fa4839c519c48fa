"""Brokers that may be down: a row for each broker, where any fault strikes one; without, no engine has to ask.

    effect Down on a broker   --united-->   BROKER_DOWN at each begin, BROKER_UP at each end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.faults import any_of, composed
from sim.network.model import Broker
from sim.network.schedule import BROKER_DOWN, BROKER_UP
from sim.scenario.targets import entity_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sim.network.compiler import Compiler


def lower_outages(compiler: Compiler) -> tuple[Broker, ...]:
    """Return the rows of all brokers; none where no fault strikes any."""
    scenario, numbers = compiler.scenario, compiler.channel_numbers
    if not any(entity_of(fault) == "broker" for fault in scenario.faults.values()):
        return ()
    return tuple(
        Broker(name, tuple(numbers[channel] for channel in broker.channels), broker.delivery_timeout)
        for name, broker in scenario.brokers.items()
    )


@composed("down", any_of, of="broker")
def _outages(downs: Iterable[tuple[int, object]]) -> Iterator[tuple[int, int, int]]:
    """An outage begins, and ends; what begins within another only makes it longer."""
    up = True
    for at, how in downs:
        if up != (how is None):
            up = not up
            yield at, BROKER_UP if up else BROKER_DOWN, 0
