"""What the charts show is what the records say: cells, curves, links and spans are counted again, another way."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from matplotlib import pyplot as plt
from matplotlib.patches import PathPatch
from scipy import stats

from sim.charts import (
    backlog,
    errors,
    goodput,
    heatmap,
    latency,
    load_curve,
    percentiles,
    recovery,
    sensitivity,
    series,
    topology,
    wiring,
)
from sim.charts.layout import lay_out
from sim.charts.style import blank_figure
from sim.charts.subject import sides
from sim.charts.swept import number_of, scale_of
from sim.charts.work import work_of
from sim.judgements.hysteresis import twice_as_long
from sim.metrics.recovery import queues_back
from sim.record import fields as f
from sim.record.histogram import BUCKETS, bucket_bounds
from sim.replications import run_replications
from sim.scenario.objectives import parse_objective
from sim.stats.figures import format_value
from sim.sweeps import run_sweep

if TYPE_CHECKING:
    from pathlib import Path

    from sim.record.record import Record
    from sim.results.comparison import Comparison
    from sim.sweeps import Sweep


BUSY = ["faults={}", "workload.orders.arrivals.rate=120/s"]
"""No fault, and more than can be done."""


def axes(size: tuple[float, float] = (8.0, 4.0)) -> Any:
    """Axes of a figure of their own."""
    return blank_figure(size).add_subplot()


# -- sweeps


def test_a_cell_is_the_share_of_replications_that_breach(sweep: Sweep) -> None:
    """Counted again from the values; hatched where Clopper and Pearson's interval holds one half."""
    scales = scale_of(sweep, "services.back.workers"), scale_of(sweep, "faults.slow.factor")
    cells = heatmap.breaches(sweep, parse_objective("orders.errors < 5%"), scales, {}, "tiny")
    for point in sweep.points:
        settings = dict(point.settings)
        row, column = scales[1].texts.index(settings[scales[1].path]), scales[0].texts.index(settings[scales[0].path])
        bad = sum(value >= 0.05 for value in sweep.values(point.number, "orders.errors"))
        assert cells.values[row, column] == bad / 8
        interval = stats.binomtest(bad, 8).proportion_ci(0.95, "exact")
        assert cells.open[row, column] == (interval.low < 0.5 < interval.high)
    assert cells.values.min() == 0.0
    assert cells.values.max() == 1.0


def test_the_words_of_a_heat_map_count_what_is_proven(sweep: Sweep) -> None:
    """Cells beyond the frontier, within it, and open, as they are hatched; of a metric there is no frontier to speak of."""
    scales = scale_of(sweep, "services.back.workers"), scale_of(sweep, "faults.slow.factor")
    cells = heatmap.breaches(sweep, sweep.points[0].scenario.objectives[0], scales, {}, "tiny")
    beyond, within = int(((cells.values > 0.5) & ~cells.open).sum()), int(((cells.values <= 0.5) & ~cells.open).sum())
    said = f"of 12 cells, {beyond} proven to breach it in most runs, {within} in fewer than half, {int(cells.open.sum())} open"
    assert said in heatmap.plot(sweep, axes()).get_label()
    few = heatmap.Map(np.ones((3, 3)), np.ones((3, 3), dtype=bool))
    said = heatmap._said(few, "A", "share", judged=True)
    assert said == (
        "A: from 100 % to 100 %; of 9 cells, 0 proven to breach it in most runs, 0 in fewer than half, 9 open by so few runs; "
        "whether the objective holds is judged by all runs of a cell together."
    )
    assert "breach" not in heatmap.plot(sweep, axes(), metric="orders.errors").get_label()


@pytest.mark.parametrize(("bad", "n"), [(0, 8), (1, 8), (4, 8), (8, 8), (30, 100)])
def test_the_interval_of_a_probability_is_exact(bad: int, n: int) -> None:
    """The same as SciPy's own."""
    interval = stats.binomtest(bad, n).proportion_ci(0.95, "exact")
    assert heatmap.exact_interval(bad, n) == pytest.approx((interval.low, interval.high), abs=1e-9)


