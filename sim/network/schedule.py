"""The fault schedule: what the environment does, to what, when."""

from __future__ import annotations

from dataclasses import dataclass

# what a scheduled fault does, to a replica; the verbs of families of mechanics begin at `VERBS_OF_FAMILIES`: 10 to 19 brokers,
# 20 to 29 stores and relays, 30 to 39 projections, 40 to 49 streams, 50 to 59 sagas, 60 to 69 caches
WITHDRAW = 0  # it is to be replaced
PACE = 1
CRASH = 2
EJECT = 3
RESTART = 4
HALT = 5  # until `value`, or it goes on: 0
CORES = 6  # `value` of them are lost
LEAK = 7  # `value` workers are taken by nobody
RETURN = 8  # another one has its place
VERBS_OF_FAMILIES = 10
TRAFFIC = 10  # a flow's arrivals are `value` times as many, on a scale of `RATE_ONE`
RATE_ONE = 1 << 20
BROKER_DOWN = 11
BROKER_UP = 12
FAILING = 13  # `value`: whether an operation fails for those that a fault picks
LINK_DISTURBED = 14  # `value`: whether what crosses a link is struck
POOL_LEAK = 15  # `value` connections of a pool of a replica are taken by nobody
STORE_PACE = 20
STORE_DOWN = 21  # value 1: it is, 0: it is up again
RELAY_DOWN = 22  # of an instance of a relay; the same
STORE_LOSES = 23  # what was committed in the last `value` ns
STORE_LEAK = 24  # `value` connections are taken by nobody
REBUILD = 30  # a projection is emptied and filled anew
CACHE_FLUSH = 60  # a cache is emptied


@dataclass(frozen=True, slots=True, order=True)
class ScheduledFault:
    """At ``at`` ns the environment does ``verb`` to a thing of a kind (``of``), by its number; ``value`` is for the verb.

    Of a replica it is a pace; or of a crash, 1 for a silent one, and what it keeps.
    """

    at: int
    verb: int
    number: int
    value: int
    of: str = "replica"
