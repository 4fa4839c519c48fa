"""The rows of a network that are about caches."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """What the replicas of a service ask for keys: each its own, or together one.

    ``capacity`` and ``ttl`` (ns) are 0 without a bound, ``hit`` is a distribution, or -1 where a hit takes no time.
    ``entries``: how many there may be; the keys from 0 to below ``warm`` are there when a run begins, as old as
    ``warm_stream`` says, of ``begin`` of them: those of replicas that come later begin cold. ``loads``: it loads itself
    what it has not, beside the handler that asks.
    """

    name: str
    service: int
    per_replica: bool
    capacity: int
    ttl: int
    hit: int
    coalesce: bool
    loads: bool
    entries: int
    warm: int
    begin: int
    warm_stream: int
