"""Figures as Parquet, for everything that reads tables: one row a replication and figure, or a row a run of a sweep.

replication | path | unit | value                point | variant | <axes> | replication | <metrics>
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from sim.metrics.base import SCOPES
from sim.scenario.yaml_reader import read_value
from sim.whole_file import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.results.result import Result
    from sim.sweeps.result import Sweep



def write_result(result: Result, path: str | os.PathLike[str]) -> Path:
    """Write the frame of a result; what was run is in the schema's metadata, under ``eventflow``."""
    rows = result.summary(*SCOPES)
    runs = range(result.replications)
    table: dict[str, list[Any]] = {
        "replication": [number for _ in rows for number in runs],
        "path": [row.path for row in rows for _ in runs],
        "unit": [row.unit for row in rows for _ in runs],
        "value": [value for row in rows for value in result.values(row.path)],
    }
    about = {
        "scenario": result.name,
        "digest": result.scenario.digest(),
        "seed": result.seed,
        "fingerprint": result.fingerprint(),
    }
    return _write(table, path, about)


def write_sweep(sweep: Sweep, path: str | os.PathLike[str], metrics: Sequence[str] = ()) -> Path:
    """Write the frame of a sweep; a metric that a point does not have is null there."""
    paths = sweep.paths(metrics)
    table: dict[str, list[Any]] = {
        "point": [point.number for point in sweep.points for _ in range(sweep.runs)],
        "variant": [point.variant for point in sweep.points for _ in range(sweep.runs)],
    }
    for at, axis in enumerate(sweep.plan.axes):
        table[axis] = _column([point.settings[at][1] for point in sweep.points for _ in range(sweep.runs)])
    table["replication"] = [number for _ in sweep.points for number in range(sweep.runs)]
    for metric in paths:
        nothing = [None] * sweep.runs
        found = [sweep.values(point.number, metric) if metric in point.paths else nothing for point in sweep.points]
        table[metric] = [value for values in found for value in values]
    about = {"seed": sweep.plan.seed, "replications": sweep.runs, "fingerprint": sweep.fingerprint()}
    return _write(table, path, about)


def _column(texts: Sequence[str]) -> list[Any]:
    """The values of an axis: numbers where all are, otherwise texts as they were written."""
    values = [read_value(text) for text in texts]
    plain = all(isinstance(value, (int, float)) and not isinstance(value, bool) for value in values)
    return values if plain else list(texts)


def _write(table: Mapping[str, Sequence[Any]], path: str | os.PathLike[str], about: Mapping[str, Any]) -> Path:
    try:
        import pyarrow as pa  # type: ignore[import-untyped, unused-ignore]
        from pyarrow import parquet  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        message = "pyarrow is not installed; run: pip install 'eventflow-sim[parquet]'"
        raise ImportError(message) from error
    made = pa.table(dict(table)).replace_schema_metadata({"eventflow": json.dumps(about, sort_keys=True)})
    sink = pa.BufferOutputStream()
    parquet.write_table(made, sink)
    return write_whole(path, sink.getvalue().to_pybytes())
