"""The memory of a run in progress, and the record that it becomes.

    Recording.of(network) --engine--> close() --> Record (arrays by window and entity, checked by the ledger)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

import numpy as np

from sim.errors import OutOfMemoryError
from sim.exact_limits import begins
from sim.record import fields as f
from sim.record.histogram import BUCKETS, OCTAVES
from sim.record.record import Record
from sim.record.size import WORD, Size
from sim.record.tallies import Journal
from sim.record.tally import JOURNAL_LONG

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from numpy.typing import NDArray

    from sim.network import Network

WORDS_COPIED_MAX = 1 << 23
MEMORY_MAX = 1 << 28  # words (2 GiB): tables larger than this ask for wider windows
COPIED_MAX = 1 << 20  # words of tables that are copied out of the memory of a run, to give the rest of it back


class RecordTooLargeError(OutOfMemoryError):
    """The windows of a run would not fit into memory."""


@dataclass(frozen=True)
class Inside:
    """What an engine itself holds at the horizon, for the ledger to hold against the recorder's levels; int64.

    services: (services, 2), requests in queues and workers in use
    groups:   (groups, 4), messages appended and not committed, deliveries at work, consumers that wait to try again,
              messages not handled
    edges:    (edges, 1), attempts that a caller waits for
    flows:    (flows, 2), requests without an answer, flows under way
    effects:  (effects of flows, 2), still to come, done and not told yet
    """

    services: NDArray[np.int64]
    groups: NDArray[np.int64]
    edges: NDArray[np.int64]
    flows: NDArray[np.int64]
    effects: NDArray[np.int64]

    @classmethod
    def nothing(cls, network: Network) -> Inside:
        """Tables of zeros, for the engine to add to."""
        services, edges, flows, groups = sizes(network)
        shapes = ((services, 2), (groups, 4), (edges, 1), (flows, 2), (len(network.effects), 2))
        return cls(*(np.zeros(shape, dtype=np.int64) for shape in shapes))


@dataclass
class Recording:
    """Flat int64 memory laid out for one network; see `sim.record.fields` for the addresses."""

    network: Network
    memory: NDArray[np.int64]
    inside: Inside
    events: int = 0
    journal: Journal = field(default_factory=Journal)

    @classmethod
    def of(cls, network: Network, *, log_facts: int = 0) -> Recording:
        """Lay out an empty recording; ``log_facts`` is how many rows of the event log to keep (0: none).

        Raises `RecordTooLargeError` when the tables of its windows do not fit.
        """
        services, edges, flows, groups = sizes(network)
        check_size(network)
        room = _Room()
        histograms, limits = flows * f.HISTOGRAMS, network.limits
        header = {
            f.R_WINDOW_LENGTH: network.window,
            f.R_SERVICES: services,
            f.R_EDGES: edges,
            f.R_FLOWS: flows,
            f.R_GROUPS: groups,
            f.R_LIMITS: len(limits),
            f.R_LEVEL_SERVICES: room.take(services * f.SERVICE_LEVELS),
            f.R_LEVEL_EDGES: room.take(edges * f.EDGE_LEVELS),
            f.R_LEVEL_FLOWS: room.take(flows * f.FLOW_LEVELS),
            f.R_LEVEL_GROUPS: room.take(groups * f.GROUP_LEVELS),
            f.R_LIMIT_BEGINS: room.take(histograms + 1),
            f.R_LIMIT_VALUES: room.take(len(limits)),
            f.R_FIRST_SERVICES: room.take(network.windows * services * f.SERVICE_FIELDS),
            f.R_FIRST_EDGES: room.take(network.windows * edges * f.EDGE_FIELDS),
            f.R_FIRST_FLOWS: room.take(network.windows * flows * f.FLOW_FIELDS),
            f.R_FIRST_GROUPS: room.take(network.windows * groups * f.GROUP_FIELDS),
            f.R_FIRST_LIMITS: room.take(network.windows * len(limits) * f.LIMIT_FIELDS),
            f.R_EFFECTS: len(network.effects),
            f.R_LEVEL_EFFECTS: room.take(len(network.effects) * f.EFFECT_LEVELS),
            f.R_FIRST_EFFECTS: room.take(network.windows * len(network.effects) * f.EFFECT_FIELDS),
            f.R_OCTAVES: room.take(histograms),
            f.R_PAGE_OF: room.take(histograms * OCTAVES),
            f.R_PAGES_NEXT: room.take(histograms * BUCKETS),
            f.R_JOURNAL: room.take(histograms * (BUCKETS + 1) + JOURNAL_LONG),
            f.R_LOG: room.take(log_facts * f.LOG_FIELDS),
        }
        for first in range(f.R_FIRST_SERVICES, f.R_FIRST_LIMITS + 1):
            header[first - f.R_FIRST_SERVICES + f.R_WINDOW_SERVICES] = header[first]
        header[f.R_JOURNAL_NEXT], header[f.R_WINDOW_EFFECTS] = header[f.R_JOURNAL], header[f.R_FIRST_EFFECTS]
        if log_facts:
            header[f.R_LOG_NEXT], header[f.R_LOG_END] = header[f.R_LOG], room.end
        memory = np.zeros(room.end, dtype=np.int64)
        for address, value in header.items():
            memory[address] = value
        memory[header[f.R_LIMIT_BEGINS] :][: histograms + 1] = begins(limits, flows)
        memory[header[f.R_LIMIT_VALUES] :][: len(limits)] = [limit.value for limit in limits]
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

    def take_journal(self, words: MutableSequence[int] | NDArray[np.int64]) -> None:
        """Take what the journal of a memory holds, and let it begin anew."""
        first, end = int(words[f.R_JOURNAL]), int(words[f.R_JOURNAL_NEXT])
        self.journal.take(np.array(words[first:end], dtype=np.int64))
        words[f.R_JOURNAL_NEXT] = first

    def close(self) -> Record:
        """The record of the finished run. Raises `LedgerError` when its books do not balance."""
        network, memory = self.network, self.memory
        self.take_journal(memory)
        services, edges, flows, groups = sizes(network)
        windows, at = network.windows, memory[: f.R_HEADER].tolist()
        log = memory[at[f.R_LOG] : max(at[f.R_LOG], at[f.R_LOG_NEXT])].reshape(-1, f.LOG_FIELDS).copy()
        tables_end = at[f.R_OCTAVES]
        if tables_end <= COPIED_MAX:
            tables = memory[:tables_end].copy()
        else:  # what follows the tables goes, where that can be done without a copy
            memory.resize(tables_end, refcheck=False)
            tables = memory

        def table(first: int, count: int, width: int) -> NDArray[np.int64]:
            return tables[at[first] :][: windows * count * width].reshape(windows, count, width)

        def level(first: int, count: int, width: int) -> NDArray[np.int64]:
            return tables[at[first] :][: count * width].reshape(count, width)

        replies, completions, requests_open, flows_open = self.journal.whole(flows)
        record = Record(
            services=table(f.R_FIRST_SERVICES, services, f.SERVICE_FIELDS),
            edges=table(f.R_FIRST_EDGES, edges, f.EDGE_FIELDS),
            flows=table(f.R_FIRST_FLOWS, flows, f.FLOW_FIELDS),
            groups=table(f.R_FIRST_GROUPS, groups, f.GROUP_FIELDS),
            limits=table(f.R_FIRST_LIMITS, len(network.limits), f.LIMIT_FIELDS),
            replies=replies,
            completions=completions,
            requests_open=requests_open,
            flows_open=flows_open,
            service_levels=level(f.R_LEVEL_SERVICES, services, f.SERVICE_LEVELS),
            group_levels=level(f.R_LEVEL_GROUPS, groups, f.GROUP_LEVELS),
            edge_levels=level(f.R_LEVEL_EDGES, edges, f.EDGE_LEVELS),
            flow_levels=level(f.R_LEVEL_FLOWS, flows, f.FLOW_LEVELS),
            effects=table(f.R_FIRST_EFFECTS, len(network.effects), f.EFFECT_FIELDS),
            effect_levels=level(f.R_LEVEL_EFFECTS, len(network.effects), f.EFFECT_LEVELS),
            events=self.events,
            inside=self.inside,
            log=log,
            log_lost=at[f.R_LOG_LOST],
            network=network,
        )
        record.check()
        return record


@dataclass
class _Room:
    """Addresses, one after the other."""

    end: int = f.R_HEADER

    def take(self, count: int) -> int:
        """Address of so many words."""
        at, self.end = self.end, self.end + count
        return at


def sizes(network: Network) -> tuple[int, int, int, int]:
    """How many services, edges, flows and groups a record of this network has."""
    return len(network.services), len(network.edges), len(network.flows), len(network.groups)


def check_size(network: Network) -> None:
    """Raise `RecordTooLargeError` when the tables of all windows are larger than a run may have."""
    words = Size.of(network).table_words
    if words > MEMORY_MAX:
        raise RecordTooLargeError(
            f"a record of {network.windows} windows takes {words * WORD / 2**30:.1f} GiB, more than "
            f"{MEMORY_MAX * WORD / 2**30:.0f} GiB; write a longer run.window"
        )
