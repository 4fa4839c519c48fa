"""How large a record is: the one place that knows, for who lays it out and for who foresees it.

    windows x (services, edges, flows, groups, limits, effects)  --words-->  tables, laid out before a run
    flows x octaves in use --> pages      answers --> cells, three bytes each at most while they are few in a bucket
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.record import fields as f
from sim.record.families import FAMILIES
from sim.record.histogram import SUB_BUCKETS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sim.network import Network

WORD = 8
"""Bytes of a word."""
OCTAVES_USED = 10
"""Octaves that the durations of a flow lie in, usually."""
CELL_BYTES = 2
"""One, where a bucket holds one value and is near the next; three, where it holds several."""


@dataclass(frozen=True)
class Size:
    """How many windows a record has, and how many entities of each family; those that are not named are none."""

    windows: int
    entities: Mapping[str, int]

    @classmethod
    def of(cls, network: Network) -> Size:
        """Of a network's record."""
        return cls(network.windows, {one.name: len(one.entities(network)) for one in FAMILIES})

    @property
    def table_words(self) -> int:
        """Words of the tables of all windows."""
        return self.windows * sum(self.entities.get(one.name, 0) * len(one.counters) for one in FAMILIES)

    @property
    def flows(self) -> int:
        """How many flows there are."""
        return self.entities["flows"]

    @property
    def running_words(self) -> int:
        """Words of the recording while a replication runs."""
        return f.R_HEADER + self.table_words + self.flows * 2 * OCTAVES_USED * SUB_BUCKETS

    def cell_bytes(self, answers: float) -> float:
        """Bytes of the histograms of so many answers, each counted when it comes and when all that it caused is done."""
        return 2 * CELL_BYTES * min(answers, float(self.windows * self.flows * OCTAVES_USED * SUB_BUCKETS))
