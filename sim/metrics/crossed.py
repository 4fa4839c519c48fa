"""What links did to the calls that crossed them, added up; a call over a link that is a delay and no more is not touched."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record

NO_CALL = "no call was sent"


def over_links(record: Record, columns: Iterable[int], service: int | None, first: int, stop: int) -> float:
    """Return a sum of columns over the links to a service, or to all; nan where no call was sent."""
    network = record.network
    edges = [number for number, one in enumerate(network.edges) if service in {None, one.service}]
    if not record.edges[first:stop][:, edges, f.edges.EDGE_ATTEMPTS].any():
        return math.nan
    links = [number for number, one in enumerate(network.links) if service in {None, one.service}]
    table = record.tables[f.links.LINKS.name][first:stop]
    return float(sum(int(table[:, links, column].sum()) for column in columns))