def test_the_frontier_runs_between_cells_on_both_sides(sweep: Sweep) -> None:
    """Its pieces are exactly the borders between a cell above one half and one that is not."""
    ax = heatmap.plot(sweep, axes())
    segments = {tuple(map(tuple, np.asarray(piece, dtype=int))) for piece in ax.collections[-1].get_segments()}
    scales = scale_of(sweep, "services.back.workers"), scale_of(sweep, "faults.slow.factor")
    beyond = heatmap.breaches(sweep, sweep.points[0].scenario.objectives[0], scales, {}, "tiny").values > 0.5
    assert len(segments) == int((beyond[:, 1:] != beyond[:, :-1]).sum() + (beyond[1:] != beyond[:-1]).sum())
    assert segments


def test_a_heat_map_refuses_what_it_cannot_show(sweep: Sweep, load: Sweep) -> None:
    """One axis, the same axis twice, an unknown axis, variant or metric: each with its remedy."""
    with pytest.raises(ValueError, match=r"needs two axes.*draw .lines"):
        heatmap.plot(load, axes())
    with pytest.raises(ValueError, match="x and y are both"):
        heatmap.plot(sweep, axes(), x="services.back.workers", y="services.back.workers")
    with pytest.raises(ValueError, match=r"does not vary 'services.back.worker'; did you mean 'services\.back\.workers'"):
        heatmap.plot(sweep, axes(), x="services.back.worker")
    with pytest.raises(ValueError, match="no variant 'small'; it has tiny"):
        heatmap.plot(sweep, axes(), variant="small")


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("20", (20.0, "1")),
        ("5%", (0.05, "share")),
        ("10/s", (10.0, "1/s")),
        ("120/min", (2.0, "1/s")),
        ("50ms", (0.05, "s")),
        ("round_robin", None),
        ("nan", None),
        ("{kind: fixed}", None),
    ],
)
def test_values_of_axes_are_read_as_what_they_measure(text: str, number: tuple[float, str] | None) -> None:
    """With their units; what is no number stays a name."""
    assert number_of(text) == number


def test_an_axis_ascends_whatever_the_order_of_its_values(sweep: Sweep) -> None:
    """Numbers in order, factors on a logarithmic axis."""
    scale = scale_of(sweep, "faults.slow.factor")
    assert list(scale.at) == sorted(scale.at)
    assert scale.log
    assert not scale_of(sweep, "services.back.workers").log


def test_the_load_curve_is_that_of_the_sweep(load: Sweep) -> None:
    """Points at the means, the knee ringed, the ideal line through the corner; flow and doubled are for runs."""
    curve = load.load_curves()[0]
    ax = load_curve.plot(load, axes())
    drawn = ax.containers[0].lines[0]
    assert drawn.get_ydata().tolist() == [one.mean for one in curve.goodput]
    assert drawn.get_xdata().tolist() == [20.0, 50.0, 80.0, 120.0, 160.0]
    assert rings(ax) == [curve.knee.knee]
    with pytest.raises(ValueError, match="x is for sweeps, flow and doubled are for runs"):
        load_curve.plot(load, axes(), flow="orders")


def test_the_rings_are_explained_only_where_there_are_some(load: Sweep) -> None:
    """A load that goodput follows to the end has no knee, and the footer does not speak of one."""
    assert "ringed: the knee" in " ".join(load_curve.plot(load).figure.get_supxlabel().split())
    over = ["workload.orders.arrivals.rate=5/s,10/s,20/s"]
    calm = run_sweep(load.points[0].scenario, over, runs=2, engine="compiled")
    ax = load_curve.plot(calm)
    assert rings(ax) == []
    assert "ringed" not in ax.figure.get_supxlabel()
    plt.close("all")


