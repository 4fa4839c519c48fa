"""Two results side by side: paired where they may be, refused where not, and put in words that are proven."""

import json
import math

import pytest

import sim
from sim.errors import ComparisonError
from sim.judgements.verdict import cascade
from sim.judgements.wiring import differing_flow, links
from sim.metrics import UnknownMetricError
from sim.metrics.headline import OF_A_FLOW
from sim.replications import run_replications
from sim.report.tables import comparison_table, result_table
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario import Scenario


def test_the_headline_is_about_the_flow_that_is_wired_differently(comparison: Comparison) -> None:
    """The order, though another flow is declared first."""
    assert comparison.flow == "order"
    assert comparison.flow_reason == "the one flow that is wired differently"
    assert Comparison(comparison.a, comparison.b, flow="look").flow == "look"
    assert differing_flow(comparison.a.scenario, comparison.a.scenario)[0] == "look"


def test_links_follow_calls_and_events(events: Scenario) -> None:
    """From the door to the topic to the consumer."""
    assert {(start, how, end) for start, how, end, _ in links(events, "order")} == {
        ("shop.order", "publishes", "orders"),
        ("orders", "delivers to pay", "pay.charge"),
    }


def test_every_row_has_both_sides_the_difference_and_who_is_better(comparison: Comparison) -> None:
    """The difference is b minus a, pair by pair."""
    rows = {row.path: row for row in comparison.rows()}
    errors = rows["order.errors"]
    pairs = zip(comparison.a.values("order.errors"), comparison.b.values("order.errors"), strict=True)
    assert errors.difference.mean == pytest.approx(sum(b - a for a, b in pairs) / 4)
    assert errors.difference.high < 0.0
    assert errors.better == "b"
    assert rows["backlog_peak"].better == "a"
    assert rows["goodput"].n == 4
    assert rows["amplification"].better == ""
    assert {"order.latency.p99", "blast_radius", "time_to_recover", "drain_time", "order.completion.p99"} <= set(rows)


def test_a_flow_that_is_wired_alike_is_paired_closely(comparison: Comparison) -> None:
    """The arrivals of both sides are the same to the last one: their difference is exactly nothing."""
    row = comparison.row("offered")
    assert row.difference.mean == 0.0
    assert row.a == row.b
    assert len(comparison.flow_rows("look")) == len(OF_A_FLOW) - 1  # no deadline, no lateness


def test_a_thing_compared_with_itself_shows_no_difference(sync_result: Result) -> None:
    """Not one row is called better, and the words say so."""
    same = Comparison(sync_result, sync_result)
    assert [row.better for row in same.rows()] == [""] * len(same.rows())
    assert same.labels == ("small-sync (a)", "small-sync (b)")
    sentences = same.verdict()
    assert sum("No proven difference" in sentence for sentence in sentences) == 6


def test_the_verdict_is_a_handful_of_sentences_with_intervals(comparison: Comparison) -> None:
    """Who fails less, smaller, recovers sooner, carries more, is done sooner, and at what cost; what was not judged."""
    sentences = comparison.verdict()
    assert 3 <= len(sentences) <= 9
    assert sentences[0].startswith("Event-driven fails less: order requests not done well: 0 % instead of")
    assert "n = 4" in sentences[0]
    assert "in breach first is pay at" in sentences[1]
    assert "messages not yet handled" in sentences[-2]
    assert sentences[-1].startswith("Lateness was not judged: order has no deadline")


def test_the_cascade_is_told_in_order(sync_result: Result, events_result: Result) -> None:
    """The struck service first, then its caller; the event-driven shop never gets into breach."""
    assert [one.service for one in cascade(sync_result)] == ["pay", "shop"]
    assert all(10.0 <= one.seconds <= 13.0 for one in cascade(sync_result))
    assert all(one.service != "shop" for one in cascade(events_result))


@pytest.mark.parametrize(
    ("setting", "value", "what"),
    [("seed", 4, "seed 3 and 4"), ("replications", 3, "number of replications 4 and 3")],
)
def test_unlike_runs_are_not_paired(
    sync_result: Result, events: Scenario, setting: str, value: int, what: str
) -> None:
    """The message says what differs, and what to do."""
    other = run_replications(events, engine="simpy", **{setting: value})  # type: ignore[arg-type]
    with pytest.raises(ComparisonError, match=f"cannot be paired: {what}; run both alike"):
        Comparison(sync_result, other)


