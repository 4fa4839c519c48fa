"""What the client was told, and what became of it: ok, and failed later; failed, and done all the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.engine import run_once
from sim.metrics.paths import resolve
from sim.network import compile as compile_network
from sim.scenario.scenario import Scenario
from tests.engine.story import once, scene, topic

if TYPE_CHECKING:
    from sim.engine import EngineName

ONCE = {"f": once("a.go", "600ms")}


def value(data: dict[str, Any], metric: str, engine: EngineName) -> tuple[float, tuple[float, float]]:
    """A metric of the whole system in one run, and its bounds."""
    scenario = Scenario.model_validate(data)
    record = run_once(compile_network(scenario), seed=1, engine=engine)
    found = resolve(metric, scenario)[0]
    span = (0, record.network.windows)
    assert found.bounds is not None
    return found.measures["system"](record, 0, *span), found.bounds["system"](record, 0, *span)


@pytest.mark.parametrize(("share", "expected"), [("100%", 3.0), ("0%", 0.0)])
def test_told_ok_and_failed_later(share: str, expected: float, engine: EngineName) -> None:
    """Three requests that are answered at once, and whose messages fail for good, or do not; none is in doubt."""
    steps: dict[str, Any] = {"a": [{"publish": "t"}], "b": [{"fail": share}]}
    assert value(scene(steps, ONCE, **topic("b.go")), "failed_after_ok", engine) == (expected, (expected, expected))


def test_who_is_told_of_a_failure_is_not_told_ok(engine: EngineName) -> None:
    """The same by a call: the client hears of each failure, and of each timeout."""
    for call in ({"call": "b.go"}, {"call": "b.go", "timeout": "1ms"}):
        steps: dict[str, Any] = {"a": [call], "b": [{"work": "2ms"}, {"fail": "100%"}]}
        assert value(scene(steps, ONCE), "failed_after_ok", engine)[0] == 0.0


def test_what_is_under_way_may_fail_yet(engine: EngineName) -> None:
    """A message that is handled for longer than the run is open: told ok, and nobody knows."""
    steps: dict[str, Any] = {"a": [{"publish": "t"}], "b": [{"work": "9s"}]}
    assert value(scene(steps, ONCE, **topic("b.go")), "failed_after_ok", engine) == (0.0, (0.0, 3.0))


@pytest.mark.parametrize(
    ("undo", "standing"),
    [
        ([{"effect": "refunded", "undoes": "charged"}], 0.0),
        ([{"effect": "refunded"}], 6.0),
        ([], 3.0),
    ],
)
def test_what_stands_of_what_was_done_though_told_failed(undo: list[Any], standing: float, engine: EngineName) -> None:
    """Three charges of clients who hear of a failure: an undo that says so takes one away, another counts itself."""
    steps: dict[str, Any] = {"a": [{"effect": "charged"}, {"work": "3ms"}, *undo, {"fail": "100%"}]}
    assert value(scene(steps, ONCE), "effects_told_failed", engine) == (standing, (standing, standing))


def test_a_matrix_shows_it_where_undos_say_what_they_undo() -> None:
    """Where a saga's undo applies an effect that does not say so, what stands cannot be told, and is no measure."""
    for undoes in ("charged", None):
        refund = {"effect": "refunded"} | ({} if undoes is None else {"undoes": undoes})
        saga = {"saga": "s", "steps": [{"do": {"call": "b.charge"}, "undo": {"call": "b.refund"}}, {"do": {"call": "c.go"}}]}
        bank = {"operations": {"charge": [{"effect": "charged"}], "refund": [refund]}}
        down = {"down": {"kind": "crash", "target": "c", "at": "1s", "for": "500ms"}}
        data = scene({"a": [saga], "b": bank, "c": [{"work": "1ms"}]}, ONCE, faults=down)
        pair = [Scenario.model_validate({**data, "name": name}) for name in ("one", "other")]
        assert ("effects_told_failed" in sim.fault_matrix(pair, replications=1).measures) == (undoes is not None)
