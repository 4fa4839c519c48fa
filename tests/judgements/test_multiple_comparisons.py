"""All claims of a verdict are judged together: what is proven alone may not be claimed among others."""

import dataclasses
import math

import pytest

from sim.judgements.multiple_comparisons import ALPHA, claims_of, judge_together
from sim.judgements.verdict import verdict
from sim.report.tables import comparison_table
from sim.results.comparison import Comparison, Row
from sim.results.result import Result
from sim.stats.intervals import estimate
from sim.stats.multiple import holm
from sim.stats.paired import compare_pairs

NEAR = [1.0, 2.0, 0.1, 1.5, -0.4, 2.2, 0.3, 1.1]
ZIGZAG = [1.0, -1.0, 2.0, -2.0, 1.5, -1.5, 0.5, -0.5]


def row(path: str, differences: list[float], direction: str = "lower") -> Row:
    """A row of a comparison with these differences, b minus a."""
    a = [100.0] * len(differences)
    pair = compare_pairs(a, [100.0 + one for one in differences])
    sides = {"a": estimate(a), "b": estimate([100.0 + one for one in differences])}
    return Row(path, "", path, path, "1", direction, **sides, paired=pair, better="", p=pair.p)  # type: ignore[arg-type]


def test_a_claim_may_be_proven_alone_and_not_among_others() -> None:
    """At p = 0.017 it is made when nothing else is asked, and not among five others; a clear one is made in both."""
    near = row("near", NEAR)
    clear = row("clear", [5.0, 5.1, 4.9, 5.2, 4.8, 5.0, 5.1, 4.9])
    assert 0.01 < near.p < 0.05
    assert judge_together([(near, "", "")])["near"].better == "a"
    others = [(row(f"other {number}", ZIGZAG), "", "") for number in range(4)]
    found = judge_together([(near, "", ""), (clear, "", ""), *others])
    assert {path for path, claim in found.items() if claim.better} == {"clear"}
    assert {claim.family for claim in found.values()} == {6}
    assert [claim.adjusted for claim in found.values()] == list(holm([claim.row.p for claim in found.values()]))


def test_what_cannot_be_told_makes_the_others_no_harder() -> None:
    """A metric without a value is no claim: it is not counted, and never made."""
    one = row("one", NEAR)
    nothing = row("nothing", [math.nan] * 8)
    found = judge_together([(one, "", ""), (nothing, "", "")])
    assert found["one"].adjusted == one.p
    assert (found["one"].better, found["nothing"].better, found["nothing"].adjusted) == ("a", "", 1.0)


def test_more_is_better_where_it_is() -> None:
    """The side that is claimed is the better one, whichever way that is; none where neither way is better."""
    steps = [5.0, 5.1, 4.9, 5.2, 4.8, 5.0, 5.1, 4.9]
    assert judge_together([(row("more", steps, "higher"), "", "")])["more"].better == "b"
    assert judge_together([(row("neither", steps, "neither"), "", "")])["neither"].better == ""


def test_the_words_go_by_the_family_and_the_table_row_by_row(comparison: Comparison) -> None:
    """A sentence claims what the family proves, with its p; the table says that its rows hold one by one."""
    claims = claims_of(comparison)
    sentences = comparison.verdict()
    for claim in claims.values():
        assert bool(claim.better) == (claim.adjusted <= ALPHA and bool(claim.row.leaning))
    assert f"for all {len(claims)} claims)" in sentences[0]
    assert "rows hold one by one" in comparison_table(comparison).text()
    assert {"order.spoiled", "blast_radius", "time_to_recover", "goodput", "order.latency.p50", "order.completion.p50"} <= set(
        claims
    )


@pytest.mark.parametrize(
    ("answers", "done", "said"),
    [
        (-1.0, -2.0, "Event-driven answers sooner, and is done with all sooner: "),
        (-1.0, 2.0, "Event-driven answers sooner, but is done with all later: "),
        (-1.0, 0.0, "Event-driven answers sooner, but it is not proven who is done with all sooner: "),
        (-1.0, math.inf, "Event-driven answers sooner, but it cannot be told who is done with all sooner: "),
        (1.0, -2.0, "Synchronous answers sooner, but is done with all later: "),
    ],
)
def test_an_answer_is_not_all(
    comparison: Comparison, monkeypatch: pytest.MonkeyPatch, answers: float, done: float, said: str
) -> None:
    """Who answers sooner is never said without when all is done, in the same sentence."""
    spread = [0.01 * one for one in ZIGZAG[:6]]
    shifts = {"order.latency.p50": answers, "order.completion.p50": done}
    real = Result.values

    def pretended(self: Result, path: str) -> list[float]:
        if path not in shifts:
            return [*real(self, path), *real(self, path)][:6]
        if math.isinf(shifts[path]):
            return [math.inf] * 6
        moved = shifts[path] if self.scenario.architecture == "event-driven" else 0.0
        way = 1.0 if self.scenario.architecture == "synchronous" else -1.0
        return [5.0 + moved + way * one for one in spread]

    monkeypatch.setattr(Result, "values", pretended)
    monkeypatch.setattr(Result, "figures", pretended)
    both = Comparison(*(dataclasses.replace(side, _values={}) for side in (comparison.a, comparison.b)))
    (sentence,) = (one for one in verdict(both) if "answers sooner" in one)
    assert sentence.startswith(said)
    assert "median latency of order: " in sentence
    assert "median time until all of order is done: " in sentence


def test_who_is_done_sooner_is_said_where_nobody_answers_sooner(sync_result: Result) -> None:
    """Two sentences then: neither is claimed of a thing compared with itself."""
    sentences = Comparison(sync_result, sync_result).verdict()
    assert any(one.startswith("No proven difference who answers sooner: ") for one in sentences)
    assert any(one.startswith("No proven difference who is done with all sooner: ") for one in sentences)
