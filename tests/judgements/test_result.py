"""A result answers in figures with intervals, judges objectives, and is the same for any number of threads."""

import builtins
import dataclasses
import json
import math
import sys
import types
from typing import Any

import pytest

from sim.metrics import UnknownMetricError
from sim.notebook import Part, page
from sim.replications import run_replications, run_together
from sim.results.result import Result
from sim.scenario import Scenario, ScenarioError, parse_objective
from sim.scenario.run import Run


def test_a_figure_comes_with_its_interval_and_its_n(sync_result: Result) -> None:
    """One value for each replication, and their mean with bounds."""
    values = sync_result.values("order.errors")
    found = sync_result.estimate("order.errors")
    assert len(values) == found.n == 4
    assert found.mean == pytest.approx(math.fsum(values) / 4)
    assert 0.0 <= found.low < found.mean < found.high <= 1.0
    assert found.unit == "share"


def test_jobs_change_nothing(sync: Scenario, sync_result: Result) -> None:
    """Two threads of the compiled engine leave the same bytes as one, and as the readable engine."""
    one = run_replications(sync, engine="compiled", jobs=1)
    two = run_replications(sync, engine="auto", jobs=2)
    assert one.fingerprint() == two.fingerprint() == sync_result.fingerprint()
    assert two.engine == "compiled"
    assert [record.fingerprint() for record in two.records] == [record.fingerprint() for record in one.records]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_scenarios_run_together_are_those_run_apart(sync: Scenario, events: Scenario, engine: Any) -> None:
    """Sharing threads changes nothing, and both follow from the first one's seed, as a comparison's sides do."""
    other = events.with_overrides(["run.seed=99"])
    together = run_together([sync, other], replications=3, engine=engine)
    apart = [run_replications(one, replications=3, seed=sync.run.seed, engine=engine) for one in (sync, other)]
    assert [one.fingerprint() for one in together] == [one.fingerprint() for one in apart]
    assert [(one.name, one.seed, one.engine) for one in together] == [(one.name, one.seed, one.engine) for one in apart]
    with pytest.raises(ValueError, match="ask for at least 1"):
        run_together([sync], replications=0)


def test_more_replications_begin_with_the_same_ones(sync: Scenario, sync_result: Result) -> None:
    """Replication k is the same however many there are; another seed gives others."""
    fewer = run_replications(sync, replications=2, engine="simpy")
    assert [r.fingerprint() for r in fewer.records] == [r.fingerprint() for r in sync_result.records[:2]]
    other = run_replications(sync, replications=1, seed=4, engine="simpy")
    assert other.records[0].fingerprint() != fewer.records[0].fingerprint()
    assert fewer.fingerprint() != sync_result.fingerprint()


def test_progress_is_told_after_each_replication(sync: Scenario) -> None:
    """From one to all, in the calling thread."""
    told: list[tuple[int, int]] = []
    run_replications(sync, replications=3, engine="simpy", progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 3), (2, 3), (3, 3)]


