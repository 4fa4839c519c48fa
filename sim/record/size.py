"""How large a record is: the one place that knows, for who lays it out and for who foresees it.

windows x (services, edges, flows with their histograms, groups)  --words-->  int64 words while a replication runs
"""

from __future__ import annotations

from dataclasses import dataclass

from sim.record.fields import (
    EDGE_FIELDS,
    EDGE_LEVELS,
    FLOW_BLOCK,
    FLOW_FIELDS,
    FLOW_LEVELS,
    GROUP_FIELDS,
    GROUP_LEVELS,
    R_HEADER,
    SERVICE_FIELDS,
    SERVICE_LEVELS,
)

WORD = 8
"""Bytes of a word."""


@dataclass(frozen=True)
class Counted:
    """How many entities a record has, and how many windows."""

    windows: int
    services: int
    edges: int
    flows: int
    groups: int

    @property
    def running_words(self) -> int:
        """Words of the recording while a replication runs."""
        stride = self.services * SERVICE_FIELDS + self.edges * EDGE_FIELDS + self.groups * GROUP_FIELDS
        return self._levels + self.windows * (stride + self.flows * FLOW_BLOCK)

    @property
    def kept_words(self) -> int:
        """Words of the record that is kept of it, at most: of histograms only what is not empty is kept."""
        stride = self.services * SERVICE_FIELDS + self.edges * EDGE_FIELDS + self.groups * GROUP_FIELDS
        return self._levels + self.windows * (stride + self.flows * FLOW_FIELDS)

    @property
    def _levels(self) -> int:
        levels = self.services * SERVICE_LEVELS + self.groups * GROUP_LEVELS
        return R_HEADER + levels + self.edges * EDGE_LEVELS + self.flows * FLOW_LEVELS
