"""A sweep held against a saved one: what both have is judged, what only one has is doubt, what differs is said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import pytest

from sim.cli import exits
from sim.cli.gate import Gate
from sim.judgements.baseline import Regression, compare_to_baseline
from sim.scenario import Scenario
from sim.sweeps import Sweep, run_sweep
from tests.sweeps.conftest import TINY, Stub
from tests.sweeps.test_verdicts import Shaped, noise

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

AT = "services.back.workers={}"


def swept(*over: str, runs: int = 8, runner: Any = None, settings: Sequence[str] = ()) -> Sweep:
    """A tiny sweep whose goodput is that of a stub."""
    shaped = Shaped(goodput=lambda _point, at: 40.0 + noise(1, at, 0)) if runner is None else runner
    return run_sweep(Scenario.model_validate(TINY).with_overrides(settings), over, runs=runs, runner=shaped)


def code(found: Regression, fail_on: str) -> int:
    """The exit code of a gate."""
    return Gate(None, fail_on=fail_on).code(found)


@pytest.mark.parametrize(
    ("now", "then", "said"),
    [
        ("1,2,3", "1,2", "the baseline has 2 of the 3 points"),
        ("1", "1,2", "this sweep has 1 of the 2 points of the baseline"),
    ],
)
def test_points_that_only_one_has_are_doubt(now: str, then: str, said: str) -> None:
    """They are named, and fail where doubt fails: what was not held against anything did not pass."""
    found = compare_to_baseline(swept(AT.format(now)), swept(AT.format(then)), gate=["goodput"])
    assert found.left_out == (said,)
    assert said in found.notes
    assert found.to_dict()["left_out"] == [said]
    assert (code(found, "regression"), code(found, "inconclusive")) == (exits.OK, exits.INCONCLUSIVE)


def test_a_metric_that_the_baseline_does_not_keep_is_doubt() -> None:
    """It was asked for by name, and nobody knows."""
    found = compare_to_baseline(swept(AT.format("1,2")), swept(AT.format("1,2")), gate=["goodput", "orders.latency.p90"])
    assert "'orders.latency.p90' is not held against the baseline" in found.left_out[0]
    assert code(found, "inconclusive") == exits.INCONCLUSIVE


def test_points_are_found_by_what_their_values_mean() -> None:
    """Half a second is 500 ms, 5 % is 0.05, 60 a minute are one a second."""
    now = swept("workload.orders.timeout=0.5s,1s", "workload.orders.arrivals.rate=60/min")
    then = swept("workload.orders.timeout=500ms,1000ms", "workload.orders.arrivals.rate=1/s")
    found = compare_to_baseline(now, then, gate=["goodput"])
    assert len(found.changes) == 2
    assert not found.left_out


def test_what_differs_between_sweeps_is_said(tmp_path: Path) -> None:
    """Another horizon, another load, damaged files: in the words of a run held against a run."""
    base = swept(AT.format("1,2"))
    longer = compare_to_baseline(swept(AT.format("1,2"), settings=["run.horizon=12s"]), base, gate=["goodput"])
    assert any("horizon 6s then, 12s now: independent samples, and not of the same question" in note for note in longer.notes)
    more = swept(AT.format("1,2"), settings=["workload.orders.arrivals.rate=60/s"])
    busier = compare_to_baseline(more, base, gate=["goodput"])
    assert "tiny: the workload is not the baseline's" in busier.notes
    assert not compare_to_baseline(swept(AT.format("1,2")), base, gate=["goodput"]).notes
    run_sweep(Scenario.model_validate(TINY), [AT.format("1,2")], runs=8, runner=Stub(), folder=tmp_path)
    torn = min((tmp_path / "runs").iterdir())
    torn.write_bytes(torn.read_bytes()[:-1])
    damaged = compare_to_baseline(base, run_sweep_of(tmp_path), gate=["goodput"])
    assert f"1 damaged file of the baseline, not counted: {torn.name}" in damaged.notes


def run_sweep_of(folder: Path) -> Sweep:
    """A sweep as it is read from its folder."""
    from sim.sweeps import load_sweep  # once

    return load_sweep(folder)


def test_a_failed_run_is_called_that() -> None:
    """A value is missing because a run failed, not because there were too few requests."""

    class Failing(Stub):
        def __call__(self, task: Task, seed: int) -> Summary:
            if task.replication == 1:
                message = "stuck"
                raise RuntimeError(message)
            return super().__call__(task, seed)

    found = compare_to_baseline(swept(AT.format("1,2"), runner=Failing()), swept(AT.format("1,2")), gate=["goodput"])
    assert found.changes[0].outcome == "unsure"
    assert "1 of 8 replications of this run" in found.changes[0].reason
    assert found.changes[0].reason.endswith("ended in an error or at a limit")


def test_a_shorter_watch_is_no_regression() -> None:
    """Not recovered while watched for 2 s is not worse than 3 s, which a fault of one second let one see."""

    def recovers(seconds: float) -> Shaped:
        return Shaped(time_to_recover=lambda _point, _at: seconds)

    def held(then: float) -> str:
        settings = ["run.horizon=12s"]
        now = swept(AT.format("1,2"), runner=recovers(math.inf), settings=[*settings, "faults.slow.for=3s"])
        base = swept(AT.format("1,2"), runner=recovers(then), settings=settings)
        return compare_to_baseline(now, base, gate=["time_to_recover"]).changes[0].outcome

    assert held(3.0) == "unsure"
    assert held(1.0) == "regressed"
