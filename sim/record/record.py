"""A record: everything that one replication left behind, as integers by window and entity.

    record.services[window, service, field]      fields: sim.record.fields.SERVICE_*
    record.edges[window, edge, field]                    EDGE_*
    record.flows[window, flow, field]                    FLOW_*        replies, completions: histograms
    record.groups[window, group, field]                  GROUP_*
    record.effects[window, effect of a flow, field]      EFFECT_*

Every judgement is a function of records. Records are exact: equal runs have equal records, to the bit, and the
fingerprint says so in 64 characters.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.record import ledger

if TYPE_CHECKING:
    from collections.abc import Hashable

    from sim.network import Network
    from sim.record.histogram import Histograms
    from sim.record.recording import Inside

Table = NDArray[np.int64]

SEMANTICS = 1
"""Version of what a run means; a change that moves any fingerprint raises it (see CHANGELOG, "Semantics")."""


COPIED_BELOW = 1 << 16
"""Bytes of an array that are hashed together with others, as each time that it hashes hashlib lets go of Python's lock."""


@dataclass(frozen=True)
class Record:
    """One replication. All arrays are int64; times in ns; counts per window of ``network.window`` ns.

    services:    (windows, services, SERVICE_FIELDS)
    edges:       (windows, edges, EDGE_FIELDS)
    flows:       (windows, flows, FLOW_FIELDS)
    replies:     histograms of the latency of ok replies, by flow and the window of the reply
    completions: histograms of the time until everything a trace caused was done well, by flow and window
    groups:      (windows, groups, GROUP_FIELDS)
    effects:     (windows, effects of flows, EFFECT_FIELDS), rows as in ``network.effects``
    *_levels:    (entities, *_LEVELS), what was still inside at the horizon, as recorded
    inside:      the same as the engine itself had it, for the ledger
    log:         (rows, LOG_FIELDS), the event log when one was asked for
    worked_out:  what judgements keep of it, so that they do not add up the same windows again (`sim.metrics.once`)
    """

    services: Table
    edges: Table
    flows: Table
    replies: Histograms
    completions: Histograms
    groups: Table
    service_levels: Table
    group_levels: Table
    edge_levels: Table
    flow_levels: Table
    effects: Table
    effect_levels: Table
    events: int
    inside: Inside = field(repr=False)
    log: Table = field(repr=False)
    log_lost: int
    network: Network = field(repr=False)
    worked_out: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    @property
    def window_starts(self) -> Table:
        """Start of every window in ns, shape (windows,)."""
        return np.arange(self.network.windows, dtype=np.int64) * self.network.window

    def arrays(self) -> tuple[Table, ...]:
        """Every array that the fingerprint covers, in order."""
        return (
            self.services,
            self.edges,
            self.flows,
            self.replies.rows,
            self.completions.rows,
            self.groups,
            self.service_levels,
            self.group_levels,
            self.edge_levels,
            self.flow_levels,
            *((self.effects, self.effect_levels) if self.network.effects else ()),  # nothing of what there is none of
        )

    def fingerprint(self) -> str:
        """SHA-256 over the semantics version and every count, in hex; the same wherever and by whatever it was run."""
        digest, parts = hashlib.sha256(), [f"eventflow record {SEMANTICS}".encode()]
        for array in self.arrays():
            parts.append(str(array.shape).encode())
            row = np.ascontiguousarray(array, dtype="<i8")
            if row.nbytes < COPIED_BELOW:
                parts.append(row.tobytes())
            else:
                digest.update(b"".join(parts))
                digest.update(row.data)
                parts.clear()
        digest.update(b"".join(parts))
        return digest.hexdigest()

    def check(self) -> None:
        """Raise `LedgerError` unless what came in is what went out and is still inside, and Little's law holds exactly."""
        ledger.check(self)
