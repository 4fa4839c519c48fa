"""Let attempts leave one by one, at a steady rate: whoever comes before its turn waits in the bucket.

    in   | ||  |    |||      |            a burst fills the bucket
    out  | | | |    | | |    |            and leaves it one by one

Where the bucket is full (`queue_max`), or the turn is too far off (`wait_max`), attempts are refused. It is a token bucket with
one token; `limit_req` of nginx with a `burst` and no `nodelay` is one. Each replica of the caller has its own.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.policies.guards._bucket import TOKENS_MAX, Bucket
from sim.scenario.model import Integer
from sim.scenario.units import DURATION_NS_MAX, Duration


class LeakyBucket(Bucket):
    """Let attempts leave at a steady rate, and wait for their turn.

    Example: {kind: leaky_bucket, rate: 100/s, queue_max: 50}
    Source: the generic cell rate algorithm, ITU-T I.371, as continuous-state leaky bucket.
    """

    kind: Literal["leaky_bucket"] = Field(default="leaky_bucket", description="Always 'leaky_bucket'.")
    queue_max: Annotated[Integer, Field(ge=0, le=TOKENS_MAX)] = Field(
        description="Attempts that may wait for their turn; more are refused. 0: none may; at most 1,000,000."
    )
    wait_max: Duration | None = Field(
        default=None, description="How long one may wait at most; default: as long as the bucket has room."
    )

    @property
    def longest_wait(self) -> int:
        """How long the last one in a full bucket waits, or what is declared where that is shorter."""
        full = min(-(-self.queue_max * self.interval.numerator // self.interval.denominator), DURATION_NS_MAX)
        return full if self.wait_max is None else min(full, self.wait_max)
