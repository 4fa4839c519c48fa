"""What the charts show is what the records say: cells, curves, links and spans are counted again, another way."""

from __future__ import annotations

import itertools
import math
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from scipy import stats

from sim.charts import forest, heatmap, load_curve, percentiles, recovery, sensitivity, series, topology, waterfall, wiring
from sim.charts.graph import lay_out
from sim.charts.style import blank_figure
from sim.charts.subject import sides
from sim.charts.swept import number_of, scale_of
from sim.charts.trace import Span, rows_of, trace_of, traces
from sim.record import fields as f
from sim.record.histogram import quantile
from sim.scenario.objectives import parse_objective
from sim.stats.knee import loop_area

if TYPE_CHECKING:
    from sim.judge.comparison import Comparison
    from sim.sweeps import Sweep


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
    """Points at the means, the knee ringed, the ideal line through the corner; a way down closes a loop."""
    curve = load.load_curves()[0]
    down = np.array([load.values(point, "orders.goodput") for point in curve.points]).T * np.linspace(0.5, 1.0, 5)
    ax = load_curve.plot(load, axes(), down=down)
    drawn = ax.containers[0].lines[0]
    assert drawn.get_ydata().tolist() == [one.mean for one in curve.goodput]
    assert drawn.get_xdata().tolist() == [20.0, 50.0, 80.0, 120.0, 160.0]
    rings = [line.get_xdata()[0] for line in ax.lines if line.get_markersize() == 13]
    assert rings == [curve.knee.knee]
    up = down / np.linspace(0.5, 1.0, 5)
    assert str(loop_area(curve.knee.loads, up, down)) in ax.get_label()
    with pytest.raises(ValueError, match="it needs one row a replication, of 5 loads"):
        load_curve.plot(load, axes(), down=[1.0, 2.0])


def test_sensitivity_takes_plain_arrays_and_what_a_sweep_gives() -> None:
    """The largest stands on top; arrays of other lengths are refused."""
    bars = sensitivity.Bars(names=["a", "b"], first=[0.1, 0.2], total=[0.2, 0.7])
    ax = sensitivity.plot(bars, axes())
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "a"]
    row = {"first": ((0.1, 0.0, 0.2), (0.2, 0.1, 0.3)), "total": ((0.2, 0.1, 0.3), (0.7, 0.5, 0.9))}
    given = type("Given", (), {"names": ("a", "b"), "bars": row, "path": "orders.errors", "unit": "share"})()
    assert np.asarray(sensitivity.bars_of(given).high).tolist() == [0.3, 0.9]
    assert "orders.errors" in sensitivity.plot(given, axes()).get_title(loc="left")
    with pytest.raises(ValueError, match="one value for each name"):
        sensitivity.plot(sensitivity.Bars(names=["a"], total=[0.1, 0.2]), axes())


# -- comparisons


def test_the_forest_draws_better_to_the_right(comparison: Comparison) -> None:
    """A proven row is on the side of who is better, wholly; one that is not proven is hollow."""
    for row in comparison.rows():
        one = forest.effect(row)
        if one.proven and math.isfinite(one.low):
            assert (one.low > 0.0) == (one.proven == "b")
            assert one.low <= one.mean <= one.high
        elif row.direction != "neither" and math.isfinite(one.low):
            assert one.low <= 0.0 <= one.high or one.low == one.high  # four equal differences are no proof


def test_a_latency_is_compared_as_a_ratio(comparison: Comparison) -> None:
    """Half as long and twice as long are equally far from 0."""
    row = comparison.row("orders.latency.p50")
    one = forest.effect(row)
    ratio = row.paired.ratio
    assert ratio is not None
    assert one.text.startswith("x ")
    assert one.mean == pytest.approx(1.0 - ratio.mean)
    assert forest._of_ratio(0.5) == -forest._of_ratio(2.0)


# -- over time, percentiles, recovery


