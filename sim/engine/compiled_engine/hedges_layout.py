"""Hedges of calls, laid out in the kernel's memory with a state for each replica that calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine.state import HedgeSpec, Site
from sim.semantics.hedging import HedgeState

if TYPE_CHECKING:
    from sim import network
    from sim.engine.compiled_engine.host import Image


def asks(site: network.Site) -> bool:
    """Whether attempts of a call are more than sent: hedged, with guards, a budget, a deadline, a choice, or halted."""
    around = site.hedge >= 0 or len(site.guards) > 0 or site.budget >= 0
    return around or site.held or site.hurries or site.view >= 0 or site.halts


def fill(image: Image) -> None:
    """Set every field of the rows of hedges, and let their sites lead to them."""
    for number, (row, one) in enumerate(zip(image.hedges, image.network.hedges, strict=True)):
        image.put(HedgeSpec, row, states=image.room_for(HedgeState.SIZE * one.states), first=one.first, service=one.service)
        image.put(HedgeSpec, row, after=one.after, mille=one.mille, calls_max=one.calls_max, budget=one.budget)
        image.put(HedgeSpec, row, failed_next=one.failed_next, elsewhere=one.elsewhere, number=number)
    for row, site in zip(image.sites, image.network.sites, strict=True):
        image.put(Site, row, asks=asks(site), halts=site.halts, held=site.held)
        image.put(Site, row, inner=image.sites[site.inner] if site.inner >= 0 else 0)
        if site.hedge >= 0:
            image.put(Site, row, hedge=image.hedges[site.hedge])
            image.put(HedgeSpec, image.hedges[site.hedge], site=row)
