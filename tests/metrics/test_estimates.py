"""Figures do not promise what cannot be: intervals end where a metric does, and only intervals are cut."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from sim.metrics import resolve
from sim.metrics.base import Metric
from sim.metrics.estimates import compare_of, estimate_of
from sim.scenario import Scenario
from sim.stats.intervals import estimate

Make = Callable[..., Scenario]
FULL = [20.0] * 9 + [11.0]


def metric_of(scenario: Scenario, path: str) -> Metric:
    """A metric, as it is of a scenario."""
    return resolve(path, scenario)[0]


def shop(make: Make, **settings: Any) -> Scenario:
    """The regular shop and a second service, with other settings."""
    one = {"operations": {"order": [{"work": "50ms"}]}}
    return make(services={"shop": {**one, **settings}, "spare": {**one, "queue_max": 3}})


def test_a_queue_holds_no_more_than_its_bound(regular: Make) -> None:
    """Two replicas of ten places: nine peaks of 20 and one of 11 have an interval that ends at 20; unbounded, it goes on."""
    bounded, open_ = shop(regular, replicas=2, queue_max=10), shop(regular)
    free = estimate(FULL)
    assert free.high > 20.0
    for path in ("shop.queue_peak", "queue_peak"):
        found = estimate_of(metric_of(bounded, path), FULL)
        assert (found.mean, found.low, found.high) == (free.mean, free.low, 20.0)
        assert estimate_of(metric_of(open_, path), FULL).high == free.high
    assert metric_of(bounded, "spare.queue_peak").most == 3.0


def test_a_figure_beyond_the_bound_is_not_cut(regular: Make) -> None:
    """Only the ends of an interval are: the mean and what it is made of stay, and lie within."""
    found = estimate_of(metric_of(shop(regular, queue_max=10), "shop.queue_peak"), FULL)
    assert found.mean == found.high == pytest.approx(19.1)
    assert found.low < found.mean


@pytest.mark.parametrize(
    ("path", "values", "least", "most"),
    [
        ("errors", [0.99, 1.0, 1.0, 0.95], 0.0, 1.0),
        ("errors", [0.0, 0.001, 0.0, 0.0], 0.0, 1.0),
        ("backlog_peak", [0.0, 0.0, 3.0, 0.0], 0.0, math.inf),
        ("goodput", [0.1, 0.0, 0.0, 0.0], 0.0, math.inf),
    ],
)
def test_shares_and_counts_stay_what_they_are(
    regular: Make, path: str, values: list[float], least: float, most: float
) -> None:
    """No share above 1, no count below 0."""
    found = estimate_of(metric_of(regular(), path), values)
    assert least <= found.low <= found.high <= most
    assert not (least <= estimate(values).low and estimate(values).high <= most)


def test_a_difference_is_no_larger_than_both_bounds_allow(regular: Make) -> None:
    """From at most 20 to at most 10 and back: the interval of a difference ends at -20 and 10; of shares, at one whole."""
    both = [metric_of(shop(regular, queue_max=size), "shop.queue_peak") for size in (20, 10)]
    low = compare_of((both[0], both[1]), FULL, [0.0] * 10)
    assert low.difference.low == -20.0
    assert low.lower == "b"
    high = compare_of((both[0], both[1]), [0.0] * 10, [*[10.0] * 9, 5.0])
    assert high.difference.high == 10.0
    shares = metric_of(regular(), "errors")
    assert compare_of((shares, shares), [0.0] * 4, [1.0, 0.99, 1.0, 0.9]).difference.high == 1.0
