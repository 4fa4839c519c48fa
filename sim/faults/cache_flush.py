"""A cache is emptied, by hand or as what keeps it starts anew, while the traffic goes on.

    cache   90 % of what is asked for | -- at: nothing -- 20 % .... 70 % ...... 90 %        all misses come to the origin

It is not a window: what was there is gone at once, and how long it takes to fill is what one asks. What is being loaded
meanwhile is stored all the same.
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.emptying import Emptying
from sim.scenario.targets import AnyTarget


class CacheFlush(Emptying):
    """All that a cache has is gone; where each replica has its own, all of them.

    Source: memcached, `flush_all`; Redis, `FLUSHALL`.
    """

    strikes: ClassVar[tuple[str, ...]] = ("cache",)
    when: ClassVar[str] = "the cache is emptied"
    window: ClassVar[str] = "a cache is emptied at once"
    another: ClassVar[str] = "flush"
    kind: Literal["cache_flush"] = Field(default="cache_flush", description="Always 'cache_flush'.")
    target: AnyTarget = Field(description="The cache.")
