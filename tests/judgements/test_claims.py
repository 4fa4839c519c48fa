"""No worse than: proven, refuted or open, in words; recoveries that were not seen are counted, not dropped."""

import dataclasses
import math
from types import SimpleNamespace
from typing import Any

import pytest

from sim.errors import ComparisonError
from sim.judgements.non_inferiority import judge_non_inferiority, read_limit
from sim.metrics.estimates import estimate_of
from sim.metrics.paths import resolve
from sim.replications import run_replications
from sim.report.html.verdict import difference_of
from sim.report.tables import comparison_table
from sim.results.comparison import Comparison
from sim.results.result import Result

NOISE = [0.002, -0.003, 0.001, 0.004, -0.002, 0.0, -0.001, -0.001, 0.003, -0.002]


def fake(comparison: Comparison, path: str, a: list[float], b: list[float], watched: float = 20.0) -> Any:
    """A comparison of which one metric has these values, all watched alike."""

    def side(real: Result, values: list[float]) -> Any:
        return SimpleNamespace(
            scenario=real.scenario,
            values=lambda _path: values,
            figures=lambda _path: values,
            watched=lambda _path: [watched] * len(values),
            name=real.name,
        )

    return SimpleNamespace(a=side(comparison.a, a), b=side(comparison.b, b), labels=comparison.labels)


def test_claims_come_with_their_margins(comparison: Comparison) -> None:
    """Claims without what they were made of could not be saved: they are made by `claiming`, not handed over."""
    claim = comparison.no_worse("order.errors", "5%")
    with pytest.raises(ComparisonError, match="1 claims with 0 margins; make them by claiming"):
        Comparison(comparison.a, comparison.b, claims=(claim,))
    assert [str(one) for one in comparison.claiming(("order.errors", "5%")).claims] == [str(claim)]


def test_a_claim_is_proven_refuted_or_open(comparison: Comparison) -> None:
    """Errors of the event-driven shop are no worse; its backlog is; what is near the limit stays open."""
    proven = comparison.no_worse("order.errors", "5%")
    assert proven.outcome == "pass"
    assert "event-driven is no worse than synchronous in order.errors by more than 5 %" in str(proven)
    refuted = comparison.no_worse("backlog_peak", "10")
    assert refuted.outcome == "fail"
    assert str(refuted).startswith("FAIL backlog_peak no worse by 10 messages: event-driven is worse than synchronous")
    a = [0.40 + x for x in NOISE]
    b = [1.05 * x + y for x, y in zip(a, NOISE, strict=True)]
    open_ = judge_non_inferiority(fake(comparison, "order.latency.p50", a, b), "order.latency.p50", "5%")
    assert open_.outcome == "unsure"
    assert "it is not proven that event-driven is no worse" in open_.reason
    assert proven.to_dict()["outcome"] == "pass"


def test_where_higher_is_better_less_is_worse(comparison: Comparison) -> None:
    """More goodput is never worse; the other way round it is."""
    assert comparison.no_worse("goodput", 0.0).outcome == "pass"
    assert Comparison(comparison.b, comparison.a).no_worse("goodput", "1/s").outcome == "fail"


def test_endless_values_are_counted_pair_by_pair(comparison: Comparison) -> None:
    """Infinite in all of b's ten runs: refuted by the pairs; in a's: proven; in both: nothing can be told."""
    finite, endless = [0.4] * 10, [math.inf] * 10
    path = "order.latency.p95"
    assert judge_non_inferiority(fake(comparison, path, finite, endless), path, "5%").outcome == "fail"
    passed = judge_non_inferiority(fake(comparison, path, endless, finite), path, "5%")
    assert passed.outcome == "pass"
    assert "10 of 10 pairs are within it, 0 beyond, by a sign test" in passed.reason
    assert judge_non_inferiority(fake(comparison, path, endless, endless), path, "5%").outcome == "unsure"
    both = judge_non_inferiority(fake(comparison, "time_to_recover", endless, endless), "time_to_recover", "2s")
    assert both.outcome == "unsure"
    assert both.reason == "it cannot be judged in time_to_recover: 10 of 10 pairs not within the run in both"
    few = judge_non_inferiority(fake(comparison, path, [math.nan, *finite[1:]], finite), path, "5%")
    assert few.outcome == "unsure"
    assert "1 of 10 pairs with too few requests" in few.reason