def test_an_interrupted_run_stops(sync: Scenario) -> None:
    """What is raised while replications run comes through, and those not begun are dropped."""

    def interrupt(done: int, total: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_replications(sync, replications=50, engine="simpy", progress=interrupt)


@pytest.mark.parametrize("wrong", [{"replications": 0}, {"jobs": 0}, {"engine": "fast"}])
def test_senseless_settings_are_refused(sync: Scenario, wrong: dict[str, Any]) -> None:
    """With the remedy."""
    with pytest.raises(ValueError, match=r"ask for at least 1|choose one of: auto"):
        run_replications(sync, **wrong)


def test_an_objective_on_an_unknown_metric_stops_before_the_run(sync: Scenario) -> None:
    """Nothing is run for a verdict that cannot be given."""
    with pytest.raises(ScenarioError, match=r"objectives\[0\]: unknown metric 'eror'"):
        run_replications(sync.replace("objectives", ["order.eror < 1%"]))


def test_objectives_are_judged_by_their_intervals(sync_result: Result) -> None:
    """Below the limit with all of the interval: pass; above: fail."""
    assert [one.outcome for one in sync_result.objectives()] == ["pass", "fail", "pass", "pass"]
    found = sync_result.estimate("order.errors")
    within = sync_result.judge(parse_objective(f"order.errors < {found.mean * 100:.4f}%"))
    assert within.outcome == "unsure"
    assert str(sync_result.objectives()[0]).startswith("PASS order.errors < 50%: ")
    assert sync_result.judge(parse_objective("order.errors > 0.1%")).outcome == "pass"
    assert sync_result.judge(parse_objective("order.errors >= 50%")).outcome == "fail"


def test_failures_fail_a_latency_objective(sync_result: Result) -> None:
    """Where more than 10 % fail in every replication, the 90 % quantile is infinite, and no limit holds."""
    assert sync_result.estimate("order.latency.p90").infinite == 4
    assert sync_result.judge(parse_objective("order.latency.p90 < 10s")).outcome == "fail"


def test_two_replications_leave_an_objective_open(sync_result: Result) -> None:
    """There is no interval, hence no verdict."""
    few = dataclasses.replace(sync_result, records=sync_result.records[:2], _values={})
    assert {one.outcome for one in few.objectives()} == {"unsure"}


def test_the_warmup_counts_for_a_result(sync: Scenario) -> None:
    """The offered rate of a run whose warm-up leaves one window is that window's."""
    run = Run(horizon="3s", warmup="2s", replications=3, seed=3)
    result = run_replications(sync.model_copy(update={"run": run, "faults": {}}), engine="simpy")
    assert all(value == round(value) for value in result.values("order.offered"))


def test_the_summary_names_every_row_by_its_path(sync_result: Result) -> None:
    """What a row shows can be asked for by its path; all scopes are there."""
    rows = sync_result.summary("system", "flow", "service")
    assert {row.scope for row in rows} == {"system", "flow", "service"}
    for row in rows:
        assert str(row.estimate) == str(sync_result.estimate(row.path))
    assert sync_result.summary() == sync_result.summary("system", "flow", "group")


def test_a_result_prints_in_ten_lines(sync_result: Result) -> None:
    """Enough to see what it is."""
    text = repr(sync_result)
    assert len(text.splitlines()) <= 10
    assert "small-sync" in text
    assert "3 pass, 1 fail" in text


def test_html_is_escaped(sync_result: Result) -> None:
    """Nothing of a scenario becomes markup."""
    assert "<b>small-sync (synchronous): " in sync_result._repr_html_()
    assert "order.errors &lt; 50%" in sync_result._repr_html_()
    assert "<script>" not in page("<script>", ["<script>"], [Part("<script>", ["<script>"], [["<script>"]])])


def test_plain_data_is_json(sync_result: Result) -> None:
    """Without NaN and infinities."""
    text = json.dumps(sync_result.to_dict(), allow_nan=False)
    assert json.loads(text)["fingerprint"] == sync_result.fingerprint()


def test_a_frame_has_a_row_for_each_replication_and_figure(sync_result: Result) -> None:
    """In long form, as plotting libraries like it."""
    pandas = pytest.importorskip("pandas")
    frame = sync_result.to_frame()
    assert isinstance(frame, pandas.DataFrame)
    assert list(frame.columns) == ["replication", "path", "unit", "value"]
    assert frame[frame.path == "goodput"].value.tolist() == sync_result.values("goodput")


def test_without_pandas_it_says_how_to_get_it(sync_result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ImportError with the command to run."""
    real = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name == "pandas":
            raise ImportError(name)
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ImportError, match=r"pip install 'eventflow-sim\[notebook\]'"):
        sync_result.to_frame()


def test_a_chart_is_found_by_its_name(sync_result: Result, monkeypatch: pytest.MonkeyPatch) -> None:
    """``result.plot.name(ax)`` calls ``plot(result, ax)`` of ``sim.charts.name``."""
    package, chart = types.ModuleType("sim.charts"), types.ModuleType("sim.charts.spark")
    package.__path__ = []
    chart.plot = lambda result, ax=None, **more: (result, ax, more)  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "sim.charts", package)
    monkeypatch.setitem(sys.modules, "sim.charts.spark", chart)
    monkeypatch.setattr("pkgutil.iter_modules", lambda _: [types.SimpleNamespace(name="spark")])
    assert dir(sync_result.plot) == ["spark"]
    assert sync_result.plot.spark("axes", colour=1) == (sync_result, "axes", {"colour": 1})
    with pytest.raises(AttributeError, match="did you mean 'spark'"):
        _ = sync_result.plot.sparc


def test_wrong_paths_and_empty_results_are_refused(sync: Scenario, sync_result: Result) -> None:
    """With the remedy."""
    with pytest.raises(UnknownMetricError, match="did you mean 'errors'"):
        sync_result.estimate("order.erors")
    with pytest.raises(ValueError, match="at least one record"):
        Result(sync, (), 1, "simpy")
