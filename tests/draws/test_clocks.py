"""Rates that are no line over time: bursts, days, spikes and recordings, each against its definition written another way."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pydantic
import pytest
from scipy import integrate, optimize

from sim import draws, exact_math
from sim.arrivals import ArrivalTimes, multiplied
from sim.scenario.arrivals import Arrivals, ArrivalsModel

ADAPTER: pydantic.TypeAdapter[ArrivalsModel] = pydantic.TypeAdapter(Arrivals)
KEY = draws.stream_key(1, 0, "checkout:arrivals")
SECOND = 10**9
MODELS: dict[str, dict[str, Any]] = {
    "mmpp": {"kind": "mmpp", "states": [{"rate": "20/s", "stay": "10s"}, {"rate": "300/s", "stay": "1s"}]},
    "mmpp with a pause": {"kind": "mmpp", "states": [{"rate": "0/s", "stay": "300ms"}, {"rate": "90/s", "stay": "700ms"}]},
    "daily": {"kind": "daily", "mean": "50/s", "swing": "80%", "period": "60s"},
    "daily, down to nothing": {"kind": "daily", "mean": "50/s", "swing": "100%", "period": "7s"},
    "daily, level": {"kind": "daily", "mean": "50/s", "swing": "0%", "period": "7s"},
    "spike": {"kind": "spike", "rate": "20/s", "to": "400/s", "at": "30s", "for": "5s"},
    "spike from the start": {"kind": "spike", "rate": "20/s", "to": "0/s", "at": "0s", "for": "5s"},
    "replay": {"kind": "replay", "times": " ".join(str(n / 4) for n in range(240)), "repeat": "60s"},
}
FACTORS = ((10 * SECOND, 3.0), (20 * SECOND, 0.0), (30 * SECOND, 1.0))


def model_of(value: object) -> ArrivalsModel:
    """Validate as a scenario file would be."""
    return ADAPTER.validate_python(value)


def work_of(key: int, n: int) -> list[int]:
    """The sums of the first n exponential gaps of a key, in nano-arrivals."""
    u = draws.bits_many(key, 0, np.arange(n))
    gaps = np.rint(exact_math.log((u.astype(np.float64) + 0.5) * 2.0**-63) * -1e9).astype(np.int64)
    return [int(one) for one in np.cumsum(gaps)]


@pytest.mark.parametrize("name", MODELS)
def test_chunks_do_not_matter(name: str) -> None:
    """However the times are asked for, and up to whatever time, they are the same, ascending, non-negative int64."""
    whole = ArrivalTimes(model_of(MODELS[name]), KEY).next_chunk(20_000)
    source = ArrivalTimes(model_of(MODELS[name]), KEY)
    parts = np.concatenate([source.next_chunk(n) for n in (1, 2, 997, 8192, 8193, 2615)])
    assert parts.tolist() == whole.tolist()
    assert whole.dtype == np.int64
    assert whole[0] >= 0
    assert np.all(np.diff(whole) >= 0)
    until = int(whole[500])
    short = ArrivalTimes(model_of(MODELS[name]), KEY, until).next_chunk(20_000)
    assert short[short < until].tolist() == whole[whole < until].tolist()


@pytest.mark.parametrize("name", ["daily", "daily, down to nothing", "daily, level"])
def test_a_day_is_inverted_to_the_nanosecond(name: str) -> None:
    """Each arrival is where the integral of the sine reaches the sum of its gaps, as a root finder finds it."""
    declared = MODELS[name]
    mean, swing, period = 50.0, float(declared["swing"].rstrip("%")) / 100, float(declared["period"].rstrip("s"))
    times = ArrivalTimes(model_of(declared), KEY).next_chunk(400)

    def area(t: float) -> float:
        return mean * (t + swing * period / math.tau * (1.0 - math.cos(math.tau * t / period)))

    for work, time in zip(work_of(KEY, 400), times.tolist(), strict=True):
        exact = optimize.brentq(lambda t, work=work: area(t) - work / 1e9, 0.0, 60.0, xtol=1e-14, rtol=1e-14)
        assert abs(exact * 1e9 - time) <= 2 or abs(area(time / 1e9) - work / 1e9) < 1e-12


def test_bursts_follow_their_states() -> None:
    """Stays are exponential draws of their own, one state after the other; arrivals pass on a clock at the state's rate."""
    rates, means = (0.0, 90.0), (0.3e9, 0.7e9)
    times = ArrivalTimes(model_of(MODELS["mmpp with a pause"]), KEY).next_chunk(2000)
    state = int(draws.bits(KEY, 1, 0) * 2.0**-63 * 1e9 >= means[0])
    begins, begun, stay = [0.0], [0.0], 0
    found = []
    for work in work_of(KEY, 2000):
        while True:
            u = (draws.bits(KEY, 1, stay + 1) + 0.5) * 2.0**-63
            length = round(-means[(state + stay) % 2] * math.log(u))
            rate = rates[(state + stay) % 2]
            if begun[-1] + rate * length > work:
                found.append(begins[-1] + (work - begun[-1]) / rate)
                break
            begins.append(begins[-1] + length)
            begun.append(begun[-1] + rate * length)
            stay += 1
    assert np.abs(times - np.array(found)).max() <= 3


def test_the_first_state_is_drawn_as_if_it_had_gone_on_for_ever() -> None:
    """Over many replications as many come in the first instant as in any other, on average."""
    counts = []
    for number in range(400):
        times = ArrivalTimes(model_of(MODELS["mmpp"]), draws.stream_key(1, number, "x"), SECOND).next_chunk(600)
        counts.append(int((times < SECOND).sum()))
    mean, error = float(np.mean(counts)), float(np.std(counts)) / 20
    assert abs(mean - 500 / 11) < 3 * error


