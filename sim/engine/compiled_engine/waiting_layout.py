"""Who waits at replicas, laid out in the kernel's memory: a room for each service that declares one, lines for its replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import state as at

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set the terms of all services and calls, the rooms of those that have one, and the ranks of flows."""
    n = image.network
    for row, service in zip(image.services, n.services, strict=True):
        room = service.room
        image.put(at.Service, row, terms=service.terms)
        if room is None:
            continue
        own = image.rows(1, at.Room.SIZE)[0]
        image.put(at.Service, row, room=own)
        image.put(at.Room, own, ttl=room.ttl, target=room.target, interval=room.interval, wait_max=room.wait_max)
        image.put(at.Room, own, evict=room.evict, preempt=room.preempt, lines=room.lines)
        for replica in image.replicas[service.replica_first : service.replica_first + service.replicas]:
            image.put(at.Replica, replica, lines=image.rows(room.lines, at.WaitingLine.SIZE)[0])
    for row, site in zip(image.sites, n.sites, strict=True):
        image.put(at.Site, row, cancel_stream=site.cancel_stream, deadline=site.deadline, hurries=site.hurries)
    for row, operation in zip(image.operations, n.operations, strict=True):
        image.put(at.Operation, row, wait_stream=operation.wait_stream)
    for row, flow in zip(image.flows, n.flows, strict=True):
        image.put(at.Flow, row, rank=flow.rank)
