"""The quantile of all replications together: what it is, how far it is trusted, and what is paired of it."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sim.metrics.estimates import untold
from sim.record.histogram import bucket_bounds
from sim.stats.intervals import skew_adjusted
from sim.stats.pooled import Pooled, pooled_quantile
from sim.stats.sample import Counted, Sample
from tests.stats.coverage import atoms

NOTHING = np.zeros(0, dtype=np.int64)


def counted(values: list[int], failures: int = 0, ages: list[int] | None = None, limits: tuple[int, ...] = ()) -> Counted:
    """What a replication counted of some durations, with ages of what is open, and exactly at some limits."""

    def cells(times: list[int]) -> tuple[np.ndarray, np.ndarray]:
        buckets, counts = np.unique(bucket_bounds()[1].searchsorted(times), return_counts=True)
        return (buckets, counts.cumsum()) if times else (NOTHING, NOTHING)

    exact = tuple(np.array([sum(one <= limit for one in times) for limit in limits]) for times in (values, ages or []))
    ends = (min(values), max(values)) if values else (-1, -1)
    points = np.array(limits, dtype=np.int64)
    return Counted(cells(values), cells(ages or []), *ends, failures, points, (exact[0], exact[1]))


def sample(values: list[int], failures: int = 0, ages: list[int] | None = None, limits: tuple[int, ...] = ()) -> Sample:
    """The same in cells."""
    return counted(values, failures, ages, limits).sample


@pytest.fixture
def runs() -> list[list[int]]:
    """Eight runs of different size, answers up to some ms."""
    rng = np.random.default_rng(5)
    return [[int(one) for one in rng.lognormal(15, 0.7, 200 + 20 * number)] for number in range(8)]


@pytest.mark.parametrize("q", [0.5, 0.9, 0.95])
def test_it_is_the_quantile_of_all_answers(runs: list[list[int]], q: float) -> None:
    """Runs with more answers weigh more; in whatever order the runs come."""
    found = pooled_quantile([sample(run) for run in runs], q)
    ordered = sorted(one for run in runs for one in run)
    true = ordered[math.ceil(q * len(ordered)) - 1] / 1e9
    assert found.least <= true <= found.most
    assert found.most - found.least <= 0.004 * found.most
    assert found.floor <= found.low <= found.value <= found.high <= found.ceiling
    again = pooled_quantile([sample(run) for run in reversed(runs)], q)
    assert (again.value, again.low, again.high) == (found.value, found.low, found.high)
    assert sorted(again.values) == pytest.approx(sorted(found.values))


def test_its_interval_inverts_that_of_the_share(runs: list[list[int]]) -> None:
    """Worked out the long way round: at each answer, the interval of the share at or below it, run by run."""
    q, sizes = 0.9, [len(run) for run in runs]
    whole, n = sum(sizes), len(runs)

    def bounds(x: int) -> tuple[float, float]:
        counts = [sum(one <= x for one in run) for run in runs]
        share = sum(counts) / whole
        values = [share + (count - share * size) * n / whole for count, size in zip(counts, sizes, strict=True)]
        low, high = skew_adjusted(values) if len(set(values)) > 1 else (share, share)
        return low, high

    points = sorted({one for run in runs for one in run})
    low = next(x for x in points if bounds(x)[1] >= q) / 1e9
    high = next(x for x in points if bounds(x)[0] >= q) / 1e9
    found = pooled_quantile([sample(run) for run in runs], q)
    assert found.floor <= low <= found.floor * 1.01
    assert found.ceiling / 1.01 <= high <= found.ceiling


def test_what_is_paired_has_the_quantile_for_its_mean(runs: list[list[int]]) -> None:
    """One value a run, so that a comparison goes by the same figure."""
    found = pooled_quantile([sample(run) for run in runs], 0.9)
    assert math.fsum(found.values) / len(runs) == pytest.approx(found.value)
    assert len(set(found.values)) > len(runs) // 2


def test_constants_are_exact() -> None:
    """Where all answers are equal there is nothing to be unsure of."""
    found = pooled_quantile([sample([4_990_000] * 500) for _ in range(5)], 0.99)
    assert {found.value, found.low, found.high, *found.values} == {0.00499}


def test_failures_are_infinite() -> None:
    """With 2 % failed the 95 % quantile is a number and the 99 % quantile is not."""
    samples = [sample([1000] * 980, failures=20) for _ in range(4)]
    assert pooled_quantile(samples, 0.95).value == 1e-6
    assert pooled_quantile(samples, 0.99).value == math.inf


def test_what_is_open_bounds_it_both_ways() -> None:
    """Of 3 % open for longer than any answer, at least their age is known; young ones may yet be as fast as the others."""
    old = pooled_quantile([sample([1_000_000] * 970, ages=[50_000_000] * 30) for _ in range(4)], 0.99)
    assert old.value == math.inf
    assert old.low >= 0.0499
    young = pooled_quantile([sample([1_000_000] * 970, ages=[900_000] * 30) for _ in range(4)], 0.99)
    assert young.value == 0.001
    assert young.low <= 0.001
    assert young.high == math.inf


def test_what_is_open_may_lie_before_all_answers_of_runs_that_differ_much() -> None:
    """The share's interval begins at nothing, and so do the times at which it is reached: where the first answer lies."""
    quick, slow = sample([2_000_000] * 400, ages=[1_000_000]), sample([60_000_000] * 400)
    found = pooled_quantile([quick, slow, slow], 0.5)
    assert found.value == 0.06
    assert found.jump
    assert found.low <= 0.002


