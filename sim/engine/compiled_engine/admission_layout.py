"""Limits, shedding and locks, laid out in the kernel's memory: a limit for each replica of a service that has one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.compiled_engine.key_locks import HASHES
from sim.engine.compiled_engine.pace_layout import replicas_of
from sim.engine.compiled_engine.state import Limiter, Operation, Replica, Service, Shedding
from sim.policies.limits._windows import WindowState
from sim.record.limiters import changed
from sim.semantics.hooks import LIMITS

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image
    from sim.network import Network


def fill(image: Image) -> None:
    """A row for each replica with a limit, as it begins, and for each service that sheds."""
    network = image.network
    for number, limiter in enumerate(network.limiters):
        kind, settings = LIMITS[limiter.code], network.settings[limiter.settings]
        for replica in replicas_of(image, limiter.service):
            state = kind.State.plain()
            limit = kind.begin(settings, state)
            own = image.room_for(kind.State.SIZE)
            image.put(kind.State, own, **{name: getattr(state, name) for name in kind.State.fields})
            row = image.rows(1, Limiter.SIZE)[0]
            image.put(Replica, replica, limiter=row)
            image.put(Limiter, row, code=limiter.code, settings=image.tables + limiter.settings)
            image.put(Limiter, row, state=own, size=kind.State.SIZE)
            image.put(Limiter, row, window=image.room_for(WindowState.SIZE))
            image.put(Limiter, row, limit=limit, number=number, draws=limiter.draws)
            image.put(Limiter, row, window_settings=image.tables + limiter.window if limiter.window >= 0 else 0)
    for row, service in zip(image.services, network.services, strict=True):
        if service.shedding is not None:
            one, own = service.shedding, image.rows(1, Shedding.SIZE)[0]
            image.put(Service, row, shedding=own)
            image.put(Shedding, own, code=one.code, settings=image.tables + one.settings, of_limit=one.of_limit)
            image.put(Shedding, own, most=one.most, last=one.last)
    for row, operation in zip(image.operations, network.operations, strict=True):
        image.put(Operation, row, limit_stream=operation.limit_stream)


def header(image: Image) -> dict[str, int]:
    """Where the locks of services are, and how many."""
    locks = image.network.key_locks
    return {"key_lock_table": image.room_for(HASHES if locks else 1), "key_lock_count": len(locks)}


def begin(network: Network, r: Any) -> None:
    """At time 0: how large the limits are."""
    for number, limiter in enumerate(network.limiters):
        kind = LIMITS[limiter.code]
        limit = kind.begin(network.settings[limiter.settings], kind.State.plain())
        for _ in range(network.services[limiter.service].replicas):
            changed(r, 0, number, 0, limit)
