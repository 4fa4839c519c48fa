"""How large a record is: the one place that knows, for who lays it out and for who foresees it.

    windows x (services, edges, flows, groups, limits, effects)  --words-->  tables, laid out before a run
    flows x octaves in use --> pages      answers --> cells, three bytes each at most while they are few in a bucket
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.record import fields as f
from sim.record.histogram import SUB_BUCKETS

if TYPE_CHECKING:
    from sim.network import Network

WORD = 8
"""Bytes of a word."""
OCTAVES_USED = 10
"""Octaves that the durations of a flow lie in, usually."""
CELL_BYTES = 2
"""One, where a bucket holds one value and is near the next; three, where it holds several."""


@dataclass(frozen=True)
class Size:
    """How many entities a record has, and how many windows."""

    windows: int
    services: int
    edges: int
    flows: int
    groups: int
    limits: int = 0
    effects: int = 0

    @classmethod
    def of(cls, network: Network) -> Size:
        """Of a network's record."""
        entities = (network.services, network.edges, network.flows, network.groups, network.limits, network.effects)
        return cls(network.windows, *map(len, entities))

    @property
    def table_words(self) -> int:
        """Words of the tables of all windows."""
        fields = (
            self.services * f.SERVICE_FIELDS
            + self.edges * f.EDGE_FIELDS
            + self.flows * f.FLOW_FIELDS
            + self.groups * f.GROUP_FIELDS
            + self.limits * f.LIMIT_FIELDS
            + self.effects * f.EFFECT_FIELDS
        )
        return self.windows * fields

    @property
    def running_words(self) -> int:
        """Words of the recording while a replication runs."""
        return f.R_HEADER + self.table_words + self.flows * 2 * OCTAVES_USED * SUB_BUCKETS

    def cell_bytes(self, answers: float) -> float:
        """Bytes of the histograms of so many answers, each counted when it comes and when all that it caused is done."""
        return 2 * CELL_BYTES * min(answers, float(self.windows * self.flows * OCTAVES_USED * SUB_BUCKETS))
