"""A record: everything that one replication left behind, as integers by window and entity.

    record.services[window, service, column]     columns: sim.record.fields.services.SERVICE_*
    record.edges[window, edge, column]                    EDGE_*
    record.flows[window, flow, column]                    FLOW_*        replies, completions, ...: histograms
    ...                                                   a table for each family, and one of its levels

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
from sim.record.families import FAMILIES

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterator, Mapping

    from sim.network import Network
    from sim.record.recording import Inside
    from sim.record.tallies import Part, Tallies

Table = NDArray[np.int64]

SEMANTICS = 2
"""Version of what a run means; a change that moves any fingerprint raises it (see CHANGELOG, "Semantics")."""

HISTOGRAMS = ("replies", "completions", "requests_open", "flows_open")
"""The histograms of a record, in the order of its fingerprint."""
FIRST_TABLES = ("services", "edges", "flows", "groups")
FIRST_LEVELS = ("services", "groups", "edges", "flows")
"""The order of what every record has in its fingerprint; families that came later follow in the order of their declaration."""
HASHED_TOGETHER = 1 << 13
"""Numbers of an array that is hashed together with others, as each time that it hashes hashlib lets go of Python's lock."""
HASHED_AT_A_TIME = 1 << 22


class _Part:
    """An attribute that is the table of a family, or its levels."""

    def __init__(self, family: str, *, levels: bool = False) -> None:
        self.family, self.levels = family, levels

    def __get__(self, record: Record, _: type[Record]) -> Table:
        """Of a record."""
        return (record.levels if self.levels else record.tables)[self.family]


@dataclass(frozen=True)
class Record:
    """One replication. All arrays are int64; times in ns; counts per window of ``network.window`` ns.

    tables:      of each family of `sim.record.fields` by its name, (windows, entities, columns); most are attributes, too.
                 That of limits is what is asked of a run and not what happens in it, hence not in the fingerprint
    levels:      of each family, (entities, levels): what was still inside at the horizon, as recorded
    replies:     histograms of the latency of ok replies, by flow and the window of the reply
    completions: histograms of the time until everything a trace caused was done well, by flow and window
    requests_open, flows_open: histograms, in the last window, of how long requests have been without an answer and flows
                 under way at the horizon; without the flows of which a part failed for good
    inside:      what is inside as the engine itself had it, for the ledger
    log:         (rows, LOG_FIELDS), the event log when one was asked for
    drawn:       the seed and the number of the replication: what was drawn before it began follows from them
    worked_out:  what judgements keep of it, so that they do not add up the same windows again (`sim.metrics.once`)
    """

    tables: Mapping[str, Table]
    levels: Mapping[str, Table]
    replies: Tallies
    completions: Tallies
    requests_open: Tallies
    flows_open: Tallies
    events: int
    inside: Inside = field(repr=False)
    log: Table = field(repr=False)
    log_lost: int
    network: Network = field(repr=False)
    drawn: tuple[int, int] = (0, 0)
    worked_out: dict[Hashable, Any] = field(default_factory=dict, init=False, repr=False, compare=False)

    services = _Part("services")
    edges = _Part("edges")
    flows = _Part("flows")
    groups = _Part("groups")
    limits = _Part("limits")
    effects = _Part("effects")
    guards = _Part("guards")
    budgets = _Part("budgets")
    invariants = _Part("invariants")
    service_levels = _Part("services", levels=True)
    edge_levels = _Part("edges", levels=True)
    flow_levels = _Part("flows", levels=True)
    group_levels = _Part("groups", levels=True)
    effect_levels = _Part("effects", levels=True)
    guard_levels = _Part("guards", levels=True)
    budget_levels = _Part("budgets", levels=True)
    invariant_levels = _Part("invariants", levels=True)

    @property
    def window_starts(self) -> Table:
        """Start of every window in ns, shape (windows,)."""
        return np.arange(self.network.windows, dtype=np.int64) * self.network.window

    @property
    def nbytes(self) -> int:
        """Bytes that its tables and histograms take."""
        return sum(table.nbytes for table in self._tables()) + sum(tallies.nbytes for tallies in self.histograms)

    @property
    def histograms(self) -> tuple[Tallies, ...]:
        """Its histograms, in the order of `HISTOGRAMS`."""
        return tuple(getattr(self, name) for name in HISTOGRAMS)

    def _tables(self, *, hashed: bool = False) -> tuple[Table, ...]:
        """Counts and levels; nothing of the later families where they have no entities. ``hashed``: no rare column of 0."""
        count = self._hashed if hashed else self.tables.__getitem__
        families = [one for one in FAMILIES if one.hashed and (one.printed or not hashed)]
        later = [one.name for one in families if one.name not in FIRST_TABLES and one.entities(self.network)]
        return (
            *(count(name) for name in FIRST_TABLES),
            *(self.levels[name] for name in FIRST_LEVELS),
            *(part for name in later for part in (count(name), self.levels[name])),
        )

    def _hashed(self, name: str) -> Table:
        """A family's table without the rare columns that are 0 throughout, and without outlooks."""
        table, family = self.tables[name], next(one for one in FAMILIES if one.name == name)
        unused = family.outlooks + [column for column in family.rare if not table[:, :, column].any()]
        return np.delete(table, unused, axis=2) if unused else table

    def _parts(self) -> Iterator[Part]:
        """Everything that the fingerprint covers, in order."""
        tables = [(table.shape, (table,)) for table in self._tables(hashed=True)]
        yield from tables[:3]
        for tallies in self.histograms:
            yield from tallies.parts()
        yield from tables[3:]

    def unprinted(self) -> tuple[Table, ...]:
        """The tables that no fingerprint covers: what they say follows from what it does, and is the same in both engines."""
        names = [one.name for one in FAMILIES if not one.printed and one.entities(self.network)]
        return tuple(part for name in names for part in (self.tables[name], self.levels[name]))

    def arrays(self) -> tuple[NDArray[Any], ...]:
        """Every array that the fingerprint covers, in order; those of histograms are made anew, and large."""
        none = np.zeros(0, dtype=np.int64)
        parts = ((shape, [none, *(piece.reshape(-1) for piece in pieces)]) for shape, pieces in self._parts())
        return tuple(np.concatenate(pieces).reshape(shape) for shape, pieces in parts)

    def fingerprint(self) -> str:
        """SHA-256 over the semantics version and every count, in hex; the same wherever and by whatever it was run."""
        digest, pending = hashlib.sha256(), [f"eventflow record {SEMANTICS}".encode()]
        for shape, pieces in self._parts():
            pending.append(str(shape).encode())
            for piece in pieces:
                flat = piece.reshape(-1)
                if flat.size < HASHED_TOGETHER:
                    pending.append(flat.astype("<i8").tobytes())
                    continue
                digest.update(b"".join(pending))
                pending.clear()
                for at in range(0, flat.size, HASHED_AT_A_TIME):
                    digest.update(np.ascontiguousarray(flat[at : at + HASHED_AT_A_TIME], dtype="<i8").data)
        digest.update(b"".join(pending))
        return digest.hexdigest()

    def check(self) -> None:
        """Raise `LedgerError` unless what came in is what went out and is still inside, and Little's law holds exactly."""
        ledger.check(self)