def test_a_recovery_that_was_not_seen_counts_as_long_as_it_was_watched(comparison: Comparison) -> None:
    """Ten seconds against one that is not seen within 20 in nine of ten runs: refuted, in the mean up to 20 s."""
    a = [10.0 + x for x in NOISE]
    found = judge_non_inferiority(fake(comparison, "time_to_recover", a, [*[math.inf] * 9, 19.0]), "time_to_recover", "2s")
    assert found.outcome == "fail"
    assert "in time_to_recover up to 20 s" in found.reason
    assert found.equivalence.b.mean == pytest.approx(19.9)
    wide = fake(comparison, "time_to_recover", [1.0] * 9 + [math.inf], [math.inf] * 9 + [1.0])
    apart = judge_non_inferiority(wide, "time_to_recover", "2s")
    assert apart.equivalence.difference.high == 20.0
    vacuous = judge_non_inferiority(fake(comparison, "time_to_recover", a, [math.inf] * 10), "time_to_recover", "30s")
    assert vacuous.outcome == "unsure"
    assert "runs were watched for 20 s, and more than that is allowed; run longer" in vacuous.reason
    blind = judge_non_inferiority(fake(comparison, "time_to_recover", a, [math.inf] * 10, watched=0.0), "time_to_recover", "5%")
    assert blind.outcome == "unsure"


def test_what_never_recovers_is_no_worse_than_nothing(comparison: Comparison) -> None:
    """Seen for 10 s, never counts as 10 s: neither a margin that reaches so far passes, nor a proof with more unseen."""
    late, never = [9.6 + 0.03 * at for at in range(10)], [math.inf] * 10
    for margin in ("5%", "1s", "400ms"):
        found = judge_non_inferiority(fake(comparison, "time_to_recover", late, never, watched=10.0), "time_to_recover", margin)
        assert found.outcome == "unsure", margin
        assert "more than that is allowed; run longer" in found.reason
    some = [*[1.0 + 0.01 * at for at in range(38)], math.inf, math.inf]
    found = judge_non_inferiority(fake(comparison, "time_to_recover", [1.0] * 40, some), "time_to_recover", "18s")
    assert found.outcome == "unsure"
    assert "watched for 20 s, and 2 of 40 were not seen to end, against 0; run longer" in found.reason
    assert judge_non_inferiority(fake(comparison, "time_to_recover", some, some), "time_to_recover", "5s").outcome == "pass"


@pytest.mark.parametrize(
    ("path", "margin", "meaning"),
    [
        ("goodput", "2/s", ("margin", 2.0)),
        ("order.latency.p50", "10ms", ("margin", 0.01)),
        ("order.errors", "1pp", ("margin", 0.01)),
        ("order.errors", "5%", ("share", 0.05)),
        ("backlog_peak", "100", ("margin", 100.0)),
        ("goodput", 0.05, ("share", 0.05)),
    ],
)
def test_limits_have_the_unit_of_their_metric(comparison: Comparison, path: str, margin: Any, meaning: Any) -> None:
    """Percent is of a's mean; points, times, rates and numbers are what they are."""
    kind, size = read_limit(path, resolve(path, comparison.a.scenario)[0], margin)
    assert (kind, pytest.approx(size)) == meaning


@pytest.mark.parametrize(
    ("path", "margin"), [("goodput", "10ms"), ("order.errors", "0.01"), ("goodput", "-5%"), ("goodput", "x")]
)
def test_limits_of_another_unit_are_refused(comparison: Comparison, path: str, margin: str) -> None:
    """With how to write one; and what cannot be worse is refused too."""
    with pytest.raises(ComparisonError, match="write 5% "):
        comparison.no_worse(path, margin)
    with pytest.raises(ComparisonError, match="neither more nor less of it is better"):
        comparison.no_worse("offered", "5%")


def test_claims_go_into_the_reports(comparison: Comparison) -> None:
    """A comparison that claims keeps its flow and has the claims in its data."""
    claiming = Comparison(comparison.a, comparison.b, flow="look").claiming(("order.errors", "5%"), ("backlog_peak", "10"))
    assert claiming.flow == "look"
    assert [claim.outcome for claim in claiming.claims] == ["pass", "fail"]
    assert [claim["path"] for claim in claiming.to_dict()["claims"]] == ["order.errors", "backlog_peak"]
    assert comparison.claiming() is comparison


