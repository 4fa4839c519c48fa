"""Send to the replica with the fewest calls outstanding, as far as the caller knows.

    caller A has    2  0  1  0  out   ->  one of the two with 0, by chance

What others have sent there it does not see, unless all go through one balancer (``seen_by: balancer``). A replica that fails
at once has few outstanding, and so attracts calls: the sinkhole. A choice looks at every replica in the caller's list.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.draws import below
from sim.rows import Row
from sim.scenario.seeing import Spread
from sim.semantics.balancing import View, busier, chance
from sim.shared import shared


class LeastSettings(Row):
    """What is declared: ns until a replica has all of its weight."""

    slow_start: int


@shared
def pick(settings: LeastSettings, view: View, now: int, stream: int, key: int, occurrence: int, _hash: int) -> int:
    """The least busy one; of several that are, each is as likely."""
    least, ties = view.list[0], 1
    for index in range(1, view.count):
        compared = busier(view, settings.slow_start, now, view.list[index], least)
        if compared < 0:
            least, ties = view.list[index], 1
        elif compared == 0:
            ties += 1
    if ties == 1:
        return least
    wanted = below(chance(stream, key, occurrence, 0), ties)
    first = least
    for index in range(view.count):
        if busier(view, settings.slow_start, now, view.list[index], first) == 0:
            least = view.list[index]
            if wanted == 0:
                break
            wanted -= 1
    return least


class LeastRequests(Spread):
    """Send to the replica with the fewest calls outstanding.

    Example: {kind: least_requests, seen_by: balancer}
    Source: join the shortest queue; least_conn of NGINX. (LEAST_REQUEST of Envoy looks at two: power_of_two.)
    """

    kind: Literal["least_requests"] = Field(default="least_requests", description="Always 'least_requests'.")

    Settings: ClassVar[Any] = LeastSettings
    pick: ClassVar[Any] = staticmethod(pick)
