"""The same figures for other tools: xarray with names and units, Parquet, and what to install when they are not there."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from pyarrow import parquet

from sim.record.fields.edges import EDGE_CALLS
from sim.record.fields.services import SERVICE_BUSY_AREA, SERVICE_ENDED, SERVICE_STARTED
from sim.record.outcomes import OUTCOMES
from sim.sweeps import Sweep, run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.scenario import Scenario


def test_a_result_as_labelled_arrays(result: Result) -> None:
    """By replication, window and entity, named; counts are the records', units are said."""
    found = result.to_xarray()
    assert found.sizes["replication"] == 6
    assert list(found.window.values) == [0.0, 1.0, 2.0, 3.0, 4.0]
    assert found.window.attrs["units"] == "s"
    assert list(found.service.values) == ["front", "back"]
    assert list(found.outcome.values) == list(OUTCOMES)
    record = result.records[4]
    one = found.sel(replication=4, service="back")
    assert np.array_equal(one.service_started, record.services[:, 1, SERVICE_STARTED])
    timeout = SERVICE_ENDED + OUTCOMES.index("timeout")
    assert np.array_equal(one.service_ended.sel(outcome="timeout"), record.services[:, 1, timeout])
    assert np.array_equal(one.service_busy_area, record.services[:, 1, SERVICE_BUSY_AREA])
    assert (found.service_busy_area.attrs["units"], found.service_started.attrs["units"]) == ("ns", "1")
    assert np.array_equal(found.edge_calls.isel(replication=4), record.edges[:, :, EDGE_CALLS])
    p50 = found.value.sel(path="orders.latency.p50")
    assert list(p50.values) == result.values("orders.latency.p50")
    assert str(p50.unit.values) == "s"
    assert found.attrs["fingerprint"] == result.fingerprint()


def test_a_result_without_consumer_groups_has_none(result: Result) -> None:
    """An axis of length 0, of texts as the others."""
    found = result.to_xarray()
    assert found.sizes["group"] == 0
    assert found.group.dtype.kind == "U"


def test_a_comparison_as_labelled_arrays(comparison: Comparison) -> None:
    """Both sides under their names, differences with their intervals."""
    found = comparison.to_xarray()
    row = comparison.row("orders.latency.p50")
    assert list(found.value.sel(side="b", path="orders.latency.p50").values) == comparison.b.values("orders.latency.p50")
    assert float(found.difference.sel(path="orders.latency.p50")) == row.difference.mean
    assert float(found.low.sel(path="orders.latency.p50")) == row.difference.low
    assert list(found.label.values) == list(comparison.labels)


def test_a_grid_has_a_dimension_for_each_axis(sweep: Sweep) -> None:
    """Values of axes are coordinates, in the order they were asked for; any point is found by its settings."""
    found = sweep.to_xarray()
    mean = "services.back.operations.pay[0].work.mean"
    assert dict(found.sizes) == {"services.front.workers": 2, mean: 2, "replication": 3}
    assert list(found["services.front.workers"].values) == [4, 1]
    for point in sweep.points:
        settings = dict(point.settings)
        here = found.sel({"services.front.workers": int(settings["services.front.workers"]), mean: settings[mean]})
        assert np.array_equal(here["goodput"].values, sweep.values(point.number, "goodput"))
    assert found["orders.latency.p99"].attrs["units"] == "s"
    assert list(sweep.to_xarray(["goodput"]).data_vars) == ["goodput"]


def test_points_that_are_no_grid_have_one_dimension(sync: Scenario, events: Scenario) -> None:
    """A sample has its points, each with its settings; variants of a grid are a dimension."""
    sample = run_sweep(sync, ["services.back.queue_max=1..20", "services.front.workers=1..9"], sample="lhs:3", runs=2)
    found = sample.to_xarray(["goodput"])
    assert found.goodput.dims == ("point", "replication")
    settings = [one.settings[0][1] for one in sample.points]
    assert [str(value) for value in found["services.back.queue_max"].to_numpy()] == settings
    both = run_sweep([sync, events], ["services.front.workers=4,2"], runs=2)
    grid = both.to_xarray(["goodput", "payers.lag_peak"])
    assert grid.goodput.dims == ("variant", "services.front.workers", "replication")
    assert np.isnan(grid["payers.lag_peak"].sel(variant="shop-sync")).all()
    point = next(one for one in both.points if one.variant == "shop-events" and one.settings[0][1] == "2")
    here = grid["payers.lag_peak"].sel({"variant": "shop-events", "services.front.workers": 2})
    assert list(here.values) == both.values(point.number, "payers.lag_peak")


def test_parquet_holds_the_frame(result: Result, sweep: Sweep, tmp_path: Path) -> None:
    """What `to_frame` returns, with infinite and missing values as they are, and what was run in the metadata."""
    path = result.to_parquet(tmp_path / "r.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), result.to_frame(), check_dtype=False)
    about = json.loads(parquet.read_schema(path).metadata[b"eventflow"])
    assert about["fingerprint"] == result.fingerprint()
    path = sweep.to_parquet(tmp_path / "s.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), sweep.to_frame(), check_dtype=False)
    assert [one.name for one in tmp_path.iterdir() if one.name.endswith(".part")] == []


@pytest.mark.parametrize(
    ("package", "call", "extra"),
    [
        ("xarray", lambda one, _path: one.to_xarray(), "notebook"),
        ("pyarrow", lambda one, path: one.to_parquet(path), "parquet"),
        ("pandas", lambda one, _path: one.to_frame(), "notebook"),
    ],
)
def test_what_to_install_is_said(
    result: Result, sweep: Sweep, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, package: str, call: Any, extra: str
) -> None:
    """A package that is not there is named with the command that brings it; nothing is written."""
    monkeypatch.setitem(sys.modules, package, None)
    for one in (result, sweep):
        with pytest.raises(ImportError, match=rf"{package} is not installed; run: pip install 'eventflow-sim\[{extra}\]'"):
            call(one, tmp_path / "x.parquet")
    assert list(tmp_path.iterdir()) == []