def test_the_figure_of_a_recovery_that_some_runs_did_not_see(sync_result: Result) -> None:
    """The median and the mean up to what was watched; no mean is made up, and the objective is judged by counting."""
    metric, _ = resolve("time_to_recover", sync_result.scenario)
    found = estimate_of(metric, [4.0, 5.0, 6.0, 7.0, 8.0, math.inf], watched=[20.0] * 6)
    assert math.isnan(found.mean)
    assert not found.estimable
    assert found.survival is not None
    assert found.survival.mean == pytest.approx(50.0 / 6.0)
    assert str(found).startswith("6 s [")
    assert str(found).endswith("in the mean up to 20 s (n = 6, 1 of 6 not within the run)")
    assert found.to_dict()["survival"]["unseen"] == 1
    assert estimate_of(metric, [4.0, 5.0, 6.0], watched=[20.0] * 3).survival is None


def test_how_long_a_run_was_watched(sync_result: Result) -> None:
    """A recovery that is seen was watched until then; one that is not, to the last window that could have told."""
    times, watched = sync_result.values("time_to_recover"), sync_result.watched("time_to_recover")
    assert watched == times
    cut = run_replications(sync_result.scenario.replace("run.horizon", "20s"), engine="simpy")
    assert cut.values("time_to_recover") == [math.inf if time > 0.0 else time for time in times]
    assert all(end == 0.0 for end in cut.watched("time_to_recover"))  # 15 s to 20 s: room for one hold of 5 windows
    with pytest.raises(ValueError, match="is no time that a run may end before"):
        sync_result.watched("goodput")


def test_a_row_of_recoveries_that_were_not_seen(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its difference is up to what both were watched, its words count who was not seen, and the table says so."""
    values = {id(comparison.a): [9.0, 10.0, 9.5, math.inf], id(comparison.b): [2.0, 2.5, 1.5, 2.0]}
    real = Result.values

    def pretended(self: Result, path: str) -> list[float]:
        return values[id(self)] if path == "time_to_recover" else real(self, path)

    monkeypatch.setattr(Result, "values", pretended)
    monkeypatch.setattr(Result, "watched", lambda self, _path: [20.0 if math.isinf(x) else x for x in values[id(self)]])
    # the fixture is shared: look at copies, which have worked out nothing yet
    sides = [dataclasses.replace(side, _values={}) for side in (comparison.a, comparison.b)]
    values |= {id(sides[0]): values[id(comparison.a)], id(sides[1]): values[id(comparison.b)]}
    both = Comparison(sides[0], sides[1])
    row = both.row("time_to_recover")
    assert row.survival is not None
    assert row.survival.limit == 20.0
    assert row.survival.restricted.difference.mean == pytest.approx((2.0 + 2.5 + 1.5 + 2.0 - 9.0 - 10.0 - 9.5 - 20.0) / 4)
    assert row.better == "b"
    assert "not seen in 1 and 0 of 4 runs" in str(row.survival)
    assert "time to recover: difference of the mean up to" in comparison_table(both).text()
    assert row.to_dict()["survival"]["unseen_a"] == 1
    assert str(row.survival.restricted.difference) in both._repr_html_()
    assert difference_of(row.to_dict()).mean == row.shown.mean


def test_what_has_no_end_on_either_side_has_one_word(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict, the tables and the notebook all say that it cannot be told."""
    real = Result.values
    for name in ("values", "figures"):
        monkeypatch.setattr(Result, name, lambda self, path: [math.inf] * 4 if path.endswith("p50") else real(self, path))
    both = Comparison(*(dataclasses.replace(side, _values={}) for side in (comparison.a, comparison.b)))
    row = both.row("order.latency.p50")
    assert (row.better, row.standing(both.labels)) == ("", "cannot be told")
    assert any(said.startswith("It cannot be told who answers sooner") for said in both.verdict())
    for text in (comparison_table(both).text(), comparison_table(both).markdown(), both._repr_html_()):
        assert "cannot be told" in text
