"""The memory of a run in progress, and the record that it becomes.

    Recording.of(network) --engine--> close() --> Record (arrays by window and entity, checked by the ledger)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import numpy as np

from sim.errors import OutOfMemoryError
from sim.record import fields
from sim.record.fields import (
    EDGE_FIELDS,
    EDGE_LEVELS,
    FLOW_BLOCK,
    FLOW_COMPLETIONS,
    FLOW_FIELDS,
    FLOW_LEVELS,
    FLOW_REPLIES,
    GROUP_FIELDS,
    GROUP_LEVELS,
    LOG_FIELDS,
    R_HEADER,
    SERVICE_FIELDS,
    SERVICE_LEVELS,
)
from sim.record.histogram import BUCKETS, Histograms
from sim.record.record import Record

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from numpy.typing import NDArray

    from sim.network import Network

WORDS_COPIED_MAX = 1 << 23
MEMORY_MAX = 1 << 28  # words (2 GiB): a record larger than this asks for wider windows


class RecordTooLargeError(OutOfMemoryError):
    """The windows of a run would not fit into memory."""


@dataclass(frozen=True)
class Inside:
    """What an engine itself holds at the horizon, for the ledger to hold against the recorder's levels; int64.

    services: (services, 2), requests in queues and workers in use
    groups:   (groups, 2), messages appended and not committed, deliveries at work
    """

    services: NDArray[np.int64]
    groups: NDArray[np.int64]

    @classmethod
    def nothing(cls, network: Network) -> Inside:
        """Tables of zeros, for the engine to add to."""
        shapes = (len(network.services), 2), (len(network.groups), 2)
        return cls(*(np.zeros(shape, dtype=np.int64) for shape in shapes))


@dataclass
class Recording:
    """Flat int64 memory laid out for one network; see `sim.record.fields` for the addresses.

    ``replies`` and ``completions`` are the rows of the histograms, from an engine that gathers them itself.
    """

    network: Network
    memory: NDArray[np.int64]
    inside: Inside
    events: int = 0
    replies: NDArray[np.int64] | None = None
    completions: NDArray[np.int64] | None = None

    @classmethod
    def of(cls, network: Network, *, log_facts: int = 0) -> Recording:
        """Lay out an empty recording; ``log_facts`` is how many rows of the event log to keep (0: none)."""
        services, edges, flows, groups = sizes(network)
        stride = services * SERVICE_FIELDS + edges * EDGE_FIELDS + flows * FLOW_BLOCK + groups * GROUP_FIELDS
        level_groups = R_HEADER + services * SERVICE_LEVELS
        level_edges = level_groups + groups * GROUP_LEVELS
        level_flows = level_edges + edges * EDGE_LEVELS
        windows_at = level_flows + flows * FLOW_LEVELS
        log_at = windows_at + network.windows * stride
        total = log_at + log_facts * LOG_FIELDS
        if total > MEMORY_MAX:
            message = (
                f"a record of {network.windows} windows takes {total * 8 / 2**30:.1f} GiB, more than "
                f"{MEMORY_MAX * 8 / 2**30:.0f} GiB; write a longer run.window"
            )
            raise RecordTooLargeError(message)
        memory = np.zeros(total, dtype=np.int64)
        header = {
            fields.R_WINDOW_SERVICES: windows_at,
            fields.R_WINDOW_EDGES: windows_at + services * SERVICE_FIELDS,
            fields.R_WINDOW_FLOWS: windows_at + services * SERVICE_FIELDS + edges * EDGE_FIELDS,
            fields.R_WINDOW_GROUPS: windows_at + stride - groups * GROUP_FIELDS,
            fields.R_STRIDE: stride,
            fields.R_LEVEL_SERVICES: R_HEADER,
            fields.R_LEVEL_GROUPS: level_groups,
            fields.R_LEVEL_EDGES: level_edges,
            fields.R_LEVEL_FLOWS: level_flows,
            fields.R_SERVICES: services,
            fields.R_GROUPS: groups,
            fields.R_EDGES: edges,
            fields.R_FLOWS: flows,
            fields.R_WINDOWS: network.windows,
            fields.R_FIRST_FLOWS: windows_at + services * SERVICE_FIELDS + edges * EDGE_FIELDS,
            fields.R_LOG_NEXT: log_at if log_facts else 0,
            fields.R_LOG_END: total if log_facts else 0,
        }
        for address, value in header.items():
            memory[address] = value
        return cls(network, memory, Inside.nothing(network))

    def words(self) -> MutableSequence[int]:
        """The memory as Python ints: a list, which is fastest, or for a large one a view; `write_back` brings them home."""
        if len(self.memory) > WORDS_COPIED_MAX:
            return cast("MutableSequence[int]", memoryview(self.memory.data).cast("B").cast("q"))
        words: list[int] = self.memory.tolist()
        return words

    def write_back(self, words: MutableSequence[int]) -> None:
        """Take over what was recorded in `words`."""
        if isinstance(words, list):
            self.memory[:] = words

    def close(self) -> Record:
        """The record of the finished run. Raises `LedgerError` when its books do not balance."""
        network, memory = self.network, self.memory
        services, edges, flows, groups = sizes(network)
        windows, stride = network.windows, int(memory[fields.R_STRIDE])
        levels_end = R_HEADER + services * SERVICE_LEVELS + groups * GROUP_LEVELS + edges * EDGE_LEVELS
        windows_at = levels_end + flows * FLOW_LEVELS
        table = memory[windows_at : windows_at + windows * stride].reshape(windows, stride)
        edges_at = services * SERVICE_FIELDS
        flows_at = edges_at + edges * EDGE_FIELDS
        groups_at = flows_at + flows * FLOW_BLOCK
        blocks = table[:, flows_at:groups_at].reshape(windows, flows, FLOW_BLOCK)

        def level(at: int, count: int, width: int) -> NDArray[np.int64]:
            return memory[at : at + count * width].reshape(count, width).copy()

        log_at, log_next = windows_at + windows * stride, int(memory[fields.R_LOG_NEXT])
        log = memory[log_at : max(log_next, log_at)].reshape(-1, LOG_FIELDS).copy()
        record = Record(
            services=table[:, :edges_at].reshape(windows, services, SERVICE_FIELDS).copy(),
            edges=table[:, edges_at:flows_at].reshape(windows, edges, EDGE_FIELDS).copy(),
            flows=blocks[:, :, :FLOW_FIELDS].copy(),
            replies=_histograms(self.replies, blocks[:, :, FLOW_REPLIES : FLOW_REPLIES + BUCKETS]),
            completions=_histograms(self.completions, blocks[:, :, FLOW_COMPLETIONS : FLOW_COMPLETIONS + BUCKETS]),
            groups=table[:, groups_at:].reshape(windows, groups, GROUP_FIELDS).copy(),
            service_levels=level(int(memory[fields.R_LEVEL_SERVICES]), services, SERVICE_LEVELS),
            group_levels=level(int(memory[fields.R_LEVEL_GROUPS]), groups, GROUP_LEVELS),
            edge_levels=level(int(memory[fields.R_LEVEL_EDGES]), edges, EDGE_LEVELS),
            flow_levels=level(int(memory[fields.R_LEVEL_FLOWS]), flows, FLOW_LEVELS),
            events=self.events,
            inside=self.inside,
            log=log,
            log_lost=int(memory[fields.R_LOG_LOST]),
            network=network,
        )
        record.check()
        return record


def _histograms(rows: NDArray[np.int64] | None, dense: NDArray[np.int64]) -> Histograms:
    """Histograms of the rows that were gathered, or of all cells."""
    return Histograms.of(dense) if rows is None else Histograms(rows, len(dense))


def sizes(network: Network) -> tuple[int, int, int, int]:
    """How many services, edges, flows and groups a record of this network has."""
    return len(network.services), len(network.edges), len(network.flows), len(network.groups)
