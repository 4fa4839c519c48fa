"""Arrival times: exact where they can be, the right rate where they are random, independent of chunks."""

from fractions import Fraction
from typing import Any

import numpy as np
import pydantic
import pytest
from scipy import stats

from sim import draws
from sim.arrivals import TIME_NS_MAX, ArrivalTimes, _Clock
from sim.scenario.arrivals import Arrivals, ArrivalsModel

ADAPTER: pydantic.TypeAdapter[ArrivalsModel] = pydantic.TypeAdapter(Arrivals)
KEY = draws.stream_key(1, 0, "checkout:arrivals")
SECOND = 10**9

MODELS: dict[str, dict[str, Any]] = {
    "poisson": {"kind": "poisson", "rate": "100/s"},
    "constant": {"kind": "constant", "rate": "7/s"},
    "step": {
        "kind": "step",
        "steps": [
            {"at": "0s", "rate": "0/s"},
            {"at": "10s", "rate": "50/s"},
            {"at": "20s", "rate": "0/s"},
            {"at": "30s", "rate": "500/s"},
        ],
    },
    "ramp": {
        "kind": "ramp",
        "points": [
            {"at": "0s", "rate": "0/s"},
            {"at": "10s", "rate": "1000/s"},
            {"at": "15s", "rate": "1000/s"},
            {"at": "30s", "rate": "10/s"},
        ],
    },
    "renewal": {"kind": "renewal", "interarrival": {"kind": "hyperexponential", "mean": "10ms", "cv": 3}},
    "renewal, exponential": {"kind": "renewal", "interarrival": {"kind": "exponential", "mean": "10ms"}},
}


def model_of(value: object) -> ArrivalsModel:
    """Validate as a scenario file would be."""
    return ADAPTER.validate_python(value)


def times_of(value: object, n: int = 20_000, key: int = KEY) -> np.ndarray:
    """Return the first n arrival times."""
    return ArrivalTimes(model_of(value), key).next_chunk(n)


@pytest.mark.parametrize("name", MODELS)
def test_chunks_do_not_matter(name: str) -> None:
    """However the times are asked for, they are the same, ascending, non-negative int64."""
    whole = times_of(MODELS[name])
    source = ArrivalTimes(model_of(MODELS[name]), KEY)
    parts = np.concatenate([source.next_chunk(n) for n in (1, 2, 997, 8192, 8193, 2615)])
    assert parts.tolist() == whole.tolist()
    assert whole.dtype == np.int64
    assert whole[0] >= 0
    assert np.all(np.diff(whole) >= 0)


@pytest.mark.parametrize("rate", ["0.00001/d", "0.3/s", "7/s", "999999937/s"])
def test_a_steady_rate_is_no_other_than_a_changing_one_that_does_not_change(rate: str) -> None:
    """The short way for one rate gives the times of the way for all, to the bit, up to the end of time."""
    model = model_of({"kind": "constant", "rate": rate})
    steady, general = _Clock(model), _Clock(model)
    assert steady.steady
    general.steady = False
    work = np.sort(draws.bits_many(KEY, np.arange(100_000)) >> np.arange(100_000) % 40 + 1)
    assert np.array_equal(steady.times(work), general.times(work))
    assert np.all(np.diff(steady.times(work)) >= 0)


def test_constant_arrivals_are_exact() -> None:
    """The k-th arrival is at k / rate to the nearest nanosecond, also after many chunks."""
    times = times_of({"kind": "constant", "rate": "7/s"}, 100_000)
    assert all(
        abs(Fraction(k * SECOND, 7) - int(times[k - 1])) <= Fraction(1, 2) for k in (1, 2, 3, 1000, 99_999, 100_000)
    )
    assert times_of({"kind": "constant", "rate": "1000/s"}, 5).tolist() == [1_000_000 * k for k in range(1, 6)]


def test_poisson_gaps_are_exponential() -> None:
    """Kolmogorov-Smirnov against the exponential; the mean gap is 1 / rate; neighbours are not correlated."""
    gaps = np.diff(times_of(MODELS["poisson"], 100_000))
    assert stats.kstest(gaps / 1e7, "expon").pvalue > 1e-3
    assert abs(gaps.mean() / 1e7 - 1) < 4 / np.sqrt(len(gaps))
    assert abs(np.corrcoef(gaps[1:], gaps[:-1])[0, 1]) < 4 / np.sqrt(len(gaps))


def test_a_faster_rate_is_the_same_arrivals_on_a_faster_clock() -> None:
    """Common random numbers: at ten times the rate the k-th arrival comes ten times sooner."""
    slow = times_of({"kind": "poisson", "rate": "10/s"})
    fast = times_of({"kind": "poisson", "rate": "100/s"})
    assert np.max(np.abs(slow - 10 * fast)) <= 10


def expected(t: np.ndarray, times: list[float], rates: list[float]) -> np.ndarray:
    """Area below a rate given by points, in arrivals."""
    grid = np.append(times, max(1e4, times[-1] + 1.0))
    values = np.append(rates, rates[-1])
    areas = np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2 * np.diff(grid))])
    i = np.searchsorted(grid, t, side="right") - 1
    slope = np.diff(values)[i] / np.diff(grid)[i]
    tau = t - grid[i]
    return areas[i] + values[i] * tau + slope * tau * tau / 2


