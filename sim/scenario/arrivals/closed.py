r"""Users who wait for their answer: they think, ask, wait, think, ask again; there are so many of them.

    user 1   --think--ask====answer--think--ask=====timeout--think--ask
    user 2   ----think----ask==answer--think---ask========...

How many requests a second come is a result, not a setting: where answers are slow, fewer are asked for. So a closed load cannot
pile up without end, and it understates the tail: while all users wait, nobody comes who would have waited too (*coordinated
omission*). Who comes whatever happens is one of the other kinds.

The k-th request of a user has its own draws, the same whatever else happens and however many users there are. A user asks again
after its client knows the outcome, timeouts and failures too, and after its follow-ups; it begins with a think time.
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.arrivals.base import SECOND_NS, ArrivalsModel, Piece
from sim.scenario.arrivals.poisson import UNIT_EXPONENTIAL
from sim.scenario.distributions import Distribution
from sim.scenario.distributions.base import DistributionModel
from sim.scenario.model import Integer
from sim.scenario.units import Duration

USERS_MAX = 1_000_000


class Closed(ArrivalsModel):
    """So many users, each of whom waits for its answer before it asks again.

    Example: {kind: closed, users: 100, think: {kind: exponential, mean: 5s}}
    Source: B. Schroeder, A. Wierman, M. Harchol-Balter, "Open Versus Closed: A Cautionary Tale", NSDI 2006.
    """

    kind: Literal["closed"] = Field(default="closed", description="Always 'closed'.")
    users: Annotated[Integer, Field(ge=1, le=USERS_MAX)] = Field(description="How many users there are.")
    think: Distribution = Field(description="Think time of a user before each request; a draw each time.")
    ramp_up: Duration = Field(
        default=0, description="The users come one by one over so long, evenly; default: all are there from the start."
    )
    steadfast: ClassVar[str] = "its users come when they were answered; write more users, or declare another flow beside it"

    def gaps(self) -> DistributionModel:
        """Return exponential gaps: of many users, requests come about like that."""
        return UNIT_EXPONENTIAL

    def pieces(self) -> tuple[Piece, ...]:
        """Return no pieces: the rate is a result."""
        return ()

    @property
    def level(self) -> bool:
        """The users stay; that they come one by one is part of the warm-up."""
        return True

    @property
    def peak_rate(self) -> float:
        """How many ask a second, at most: with answers that take no time."""
        return self.users / max(1.0, self.think.mean_ns) * SECOND_NS

    def mean_rate(self, horizon_ns: int) -> float:
        """Return how many ask a second, at most: with answers that take no time."""
        return min(self.peak_rate, self.users * 1e3) if horizon_ns > 0 else 0.0