def test_unlike_horizons_are_not_paired(sync_result: Result, events: Scenario) -> None:
    """Nor are runs of different lengths."""
    other = run_replications(events.replace("run.horizon", "41s"), engine="simpy")
    with pytest.raises(ComparisonError, match="horizon 40s and 41s"):
        Comparison(sync_result, other)


def test_a_flow_that_only_one_has_cannot_be_the_headline(comparison: Comparison) -> None:
    """The message knows the right name; a metric that only one has is refused as unknown."""
    with pytest.raises(ComparisonError, match="did you mean 'order'"):
        Comparison(comparison.a, comparison.b, flow="oder")
    lacking = comparison.a.scenario.name
    for ask in (comparison.row, lambda path: comparison.no_worse(path, "10")):
        with pytest.raises(UnknownMetricError, match=f"not of every scenario; of the first scenario, '{lacking}': "):
            ask("pay.lag_peak")
    with pytest.raises(UnknownMetricError, match=r"^nothing is named 'pya'"):
        comparison.row("pya.lag_peak")


def test_what_differs_besides_the_wiring_is_noted(sync_result: Result, events: Scenario) -> None:
    """Other arrivals, other faults: still paired, but not silently."""
    other = events.replace("workload.order.arrivals.rate", "30/s").replace("faults", {})
    comparison = Comparison(sync_result, run_replications(other, engine="simpy"))
    assert comparison.notes == ("the two have different faults", "the arrivals of the flow 'order' differ")


def test_compare_runs_what_has_not_been_run(sync: Scenario, sync_result: Result, events: Scenario) -> None:
    """A scenario beside a result is run as often, and from the same seed; two scenarios as the first one says."""
    mixed = sim.compare(sync_result, events, engine="simpy")
    assert (mixed.b.replications, mixed.b.seed) == (4, 3)
    both = sim.compare(sync, events, replications=2, seed=9, engine="simpy")
    assert (both.a.replications, both.b.seed) == (2, 9)
    with pytest.raises(ComparisonError, match="a result of 4 replications is given, 5 are asked for"):
        sim.compare(sync_result, events, replications=5)


def test_a_comparison_shows_itself(comparison: Comparison) -> None:
    """In ten lines, as an escaped table, as JSON, as a frame."""
    assert len(repr(comparison).splitlines()) <= 10
    assert comparison._repr_html_().count("<tr>") == len(comparison.rows()) + 1
    data = json.loads(json.dumps(comparison.to_dict(), allow_nan=False))
    assert data["flow"] == "order"
    assert set(data["flows"]) == {"look", "order"}
    pytest.importorskip("pandas")
    assert list(comparison.to_frame().path) == [row.path for row in comparison.rows()]


def test_what_could_not_be_seen_is_said(sync: Scenario, events: Scenario) -> None:
    """With 3 s left after the fault nobody is called the sooner, in words, in the table and in an objective."""
    short = sync.replace("run.horizon", "18s").replace("objectives", ["time_to_recover < 5s"])
    one = run_replications(short, engine="simpy")
    both = Comparison(one, run_replications(events.replace("run.horizon", "18s"), engine="simpy"))
    (said,) = (sentence for sentence in both.verdict() if "recovers sooner" in sentence)
    assert said.startswith("It cannot be told who recovers sooner: time to recover after a fault: 4 of 4 could not be seen: ")
    assert said.endswith("(both).")
    assert both.row("time_to_recover").better == ""
    assert [verdict.outcome for verdict in one.objectives()] == ["unsure"]
    assert "time to recover: 4 of 4 could not be seen" in comparison_table(both).text()
    assert "time to recover: 4 of 4 could not be seen" in result_table(one).text()
    assert both.no_worse("time_to_recover", "1s").outcome == "unsure"


def test_a_recovery_that_was_not_watched_is_not_a_later_one(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """Over at 9 s in a, and not at 0 s in b, which is all that was watched of it: nothing is proven of the two."""
    values = {id(side): [time] * 6 for side, time in ((comparison.a, 9.0), (comparison.b, math.inf))}
    monkeypatch.setattr(Result, "values", lambda self, _path: values[id(self)])
    monkeypatch.setattr(Result, "watched", lambda self, _path: [9.0 if self is comparison.a else 0.0] * 6)
    row = comparison.row("time_to_recover")
    assert row.paired.lower == "a"
    assert row.survival is None
    assert row.better == ""
