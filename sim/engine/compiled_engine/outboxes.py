"""Stores and relays, laid out in the kernel's memory."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from sim.engine.compiled_engine import family_rows as at
from sim.semantics.order import POLL, identity, rank_of
from sim.semantics.rules import PACE_ONE
from sim.stores.relays import IDLE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.engine.compiled_engine.host import Image
    from sim.network import Relay

LOCKS_MAX = 4096
STATE = at.Instance.fields["state"].row


def fill(image: Image) -> None:
    """Set every field of the rows of stores, relays and their instances, which all wait for rows."""
    n = image.network
    for row, store in zip(image.stores, n.stores, strict=True):
        image.put(at.Store, row, connections=store.connections, commit=store.commit, aborts=store.aborts)
        places = 1 << (2 * min(store.connections, LOCKS_MAX)).bit_length()
        image.put(at.Store, row, locks=image.room_for(places), places=places)
        image.put(at.Store, row, lock_wait_max=store.lock_wait_max, versions=store.versions)
        image.put(at.Store, row, loses=store.loses, failover=store.failover)
        image.put(at.Store.fields["state"].row, row, pace=PACE_ONE)
        image.put(at.Store, row, relay=image.relays[store.relay] if store.relay >= 0 else 0)
    for number, (row, relay) in enumerate(zip(image.relays, n.relays, strict=True)):
        mine = image.instances[relay.first : relay.first + relay.instances]
        image.put(at.Relay, row, number=number, batch=relay.batch, every=relay.every, least=relay.least, most=relay.most)
        image.put(at.Relay, row, store=image.stores[relay.store])
        image.put(at.Relay, row, timing=relay.timing, polls=relay.polls, wakes=relay.wakes, leader=relay.leader)
        image.put(at.Relay, row, delay=relay.delay, mark=relay.mark, instances=mine[0], instance_count=len(mine))
        image.put(at.Relay.fields["state"].row, row, idle=mine[-1])
        for index, one in enumerate(mine):
            image.put(at.Instance, one, relay=row, number=relay.first + index)
            image.put(STATE, one, place=IDLE, interval=relay.every, due=first_poll(relay, index), instance=one)
        for one, following in pairwise(mine):
            image.put(STATE, one, previous=following)
            image.put(STATE, following, next=one)


def first_poll(relay: Relay, index: int) -> int:
    """When an instance looks for rows first, ns: they are spread over the interval."""
    return (index + 1) * relay.every // relay.instances


def first_events(image: Image) -> Iterator[tuple[int, int, int]]:
    """The first polls."""
    for relay in image.network.relays:
        for index in range(relay.instances if relay.polls else 0):
            number = relay.first + index
            yield first_poll(relay, index), rank_of(POLL, identity(number, 0, 0)), image.instances[number]
