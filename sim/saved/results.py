"""Results in and out of a saved file: the scenario with every default, the seed, and every count of every replication.

    records 0, 1, 2, ...   --stacked-->   a.services (replications, windows, services, columns), a.edges, ...
                                          a.replies  (window, flow, bucket, count) x rows, a.replies_ends: rows up to each

What is read is checked against the scenario that it is said to be of, and the fingerprints of all records against those that
were saved: a file gives the same numbers, or an error.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.foreseen import foreseen_problems
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.record import HISTOGRAMS, SEMANTICS, Record
from sim.record.recording import nothing_inside
from sim.record.tallies import Tallies
from sim.saved.errors import SavedError
from sim.saved.layout import BUCKETS as BUCKET_BITS
from sim.saved.layout import FAMILY_OF, LEVELS, OLD_BUCKETS, SAVED, TABLES, arranged, columns
from sim.saved.old import with_what_came_later
from sim.saved.origin import Origin
from sim.saved.precise import described
from sim.scenario.references import unknown_names
from sim.scenario.run import REPLICATIONS_MAX
from sim.scenario.scenario import Scenario

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from sim.network import Network
    from sim.results.result import Result
    from sim.saved.container import Container

KINDS = {"run": "a result", "compare": "a comparison", "sweep": "a sweep", "matrix": "a matrix"}
SIDES = "ab"


@dataclass(frozen=True)
class Parts:
    """What a `Result` is made of."""

    scenario: Scenario
    records: tuple[Record, ...]
    seed: int
    engine: str
    origin: Origin
    precision: Mapping[str, Any] | None


def packed(kind: str, results: Mapping[str, Result], metrics: int, **more: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return header and arrays of results by their prefixes; ``metrics`` is the version of metrics."""
    header: dict[str, Any] = {
        "kind": kind,
        "columns": {table: list(names) for table, names in columns().items()},
        "results": {prefix: _described(result, metrics) for prefix, result in results.items()},
        **more,
    }
    arrays: dict[str, Any] = {}
    for prefix, result in results.items():
        arrays.update({f"{prefix}.{name}": array for name, array in _arrays(result.records).items()})
    return header, arrays


def unpacked(container: Container, kind: str, metrics: int) -> dict[str, Parts]:
    """Return the parts of the results of a file, by their prefixes. Raises `SavedError`."""
    check_kind(container, kind)
    with refusing(container.name):
        header = container.header
        return {prefix: _parts(container, prefix, entry, metrics) for prefix, entry in header["results"].items()}


def check_kind(container: Container, kind: str) -> None:
    """Raise `SavedError` when a file holds something else."""
    found = container.header.get("kind")
    if found != kind:
        holds = KINDS.get(str(found), f"'{found}'")
        raise SavedError(f"{container.name} holds {holds}, not {KINDS[kind]}; sim.load_saved reads whatever there is")


@contextmanager
def refusing(name: str) -> Iterator[None]:
    """Turn what a header with other contents than ours does to its reader into a refusal."""
    try:
        yield
    except SavedError:
        raise
    except (TypeError, ValueError, AttributeError, LookupError, ArithmeticError, RecursionError) as error:
        raise SavedError(f"{name} cannot be read by this version: {type(error).__name__}: {error}") from error


def scenario_of(data: Any, name: str) -> Scenario:
    """Return a scenario of a file. Raises `SavedError` when this version does not know it."""
    try:
        return Scenario.model_validate(data)
    except ValueError as error:
        first = str(error).splitlines()[:3]
        raise SavedError(f"{name}: its scenario is not one that this version knows: {' '.join(first)}") from None


def _described(result: Result, metrics: int) -> dict[str, Any]:
    origin = result.origin or Origin.here(metrics, result.fingerprint())
    network = result.network
    return {
        "scenario": result.scenario.resolved(),
        "seed": result.seed,
        "engine": result.engine,
        "rows": _rows(network),
        "buckets": list(result.records[0].replies.geometry),
        "events": [record.events for record in result.records],
        "log_lost": [record.log_lost for record in result.records],
        "fingerprints": [record.fingerprint() for record in result.records],
        "precision": described(result.precision),
        **origin.to_dict(),
    }


def _rows(network: Network) -> dict[str, list[str]]:
    """Names of what the rows of a record are of, in their order."""
    return {family.name: family.names(network) for family in SAVED}


def _arrays(records: tuple[Record, ...]) -> dict[str, NDArray[np.int64]]:
    found = {family.name: np.stack([record.tables[family.name] for record in records]) for family in SAVED}
    found |= {family.table_of_levels: np.stack([record.levels[family.name] for record in records]) for family in SAVED}
    for name in records[0].inside:
        found[f"inside_{name}"] = np.stack([record.inside[name] for record in records])
    for name in HISTOGRAMS:
        rows = [getattr(record, name).rows() for record in records]
        found[name] = np.ascontiguousarray(np.concatenate(rows).T)  # by column: half as large when it is compressed
        found[f"{name}_ends"] = np.cumsum([len(one) for one in rows])
    found["limits"] = np.stack([record.limits for record in records])
    found["log"] = np.concatenate([record.log for record in records])
    found["log_ends"] = np.cumsum([len(record.log) for record in records])
    return found


