"""Send to a replica chosen uniformly at random, for each attempt anew.

    caller -> 2, 0, 0, 1, 2, …   (among those that are not known to be down)
"""

from typing import Any, ClassVar, Literal

from pydantic import Field

from sim.draws import below
from sim.scenario.kinds import Balance
from sim.shared import shared


@shared
def choose(_turn: int, count: int, u: int) -> int:
    """Index of a replica chosen uniformly among ``count`` in the list; ``u`` is uniform in [0, 2**63)."""
    return below(u, count)


class RandomChoice(Balance):
    """Send to a replica chosen uniformly at random."""

    kind: Literal["random"] = Field(default="random", description="Always 'random'.")

    choose: ClassVar[Any] = staticmethod(choose)
    draws: ClassVar[bool] = True
