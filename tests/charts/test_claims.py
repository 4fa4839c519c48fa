"""What is claimed is what is proven or logged: rows of the forest plot, spans of the waterfall."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from sim.charts import forest, waterfall
from sim.charts.subject import sides
from sim.charts.trace import Span, rows_of, trace_of, traces
from sim.replications import run_replications
from sim.scenario import Scenario
from sim.stats.figures import format_value
from sim.stats.paired import compare_pairs
from tests.charts.conftest import TINY
from tests.charts.test_numbers import axes

if TYPE_CHECKING:
    from sim.results.comparison import Comparison

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


def test_the_forest_draws_the_interval_that_the_verdict_goes_by(comparison: Comparison) -> None:
    """A latency whose ratio lies beyond 1 and whose difference may be 0 is not proven, and is drawn across the line."""
    row = comparison.row("orders.latency.p50")
    one = forest.effect(row)
    size = max(row.a.mean, row.b.mean)
    assert sorted((one.low, one.high)) == pytest.approx(sorted((-row.difference.low / size, -row.difference.high / size)))
    open_ended = compare_pairs([0.03, 0.05, 0.04, 0.03, 0.05, 0.04], [0.05, 0.06, 0.09, 0.07, 0.8, 0.06], unit="s")
    assert open_ended.ratio is not None
    assert open_ended.ratio.low > 1.0
    assert open_ended.difference.low < 0.0
    drawn = forest.effect(replace(row, paired=open_ended, better=""))
    assert drawn.low < 0.0 < drawn.high
    assert drawn.text.startswith(format_value(open_ended.difference.mean, "s").split()[0])


def test_differences_of_shares_are_percentage_points(comparison: Comparison) -> None:
    """As in the tables: pp, not %."""
    one = forest.effect(comparison.row("errors"))
    assert one.text.endswith("] pp")
    assert "%" not in one.text


def test_what_counts_neither_way_has_no_better_side(comparison: Comparison) -> None:
    """Amplification: the word stands on the line, and no mark stands on a side."""
    ax = forest.plot(comparison, axes(), metrics=["amplification"])
    assert "neither" in [text.get_text() for text in ax.texts]
    assert len(ax.lines) == 1  # the line of no difference


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


def test_what_is_turned_away_waits_in_no_queue() -> None:
    """Attempts at a replica that is down, and those that a full queue rejects, end as they arrive: nothing is hatched."""
    down = [
        'faults={"dead": {"kind": "crash", "target": "back", "at": "1s", "for": "3s"}}',
        "workload.orders.arrivals.rate=150/s",
        "services.back.queue_max=2",
    ]
    result = run_replications(Scenario.model_validate(TINY).with_overrides(down), replications=1, engine="compiled")
    (one,) = sides(result)
    record = waterfall.logged(one, 0, "simpy")
    spans = [span for at in traces(record)[:, 0].tolist() for span, _ in rows_of(trace_of(record, at))]
    for outcome in ("crashed", "rejected"):
        turned = [span for span in spans if span.outcome == outcome and span.started < 0]
        assert any(span.ended == span.arrived for span in turned)
        assert all(span.ended >= span.arrived for span in turned)
    number = next(
        at
        for at in traces(record)[:, 0].tolist()
        if any(span.outcome == "crashed" and span.ended == span.arrived for span, _ in rows_of(trace_of(record, at)))
    )
    ax = waterfall.plot(result, axes(), trace=number)
    assert not any(bar.get_hatch() and bar.get_width() > 0.0 for bar in ax.patches)


def test_a_waterfall_refuses_what_is_not_there(comparison: Comparison) -> None:
    """An unknown flow or replication is refused with what there is; a flow's typical trace is one of its own."""
    with pytest.raises(ValueError, match="there is no flow 'order'; flows: orders, views"):
        waterfall.plot(comparison.a, axes(), flow="order")
    with pytest.raises(ValueError, match="there is no replication 9; there are 4"):
        waterfall.plot(comparison.a, axes(), replication=9)
    ax = waterfall.plot(comparison, axes(), flow="views", trace="typical", side=1)
    assert "views" in ax.get_title(loc="left")
