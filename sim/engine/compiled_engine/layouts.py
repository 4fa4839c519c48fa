"""What mechanics of calls and replicas have in the memory of the kernel, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import balancers_layout, guards_layout, hedges_layout, links_layout, pace_layout, waiting_layout

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image


def fill(image: Image) -> None:
    """Set every field of their rows."""
    guards_layout.fill(image)
    hedges_layout.fill(image)
    pace_layout.fill(image)
    links_layout.fill(image)
    waiting_layout.fill(image)
    balancers_layout.fill(image)
