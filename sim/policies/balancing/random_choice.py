"""Send to a replica chosen uniformly at random, for each attempt anew.

    caller -> 2, 0, 0, 1, 2, …   (among those that are not known to be down)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.draws import below
from sim.rows import Row
from sim.scenario.seeing import Spread
from sim.semantics.balancing import TRIES, View, accepted, chance
from sim.shared import shared


class ChanceSettings(Row):
    """What is declared: ns until a replica has all of its weight."""

    slow_start: int


@shared
def choose(_turn: int, count: int, u: int) -> int:
    """Index of a replica chosen uniformly among ``count`` in the list; ``u`` is uniform in [0, 2**63)."""
    return below(u, count)


@shared
def pick(settings: ChanceSettings, view: View, now: int, stream: int, key: int, occurrence: int, _hash: int) -> int:
    """Any of the list; made again where it falls on a replica that warms up."""
    number = 0
    for attempt in range(TRIES):
        number = view.list[choose(0, view.count, chance(stream, key, occurrence, 2 * attempt))]
        place = view.balancer.places[number]
        if settings.slow_start == 0 or accepted(
            settings.slow_start, place, now, chance(stream, key, occurrence, 2 * attempt + 1)
        ):
            return number
    return number


class RandomChoice(Spread):
    """Send to a replica chosen uniformly at random.

    Example: {kind: random, zone_aware: true}
    Source: Envoy, RANDOM.
    """

    kind: Literal["random"] = Field(default="random", description="Always 'random'.")

    Settings: ClassVar[Any] = ChanceSettings
    choose: ClassVar[Any] = staticmethod(choose)
    draws: ClassVar[bool] = True
    pick: ClassVar[Any] = staticmethod(pick)
