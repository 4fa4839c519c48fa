"""Caches by name, which steps `cache` ask. See `sim.stores.caches`."""

from typing import Annotated, Literal

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.model import ZERO_DELAY, Flag, Integer, Model
from sim.scenario.units import PositiveDuration, Share

ENTRIES_MAX = 1_000_000


class Cache(Model):
    """What a service keeps by key, so that it need not ask again for it."""

    per: Literal["replica", "service"] = Field(
        default="replica",
        description="Whose it is: 'replica', each has its own, which is lost when it crashes; 'service', its replicas share "
        "one, which outlives them.",
    )
    mode: Literal["look_aside", "read_through"] = Field(
        default="look_aside",
        description="Who loads what is missing. 'look_aside': the handler that asks, which stores it then; when it is gone "
        "before, nothing is stored. 'read_through': the cache itself, by calls from the replica of the handler, which only "
        "waits; when that is gone the load goes on.",
    )
    capacity: Annotated[Integer, Field(ge=1, le=ENTRIES_MAX)] | None = Field(
        default=None,
        description="How many keys it can have; one more takes the place of the one that was asked for longest ago (LRU). "
        "1 to 1000000; default: all.",
    )
    ttl: PositiveDuration | None = Field(
        default=None,
        description="How long a key is good for from when it was stored, hits or not; the next who asks loads it again. "
        "Default: for ever.",
    )
    hit: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="How long the answer takes when the cache has the key; a miss takes what its steps take.",
    )
    warm: Share = Field(
        default=0.0,
        description="Share of its capacity, or of all keys, that it has when a run begins: those asked for most often, stored "
        "at any time within the last `ttl`. Default: it is cold.",
    )
    coalesce: Flag = Field(
        default=False,
        description="Whether there is one miss of a key at a time: others who miss it wait for its end, and share it. When "
        "the steps fail they fail too; look-aside, when the handler itself is gone, the first of them takes its place. "
        "Default: each loads for itself.",
    )
