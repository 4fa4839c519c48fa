"""The layouts of families of mechanics in the kernel's memory, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import (
    caches_layout,
    channels,
    hedges_layout,
    outboxes,
    projections_layout,
    users_layout,
    waiting_layout,
)

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of the rows of hedges, queues of services, users, read models, brokers, stores and caches."""
    caches_layout.fill(image)
    hedges_layout.fill(image)
    waiting_layout.fill(image)
    users_layout.fill(image)
    projections_layout.fill(image)
    channels.fill(image)
    outboxes.fill(image)
