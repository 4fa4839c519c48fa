"""What handlers write to: stores by name, each with its connections and its commits. See `sim.stores.transactions`."""

from typing import Annotated

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.model import ZERO_DELAY, Integer, Model
from sim.scenario.units import Share

CONNECTIONS_MAX = 100_000


class Store(Model):
    """A store: how many transactions may be open at once, and how they commit."""

    connections: Annotated[Integer, Field(ge=1, le=CONNECTIONS_MAX)] = Field(
        default=20, description="How many transactions may be open at once, of all replicas together; others wait. 1 to 100000."
    )
    commit: Distribution = Field(
        default=ZERO_DELAY, validate_default=True, description="How long a commit takes; what was written is there after it."
    )
    aborts: Share = Field(
        default=0.0, description="Share of commits that are aborted in the end: nothing is written, and the transaction fails."
    )
