"""The one of the highest priority is next, of those the one that came first.

The priority is that of the flow that all goes back to. Who is at work goes on, unless the queue says `preempt`.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.disciplines._bounded import accept
from sim.scenario.kinds import FIRST, Discipline
from sim.shared import shared


@shared
def following(_waiting: int, _crowded: bool) -> int:  # noqa: FBT001
    """The first that came, of those of the highest priority."""
    return FIRST


class Priority(Discipline):
    """By priority of the flow, then first in, first out.

    Source: A. Cobham, "Priority Assignment in Waiting Line Problems", Operations Research 2, 1954.
    """

    kind: Literal["priority"] = Field(default="priority", description="Always 'priority'.")

    by_priority: ClassVar[bool] = True
    accept: ClassVar[Any] = staticmethod(accept)
    next: ClassVar[Any] = staticmethod(following)
