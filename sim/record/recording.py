"""The memory of a run in progress, and the record that it becomes.

    Recording.of(network) --engine--> close() --> Record (arrays by window and entity, checked by the ledger)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

from sim.errors import OutOfMemoryError, RunawayError
from sim.exact_limits import begins
from sim.record import families
from sim.record import fields as f
from sim.record.families import FAMILIES, Family
from sim.record.histogram import BUCKETS, OCTAVES
from sim.record.magnitude import beyond
from sim.record.record import Record
from sim.record.size import WORD, Size
from sim.record.tallies import Journal
from sim.record.tally import JOURNAL_LONG

if TYPE_CHECKING:
    from collections.abc import MutableSequence

    from sim.network import Network

WORDS_COPIED_MAX = 1 << 23
MEMORY_MAX = 1 << 28  # words (2 GiB): tables larger than this ask for wider windows
COPIED_MAX = 1 << 20  # words of tables that are copied out of the memory of a run, to give the rest of it back


class RecordTooLargeError(OutOfMemoryError):
    """The windows of a run would not fit into memory."""


Inside = dict[str, NDArray[np.int64]]
"""What an engine itself holds at the horizon, for the ledger to hold against the recorder's levels: by family, a table of
(entities, holdings) as `Family.holding` declares them; int64."""


def nothing_inside(network: Network) -> Inside:
    """Tables of zeros, for the engine to add to."""
    return {
        one.name: np.zeros((len(one.entities(network)), len(one.holdings)), dtype=np.int64) for one in FAMILIES if one.holdings
    }


@dataclass
class Recording:
    """Flat int64 memory laid out for one network; see `sim.record.fields` for the addresses."""

    network: Network
    memory: NDArray[np.int64]
    inside: Inside
    events: int = 0
    journal: Journal = field(default_factory=Journal)
    drawn: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, network: Network, *, log_facts: int = 0) -> Recording:
        """Lay out an empty recording; ``log_facts`` is how many rows of the event log to keep (0: none).

        Raises `RecordTooLargeError` when the tables of its windows do not fit.
        """
        check_size(network)
        room = _Room()
        histograms, limits = network.tallied * f.header.HISTOGRAMS, network.limits
        header = {f.header.R_WINDOW_LENGTH: network.window, f.header.R_TALLIED: network.tallied}
        header |= {one.level_at: room.take(len(one.entities(network)) * len(one.levels)) for one in FAMILIES}
        header[f.header.R_LIMIT_BEGINS] = room.take(histograms + 1)
        header[f.header.R_LIMIT_VALUES] = room.take(len(limits))
        lists = {one.at: room.take(2 * (len(one.areas) + len(one.maxima))) for one in FAMILIES}
        for one in FAMILIES:
            header |= _words_of(one, len(one.entities(network)), lists[one.at])
            table = room.take(network.windows * len(one.entities(network)) * len(one.counters))
            header[one.first_at] = header[one.window_at] = table
        header |= {
            f.header.R_OCTAVES: room.take(histograms),
            f.header.R_PAGE_OF: room.take(histograms * OCTAVES),
            f.header.R_PAGES_NEXT: room.take(histograms * BUCKETS),
            f.header.R_JOURNAL: room.take(histograms * (BUCKETS + 1) + JOURNAL_LONG),
            f.header.R_LOG: room.take(log_facts * f.facts.LOG_FIELDS),
        }
        header[f.header.R_JOURNAL_NEXT] = header[f.header.R_JOURNAL]
        if log_facts:
            header[f.header.R_LOG_NEXT], header[f.header.R_LOG_END] = header[f.header.R_LOG], room.end
        memory = np.zeros(room.end, dtype=np.int64)
        for address, value in header.items():
            memory[address] = value
        for one in FAMILIES:
            pairs = [word for pair in (*one.areas, *one.maxima) for word in pair]
            memory[lists[one.at] :][: len(pairs)] = pairs
        memory[header[f.header.R_LIMIT_BEGINS] :][: histograms + 1] = begins(limits, network.tallied)
        memory[header[f.header.R_LIMIT_VALUES] :][: len(limits)] = [limit.value for limit in limits]
        return cls(network, memory, nothing_inside(network))

    def words(self) -> MutableSequence[int]:
        """The memory as Python ints: a list, which is fastest, or for a large one a view; `write_back` brings them home."""
        if len(self.memory) > WORDS_COPIED_MAX:
            return cast("MutableSequence[int]", memoryview(self.memory.data).cast("B").cast("q"))
        words: list[int] = self.memory.tolist()
        return words

    def write_back(self, words: MutableSequence[int]) -> None:
        """Take over what was recorded in `words`. Raises `RunawayError` where that is more than 64 bits hold."""
        if not isinstance(words, list):
            return
        try:
            self.memory[:] = words
        except OverflowError:
            raise RunawayError(self.network.horizon, beyond(self.network, words)) from None

    def take_journal(self, words: MutableSequence[int] | NDArray[np.int64]) -> None:
        """Take what the journal of a memory holds, and let it begin anew."""
        first, end = int(words[f.header.R_JOURNAL]), int(words[f.header.R_JOURNAL_NEXT])
        self.journal.take(np.array(words[first:end], dtype=np.int64))
        words[f.header.R_JOURNAL_NEXT] = first

    def close(self) -> Record:
        """The record of the finished run. Raises `LedgerError` when its books do not balance."""
        network, memory = self.network, self.memory
        self.take_journal(memory)
        windows, at = network.windows, memory[: f.R_HEADER].tolist()
        log_at, log_end = at[f.header.R_LOG], max(at[f.header.R_LOG], at[f.header.R_LOG_NEXT])
        log = memory[log_at:log_end].reshape(-1, f.facts.LOG_FIELDS).copy()
        tables_end = at[f.header.R_OCTAVES]
        if tables_end <= COPIED_MAX:
            tables = memory[:tables_end].copy()
        else:  # what follows the tables goes, where that can be done without a copy
            memory.resize(tables_end, refcheck=False)
            tables = memory

        def cut(first: int, *shape: int) -> NDArray[np.int64]:
            return tables[first:][: prod(shape)].reshape(shape)

        counts = {one.name: len(one.entities(network)) for one in FAMILIES}
        replies, completions, requests_open, flows_open = self.journal.whole(network.tallied)
        record = Record(
            tables={one.name: cut(at[one.first_at], windows, counts[one.name], len(one.counters)) for one in FAMILIES},
            levels={one.name: cut(at[one.level_at], counts[one.name], len(one.levels)) for one in FAMILIES},
            replies=replies,
            completions=completions,
            requests_open=requests_open,
            flows_open=flows_open,
            events=self.events,
            inside=self.inside,
            log=log,
            log_lost=at[f.header.R_LOG_LOST],
            network=network,
            drawn=self.drawn,
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


def _words_of(family: Family, count: int, lists: int) -> dict[int, int]:
    """What stands in the header of a family, but for the addresses of its tables; ``lists`` is where its lists begin."""
    areas_end = lists + 2 * len(family.areas)
    return {
        family.at + families.COUNT: count,
        family.at + families.FIELDS: len(family.counters),
        family.at + families.LEVELS: len(family.levels),
        family.at + families.SINCE: family.since,
        family.at + families.AREAS: lists,
        family.at + families.AREAS_END: areas_end,
        family.at + families.MAXIMA: areas_end,
        family.at + families.MAXIMA_END: areas_end + 2 * len(family.maxima),
    }


def check_size(network: Network) -> None:
    """Raise `RecordTooLargeError` when the tables of all windows are larger than a run may have."""
    words = Size.of(network).table_words
    if words > MEMORY_MAX:
        raise RecordTooLargeError(
            f"a record of {network.windows} windows takes {words * WORD / 2**30:.1f} GiB, more than "
            f"{MEMORY_MAX * WORD / 2**30:.0f} GiB; write a longer run.window"
        )
