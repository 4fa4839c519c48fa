"""Send to the replicas in turn.

    caller -> 0, 1, 2, 0, 1, 2, …   (skipping those that are known to be down)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.scenario.kinds import Balance
from sim.shared import shared


@shared
def choose(turn: int, count: int, _u: int) -> int:
    """Index of the replica for the ``turn``-th attempt, among ``count`` in the list."""
    return turn % count


class RoundRobin(Balance):
    """Send to each replica in turn."""

    kind: Literal["round_robin"] = Field(default="round_robin", description="Always 'round_robin'.")

    choose: ClassVar[Any] = staticmethod(choose)
    draws: ClassVar[bool] = False
