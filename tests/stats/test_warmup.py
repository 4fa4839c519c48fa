"""The warm-up is told from the mean over replications, and a run that does not settle is said to be too short."""

import math

import numpy as np
import pytest

from sim.stats.warmup import mean_series, moving_average, warm_up


def noisy(level: np.ndarray, n: int = 12) -> np.ndarray:
    """Replications of a level curve, with a small zigzag of their own that has the same mean everywhere."""
    zigzag = np.resize([0.1, -0.1, 0.05, -0.05, 0.0], len(level))
    return np.stack([level + zigzag * (1 + k / n) for k in range(n)])


def test_the_cut_is_where_the_start_ends() -> None:
    """Ten high windows, then level: ten are left out, and the mean of the rest is that level."""
    found = warm_up(noisy(np.where(np.arange(100) < 10, 50.0, 4.0)))
    assert (found.long_enough, found.cut, found.windows, found.n) == (True, 10, 100, 12)
    assert found.rest == pytest.approx(4.0)
    assert found.whole == pytest.approx(8.6)
    assert str(found) == "leave out the first 10 of 100 windows (MSER-5 on the mean of 12 replications)"


def test_a_level_run_is_kept_whole() -> None:
    """Without a start nothing is left out, and also when nothing varies at all."""
    for series in (noisy(np.full(100, 4.0)), np.full((10, 53), 0.1)):
        found = warm_up(series)
        assert (found.long_enough, found.cut) == (True, 0)
        assert found.rest == found.whole
    assert str(found) == "nothing needs to be left out of the 53 windows (MSER-5 on the mean of 10 replications)"


@pytest.mark.parametrize("level", [np.arange(100.0), np.where(np.arange(100) < 70, 9.0, 1.0)], ids=["growing", "late"])
def test_a_run_that_does_not_settle_is_too_short(level: np.ndarray) -> None:
    """A cut beyond half is no cut: the run has to be longer, and says so; nothing is left out meanwhile."""
    found = warm_up(noisy(level))
    assert (found.long_enough, found.cut) == (False, 0)
    assert found.rest == found.whole
    assert "too short" in str(found)
    assert "lengthen" in str(found)


@pytest.mark.parametrize("windows", [0, 3, 49])
def test_few_windows_tell_nothing(windows: int) -> None:
    """Below ten batches of five a run is too short to tell."""
    found = warm_up(np.ones((10, windows)))
    assert not found.long_enough
    assert math.isnan(found.whole) == (windows == 0)


def test_the_rule_by_hand() -> None:
    """The cut minimises squares / count**2 over all cuts that leave a quarter, computed the long way."""
    series = noisy(np.array([30.0 / (1 + k) + (k * 37 % 11 + 5 * (k // 5 % 3)) / 10 for k in range(120)]))
    means = np.array(mean_series(series)).reshape(-1, 5).mean(axis=1)
    scores = [((means[d:] - means[d:].mean()) ** 2).sum() / len(means[d:]) ** 2 for d in range(19)]
    assert warm_up(series).cut == 5 * int(np.argmin(scores)) > 0


def test_the_order_of_replications_does_not_matter() -> None:
    """The mean series is that of the set, to the bit."""
    series = noisy(np.linspace(1.0, 1e6, 60))
    assert mean_series(series) == mean_series(series[::-1])


def test_what_cannot_be_judged_is_refused() -> None:
    """Few replications, gaps and other shapes: the message names the place and the remedy."""
    with pytest.raises(ValueError, match="from 9 replications; run at least 10"):
        warm_up(np.ones((9, 100)))
    with pytest.raises(ValueError, match="two dimensions"):
        warm_up(np.ones(100))
    gap = np.ones((10, 100))
    gap[3, 7] = math.nan
    with pytest.raises(ValueError, match="window 7 of replication 3 has no finite value; use wider windows"):
        warm_up(gap)


def test_welchs_moving_average_by_hand() -> None:
    """Each value with its neighbours, fewer of them at the start, and none beyond the end."""
    assert moving_average([1.0, 2.0, 6.0, 1.0, 2.0, 3.0, 4.0, 5.0], 2) == (1.0, 3.0, 2.4, 2.8, 3.2, 3.0)
    assert moving_average([1.0, 5.0], 0) == (1.0, 5.0)
    with pytest.raises(ValueError, match="use 0 to 2"):
        moving_average([1.0] * 8, 3)