def _parts(container: Container, prefix: str, entry: Mapping[str, Any], metrics: int) -> Parts:
    name = container.name
    origin = Origin.of(entry, name, metrics)
    scenario = scenario_of(entry["scenario"], name)
    problems = [*unknown_names(scenario), *foreseen_problems(scenario)]
    if problems:
        raise SavedError(f"{name} holds a scenario that cannot be run here: {problems[0].headline}")
    network = compile_network(scenario)
    if _rows(network) != {**{name: [] for name in TABLES}, **entry["rows"]}:
        raise SavedError(f"{name}: this version orders what is in '{scenario.name}' in another way; run it again and save it")
    count = len(entry["fingerprints"])
    if not 1 <= count <= REPLICATIONS_MAX or len(entry["events"]) != count or len(entry["log_lost"]) != count:
        raise SavedError(f"{name}: its replications are not as many as its fingerprints; it was not written by eventflow")
    geometry = tuple(entry.get("buckets") or container.header["buckets"])
    if geometry not in {BUCKET_BITS, OLD_BUCKETS}:
        raise SavedError(f"{name}: its histograms have other buckets than this version's; run it again")
    reader = Reader(container, prefix, network, count, geometry)
    tables = {table: reader.table(table) for table in (*TABLES, *LEVELS)}
    if reader.old:
        tables, inside, histograms, limits = with_what_came_later(reader, tables)
    else:
        inside = {each: reader.inside(each) for each in nothing_inside(network)}
        histograms = {each: reader.histograms(each) for each in HISTOGRAMS}
        shape = (count, network.windows, len(network.limits), f.limits.LIMIT_FIELDS)
        limits = container.array(f"{prefix}.limits", "<i8", shape)
    logs = reader.ragged("log")
    records = tuple(
        Record(
            tables={table: tables[table][number] for table in TABLES} | {"limits": limits[number]},
            levels={family.name: tables[family.table_of_levels][number] for family in SAVED},
            replies=histograms["replies"][number],
            completions=histograms["completions"][number],
            requests_open=histograms["requests_open"][number],
            flows_open=histograms["flows_open"][number],
            events=int(entry["events"][number]),
            inside={each: array[number] for each, array in inside.items()},
            log=logs[number],
            log_lost=int(entry["log_lost"][number]),
            network=network,
            drawn=(int(entry["seed"]), number),
        )
        for number in range(count)
    )
    if origin.semantics == SEMANTICS and [one.fingerprint() for one in records] != entry["fingerprints"]:
        raise SavedError(f"{name}: its records are not those of its fingerprints; run the scenario again and save it")
    return Parts(scenario, records, int(entry["seed"]), str(entry["engine"]), origin, entry.get("precision"))


@dataclass(frozen=True)
class Reader:
    """Reads the arrays of one result, each against the sizes that the network says; ``geometry`` is of its histograms."""

    container: Container
    prefix: str
    network: Network
    count: int
    geometry: tuple[int, int]

    def table(self, table: str) -> NDArray[np.int64]:
        """A table of all replications, in this version's columns."""
        rows = len(FAMILY_OF[table].entities(self.network))
        inner = (rows,) if table in LEVELS else (self.network.windows, rows)
        if table not in self.container.header["columns"] and not rows:
            return np.zeros((self.count, *inner, len(columns()[table])), dtype=np.int64)
        if table not in self.container.header["columns"]:
            message = f"{self.container.name}: it was saved before {FAMILY_OF[table].name} were counted"
            raise SavedError(f"{message}; run the scenario again and save it")
        found = self.container.header["columns"][table]
        array = self.container.array(f"{self.prefix}.{table}", "<i8", (self.count, *inner, len(found)))
        return arranged(table, array, found, self.container.name)

    def inside(self, name: str) -> NDArray[np.int64]:
        """What was inside at the horizon, of all replications: (replications, rows, columns)."""
        rows, columns = nothing_inside(self.network)[name].shape
        return self.container.array(f"{self.prefix}.inside_{name}", "<i8", (self.count, rows, columns))

    def ragged(self, name: str, *, by_column: bool = False) -> list[NDArray[np.int64]]:
        """One table a replication, (rows, 4), each of its own length."""
        shape = (4, None) if by_column else (None, 4)
        rows = self.container.array(f"{self.prefix}.{name}", "<i8", shape)
        rows = np.ascontiguousarray(rows.T) if by_column else rows
        ends = self.container.array(f"{self.prefix}.{name}_ends", "<i8", (self.count,)).tolist()
        if ends != sorted(ends) or ends[0] < 0 or ends[-1] != len(rows):
            raise SavedError(f"{self.container.name}: {name} is not cut into replications")
        return [rows[begin:end] for begin, end in zip([0, *ends], ends, strict=False)]

    @property
    def old(self) -> bool:
        """Whether the file was written before what is still open was kept."""
        return self.geometry == OLD_BUCKETS

    def histograms(self, name: str) -> list[Tallies]:
        """The histograms of every replication."""
        windows, flows = self.network.windows, self.network.tallied
        sub_bits, value_bits = self.geometry
        buckets = (value_bits - sub_bits + 1) << sub_bits
        found = self.ragged(name, by_column=True)
        for rows in found:
            if len(rows) and (rows.min() < 0 or (rows[:, :3].max(axis=0) >= (windows, flows, buckets)).any()):
                raise SavedError(f"{self.container.name}: {name} has buckets that do not exist")
            places = (rows[:, 0] * flows + rows[:, 1]) * buckets + rows[:, 2]
            if (np.diff(places) <= 0).any():
                raise SavedError(f"{self.container.name}: the buckets of {name} are out of order")
        return [Tallies.of_rows(rows, self.geometry) for rows in found]