def test_latency_over_time_is_the_quantile_of_each_window(comparison: Comparison) -> None:
    """Within a bucket of what the histogram's own quantile says."""
    record = comparison.a.records[0]
    found = series.latency_quantiles([record], [0, 1], 0.5)[0]
    counts = record.replies.by_window(0) + record.replies.by_window(1)
    for window in range(record.network.windows):
        if counts[window].sum():
            assert found[window] == pytest.approx(quantile(counts[window], 0.5) / 1e9, rel=0.03)
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
    counts = record.replies.counts(0) + record.replies.counts(1)
    lost = int(record.flows[:, :, f.FLOW_SETTLED + 1 : f.FLOW_SETTLED + 7].sum())
    assert found[0] == pytest.approx(quantile(counts, 0.5, lost) / 1e9, rel=0.03)
    assert math.isfinite(found[1])
    assert math.isinf(found[2])


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
    from sim.replications import run_replications  # noqa: PLC0415 - this test only

    cut = run_replications(comparison.b.scenario.with_overrides(["run.horizon=14s"]), engine="simpy")
    ax = recovery.plot(cut, axes())
    ticks = [line for line in ax.lines if line.get_marker() == "|"]
    assert sum(len(line.get_xdata()) for line in ticks) == cut.replications
    assert "0 of 4 recovered" in ax.get_legend().get_texts()[0].get_text()
    blind = run_replications(comparison.b.scenario.with_overrides(["run.horizon=10s"]), engine="simpy")
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
    calls = sum(record.edges[2, :, f.EDGE_ATTEMPTS].sum() for record in comparison.b.records) / 4
    assert sum(link.rate for link in found.links if not link.event) == pytest.approx(calls)
    delivered = sum(record.groups[2, 0, f.GROUP_DELIVERED] for record in comparison.b.records) / 4
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


def test_a_layout_goes_from_left_to_right_and_keeps_its_distance() -> None:
    """Links lead to later layers, circles excepted; nodes of a layer are a row apart; long links have places of their own."""
    links = [(0, 1), (0, 2), (1, 3), (2, 3), (0, 3), (3, 4), (4, 1), (5, 5), (2, 4)]
    layout = lay_out(6, links)
    layer = [place[0] for place in layout.places]
    back = [link for link in links if layer[link[0]] > layer[link[1]]]
    assert back == [(4, 1)]
    for (source, target), route in zip(links, layout.routes, strict=True):
        assert len(route) == max(0, abs(layer[target] - layer[source]) - 1)
    assert layout == lay_out(6, links)
    places = [*layout.places, *(place for route in layout.routes for place in route)]
    for number in range(layout.layers):
        heights = sorted(height for at, height in places if at == number)
        assert all(0.0 <= height <= 1.0 for height in heights)
        assert all(b - a >= 0.99 / layout.widest for a, b in itertools.pairwise(heights))


def test_crossings_are_taken_out() -> None:
    """Two crossed pairs of links are laid out side by side."""
    layout = lay_out(4, [(0, 3), (1, 2)])
    heights = [place[1] for place in layout.places]
    assert (heights[0] < heights[1]) == (heights[3] < heights[2])


# -- waterfall


def test_a_trace_is_what_the_log_says(comparison: Comparison) -> None:
    """Spans of all traces together are the attempts and deliveries that the counters have; each lies below its cause."""
    (one,) = sides(comparison.b)
    record = waterfall.logged(one, 0, "simpy")
    assert record.fingerprint() == comparison.b.records[0].fingerprint()
    found: Counter[str] = Counter()
    for number in range(40):
        for span, depth in rows_of(trace_of(record, number)):
            found[span.kind] += 1
            assert depth == {"call": 0, "message": 1, "delivery": 2}[span.kind]
            in_order(span)
    assert found == {"call": 40, "message": 40, "delivery": 40}
    with pytest.raises(ValueError, match="the event log has no trace 100000"):
        trace_of(record, 100_000)


def in_order(span: Span) -> None:
    """Its own times ascend, and nothing that it caused came before it."""
    known = [time for time in (span.sent, span.arrived, span.started, span.ended) if time >= 0]
    assert known == sorted(known)
    assert all(child.sent >= span.sent for child in span.children)


def test_attempts_hang_below_their_callers(comparison: Comparison) -> None:
    """In the synchronous shop the back end is called by the front end, and a timeout is said to be one."""
    (one,) = sides(comparison.a)
    record = waterfall.logged(one, 0, "simpy")
    slowest = max(traces(record).tolist(), key=lambda row: row[3])
    trace = trace_of(record, slowest[0])
    assert [(span.name, depth) for span, depth in rows_of(trace)] == [("front_end.buy", 0), ("back-end.pay", 1)]
    assert trace.roots[0].children[0].outcome == "timeout"
    assert trace.replied - trace.begin == slowest[3]


def test_a_waterfall_refuses_what_is_not_there(comparison: Comparison) -> None:
    """An unknown flow or replication is refused with what there is; a flow's typical trace is one of its own."""
    with pytest.raises(ValueError, match="there is no flow 'order'; flows: orders, views"):
        waterfall.plot(comparison.a, axes(), flow="order")
    with pytest.raises(ValueError, match="there is no replication 9; there are 4"):
        waterfall.plot(comparison.a, axes(), replication=9)
    ax = waterfall.plot(comparison, axes(), flow="views", trace="typical", side=1)
    assert "views" in ax.get_title(loc="left")
