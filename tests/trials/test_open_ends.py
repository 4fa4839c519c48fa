"""What is open when the runs end binds every verdict: of comparisons, claims, baselines, families and the best of a sweep."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.judgements.baseline import compare_to_baseline
from sim.judgements.non_inferiority import judge_non_inferiority
from sim.metrics.estimates import Bounded, untold
from sim.record import fields as f
from sim.results.comparison import Comparison
from sim.stats.paired import compare_pairs
from sim.sweeps import SweepError, run_sweep
from tests.trials.test_never_answered import HANG, run

if TYPE_CHECKING:
    from sim.results.result import Result

RUN = {"horizon": "60s", "warmup": "5s", "replications": 8, "seed": 1}


def serving(mean: str, *, fail: str = "0%") -> dict[str, Any]:
    """The service of `HANG` with another time of its work, and failures."""
    steps = [{"work": {"kind": "lognormal", "mean": mean, "cv": 0.1}}, {"fail": fail}]
    return {"s": {"replicas": 2, "workers": 1000, "operations": {"op": steps}}}


@pytest.fixture(scope="module")
def hanging() -> Result:
    """A sixth of the requests hangs, for 5 s in the mean when the runs end; the others take 5 ms."""
    return run(HANG, run=RUN)


@pytest.fixture(scope="module")
def slow() -> Result:
    """All are answered, after 8 s."""
    return run(HANG, run=RUN, faults={}, services=serving("8s"))


@pytest.fixture(scope="module")
def failing() -> Result:
    """Nothing hangs; 3 in a hundred fail."""
    return run(HANG, run=RUN, faults={}, services=serving("5ms", fail="3%"))


def test_neither_is_better_where_what_hangs_decides(hanging: Result, slow: Result, failing: Result) -> None:
    """A shorter mean so far is no shorter mean, and what hangs may yet end well: though every pair seems to tell."""
    for other, path, seems in ((slow, "f.latency.mean", "a"), (failing, "f.errors", "b")):
        row = Comparison(hanging, other).row(path)
        assert compare_pairs(hanging.values(path), other.values(path)).lower == seems
        assert (row.better, row.paired.lower, row.p) == ("", "", 1.0)


def test_no_worse_takes_what_is_open_at_its_worst_and_at_its_best(hanging: Result, slow: Result, failing: Result) -> None:
    """Nothing is proven of what hangs, and nothing refuted; a limit that holds however all ends is kept."""
    for comparison, path, limit in (
        (Comparison(slow, hanging), "f.latency.mean", "1s"),
        (Comparison(failing, hanging), "f.errors", "1pp"),
        (Comparison(hanging, failing), "f.errors", "1pp"),
    ):
        claim = judge_non_inferiority(comparison, path, limit)
        assert claim.outcome == "unsure"
        assert "by what is still open" in claim.reason
    assert judge_non_inferiority(Comparison(failing, hanging), "f.errors", "50pp").outcome == "pass"


def test_a_gate_lets_nothing_pass_that_hangs(hanging: Result, slow: Result, failing: Result) -> None:
    """More that hangs is a regression of the metric; less is no improvement, as all may have ended well; nor no change."""

    def outcome(now: Result, before: Result, path: str, tolerance: str) -> str:
        (change,) = compare_to_baseline(now, before, gate=[path], tolerance=[f"{path}={tolerance}"]).changes
        return change.outcome

    assert outcome(hanging, failing, "f.errors", "1pp") == "regressed"
    assert outcome(failing, hanging, "f.errors", "1pp") == "unsure"
    assert outcome(hanging, slow, "f.latency.mean", "1s") == "unsure"
    assert outcome(hanging, slow, "f.latency.mean", "10s") == "unsure"
    assert outcome(failing, failing, "f.errors", "1pp") == "no change"
    assert outcome(hanging, hanging, "f.errors", "1pp") == "no change"


def test_a_quantile_that_stays_within_a_tolerance_has_not_changed() -> None:
    """The p50 of both is in one bucket: nobody can tell which is longer, yet they are the same within 5 %."""
    before, now = (run(HANG, run=RUN, faults={}, services=serving(mean)) for mean in ("8ms", "8.001ms"))
    (change,) = compare_to_baseline(now, before, gate=["f.latency.p50"], tolerance=["5%"]).changes
    assert change.outcome == "no change"


def test_a_sweep_proves_nothing_of_a_point_where_requests_hang(hanging: Result) -> None:
    """A dead replica that resets connections has errors that are known, a silent one errors that may be: as many, or none."""
    over = ["faults.dead.connections=silent,reset", "faults.dead.for=10s,20s"]
    sweep = run_sweep(hanging.scenario, over, runs=8, metrics=["f.errors"])
    hangs, refuses = 1, 2
    assert max(sweep.values(refuses, "f.errors")) < min(sweep.values(hangs, "f.errors"))
    difference = sweep.difference(hangs, "f.errors", against=refuses)
    assert (difference.p, difference.better) == (1.0, "")
    with pytest.raises(SweepError, match=r"still open when the runs end: point [02] seems to, and point 1 may be better"):
        sweep.best("f.errors", "1pp")


def test_what_has_no_end_is_told_by_signs() -> None:
    """What may take for ever is below nothing; where the ends of nearly all pairs are apart, one is below in the median."""
    inf = float("inf")
    short = Bounded.of([1.0] * 8, [(1.0, 1.0)] * 8)
    hangs = Bounded.of([0.5] * 8, [(0.5, inf)] * 8)
    longer = Bounded.of([2.0] * 8, [(2.0, inf)] * 8)
    assert untold(short, hangs)
    assert not untold(short, longer)
    assert untold(Bounded.of([1.0] * 8, [(1.0, 1.0)] * 7 + [(1.0, inf)]), longer)
    assert not untold(Bounded.of([1.0] * 20, [(1.0, 1.0)] * 19 + [(1.0, inf)]), Bounded.of([2.0] * 20, [(2.0, inf)] * 20))
    assert untold(longer, longer)
    assert untold(short, short)


def test_a_mean_of_what_hangs_takes_ages_exactly(hanging: Result) -> None:
    """Not the bucket that an age lies in: what nobody can end sooner is the least, and the oldest is a maximum."""
    for path in ("f.latency.mean", "f.completion.mean", "latency.mean"):
        figures = hanging.figures(path)
        assert isinstance(figures, Bounded)
        for value, least in zip(figures.values, figures.least, strict=True):
            assert least <= value <= least * 1.001  # what has only just begun counts for the one, and not for the other
    oldest = [float(record.flow_levels[0, f.flows.LEVEL_OLDEST_REQUEST] / 1e9) for record in hanging.records]
    assert hanging.values("f.latency.max") == oldest
