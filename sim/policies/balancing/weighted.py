"""Send to each replica in proportion to its weight, by chance.

    weights 3, 1   ->  0, 0, 1, 0, 0, 0, 1, 0, …

Replicas that are not in the list get nothing; what the others get stays in proportion.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.draws import below
from sim.rows import Row
from sim.scenario.model import Integer
from sim.scenario.seeing import Spread
from sim.scenario.targets import REPLICAS_MAX
from sim.semantics.balancing import TRIES, View, accepted, chance
from sim.shared import shared

WEIGHT_MAX = 1000
Weight = Annotated[Integer, Field(ge=1, le=WEIGHT_MAX)]


class WeightedSettings(Row):
    """What is declared beside the weights: ns until a replica has all of its own."""

    slow_start: int


@shared
def fallen_on(view: View, u: int) -> int:
    """The place in the list into whose weight a uniform number falls."""
    wanted = below(u, view.sums[view.count - 1])
    low, high = 0, view.count - 1
    while low < high:
        middle = (low + high) // 2
        if view.sums[middle] > wanted:
            high = middle
        else:
            low = middle + 1
    return low


@shared
def pick(settings: WeightedSettings, view: View, now: int, stream: int, key: int, occurrence: int, _hash: int) -> int:
    """One by weight; made again where it falls on a replica that warms up."""
    number = 0
    for attempt in range(TRIES):
        number = view.list[fallen_on(view, chance(stream, key, occurrence, 2 * attempt))]
        place = view.balancer.places[number]
        if settings.slow_start == 0 or accepted(
            settings.slow_start, place, now, chance(stream, key, occurrence, 2 * attempt + 1)
        ):
            return number
    return number


class Weighted(Spread):
    """Send to each replica in proportion to its weight.

    Example: {kind: weighted, weights: [3, 1]}
    Source: the weights of NGINX, Envoy and Istio.
    """

    kind: Literal["weighted"] = Field(default="weighted", description="Always 'weighted'.")
    weights: Annotated[tuple[Weight, ...], Field(min_length=1, max_length=REPLICAS_MAX)] = Field(
        description="The weight of each replica, 1 to 1000; where there are fewer, they are gone round."
    )

    Settings: ClassVar[Any] = WeightedSettings
    pick: ClassVar[Any] = staticmethod(pick)
