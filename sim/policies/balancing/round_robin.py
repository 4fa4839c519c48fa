"""Send to the replicas in turn.

    caller -> 0, 1, 2, 0, 1, 2, …   (skipping those that are known to be down)

All callers take the turns of one count; where each of them sees other replicas, each goes round by itself, and the n-th caller
begins with the n-th replica.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.seeing import Spread
from sim.semantics.balancing import TRIES, View, accepted, chance
from sim.shared import shared


class TurnSettings(Row):
    """What is declared: ns until a replica has all of its weight."""

    slow_start: int


@shared
def choose(turn: int, count: int, _u: int) -> int:
    """Index of the replica for the ``turn``-th attempt, among ``count`` in the list."""
    return turn % count


@shared
def pick(settings: TurnSettings, view: View, now: int, stream: int, key: int, occurrence: int, _hash: int) -> int:
    """The next in turn; one that warms up is passed over in as many cases as it lacks of its weight."""
    number = 0
    for attempt in range(TRIES):
        number = view.list[choose(view.turn, view.count, 0)]
        view.turn += 1
        place = view.balancer.places[number]
        if settings.slow_start == 0 or accepted(settings.slow_start, place, now, chance(stream, key, occurrence, attempt)):
            return number
    return number


class RoundRobin(Spread):
    """Send to each replica in turn.

    Example: {kind: round_robin, slow_start: 10s}
    Source: the default of Envoy and NGINX.
    """

    kind: Literal["round_robin"] = Field(default="round_robin", description="Always 'round_robin'.")

    Settings: ClassVar[Any] = TurnSettings
    choose: ClassVar[Any] = staticmethod(choose)
    draws: ClassVar[bool] = False
    pick: ClassVar[Any] = staticmethod(pick)
