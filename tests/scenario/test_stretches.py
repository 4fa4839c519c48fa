"""The arithmetic of holding times: one after the other, side by side, cut, retried."""

from __future__ import annotations

import math
import random
from statistics import fmean

import pytest

from sim.policies.retries.fixed import FixedRetry
from sim.scenario.distributions.empirical import Empirical
from sim.scenario.distributions.exponential import Exponential
from sim.scenario.distributions.lognormal import Lognormal
from sim.scenario.load import wait_for_one_of
from sim.scenario.stretches import Stretch, drawn, lasting, longest, mixture, retried, within

MS = 1e6
FAILING = Stretch(0.75, 0.0, 0.0, 0.0)


def test_moments_are_those_of_the_distribution() -> None:
    """Exponential: variance = mean²; values with weights: as they are."""
    found = drawn(Exponential(mean="10ms"))
    assert found.mean == pytest.approx(10 * MS)
    assert found.variance == pytest.approx(100 * MS * MS, rel=1e-3)
    assert drawn(Exponential(mean="10ms"), 2).variance == pytest.approx(200 * MS * MS, rel=1e-3)
    atoms = drawn(Empirical(values=("0s", "10ms"), weights=(1, 3)))
    assert (atoms.mean, atoms.variance) == (pytest.approx(7.5 * MS), pytest.approx(18.75 * MS * MS))


def test_what_follows_is_met_as_often_as_the_first_goes_on() -> None:
    """Three quarters of the runs get to the second piece of work."""
    whole = lasting(4 * MS, 0.0).then(FAILING).then(lasting(8 * MS, 0.0))
    assert (whole.goes_on, whole.mean) == (0.75, 10 * MS)
    assert whole.variance == pytest.approx(0.25 * 0.75 * 64 * MS * MS)
    assert whole.mean_on == pytest.approx(0.75 * 12 * MS)
    assert whole.failed().mean_on == pytest.approx(0.25 * 4 * MS)
    assert whole.always().goes_on == 1.0


def test_a_mixture_weighs_its_ways() -> None:
    """One way in four takes 8 ms."""
    assert mixture([0.25, 0.75], [lasting(8 * MS, 0.0), Stretch()]).mean == 2 * MS


def test_the_longest_of_equal_times_is_that_time_and_of_exponentials_the_harmonic_sum() -> None:
    """Constants: the largest. Two independent times: longer than each, as drawn ones are."""
    assert longest([lasting(3 * MS, 0.0), lasting(5 * MS, 0.0)]).mean == pytest.approx(5 * MS)
    assert longest([FAILING, FAILING]).goes_on == 0.5625
    sigma = math.sqrt(math.log(2.0))
    draws = random.Random(1)
    drawn_mean = fmean(max(draws.lognormvariate(-sigma * sigma / 2, sigma) for _ in range(2)) for _ in range(40_000))
    both = longest([lasting(MS, MS * MS)] * 2)
    assert both.mean == pytest.approx(drawn_mean * MS, rel=0.03)


def test_a_limit_cuts_the_longer_times() -> None:
    """Constants are cut or not; lognormal times as often, and to the mean, as drawn ones are."""
    assert within(lasting(5 * MS, 0.0), int(6 * MS)).mean == 5 * MS
    assert within(lasting(5 * MS, 0.0), int(4 * MS)) == Stretch(0.0, 4 * MS, 16 * MS * MS, 0.0)
    cut = within(drawn(Lognormal(mean="10ms", cv=1.0)), int(15 * MS))
    sigma = math.sqrt(math.log(2.0))
    draws = random.Random(2)
    times = [10 * draws.lognormvariate(-sigma * sigma / 2, sigma) for _ in range(100_000)]
    assert cut.goes_on == pytest.approx(fmean(one <= 15 for one in times), abs=0.01)
    assert cut.mean == pytest.approx(fmean(min(one, 15) for one in times) * MS, rel=0.01)
    assert cut.square == pytest.approx(fmean(min(one, 15) ** 2 for one in times) * MS * MS, rel=0.02)
    assert cut.mean_on == pytest.approx(fmean(one if one <= 15 else 0 for one in times) * MS, rel=0.02)


def test_retries_go_on_until_one_is_good() -> None:
    """Attempts that fail half the time, three at most: 1.75 on average, and 0.75 delays."""
    attempt = lasting(10 * MS, 0.0).then(Stretch(0.5, 0.0, 0.0, 0.0))
    whole, attempts = retried(attempt, FixedRetry(attempts_max=3, delay="20ms"))
    assert (attempts, whole.goes_on) == (1.75, 0.875)
    assert whole.mean == pytest.approx((1.75 * 10 + 0.75 * 20) * MS)
    assert retried(attempt, None) == (attempt, 1.0)
    assert retried(lasting(MS, 0.0), FixedRetry(attempts_max=3, delay="20ms"))[1] == 1.0


def test_the_wait_for_one_server_is_that_of_queueing_theory() -> None:
    """M/M/1: busy / (1 - busy) services. M/D/1: half of it. Nobody waits when all is regular, or when none may."""
    exponential, constant = lasting(10 * MS, 100 * MS * MS), lasting(10 * MS, 0.0)

    def mean(hold: Stretch, variability: float = 1.0, callers: float = math.inf, queue_max: int | None = None) -> float:
        return wait_for_one_of(1, 0.6 / (10 * MS), hold, variability, callers, queue_max).mean / MS

    assert mean(exponential) == pytest.approx(15.0)
    assert mean(constant) == pytest.approx(7.5)
    assert mean(constant, 0.0) == 0.0
    assert mean(exponential, queue_max=0) == 0.0
    assert mean(exponential, callers=1) == 0.0
    assert 0.0 < mean(exponential, callers=4) < 15.0
    assert mean(exponential, 0.5) < mean(exponential)
