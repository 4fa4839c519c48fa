"""What differs between the replications of a network at time 0: what happens to it, and with that the first events.

    image | rows of the fault schedule | calendar: heap, agenda | room
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_engine import balancers_layout, family_rows, guards_layout, outboxes, scaling_layout
from sim.engine.compiled_engine.codes import DO_ENTER, DO_EVENT, DO_LOAD
from sim.engine.compiled_engine.kernel_rows import Agenda, Event
from sim.semantics.order import ALTER, REDRIVE, WINDOW, identity, rank_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.engine.compiled_engine.host import Image, Memory
    from sim.network import ScheduledFault

HEAP_EVENTS, AGENDA_ITEMS = 64, 64  # that there is room for at first; the second is a power of two


def beginning(image: Image, schedule: Sequence[ScheduledFault]) -> tuple[Memory, dict[str, int]]:
    """What follows the image: what happens to it in a replication, and the first events; and where the calendar is."""
    if image.kept is not None:
        return image.kept
    rows = range(image.size, image.size + len(schedule) * family_rows.ScheduledFault.SIZE, family_rows.ScheduledFault.SIZE)
    heap, agenda = first_events(image, rows, schedule)
    heap_capacity, ring = max(HEAP_EVENTS, len(heap)), max(AGENDA_ITEMS, 1 << len(agenda).bit_length())
    heap_at = image.size + len(schedule) * family_rows.ScheduledFault.SIZE
    agenda_at = heap_at + heap_capacity * Event.SIZE
    words = np.zeros(agenda_at + ring * Agenda.SIZE - image.size, dtype=np.int64)
    for row, fault in zip(rows, schedule, strict=True):
        cells = {"verb": fault.verb, "thing": image.things[fault.of][fault.number], "value": fault.value}
        for name, value in cells.items():
            words[row - image.size + family_rows.ScheduledFault.fields[name].offset] = value
    for first, items in ((heap_at, heap), (agenda_at, agenda)):
        flat = [word for item in items for word in item]
        words[first - image.size : first - image.size + len(flat)] = flat
    places = {"heap": heap_at, "heap_size": len(heap), "heap_capacity": heap_capacity}
    calendar = {**places, "agenda": agenda_at, "agenda_tail": len(agenda), "agenda_mask": ring - 1}
    if image.network.fault_schedule is not None:
        image.kept = words, calendar
    return words, calendar


def first_events(
    image: Image, rows: Sequence[int], schedule: Sequence[ScheduledFault]
) -> tuple[list[tuple[int, int, int]], list[tuple[int, int, int]]]:
    """Faults, redrives, ends of periods and of the first window, and the flows, as in the readable engine: heap and agenda."""
    heap: list[tuple[int, int, int]] = []
    agenda: list[tuple[int, int, int]] = []
    for index, (row, fault) in enumerate(zip(rows, schedule, strict=True)):
        if fault.at > 0:
            heap.append((fault.at, rank_of(ALTER, index), row))
        else:
            agenda.append((DO_EVENT, rank_of(ALTER, index), row))
    for number, (row, queue) in enumerate(zip(image.queues, image.network.queues, strict=True)):
        if queue.redrive_first > 0:
            heap.append((queue.redrive_first, rank_of(REDRIVE, identity(0, number, 0)), row))
    if image.network.window < image.network.horizon:
        heap.append((image.network.window, rank_of(WINDOW, 0), 0))
    heap.extend(guards_layout.first_events(image))
    heap.extend(balancers_layout.first_events(image))
    heap.extend(scaling_layout.first_events(image))
    heap.extend(outboxes.first_events(image))
    for row, flow in zip(image.flows, image.network.flows, strict=True):
        agenda.append((DO_LOAD if flow.closed is None else DO_ENTER, row, 0))
    return sorted(heap), agenda
