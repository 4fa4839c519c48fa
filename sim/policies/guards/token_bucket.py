"""Let attempts leave at a rate, with bursts: each takes a token, and tokens come back one by one, never more than `burst`.

    tokens  ####----    an attempt takes one (#), and one comes back each `1/rate` (-)

It begins full. An attempt that finds no token reserves the next one to come and waits until it is there, if that is not longer
than `wait_max`. Each replica of the caller has a bucket of its own, full again when it restarts, and a client has one.
"""

from typing import Annotated, Literal

from pydantic import Field

from sim.policies.guards._bucket import TOKENS_MAX, Bucket
from sim.scenario.model import Integer
from sim.scenario.units import Duration


class TokenBucket(Bucket):
    """Refuse attempts, or let them wait, beyond a rate with bursts.

    Example: {kind: token_bucket, rate: 100/s, burst: 20, wait_max: 10ms}
    Source: the generic cell rate algorithm, ITU-T I.371, as virtual scheduling.
    """

    kind: Literal["token_bucket"] = Field(default="token_bucket", description="Always 'token_bucket'.")
    burst: Annotated[Integer, Field(ge=1, le=TOKENS_MAX)] = Field(
        default=1, description="Tokens at most, so attempts that may leave at once; 1 to 1,000,000."
    )
    wait_max: Duration = Field(
        default=0, description="How long an attempt waits for its token; by default it does not wait."
    )

    @property
    def tokens(self) -> int:
        """As declared."""
        return self.burst

    @property
    def longest_wait(self) -> int:
        """As declared."""
        return self.wait_max