@pytest.mark.parametrize("name", [name for name in MODELS if name != "replay"])
def test_a_factor_multiplies_whatever_the_rate_is(name: str) -> None:
    """Before it they come as without it, to the bit; while it is 0 nobody comes; three times as many come on average."""
    plain, more = model_of(MODELS[name]), multiplied(model_of(MODELS[name]), FACTORS)
    before = ArrivalTimes(plain, KEY, 40 * SECOND).next_chunk(8000)
    found = ArrivalTimes(more, KEY, 40 * SECOND).next_chunk(8000)
    first = before < 10 * SECOND
    assert found[found < 10 * SECOND].tolist() == before[first].tolist()
    assert not np.any((found >= 20 * SECOND) & (found < 30 * SECOND))
    several = [draws.stream_key(1, number, "y") for number in range(40)]
    span, usual = ([_in_the_second_ten(one, key) for key in several] for one in (more, plain))
    assert float(np.mean(span)) == pytest.approx(3.0 * float(np.mean(usual)), rel=0.2)


def _in_the_second_ten(model: Any, key: int) -> int:
    times = ArrivalTimes(model, key, 20 * SECOND).next_chunk(8000)
    return int(np.sum((times >= 10 * SECOND) & (times < 20 * SECOND)))


@pytest.mark.parametrize("name", MODELS)
def test_mean_rates(name: str) -> None:
    """The mean rate that other parts plan with is that of the arrivals, also of a part of a period."""
    model = model_of(MODELS[name])
    for horizon in (3 * SECOND, 34 * SECOND, 65 * SECOND):
        keys = [draws.stream_key(1, number, "z") for number in range(1 if name == "replay" else 30)]
        most = int(model.peak_rate * horizon / 1e9 * 1.2) + 100
        counts = [int((ArrivalTimes(model, key, horizon).next_chunk(most) < horizon).sum()) for key in keys]
        error = 5 * float(np.std(counts)) / math.sqrt(len(counts))
        assert abs(float(np.mean(counts)) - model.mean_rate(horizon) * horizon / 1e9) <= error + 1e-9
    assert model.peak_rate > 0.0


def test_sines_are_within_a_few_units_in_the_last_place() -> None:
    """Cosines and sines of turns agree with the library's, and are exact at quarters; so is the area below half a turn."""
    turns = np.concatenate([np.linspace(-3.0, 3.0, 10_001), np.arange(-8, 9) / 4])
    assert np.abs(exact_math.cos_of_turns(turns) - np.cos(math.tau * turns)).max() < 5e-15
    assert np.abs(exact_math.sin_of_turns(turns) - np.sin(math.tau * turns)).max() < 5e-15
    assert exact_math.cos_of_turns(np.arange(4) / 4).tolist() == [1.0, 0.0, -1.0, 0.0]
    area, _ = integrate.quad(lambda t: float(exact_math.sin_of_turns(np.array([t]))[0]), 0.0, 0.5)
    assert area == pytest.approx(1.0 / math.pi, rel=1e-12)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"kind": "replay"}, "missing key 'file'"),
        ({"kind": "replay", "file": "a.csv"}, "a file is read when a scenario file is loaded"),
        ({"kind": "replay", "times": ""}, "time 1: there is no time; write one a line"),
        ({"kind": "replay", "times": "1 0.5"}, "time 2: 0.5 s comes before 1s"),
        ({"kind": "replay", "times": "1 -2"}, "time 2: expected a time in seconds"),
        ({"kind": "replay", "times": "1 2e3"}, "time 2: expected a time in seconds"),
        ({"kind": "replay", "times": "1 0.1234567890"}, "time 2: expected a time in seconds"),
        ({"kind": "replay", "times": "1 nan"}, "time 2: expected a time in seconds"),
        ({"kind": "replay", "times": "0 " * 200_001}, "there are 200001 times; at most 200000 are replayed"),
        ({"kind": "replay", "times": "1 5", "repeat": "4s"}, "the last time, 5s, comes after repeat, 4s"),
        ({"kind": "replay", "file": "a.csv", "times": "1"}, "these are not the times of 'a.csv'"),
        ({"kind": "mmpp", "states": [{"rate": "1/s", "stay": "1s"}]}, "at least 2"),
        ({"kind": "mmpp", "states": [{"rate": "1/s", "stay": "0s"}] * 2}, "must be above zero|at least|zero"),
        ({"kind": "daily", "mean": "1/s", "swing": "120%", "period": "1m"}, "from 0 to 1|100%|at most"),
        ({"kind": "closed", "users": 0, "think": "1s"}, "greater than or equal to 1"),
    ],
)
def test_refusals_say_the_remedy(value: object, message: str) -> None:
    """Every mistake in such arrivals is refused with words that lead to the right one."""
    with pytest.raises(pydantic.ValidationError, match=message):
        model_of(value)


def test_states_that_change_all_the_time_are_refused() -> None:
    """What would be millions of stays is said before the run, with the remedy."""
    fast = model_of({"kind": "mmpp", "states": [{"rate": "1/s", "stay": "1us"}, {"rate": "2/s", "stay": "1us"}]})
    assert "the states change about 6e+07 times in a run" in fast.too_much(60 * SECOND)
    assert fast.too_much(SECOND) == ""
    assert model_of(MODELS["daily"]).too_much(60 * SECOND) == ""
