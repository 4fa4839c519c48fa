"""Streams of events, laid out in the kernel's memory: as many aggregates as there are keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.engine.compiled_engine import family_rows as at
from sim.stores.streams import Aggregate

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of the rows of streams, and of the steps that append to them."""
    for number, (row, stream) in enumerate(zip(image.event_streams, image.network.event_streams, strict=True)):
        words = dict.fromkeys(Aggregate.fields, 0) | {"version": stream.initial, "snapshot": stream.first_snapshot}
        first = image.listed(np.tile(np.array(list(words.values()), dtype=np.int64), stream.aggregates))
        image.put(at.EventStream, row, aggregates=first, replay=stream.replay, every=stream.every, number=number)
        image.put(at.EventStream, row, snapshot_load=stream.snapshot_load, snapshot_write=stream.snapshot_write)
        image.put(at.EventStream, row, initial=stream.initial, aggregate_count=stream.aggregates)
        image.put(at.EventStream, row, undone=stream.undone)
    for row, one in zip(image.appends, image.network.appends, strict=True):
        image.put(at.Append, row, stream=image.event_streams[one.stream], events=one.events, checked=one.checked)
        image.put(at.Append, row, retried=one.retried, retry=one.retry, retry_at=one.retry_at, retry_stream=one.retry_stream)
        image.put(at.Append, row, commit_stream=one.commit_stream, abort_stream=one.abort_stream)
