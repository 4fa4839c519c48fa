"""Warm-up: said when a declared one is too short and that matters; never of an outage, never of noise."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from sim.draws import bits_many
from sim.judgements import warm_up_check
from sim.report.tables import result_table
from sim.results.result import Result
from sim.scenario import Scenario

Floats = NDArray[np.float64]


def settles(start: float, n: int = 12, windows: int = 240) -> Floats:
    """What waits: 10 in the mean with noise, but ``start`` for the first thirty windows."""
    noise = bits_many(9, np.arange(n * windows, dtype=np.int64)).reshape(n, windows) / 2.0**63 - 0.5
    return np.asarray(np.where(np.arange(windows) < 30, start, 10.0) + noise)


@pytest.fixture
def calm(sync_result: Result, sync: Scenario) -> Any:
    """A result of twelve replications and 240 windows without faults, whatever its records say."""
    plain = Scenario.model_validate({**sync.declared(), "faults": {}, "run": {"horizon": "240s", "warmup": "5s"}})
    return Result(scenario=plain, records=sync_result.records * 3, seed=3, engine="simpy")


def test_a_warm_up_that_is_too_short_is_said(calm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """It settles after thirty windows, 5 s are declared: one sentence, with what to write."""
    monkeypatch.setattr(warm_up_check, "series", lambda _result, _path="": settles(60.0))
    found = warm_up_check.doubtful_warm_up(calm)
    assert found is not None
    assert not found.enough
    assert found.needed == 30 * 10**9
    assert str(found).startswith("warm-up: 5s is too short, what waits settles after 30s (MSER-5 on the mean of 12 repl")
    assert str(found).endswith("write run.warmup: 30s")
    assert str(found) in result_table(calm).text()
    assert calm.to_dict()["warm_up"]["enough"] is False


def test_what_settles_in_time_is_not_mentioned(calm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a start that is level, nor one within the declared warm-up; asked, it answers all the same."""
    monkeypatch.setattr(warm_up_check, "series", lambda _result, _path="": settles(10.0))
    assert warm_up_check.doubtful_warm_up(calm) is None
    assert "warm_up" in calm.to_dict()
    assert calm.to_dict()["warm_up"] is None
    long_enough = Result(calm.scenario.replace("run.warmup", "100s"), calm.records, 3, "simpy")
    monkeypatch.setattr(warm_up_check, "series", lambda _result, _path="": settles(60.0))
    assert warm_up_check.doubtful_warm_up(long_enough) is None
    assert str(long_enough.warm_up()).startswith("warm-up: 100s is long enough, what waits settles within 30s")


def test_a_run_that_never_settles_is_too_short(calm: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """What grows to the end asks for a longer run, not for a longer cut."""
    monkeypatch.setattr(warm_up_check, "series", lambda _result, _path="": settles(10.0) + 0.5 * np.arange(240))
    assert "the run is too short, what waits does not settle within half of it" in str(warm_up_check.doubtful_warm_up(calm))


def test_an_outage_has_no_warm_up(calm: Any, sync: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a fault, with a load that changes, with few replications or windows, nothing is said unasked."""
    monkeypatch.setattr(warm_up_check, "series", lambda _result, _path="": settles(60.0))
    faulty = calm.scenario.replace("faults", sync.declared()["faults"])
    steps = {"kind": "step", "steps": [{"at": "0s", "rate": "5/s"}, {"at": "9s", "rate": "20/s"}]}
    rising = calm.scenario.replace("workload.order.arrivals", steps)
    for scenario in (faulty, rising, calm.scenario.replace("run.window", "5s")):
        assert warm_up_check.doubtful_warm_up(Result(scenario, calm.records, 3, "simpy")) is None
    assert warm_up_check.doubtful_warm_up(Result(calm.scenario, calm.records[:9], 3, "simpy")) is None
    assert not warm_up_check.is_steady(faulty)
    assert not warm_up_check.is_steady(rising)


def test_series_are_what_the_windows_count(sync_result: Result) -> None:
    """What waits is an area over a width; any metric with a value in every window has a series too."""
    waiting, goodput = warm_up_check.series(sync_result), warm_up_check.series(sync_result, "goodput")
    assert waiting.shape == goodput.shape == (4, 40)
    assert goodput.mean() == pytest.approx(np.mean(sync_result.values("goodput")))
    assert waiting[:, 11:16].mean() > 10.0 * waiting[:, :10].mean()
    with pytest.raises(ValueError, match="at least 10"):
        sync_result.warm_up()