@pytest.mark.parametrize(("answers", "known"), [(249, False), (250, True)])
def test_ten_answers_of_all_runs_together_lie_beyond(answers: int, known: bool) -> None:  # noqa: FBT001
    """A 99 % quantile takes a thousand answers in all, however they are shared out."""
    found = pooled_quantile([sample([1000] * answers) for _ in range(4)], 0.99)
    assert math.isfinite(found.value) is known


@pytest.mark.parametrize("n", [1, 2])
def test_below_three_runs_there_is_no_interval(n: int) -> None:
    """Nobody knows how runs differ."""
    found = pooled_quantile([sample([1000] * 2000) for _ in range(n)], 0.5)
    assert found.value == 1e-6
    assert math.isnan(found.low)
    assert math.isnan(found.high)


def test_a_limit_inside_a_bucket_is_told_where_it_was_counted() -> None:
    """The same answers twice: with the limit counted exactly its cell ends there, without it nobody can tell."""
    values = [5_000_000] * 980 + [5_001_000] * 5 + [9_000_000] * 15
    exact = pooled_quantile([sample(values, limits=(5_000_000, 5_000_500)) for _ in range(4)], 0.985)
    blind = pooled_quantile([sample(values) for _ in range(4)], 0.985)
    assert exact.least > 0.0050005
    assert blind.least <= 0.0050005 < blind.most


def test_counts_come_back_from_their_text(runs: list[list[int]]) -> None:
    """To the last cell; and anything else is refused."""
    one = counted(runs[0], failures=3, ages=[5, 900_000_000], limits=(3_000_000,))
    again = Counted.of_text(one.to_text())
    for part in ("lows", "highs", "reached", "possible"):
        assert np.array_equal(getattr(again.sample, part), getattr(one.sample, part))
    assert again.sample.total == one.sample.total
    for text in ("", "x", one.to_text()[:-5], one.to_text()[::-1]):
        with pytest.raises(ValueError, match="no counts of durations"):
            Counted.of_text(text)


def test_flows_add_up(runs: list[list[int]]) -> None:
    """Two flows together are what one flow of all their answers would be; limits that only one has are let go."""
    both = Counted.added([counted(runs[0], 1, [7], (3_000_000,)), counted(runs[1], 2, [9], (3_000_000, 4_000_000))])
    whole = counted(runs[0] + runs[1], 3, [7, 9], (3_000_000,))
    for part in ("lows", "highs", "reached", "possible"):
        assert np.array_equal(getattr(both.sample, part), getattr(whole.sample, part))


