"""Results as labelled arrays, for xarray: every axis has a name, every place on it a coordinate, every variable a unit.

    service_ended   (replication, window, service, outcome)   1        window: start in s
    edge_calls      (replication, window, edge)               1
    value           (replication, path)                       unit: a coordinate of path
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics.base import SCOPES
from sim.record.outcomes import OUTCOMES
from sim.saved.layout import SAVED, TABLES, columns, unit_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.sweeps.result import Sweep

SECOND = 1e9


def import_xarray() -> Any:
    """Return xarray, or raise ``ImportError`` that says how to get it."""
    try:
        import xarray as xr
    except ImportError as error:
        message = "xarray is not installed; run: pip install 'eventflow-sim[notebook]'"
        raise ImportError(message) from error
    return xr


def of_result(result: Result) -> Any:
    """Return the counts by window and the figures of a result as an xarray Dataset."""
    xarray = import_xarray()
    network = result.network
    rows = result.summary(*SCOPES)
    paths = list(dict.fromkeys(row.path for row in rows))
    units = {row.path: row.unit for row in rows}
    coordinates: dict[str, Any] = {
        "replication": np.arange(result.replications),
        "window": ("window", result.records[0].window_starts / SECOND, {"units": "s", "long_name": "start of the window"}),
        **{family.one: np.array(family.names(network), dtype=np.str_) for family in SAVED},
        "outcome": list(OUTCOMES),
        "path": paths,
        "unit": ("path", [units[path] for path in paths]),
    }
    variables = {name: variable for table in TABLES for name, variable in _counts(result, table).items()}
    values = np.array([result.values(path) for path in paths]).T
    variables["value"] = (("replication", "path"), values, {"long_name": "metric over the whole run, after the warm-up"})
    return xarray.Dataset(variables, coords=coordinates, attrs=_about(result))


def of_comparison(comparison: Comparison) -> Any:
    """Return every figure of both sides, and the headline's differences with their intervals, as an xarray Dataset."""
    xarray = import_xarray()
    a, b = comparison.a, comparison.b
    rows = comparison.rows()
    named = {row.path: row.unit for row in rows}
    others = {row.path: row.unit for row in b.summary(*SCOPES)}
    named.update((row.path, row.unit) for row in a.summary(*SCOPES) if row.path in others)
    paths = list(named)
    shown = {row.path: row.difference for row in rows}
    values = np.array([[side.values(path) for path in paths] for side in (a, b)])
    differences = {
        name: ("path", [getattr(shown[path], part) if path in shown else math.nan for path in paths], {"long_name": words})
        for name, part, words in (
            ("difference", "mean", "mean of b - a over the pairs"),
            ("low", "low", "lower bound of its 95 % interval"),
            ("high", "high", "upper bound of its 95 % interval"),
        )
    }
    return xarray.Dataset(
        {"value": (("side", "path", "replication"), values), **differences},
        coords={
            "side": ["a", "b"],
            "label": ("side", list(comparison.labels)),
            "path": paths,
            "unit": ("path", [named[path] for path in paths]),
            "replication": np.arange(a.replications),
        },
        attrs={"a": a.name, "b": b.name, "flow": comparison.flow, "seed": a.seed},
    )


def of_sweep(sweep: Sweep, metrics: Sequence[str] = ()) -> Any:
    """Return the metrics of a sweep as an xarray Dataset: over its axes when its points are a grid, else over its points."""
    xarray = import_xarray()
    paths = sweep.paths(metrics)
    values = {path: _points(sweep, path) for path in paths}
    units = {path: _unit(sweep, path) for path in paths}
    attributes = {"seed": sweep.plan.seed, "replications": sweep.runs, "fingerprint": sweep.fingerprint()}
    coordinates: dict[str, Any] = {"replication": np.arange(sweep.runs)}
    grid = _grid(sweep)
    if grid is None:
        dims: tuple[str, ...] = ("point",)
        coordinates["point"] = np.arange(len(sweep.points))
        coordinates["variant"] = ("point", [point.variant for point in sweep.points])
        for at, axis in enumerate(sweep.plan.axes):
            coordinates[axis] = ("point", [_plain(point.settings[at][1]) for point in sweep.points])
    else:
        dims = tuple(grid)
        coordinates.update({dim: [_plain(value) for value in found] for dim, found in grid.items()})
        lengths = [len(found) for found in grid.values()]
        places = _places(sweep, grid)
        values = {path: array[places].reshape(*lengths, sweep.runs) for path, array in values.items()}
    variables = {path: ((*dims, "replication"), array, {"units": units[path]}) for path, array in values.items()}
    return xarray.Dataset(variables, coords=coordinates, attrs=attributes)


def _counts(result: Result, table: str) -> dict[str, Any]:
    """The variables of one of a record's tables, one for each column; those by outcome are one with one more axis."""
    entity = table.removesuffix("s")
    stacked = np.stack([record.tables[table] for record in result.records])
    dims = ("replication", "window", entity)
    found: dict[str, Any] = {}
    for number, column in enumerate(columns()[table]):
        name, _, outcome = column.partition(".")
        if not outcome:
            found[f"{entity}_{name}"] = (dims, stacked[..., number], {"units": unit_of(column)})
        elif outcome == OUTCOMES[0]:
            by_outcome = stacked[..., number : number + len(OUTCOMES)]
            found[f"{entity}_{name}"] = ((*dims, "outcome"), by_outcome, {"units": "1"})
    return found


def _about(result: Result) -> dict[str, Any]:
    scenario = result.scenario
    return {
        "scenario": scenario.name,
        "architecture": scenario.architecture,
        "seed": result.seed,
        "engine": result.engine,
        "window_s": scenario.run.window / SECOND,
        "horizon_s": scenario.run.horizon / SECOND,
        "digest": scenario.digest(),
        "fingerprint": result.fingerprint(),
    }


def _points(sweep: Sweep, path: str) -> Any:
    """A metric by point and replication; nan where a point does not have it."""
    nothing = [math.nan] * sweep.runs
    return np.array([sweep.values(point.number, path) if path in point.paths else nothing for point in sweep.points])


def _unit(sweep: Sweep, path: str) -> str:
    having = next(point for point in sweep.points if path in point.paths)
    return sweep.estimate(having.number, path).unit


def _grid(sweep: Sweep) -> dict[str, list[str]] | None:
    """The values of every axis, when the points are all their combinations, each once; else None."""
    axes = {
        axis: list(dict.fromkeys(point.settings[at][1] for point in sweep.points)) for at, axis in enumerate(sweep.plan.axes)
    }
    if len(sweep.plan.variants) > 1:
        axes = {"variant": list(sweep.plan.variants), **axes}
    lengths = math.prod(len(values) for values in axes.values())
    keys = {(point.variant, point.settings) for point in sweep.points}
    return axes if axes and lengths == len(sweep.points) == len(keys) else None


def _places(sweep: Sweep, grid: Mapping[str, Sequence[str]]) -> list[int]:
    """Numbers of the points in the order of the grid, the last axis fastest."""
    orders = {dim: {value: place for place, value in enumerate(values)} for dim, values in grid.items()}

    def place(number: int) -> tuple[int, ...]:
        point = sweep.points[number]
        found = {**dict(point.settings), "variant": point.variant}
        return tuple(order[found[dim]] for dim, order in orders.items())

    return sorted(range(len(sweep.points)), key=place)


def _plain(value: str) -> Any:
    """A value of an axis as a coordinate: a number where it is one, else its text."""
    from sim.scenario.yaml_reader import read_value

    found = read_value(value)
    return found if isinstance(found, (int, float)) and not isinstance(found, bool) else value
