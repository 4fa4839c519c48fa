"""Read models, laid out in the kernel's memory: each with an empty table of keys, and how it is rebuilt, if a fault does so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.family_rows import Projection

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image

BUCKETS = 64  # of the table of a read model at first, a power of two


def fill(image: Image) -> None:
    """Set every field of the rows of read models."""
    rebuilt = [one.name for one in image.network.rebuilds]
    for number, (row, one) in enumerate(zip(image.projections, image.network.projections, strict=True)):
        image.put(Projection, row, buckets=image.room_for(BUCKETS), mask=BUCKETS - 1, number=number)
        image.put(Projection, row, rebuilt=rebuilt.index(one.name) if one.gap > 0 else -1, gap=one.gap, retention=one.retention)
