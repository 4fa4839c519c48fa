"""Send to the less busy one of d replicas that are chosen by chance.

    of 5 replicas two: 1 and 4   3 outstanding, 2 outstanding   ->  4

The d are different ones; of as many or fewer replicas all are looked at. Of those that are as busy each is as likely. A choice
costs d looks, however many replicas there are (M. Mitzenmacher, The Power of Two Choices in Randomized Load Balancing, 2001).
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.draws import below
from sim.rows import Row
from sim.scenario.model import Integer
from sim.scenario.seeing import Spread
from sim.semantics.balancing import View, busier, chance
from sim.shared import shared

CHOICES_MAX = 6
PLACE_BITS = 10  # `CHOICES_MAX` places of up to 1000 replicas fit into one number


class ChoicesSettings(Row):
    """What is declared: ns until a replica has all of its weight, and how many are looked at."""

    slow_start: int
    d: int


@shared
def among(taken: int, count: int, place: int) -> bool:
    """Whether a place is one of the first ``count`` that ``taken`` holds."""
    for index in range(count):  # noqa: SIM110 - the kernel's language has no generators
        if (taken >> (PLACE_BITS * index)) & ((1 << PLACE_BITS) - 1) == place:
            return True
    return False


@shared
def pick(settings: ChoicesSettings, view: View, now: int, stream: int, key: int, occurrence: int, _hash: int) -> int:
    """The least busy of d (all sets of d are as likely: Floyd's algorithm); of several that are, each is as likely."""
    d = min(settings.d, view.count)
    taken, least, ties = 0, 0, 0
    for index in range(d):
        last = view.count - d + index
        place = below(chance(stream, key, occurrence, index), last + 1)
        if among(taken, index, place):
            place = last
        taken |= place << (PLACE_BITS * index)
        number = view.list[place]
        compared = -1 if ties == 0 else busier(view, settings.slow_start, now, number, least)
        if compared < 0:
            least, ties = number, 1
        elif compared == 0:
            ties += 1
            if below(chance(stream, key, occurrence, CHOICES_MAX + index), ties) == 0:
                least = number
    return least


class PowerOfD(Spread):
    """Send to the less busy one of d replicas that are chosen by chance.

    Example: {kind: power_of_d, d: 3}
    Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12 (10), 2001.
    """

    kind: Literal["power_of_d"] = Field(default="power_of_d", description="Always 'power_of_d'.")
    d: Annotated[Integer, Field(ge=2, le=CHOICES_MAX)] = Field(
        default=2, description="How many replicas are looked at, different ones; 2 to 6."
    )

    Settings: ClassVar[Any] = ChoicesSettings
    pick: ClassVar[Any] = staticmethod(pick)
