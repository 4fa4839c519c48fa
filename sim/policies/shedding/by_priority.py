"""Refuse the lower priorities first, while there is still room: what is left is kept for the higher ones.

    held     0 ------------- at ------------------- full        three priorities, at: 80%
    lowest   ################ 80 %
    middle   ########################## 90 %
    highest  #################################### 100 %          until the replica itself refuses it

A flow of rank k of n priorities (0 the highest) is refused from ``at + (1 - at) (n - 1 - k) / (n - 1)`` of what can be held on:
the lowest from ``at``, the highest never. What is held is what is in flight of the `limit`, or what waits of the `max` of the
queue. With two priorities it is Stripe's fleet usage load shedder, which keeps 20 % for critical requests (P. Tarjan, Scaling
your API with rate limiters, 2017); with more it is graded as Netflix's prioritized shedding is, in a line.
"""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from sim.rows import Row
from sim.scenario.admission import Shedding
from sim.scenario.units import Share
from sim.shared import shared

WHOLE = 100_000


class PrioritySettings(Row):
    """What is declared, in parts of `WHOLE`."""

    begins: int


@shared
def sheds(settings: PrioritySettings, held: int, most: int, rank: int, last: int) -> bool:
    """Whether a request of this rank, 0 the highest and ``last`` the lowest, is refused while so many are held of so many."""
    if rank == 0:
        return False
    return WHOLE * last * held >= most * (settings.begins * last + (WHOLE - settings.begins) * (last - rank))


class ByPriority(Shedding):
    """Refuse requests of lower priority before those of higher priority.

    Source: P. Tarjan, Scaling your API with rate limiters, Stripe 2017: 20 % are kept for critical requests.
    """

    kind: Literal["by_priority"] = Field(default="by_priority", description="Always 'by_priority'.")
    at: Annotated[Share, Field(gt=0.0, lt=1.0)] = Field(
        default=0.8,
        description="From which share of what can be held on requests of the lowest priority are refused; those of the highest "
        "never are, and those between from shares between.",
    )
    of: Literal["limit", "queue"] | None = Field(
        default=None,
        description="Of what: of the `limit`, or of the `max` of the queue. Default: of the limit where there is one.",
    )

    Settings: ClassVar[Any] = PrioritySettings
    sheds: ClassVar[Any] = staticmethod(sheds)

    begins: ClassVar[Any] = property(lambda self: round(self.at * WHOLE))