def test_a_ramp_bends_time_and_nothing_else() -> None:
    """The area below the rate up to the k-th arrival is the k-th arrival of a unit-rate process with the same key."""
    unit = times_of({"kind": "poisson", "rate": "1/s"})
    ramp = times_of(MODELS["ramp"])
    areas = expected(ramp / SECOND, [0.0, 10.0, 15.0, 30.0], [0.0, 1000.0, 1000.0, 10.0])
    assert np.max(np.abs(areas - unit / SECOND)) < 1e-6 * 1000


def test_nobody_comes_while_the_rate_is_zero() -> None:
    """No arrival before 10 s nor from 20 s to 30 s, and about 500 in between."""
    seconds = times_of(MODELS["step"]) / SECOND
    assert seconds[0] >= 10
    assert not np.any((seconds > 20) & (seconds < 30))
    assert abs(np.sum(seconds < 25) - 500) < 5 * np.sqrt(500)
    assert abs(np.sum((seconds > 30) & (seconds < 40)) - 5000) < 5 * np.sqrt(5000)


@pytest.mark.parametrize(
    "value",
    [
        {"kind": "step", "steps": [{"at": "0s", "rate": "100/s"}, {"at": "10s", "rate": "0/s"}]},
        {"kind": "ramp", "points": [{"at": "0s", "rate": "200/s"}, {"at": "10s", "rate": "0/s"}]},
    ],
)
def test_arrivals_end_when_the_rate_stays_zero(value: dict[str, Any]) -> None:
    """About 1000 arrivals, all before 10 s, and then empty chunks for ever."""
    source = ArrivalTimes(model_of(value), KEY)
    times = source.next_chunk()
    assert abs(len(times) - 1000) < 5 * np.sqrt(1000)
    assert times[-1] <= 10 * SECOND
    assert len(source.next_chunk()) == 0
    assert len(source.next_chunk(1)) == 0


@pytest.mark.parametrize("kind", ["poisson", "constant"])
def test_a_rate_of_zero_is_nobody(kind: str) -> None:
    """No arrivals, no error."""
    assert len(times_of({"kind": kind, "rate": "0/s"})) == 0


def test_time_ends() -> None:
    """Arrivals later than int64 can hold are never; no overflow."""
    rare = times_of({"kind": "poisson", "rate": "0.000000001/s"})
    assert 0 < len(rare) < 20
    assert rare[-1] < TIME_NS_MAX
    assert len(times_of({"kind": "renewal", "interarrival": "10000d"})) == TIME_NS_MAX // (10_000 * 86_400 * SECOND)


def test_renewal_gaps_are_the_draws() -> None:
    """The gaps are the compiled distribution's draws, in order."""
    model = model_of(MODELS["renewal"])
    table = draws.compile_distribution(model.gaps())
    gaps = draws.draw_many(table, draws.bits_many(KEY, 0, np.arange(1000)))
    assert times_of(MODELS["renewal"], 1000).tolist() == np.cumsum(gaps).tolist()


@pytest.mark.parametrize(
    ("name", "mean", "peak"),
    [
        ("poisson", 100.0, 100.0),
        ("constant", 7.0, 7.0),
        ("step", (10 * 50 + 10 * 500) / 40, 500.0),
        ("ramp", (5000 + 5000 + 15 * 505 + 10 * 10) / 40, 1000.0),
        ("renewal", 100.0, 100.0),
    ],
)
def test_mean_and_peak_rates(name: str, mean: float, peak: float) -> None:
    """The rates that other parts plan with are those of the arrivals."""
    model = model_of(MODELS[name])
    assert model.mean_rate(40 * SECOND) == pytest.approx(mean, rel=1e-12)
    assert model.peak_rate == pytest.approx(peak, rel=1e-12)
    with pytest.raises(ValueError, match="positive horizon"):
        model.mean_rate(0)


def test_mean_rate_of_part_of_a_ramp() -> None:
    """A horizon inside a slope takes the part of the slope before it."""
    assert model_of(MODELS["ramp"]).mean_rate(5 * SECOND) == pytest.approx(250.0, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "step", "steps": [{"at": "1s", "rate": "1/s"}]}, "the first of steps is at 1s; begin with at: 0s"),
        ({"kind": "ramp", "points": [{"at": "0s", "rate": "1/s"}] * 2}, "must ascend, and 0s follows 0s"),
        ({"kind": "step", "steps": []}, "at least 1"),
        ({"kind": "renewal", "interarrival": "0s"}, "mean of interarrival is zero"),
        ({"kind": "poisson", "rate": 5}, "needs a unit"),
        ({"kind": "poison", "rate": "5/s"}, "closed, constant, daily, mmpp, poisson, ramp, renewal, replay, spike, step"),
    ],
)
def test_refusals_say_the_remedy(value: object, message: str) -> None:
    """Every mistake in an arrival process is refused with words that lead to the right one."""
    with pytest.raises(pydantic.ValidationError, match=message):
        model_of(value)
    with pytest.raises(ValueError, match="one or more"):
        ArrivalTimes(model_of(MODELS["poisson"]), KEY).next_chunk(0)
