"""As many replications as a precision takes: the same runs, only more of them; and a cap that is said aloud."""

from typing import Any

import pytest

import sim
from sim.judgements import precision
from sim.judgements.precision import PrecisionError, run_precise, wanted
from sim.replications import run_replications
from sim.running import InterruptedRunError
from sim.scenario import Scenario


def short(sync: Scenario, **changes: Any) -> Scenario:
    """The synchronous shop for three seconds, which takes no time; no fault, no objective."""
    run = {"horizon": "3s", "replications": 4, "seed": 3}
    return Scenario.model_validate({**sync.declared(), "faults": {}, "objectives": [], "run": run, **changes})


def test_going_on_is_running_further_replications(sync: Scenario) -> None:
    """50 replications that came in three parts are the 50 that one run makes; all looks are kept."""
    found = sim.run(short(sync), precision="goodput:30%", engine="simpy")
    reached = found.precision
    assert reached is not None
    assert reached.reached
    assert [look.n for look in reached.rows[0].looks] == [30, 40, 50]
    assert found.replications == 50
    assert found.fingerprint() == run_replications(short(sync), replications=50, engine="simpy").fingerprint()
    assert str(reached.rows[0]) == f"goodput is precise to 30 % of the mean: {found.estimate('goodput')}"
    assert found.to_dict()["precision"]["reached"] is True


def test_the_cap_is_said_aloud(sync: Scenario) -> None:
    """A precision that 32 replications do not reach: not reached, with what was, and one that is beside it."""
    found = sim.run(short(sync), precision={"goodput": 0.001, "errors": "50%"}, runs_max=32, engine="simpy")
    assert found.precision is not None
    states = {row.path: row.state for row in found.precision.rows}
    assert states["goodput"] == "not reached"
    assert not found.precision.reached
    assert found.replications == 32
    assert "asked for 0.1 % of the mean, reached " in found.precision.sentences()[0]


def test_the_default_figures(sync: Scenario) -> None:
    """The metrics of the objectives; without any, goodput and the 99th percentile of each flow."""
    assert list(wanted("5%", [sync]).asked) == ["order.errors", "order.latency.p50", "goodput"]
    plain = wanted(0.05, [short(sync)])
    assert plain.asked == {"goodput": 0.05, "look.latency.p99": 0.05, "order.latency.p99": 0.05}
    assert not plain.named
    assert wanted("goodput:2%, order.errors:10%", [sync]).asked == {"goodput": 0.02, "order.errors": 0.1}


def test_a_figure_without_an_interval_excuses_only_itself(sync: Scenario) -> None:
    """Too few requests for a p99: by default that is said and no more; when it was named it is not reached."""
    chosen = sim.run(short(sync), precision="30%", engine="simpy").precision
    assert chosen is not None
    assert [row.state for row in chosen.rows] == ["reached", "no interval", "no interval"]
    assert chosen.reached
    named = sim.run(short(sync), precision="goodput:30%,order.latency.p99:30%", engine="simpy").precision
    assert named is not None
    assert not named.reached


def test_a_comparison_is_as_precise_as_its_differences(sync: Scenario) -> None:
    """Under common random numbers a difference needs far fewer runs than the two means; it is relative to a's mean."""
    a = short(sync)
    b = a.replace("services.pay.operations.charge.0.work", {"kind": "exponential", "mean": "22ms"})
    found = sim.compare(a, b, precision="goodput:2%", engine="simpy")
    assert found.precision is not None
    assert found.precision.reached
    assert found.a.replications == found.b.replications == found.precision.n
    row = found.row("goodput")
    assert row.difference.half_width <= 0.02 / 1.02 * row.a.mean
    assert row.a.half_width > 0.02 * row.a.mean
    assert "of a's mean" in found.precision.sentences()[0]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"precision": "0%"}, "'0%' is no precision"),
        ({"precision": "soon"}, "'soon' is no precision"),
        ({"precision": 1.5}, "'1.5' is no precision"),
        ({"precision": {}}, "a precision of nothing"),
        ({"precision": "5%", "runs_max": 20}, "at most 20 runs are too few"),
        ({"precision": "5%", "replications": 10}, "give one of the two"),
        ({"runs_max": 100}, "runs_max is the most that a precision may take"),
    ],
)
def test_what_is_no_precision_is_refused(sync: Scenario, given: dict[str, Any], message: str) -> None:
    """Before anything is run, with the remedy."""
    with pytest.raises(PrecisionError, match=message):
        sim.run(sync, engine="simpy", **given)


def test_a_result_cannot_go_on(sync: Scenario, sync_result: sim.Result) -> None:
    """A result has its replications; a metric that does not exist is unknown."""
    with pytest.raises(PrecisionError, match="give two scenarios"):
        sim.compare(sync_result, sync, precision="5%")
    with pytest.raises(sim.UnknownMetricError, match="did you mean"):
        sim.run(sync, precision="goodputt:5%")


def test_each_look_is_told_and_a_stop_keeps_what_was_finished(sync: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """After 30, 40 and 50 a line; Ctrl-C in the second part has the 30 of the first and what is finished of the second."""
    lines: list[str] = []
    run_precise(short(sync), "goodput:30%,order.latency.p99:30%", engine="simpy", told=lines.append)
    assert [line.split()[2] for line in lines] == ["30", "40", "50"]
    assert lines[0].startswith("precision after 30 replications: goodput ")
    assert lines[0].endswith("order.latency.p99 -")
    real = precision.run_replications

    def stopped(scenario: Scenario, **given: Any) -> sim.Result:
        if not given["first"]:
            return real(scenario, **given)
        error = InterruptedRunError()
        error.result = real(scenario, **{**given, "replications": 3})
        raise error

    monkeypatch.setattr(precision, "run_replications", stopped)
    with pytest.raises(InterruptedRunError) as caught:
        run_precise(short(sync), "goodput:30%", engine="simpy")
    assert caught.value.result is not None
    assert caught.value.result.replications == 33
    assert caught.value.result.fingerprint() == real(short(sync), replications=33, engine="simpy").fingerprint()


def test_the_default_of_a_pair_is_what_both_have(sync: Scenario, events: Scenario) -> None:
    """An objective on something that only one has is left out."""
    lagging = events.replace("objectives", ["pay.lag_peak < 10", "order.errors < 1%"])
    assert list(wanted("5%", [lagging, short(sync)]).asked) == ["order.errors"]
    assert list(wanted("5%", [events.replace("objectives", ["pay.lag_peak < 10"]), short(sync)]).asked) == ["goodput"]
