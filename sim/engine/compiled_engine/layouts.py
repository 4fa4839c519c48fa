"""The layouts of families of mechanics in the kernel's memory, one after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.compiled_engine import (
    admission_layout,
    branches_layout,
    budgets_layout,
    caches_layout,
    channels,
    follow_ups_layout,
    guards_layout,
    hedges_layout,
    leaks_layout,
    links_layout,
    outboxes,
    pace_layout,
    projections_layout,
    scaling_layout,
    users_layout,
    waiting_layout,
)

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image
    from sim.network import Network
    from sim.shared import Words


def fill(image: Image) -> None:
    """Set every field of the rows of guards, budgets, links, cores, caches, hedges, queues of services, limits and users.

    And of those of read models, brokers, stores and their outboxes.
    """
    guards_layout.fill(image)
    pace_layout.fill(image)
    budgets_layout.fill(image)
    links_layout.fill(image)
    caches_layout.fill(image)
    hedges_layout.fill(image)
    waiting_layout.fill(image)
    admission_layout.fill(image)
    users_layout.fill(image)
    projections_layout.fill(image)
    channels.fill(image)
    image.branches = branches_layout.rows(image)
    outboxes.fill(image)
    leaks_layout.fill(image)
    follow_ups_layout.fill(image)


def begin(network: Network, r: Words) -> None:
    """Record what guards, budgets, caches, limits and autoscalers are at time 0."""
    guards_layout.begin(network, r)
    budgets_layout.begin(network, r)
    caches_layout.begin(network, r)
    admission_layout.begin(network, r)
    scaling_layout.begin(network, r)
