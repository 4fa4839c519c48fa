"""Last in, first out: the latest is next.

While a queue is short that changes little; when more comes than can be done, those that came last are still answered in time,
and those that wait longest, whose callers have mostly given up, wait on.
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.disciplines._bounded import accept
from sim.scenario.kinds import LAST, Discipline
from sim.shared import shared


@shared
def following(_waiting: int, _crowded: bool) -> int:  # noqa: FBT001
    """The last that came."""
    return LAST


class Lifo(Discipline):
    """Last in, first out: the request that came last is next.

    Source: queueing theory, LCFS; L. Kleinrock, "Queueing Systems", volume I, 1975.
    """

    kind: Literal["lifo"] = Field(default="lifo", description="Always 'lifo'.")

    accept: ClassVar[Any] = staticmethod(accept)
    next: ClassVar[Any] = staticmethod(following)