def rings(ax: Any) -> list[float]:
    """The loads at which a knee is ringed."""
    return [line.get_xdata()[0] for line in ax.lines if line.get_markersize() == 13]


def test_hysteresis_is_drawn_both_ways(rushes: Comparison) -> None:
    """Of both sides the way up and the way down with their intervals, what is missing between them, and the verdict on it."""
    ax = load_curve.plot(rushes, axes())
    ways = [box.lines[0] for box in ax.containers]
    expected = [way for side in (rushes.a, rushes.b) for way in (side.load_hysteresis().down, side.load_hysteresis().up)]
    assert [line.get_ydata().tolist() for line in ways] == [[one.mean for one in way] for way in expected]
    assert [list(line.get_xdata()) for line in ways] == [[15.0, 30.0, 70.0]] * 4
    bars = [box.lines[2][0].get_segments() for box in ax.containers]
    for segments, way in zip(bars, expected, strict=True):
        assert np.array([one[:, 1] for one in segments]) == pytest.approx(np.array([(one.low, one.high) for one in way]))
    assert rings(ax) == [30.0, 30.0]
    for side in (rushes.a, rushes.b):
        assert f"{side.load_hysteresis()}." in ax.get_label()
    said = " ".join(text.get_text() for text in ax.texts)
    assert "hysteresis: " in said
    assert "% missing" in said
    assert "people, up and down again" in ax.get_title(loc="left").replace("\n", " ")


def test_twice_the_time_tells_what_stays(rushes: Comparison) -> None:
    """Beside the same run with steps twice as long hysteresis is metastable, slow, open or none; sides are asked in step."""
    longer = run_replications(twice_as_long(rushes.a.scenario), engine="compiled")
    ax = load_curve.plot(rushes.a, axes(), doubled=longer)
    state = rushes.a.load_hysteresis(doubled=longer).hysteresis.state
    assert state in {"metastable", "slow recovery"}
    assert any(text.get_text().startswith(f"{state}: ") for text in ax.texts)
    with pytest.raises(ValueError, match="a result for a result, and a comparison for a comparison"):
        load_curve.plot(rushes, axes(), doubled=longer)


def test_a_report_shows_hysteresis(rushes: Comparison, tmp_path: Path) -> None:
    """The folder has the curve, the page shows it with its words, and the table says the verdict on both sides."""
    from sim.report.manifest import Invocation  # reports are for this test only
    from sim.report.write import write_comparison

    written = write_comparison(rushes, tmp_path, Invocation(("compare",), "20270102T030405Z", 1.0, {}))
    assert (written.folder / "figures" / "load_curve.png").is_file()
    words = str(load_curve.figures(rushes)[0].axes[0].get_label())
    assert f"<figcaption>{words}" in written.page.read_text(encoding="utf-8")
    table = (written.folder / "table.md").read_text(encoding="utf-8")
    assert f"synchronous: {rushes.a.load_hysteresis()}" in table
    assert f"event-driven: {rushes.b.load_hysteresis()}" in table


def test_a_level_load_has_no_hysteresis(comparison: Comparison) -> None:
    """It is refused by name, before and after it was run, with what would do; a report has no such figure."""
    with pytest.raises(ValueError, match="no load goes up and down the same steps; flows that do: none; give arrivals of kind"):
        load_curve.plot(comparison, axes())
    with pytest.raises(ValueError, match=r"shop-sync: no load .*; or sweep a load: --over workload\.orders\.arrivals\.rate="):
        load_curve.check(comparison.a.scenario)
    with pytest.raises(ValueError, match="x is for sweeps"):
        load_curve.check(comparison.a.scenario, x="orders")
    assert load_curve.figures(comparison) == []