@pytest.mark.parametrize("kind", atoms.KINDS)
def test_near_a_jump_it_holds_both_sides_exactly_when_the_share_may_be_the_level(kind: str) -> None:
    """Six hundred samples of two values: both are held where the 95 % interval of the share at the first contains 99 %."""
    rng = np.random.default_rng(7)
    both = 0
    for _ in range(600):
        setting = atoms.Setting(n=int(rng.integers(3, 40)), size=1000, kind=kind)
        samples = atoms.samples(setting, float(rng.uniform(0.98, 1.0)), rng)
        sizes = [one.total for one in samples]
        counts = [int(one.reached[0]) if one.least == atoms.VALUES[0] else 0 for one in samples]
        whole, n = sum(sizes), len(samples)
        share = sum(counts) / whole
        off = [(count - share * size) * n / whole for count, size in zip(counts, sizes, strict=True)]
        low, high = skew_adjusted([share + one for one in off])
        found = pooled_quantile(samples, 0.99)
        held = [found.low <= value / 1e9 <= found.high for value in atoms.VALUES[:2]]
        assert all(held) is (low < 0.99 <= high)
        assert held[0] is (high >= 0.99)
        both += all(held)
    assert 60 < both < 540


def test_where_answers_are_spread_it_ends_within_cells_and_at_a_jump_with_them() -> None:
    """Of many answers of all lengths the interval is shorter than its cells; of lengths a millisecond apart it is not."""
    rng = np.random.default_rng(3)
    times = rng.exponential(1e9, (10, 20_000)).astype(np.int64)
    spread = pooled_quantile([sample(run) for run in times.tolist()], 0.5)
    assert spread.floor < spread.low < spread.value < spread.high < spread.ceiling
    whole = times // 20_000_000 * 20_000_000 + 7_000_001
    jumps = pooled_quantile([sample(run) for run in whole.tolist()], 0.5)
    assert (jumps.floor, jumps.ceiling) == (jumps.low, jumps.high)


def test_cells_that_runs_cut_differently_hold_all_that_lies_in_them() -> None:
    """The largest answer of one run cuts its bucket; what other runs have in that bucket may be below the cut as well."""
    mixed = [sample([300_100_000] * 99 + [300_900_000]) for _ in range(9)]
    found = pooled_quantile([*mixed, sample([300_400_000] * 100)], 0.5)
    assert found.least <= 0.3001 <= found.most
    assert found.floor <= 0.3001 <= found.ceiling


def test_quantiles_on_either_side_of_a_jump_are_told_apart_only_where_no_interval_spans_it() -> None:
    """By chance 98.9 or 99.1 % take 2 ms: nobody can tell. Of 98 and 99.8 % somebody can, and of lengths that are spread."""
    rng = np.random.default_rng(11)

    def drawn(share: float) -> Pooled:
        return pooled_quantile(atoms.samples(atoms.Setting(n=10, size=1000), share, rng), 0.99)

    close = next((a, b) for a, b in ((drawn(0.99), drawn(0.99)) for _ in range(100)) if a.value < b.value)
    assert untold(*close)
    apart = drawn(0.998), drawn(0.98)
    assert apart[0].value < apart[1].value
    assert not untold(*apart)
    times = rng.exponential(1e9, (2, 10, 2000))
    spread = [pooled_quantile([sample(run) for run in side.astype(np.int64).tolist()], 0.99) for side in times]
    assert not any(one.jump for one in spread)


def test_a_quantile_among_failures_is_told_from_a_number_only_where_no_interval_reaches_it() -> None:
    """One per cent failed, a little more or a little less: chance decides. Of 0.2 and 3 % it does not."""

    def failing(*failures: int) -> Pooled:
        return pooled_quantile([sample([1000] * (1000 - one), failures=one) for one in failures], 0.99)

    assert untold(failing(8, 12, 9, 7), failing(9, 12, 13, 11))
    assert not untold(failing(2, 1, 3, 2), failing(29, 31, 30, 33))
