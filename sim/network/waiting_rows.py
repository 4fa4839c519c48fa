"""The row of who waits at the replicas of a service."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingRoom:
    """What is declared of who waits at the replicas of a service; times in ns, 0 where there is no limit.

    ``target`` and ``interval`` are CoDel's; the latter also says when a queue is crowded; ``wait_max`` is a distribution or -1.
    ``lines``: how many priorities are kept apart, 1 where none are.
    """

    ttl: int
    target: int
    interval: int
    wait_max: int
    evict: int
    preempt: bool
    lines: int
