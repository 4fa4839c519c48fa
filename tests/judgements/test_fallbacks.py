"""What fallbacks make look well is said wherever it is shown: beside a result, between two, and in a matrix."""

from __future__ import annotations

import pytest

import sim
from sim.judgements.fallbacks import fallback_notes
from sim.report.tables import result_table
from sim.results.matrix import matrix_of
from sim.scenario import loads

SHOP = """
name: NAME
architecture: synchronous
services:
  shop: {workers: 50, operations: {buy: [{call: pay.charge, timeout: 100ms, FALLBACK}]}}
  pay: {workers: 2, operations: {charge: [{work: 10ms}]}}
workload: {buy: {operation: shop.buy, arrivals: {kind: constant, rate: 50/s}, deadline: 1s}}
faults: {down: {kind: crash, target: pay, at: 1s, for: 1s}}
run: {horizon: 3s, replications: 2}
"""


def shop(fallback: str, name: str, *changes: str) -> sim.Result:
    """The result of a shop whose calls to pay have a fallback, or have not."""
    return sim.run(loads(SHOP.replace("FALLBACK", fallback).replace("NAME", name), overrides=changes))


@pytest.fixture(scope="module")
def with_fallback() -> sim.Result:
    """A shop that answers without having charged."""
    return shop("fallback: [{work: 1ms}]", "with")


def test_a_result_says_how_often_something_else_was_done(with_fallback: sim.Result) -> None:
    """No request fails, fifty are answered uncharged: the table has them and a note, and one that took none has no note."""
    assert with_fallback.values("errors") == [0.0, 0.0]
    taken = with_fallback.values("fallbacks")[0]
    assert 45 <= taken <= 55
    table = result_table(with_fallback)
    assert next(row for row in table.rows if row[0] == "fallbacks")[1].startswith(f"{taken:.1f}")
    notes = fallback_notes(with_fallback)
    assert f" {taken:g} times a run" in notes[0]
    assert notes[0] in table.notes
    assert notes[0] in with_fallback.to_dict()["fault_notes"]
    assert fallback_notes(shop("fallback: [{work: 1ms}]", "calm", "faults={}")) == []
    assert fallback_notes(shop("optional: true", "without")) == []


def test_a_comparison_says_so_of_the_side_that_has_them(with_fallback: sim.Result) -> None:
    """The difference in errors stands beside the number of fallbacks, in the table and in the words."""
    plain = shop("retry: {kind: fixed, attempts_max: 2, delay: 10ms}", "plain")
    comparison = sim.Comparison(plain, with_fallback)
    assert "fallbacks" in [row.path for row in comparison.rows()]
    assert any("in place of what had failed" in one and one.endswith("(with)") for one in comparison.verdict())


def test_a_matrix_shows_them_beside_goodput_lost(with_fallback: sim.Result) -> None:
    """Who loses nothing says what it did instead; where nobody has a fallback there is no such column."""
    plain, calm = (shop("optional: false", name, *changes) for name, changes in (("plain", ()), ("calm", ("faults={}",))))
    other = shop("fallback: [{work: 1ms}]", "with", "faults={}")
    matrix = matrix_of(["", "down"], [calm, other, plain, with_fallback])
    assert "fallbacks" in matrix.measures
    assert "in place of what failed, which counts as done well" in matrix.sentence("down")
    assert "fallbacks" not in matrix_of(["", "down"], [calm, calm, plain, plain]).measures
