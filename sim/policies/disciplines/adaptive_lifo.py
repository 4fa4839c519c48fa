"""First in, first out, but last in, first out while the queue is crowded: those that came last are still answered in time.

As Facebook has it, with CoDel (Maurer, Fail at Scale, ACM Queue 13(8), 2015): crowded is a queue that has not been empty for
100 ms.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.disciplines._bounded import accept
from sim.scenario.kinds import FIRST, LAST, Discipline
from sim.scenario.units import PositiveDuration
from sim.shared import shared


@shared
def following(_waiting: int, crowded: bool) -> int:  # noqa: FBT001
    """The last that came while it is crowded, else the first."""
    return LAST if crowded else FIRST


class AdaptiveLifo(Discipline):
    """First in, first out; while the queue is crowded, last in, first out.

    Source: B. Maurer, "Fail at Scale", ACM Queue 13 (8), 2015: with CoDel, 100 ms.
    """

    kind: Literal["adaptive_lifo"] = Field(default="adaptive_lifo", description="Always 'adaptive_lifo'.")
    after: PositiveDuration | None = Field(
        default=None,
        description="After how long without being empty the queue is crowded. Default: the interval of `codel`, or 100 ms.",
    )

    adapts: ClassVar[bool] = True
    accept: ClassVar[Any] = staticmethod(accept)
    next: ClassVar[Any] = staticmethod(following)
