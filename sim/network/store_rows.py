"""The rows of a network that are about stores: stores, what may be lost of them, relays, dual writes, streams of events."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Store:
    """What handlers write to: ``aborts`` is a threshold on the 2**63 scale, ``lock_wait_max`` in ns, or without end.

    ``versions``: rows with a key are not locked, their versions are compared. ``loses``: how far back a failover may reach, in
    ns; then it has a ``failover``.
    """

    name: str
    connections: int
    commit: int
    aborts: int
    relay: int = -1
    lock_wait_max: int = -1
    versions: bool = False
    loses: int = 0
    failover: int = -1


@dataclass(frozen=True, slots=True)
class Failover:
    """A store whose latest commits may be lost; ``name`` is that of the store."""

    name: str
    store: int


@dataclass(frozen=True, slots=True)
class Relay:
    """What publishes the outbox of a store: times in ns; ``timing`` as in `sim.stores.relays`.

    ``wakes``: it looks for rows when they are there, too; ``polls``: it does so by itself. ``least`` and ``most`` bound the
    interval ``every``.
    """

    name: str
    store: int
    first: int
    instances: int
    batch: int
    every: int
    least: int
    most: int
    timing: int
    polls: bool
    wakes: bool
    leader: bool
    delay: int
    mark: int


@dataclass(frozen=True, slots=True)
class DualWrite:
    """What handlers both have transactions for and publish to by themselves."""

    name: str
    channel: int


@dataclass(frozen=True, slots=True)
class EventStream:
    """Streams of events in a store, one for each of ``aggregates``; times in ns, ``every`` is 0 without snapshots.

    ``undone``: the dual write of what it publishes, and one more, where its events can be lost; else 0.
    """

    name: str
    store: int
    aggregates: int
    replay: int
    every: int
    snapshot_load: int
    snapshot_write: int
    initial: int
    undone: int = 0

    @property
    def first_snapshot(self) -> int:
        """How many of the events that are there at first the snapshot has that is there at first."""
        return self.initial // self.every * self.every if self.every > 0 else 0


@dataclass(frozen=True, slots=True)
class Append:
    """A step that appends ``events``; ``checked``: the stream was loaded before; ``retried``: a conflict leads to a reload."""

    stream: int
    events: int
    checked: bool
    retried: bool
    retry: int
    retry_at: int
    retry_stream: int
    commit_stream: int
    abort_stream: int
