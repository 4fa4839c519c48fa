"""First in, first out: the one that waits longest is next."""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.policies.disciplines._bounded import accept
from sim.scenario.kinds import FIRST, Discipline
from sim.shared import shared


@shared
def following(_waiting: int, _crowded: bool) -> int:  # noqa: FBT001
    """The first that came."""
    return FIRST


class Fifo(Discipline):
    """First in, first out: the request that waits longest is next.

    Source: queueing theory, FCFS; L. Kleinrock, "Queueing Systems", volume I, 1975.
    """

    kind: Literal["fifo"] = Field(default="fifo", description="Always 'fifo'.")

    accept: ClassVar[Any] = staticmethod(accept)
    next: ClassVar[Any] = staticmethod(following)