def test_sensitivity_takes_plain_arrays_and_what_a_sweep_gives() -> None:
    """The largest stands on top; arrays of other lengths are refused."""
    bars = sensitivity.Bars(names=["a", "b"], first=[0.1, 0.2], total=[0.2, 0.7])
    ax = sensitivity.plot(bars, axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    row = {"first": ((0.1, 0.0, 0.2), (0.2, 0.1, 0.3)), "total": ((0.2, 0.1, 0.3), (0.7, 0.5, 0.9))}
    given = type("Given", (), {"names": ("a", "b"), "bars": row, "path": "orders.errors", "unit": "share"})()
    assert np.asarray(sensitivity.bars_of(given).high).tolist() == [0.3, 0.9]
    assert "orders.errors" in sensitivity.plot(given, axes()).get_title(loc="left")
    given.bars = {"mu_star": row["total"]}
    assert sensitivity.plot(given, axes()).get_xlabel() == "mean size of the change over its range"
    with pytest.raises(ValueError, match="one value for each name"):
        sensitivity.plot(sensitivity.Bars(names=["a"], total=[0.1, 0.2]), axes())


def test_each_share_of_the_variance_has_its_own_interval() -> None:
    """First-order and total are bars of their own, each with its interval, cut to what a share can be; doubt is said."""
    rows = {"first": ((0.5, 0.4, 0.6), (-0.1, -0.3, 0.1)), "total": ((0.4, 0.11, 0.43), (0.7, 0.2, 1.9))}
    words = {"path": "errors", "unit": "share", "counted": "95 % interval by resampling the 16 base points (n = 1 a point)"}
    given = type("Given", (), {"names": ("a", "b"), "bars": rows, "unclear": (False, True), **words})()
    ax = sensitivity.plot(given)
    bars, ends = [one.patches for one in ax.containers[:4:2]], [one.lines[2][0].get_segments() for one in ax.containers[1:4:2]]
    assert [[bar.get_width() for bar in each] for each in bars] == [[0.0, 0.5], [0.7, 0.4]]
    drawn = [[sorted(np.asarray(piece)[:, 0].round(9).tolist()) for piece in each] for each in ends]
    assert drawn == [[[0.0, 0.1], [0.4, 0.6]], [[0.2, 1.0], [0.11, 0.43]]]
    assert "b 70 % (too few base points to tell), a 40 %." in ax.get_label()
    foot = " ".join(ax.figure.get_supxlabel().split())
    assert words["counted"] in foot
    assert "a total below its first-order share: too few base points to tell them apart" in foot
    plt.close("all")


# -- over time, percentiles, recovery


def test_a_backlog_is_so_much_work_as_its_slowest_place_needs(comparison: Comparison) -> None:
    """Counted again: what waits by the most that was done in five windows in a row; the chart says so of the peak."""
    work = work_of(comparison.b.records)
    lag = np.mean([one.groups[:, 0, f.groups.GROUP_LAG_AREA] / 1e9 for one in comparison.b.records], axis=0)
    done = np.mean([one.groups[:, 0, f.groups.GROUP_APPLIED] for one in comparison.b.records], axis=0)
    rate = max(done[at : at + 5].sum() / 5.0 for at in range(len(done) - 4))
    assert work.names == ("front_end", "back-end", "payers")
    assert work.rates[2] == pytest.approx(rate)
    peak = int(np.argmax(lag))
    assert work.places[peak] == 2
    assert work.seconds[peak] == pytest.approx(lag[peak] / rate)
    ax = backlog.plot(comparison, axes())
    assert f"{format_value(work.seconds[peak], 's')} of work for payers, at {format_value(rate, '1/s')}" in ax.get_label()
    assert any(text.get_text().endswith(f", {format_value(work.seconds[peak], 's')} of work") for text in ax.texts)


def test_a_backlog_is_drained_when_the_metric_says_so(comparison: Comparison) -> None:
    """The mark stands as long after the fault as drain_time says, in words with its interval; no fault, no draining."""
    found = comparison.b.estimate("drain_time")
    ax = backlog.plot(comparison.b, axes())
    (mark,) = [line for line in ax.lines if line.get_marker() == "v"]
    assert mark.get_xdata()[0] == pytest.approx(8.0 + found.mean)
    assert f"drained {found} after the end of a fault" in ax.get_label()
    assert f"drained after {format_value(found.mean, 's')}" in [text.get_text() for text in ax.texts]
    ax = backlog.plot(run_replications(comparison.b.scenario.with_overrides(BUSY), replications=2, engine="compiled"), axes())
    assert any(text.get_text().startswith("peak") for text in ax.texts)
    assert not any("drained" in text.get_text() for text in ax.texts)
    assert "drained" not in ax.get_label()


def test_queues_are_drained_when_all_are_as_before(comparison: Comparison) -> None:
    """Where there is no group: each replication's first window after the fault in which every queue is back."""
    ((end, times),) = backlog.drained(sides(comparison.a)[0])
    assert end == 8.0
    for record, took in zip(comparison.a.records, times, strict=True):
        back = queues_back(record).all(axis=1)
        assert back[8 + int(took)]
        assert not back[8 : 8 + int(took)].any()


def test_what_nobody_works_on_is_said_so(comparison: Comparison) -> None:
    """A place that was never seen to do anything has no rate; a run of fewer windows than five is one row of them."""
    records = [replace(one, tables={**one.tables, "groups": one.groups.copy()}) for one in comparison.b.records]
    for one in records:
        one.groups[:, :, f.groups.GROUP_APPLIED] = 0
    ax = backlog.plot(records, axes())
    assert any(text.get_text().endswith(", nobody works on it") for text in ax.texts)
    assert "of which payers was never seen to do any" in ax.get_label()
    short = run_replications(comparison.b.scenario.replace("run.window", "10s"), replications=2, engine="compiled")
    applied = np.mean([one.groups[:, 0, f.groups.GROUP_APPLIED].sum() for one in short.records])
    assert work_of(short.records).rates[2] == pytest.approx(applied / 20.0)


def test_words_over_time_state_the_figures_of_the_tables(comparison: Comparison) -> None:
    """Goodput and errors after the warm-up, with their intervals, of the system and of the flows that are drawn."""
    result = run_replications(comparison.a.scenario.replace("run.warmup", "2s"), replications=3, engine="compiled")
    assert f"{result.estimate('goodput')}, " in goodput.plot(result, axes()).get_label()
    assert f"{result.estimate('orders.goodput')}, " in goodput.plot(result, axes(), flow="orders").get_label()
    both = goodput.plot(result, axes(), flow=["orders", "views"]).get_label()
    assert f"orders: {result.estimate('orders.goodput')}; views: {result.estimate('views.goodput')}, " in both
    assert f"{result.estimate('errors')} failed, at most " in errors.plot(result, axes()).get_label()


def test_only_limits_of_what_is_drawn_are_marked(comparison: Comparison) -> None:
    """A flow's limit on the curve of that flow, the system's on that of all flows together."""
    limits = ["orders.latency.p50 < 100ms", "latency.p50 < 200ms"]
    scenario = comparison.b.scenario.replace("objectives", limits)
    result = run_replications(scenario, replications=2, engine="compiled")
    for flow, marked in ((None, limits[1:]), ("orders", limits[:1]), (["orders", "views"], limits[1:]), ("views", [])):
        texts = {text.get_text() for text in percentiles.plot(result, axes(), flow=flow).texts}
        assert texts & set(map(str, scenario.objectives)) == set(marked)


def dense(record: Record) -> np.ndarray:
    """Counts of the replies of all flows, (windows, buckets)."""
    counts = np.zeros((record.network.windows, BUCKETS), dtype=np.int64)
    for window, _, bucket, count in record.replies.rows():
        counts[window, bucket] += count
    return counts


def value_at(counts: np.ndarray, share: float, failed: int = 0) -> float:
    """The upper bound of the bucket that a share of all reaches, failures as the longest."""
    rank = math.ceil(share * (counts.sum() + failed))
    return float(bucket_bounds()[1][counts.cumsum().searchsorted(rank)])


def test_latency_over_time_is_the_quantile_of_each_window(comparison: Comparison) -> None:
    """Within a bucket of what the histogram's own quantile says."""
    record = comparison.a.records[0]
    found = series.latency_quantiles([record], [0, 1], 0.5)[0]
    counts = dense(record)
    for window in range(record.network.windows):
        if counts[window].sum():
            assert found[window] == pytest.approx(value_at(counts[window], 0.5) / 1e9, rel=0.004)
        else:
            assert math.isnan(found[window])


def test_attempts_are_at_least_calls(comparison: Comparison) -> None:
    """Without retries it is one attempt for each call, exactly."""
    values = series.attempts_a_call(comparison.a.records)
    assert np.nanmin(values) == np.nanmax(values) == 1.0


def test_percentiles_are_for_ever_beyond_the_failed_share(comparison: Comparison) -> None:
    """Below it they agree with the metric; above it they are infinite."""
    tail = series.tail(comparison.a.records[:1], [0, 1])
    failed = float(tail.failed[0])
    shares = np.array([0.5, 1.0 - failed - 0.01, 1.0 - failed + 0.01])
    found = percentiles.quantiles(tail, 0, shares)
    record = comparison.a.records[0]
    counts = dense(record).sum(axis=0)
    lost = int(record.flows[:, :, f.flows.FLOW_SETTLED + 1 : f.flows.FLOW_SETTLED + 7].sum())
    assert found[0] == pytest.approx(value_at(counts, 0.5, lost) / 1e9, rel=0.004)
    assert math.isfinite(found[1])
    assert math.isinf(found[2])


@pytest.mark.parametrize(("of", "name"), [("replies", "latency"), ("completions", "completion")])
@pytest.mark.parametrize("chart", [latency, percentiles])
def test_words_state_the_figures_of_the_tables(chart: Any, of: Any, name: str, comparison: Comparison) -> None:
    """The mean over the replications with its interval, never that of a pooled curve; of one flow, of several, and of all."""
    lost = {"replies": "failed {errors}", "completions": "not done well {spoiled}"}[of]
    for flow, prefix in (("orders", "orders."), (None, ""), (["orders", "views"], "views.")):
        words = chart.plot(comparison, axes(), of=of, flow=flow).get_label()
        for result in (comparison.a, comparison.b):
            median = result.estimate(f"{prefix}{name}.p50")
            figures = {one: result.estimate(f"{prefix}{one}") for one in ("errors", "spoiled")}
            assert f"p50 {median}, p95 " in words
            assert lost.format(**figures) in words
    too_few = chart.plot(comparison.a, axes(), flow="views").get_label()
    assert "p99 is not known (too few requests for p99, which takes 1000)" in too_few


def test_a_percentile_curve_passes_through_the_tables_figure(comparison: Comparison) -> None:
    """The mean of the replications' medians, to a part of a bucket."""
    tail = series.tail(comparison.b.records, [0])
    medians = [percentiles.quantiles(tail, row, np.array([0.5]))[0] for row in range(4)]
    assert np.mean(medians) == pytest.approx(comparison.b.estimate("orders.latency.p50").mean, rel=1e-3)


def test_recovery_is_drawn_as_its_curve(comparison: Comparison) -> None:
    """It ends at the share that recovered; a fault that is not there is refused by name."""
    ax = recovery.plot(comparison, axes())
    times = comparison.b.values("time_to_recover")
    last = [line for line in ax.lines if len(line.get_xdata()) > 1][-1]
    assert last.get_ydata()[-1] == pytest.approx(sum(map(math.isfinite, times)) / len(times))
    assert recovery.plot(comparison.a, axes(), fault="slow_pay") is not None
    with pytest.raises(ValueError, match="shop-sync has no fault 'slow'; faults: slow_pay, other-slow-pay"):
        recovery.plot(comparison.a, axes(), fault="slow")


def test_runs_that_ended_first_are_ticked(comparison: Comparison) -> None:
    """With the runs cut 6 s after the fault none recovers: a tick for each, and the curve stays at 0; after 2 s none could."""
    from sim.replications import run_replications

    cut = run_replications(comparison.b.scenario.with_overrides(["run.horizon=14s"]), engine="compiled")
    ax = recovery.plot(cut, axes())
    ticks = [line for line in ax.lines if line.get_marker() == "|"]
    assert sum(len(line.get_xdata()) for line in ticks) == cut.replications
    assert "0 of 4 recovered" in ax.get_legend().get_texts()[0].get_text()
    blind = run_replications(comparison.b.scenario.with_overrides(["run.horizon=10s"]), engine="compiled")
    with pytest.raises(ValueError, match=r"no recovery is seen in less than 5 windows; write a longer run\.horizon"):
        recovery.plot(blind, axes())


# -- topology


def test_links_carry_what_the_record_counted(comparison: Comparison) -> None:
    """Rates of calls and events at a window are the counters over its length, mean over the replications."""
    (one,) = sides(comparison.b)
    found = wiring.wiring(one, 2.5)
    assert (found.window, found.begin, found.end) == (2, 2.0, 3.0)
    kinds = Counter(node.kind for node in found.nodes)
    assert kinds == {"flow": 2, "service": 2, "topic": 1}
    calls = sum(record.edges[2, :, f.edges.EDGE_ATTEMPTS].sum() for record in comparison.b.records) / 4
    assert sum(link.rate for link in found.links if not link.event) == pytest.approx(calls)
    delivered = sum(record.groups[2, 0, f.groups.GROUP_DELIVERED] for record in comparison.b.records) / 4
    assert [link.rate for link in found.links if link.event and found.nodes[link.source].kind == "topic"] == [delivered]


def test_the_topology_shows_the_worst_window_unless_asked(comparison: Comparison) -> None:
    """By default where most fails; a time outside the run is refused; what a fault strikes is marked then, not before."""
    failed = series.failed_by_service(comparison.a.records)
    worst = int(np.nanargmax(np.nansum(failed, axis=0)))
    (one,) = sides(comparison.a)
    assert wiring.wiring(one, None).window == worst
    assert [node.name for node in wiring.wiring(one, 6.0).nodes if node.struck] == ["back-end"]
    assert not any(node.struck for node in wiring.wiring(one, 1.0).nodes)
    assert topology.plot(comparison.a, axes(), at="1500ms").get_title(loc="left").startswith("Topology at 1 s")
    with pytest.raises(ValueError, match="at 30 s there is no window; the run lasts from 0 to 20 s"):
        topology.plot(comparison.a, axes(), at=30.0)


def test_links_run_from_border_to_border_and_back_below(comparison: Comparison) -> None:
    """As many links as the wiring has, all to the right; one that leads back has a line of its own."""
    (one,) = sides(comparison.b)
    found = wiring.wiring(one, 6.0)
    ax = topology.plot(comparison.b, axes(), at=6.0)
    lines = [patch.get_path().vertices for patch in ax.patches if isinstance(patch, PathPatch) and not patch.get_fill()]
    assert len(lines) == len(found.links)
    assert all(line[0][0] < line[-1][0] for line in lines)
    layout = lay_out({"0": topology.BOX, "1": topology.BOX}, [("0", "1"), ("1", "0")])
    there, back = (wiring.Link(*ends, event=False, rate=1.0, failed=0.0) for ends in ((0, 1), (1, 0)))
    forth, home = (topology._points(layout, link, (1.0, 1.0), (100.0, 20.0)) for link in (there, back))
    assert forth[0][0] < forth[-1][0]
    assert home[0][0] > home[-1][0]
    assert home[0][1] == forth[-1][1] - 5.0
