"""Histograms hold what was counted, by whatever engine, in as few bytes as it takes, and add it up however it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record.fields.header import HISTOGRAMS
from sim.record.histogram import BUCKETS, bucket_bounds, bucket_of
from sim.record.tallies import Journal, Tallies
from sim.record.tally import COUNT_BITS
from sim.scenario import Scenario
from tests.engine.story import scene

WINDOWS, FLOWS = 5, 3
ASKED = [(0,), (1,), (2,), (0, 1, 2), (2, 0)]


@pytest.fixture
def dense() -> np.ndarray:
    """Counts that are mostly zero, and a flow that has none in the last windows."""
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 900, (WINDOWS, FLOWS, BUCKETS)) * (rng.random((WINDOWS, FLOWS, BUCKETS)) < 0.001)
    counts[3:, 2] = 0
    return counts


def tallies_of(dense: np.ndarray) -> Tallies:
    """The same as rows."""
    places = np.argwhere(dense)
    return Tallies.of_rows(np.concatenate([places, dense[tuple(places.T)][:, None]], axis=1))


@pytest.mark.parametrize("span", [(0, WINDOWS), (1, 3), (3, WINDOWS), (2, 2)])
def test_what_is_reached_is_the_sum_of_what_was_counted(dense: np.ndarray, span: tuple[int, int]) -> None:
    """For any flows and windows, in whatever order they are asked for, and asked again."""
    tallies = tallies_of(dense)
    for flows in (*ASKED, *reversed(ASKED)):
        expected = dense[span[0] : span[1], list(flows)].sum(axis=(0, 1))
        buckets, reached = tallies.cells(flows, *span)
        assert np.array_equal(buckets, np.flatnonzero(expected)), flows
        assert np.array_equal(reached, expected[expected > 0].cumsum())
    assert np.array_equal(tallies_of(dense).rows(), tallies.rows())


def test_nobody_writes_into_what_is_kept(dense: np.ndarray) -> None:
    """Sums are kept for whoever asks next, so they cannot be written to."""
    with pytest.raises(ValueError, match="read-only"):
        tallies_of(dense).cells((0,), 0, WINDOWS)[1][0] = 1


def test_a_journal_taken_in_parts_is_the_same_as_one_taken_whole(dense: np.ndarray) -> None:
    """However often it is taken, and whichever kinds of histograms have something in a window."""
    words: list[list[int]] = []
    for window in range(WINDOWS):
        words.append([])
        for flow in range(FLOWS):
            for kind in range(HISTOGRAMS):
                held = np.flatnonzero(dense[window, flow]) if (window + flow + kind) % 3 else np.zeros(0, dtype=np.int64)
                cells = [(int(bucket) << COUNT_BITS) + int(dense[window, flow, bucket]) for bucket in held]
                words[-1] += [-1 - ((window * FLOWS + flow) * HISTOGRAMS + kind), *cells] if cells else []
    whole, parts = Journal(), Journal()
    whole.take(np.array([word for part in words for word in part], dtype=np.int64))
    for part in words:
        parts.take(np.array(part, dtype=np.int64))
    for kind, (one, other) in enumerate(zip(whole.whole(FLOWS), parts.whole(FLOWS), strict=True)):
        assert np.array_equal(one.rows(), other.rows())
        left = dense.copy()
        for window in range(WINDOWS):
            for flow in range(FLOWS):
                left[window, flow] *= (window + flow + kind) % 3 > 0
        assert np.array_equal(one.rows(), tallies_of(left).rows())


@pytest.mark.parametrize("value", [0, 1, 255, 256, 257, 511, 512, 5_040_000, (1 << 43) + 1, (1 << 63) - 1])
def test_a_bucket_holds_its_values_and_is_narrow(value: int) -> None:
    """At most 0.4 % wide, up to the largest duration that there is."""
    low, high = bucket_bounds()
    bucket = bucket_of(value)
    assert low[bucket] <= value <= high[bucket]
    assert int(high[bucket]) - int(low[bucket]) <= int(low[bucket]) // 256
    assert np.array_equal(low[1:], high[:-1] + 1)
    assert int(high[-1]) == (1 << 63) - 1


@pytest.mark.parametrize("engine", ["compiled", "simpy"])
def test_the_books_tell_each_window_by_itself(engine: str) -> None:
    """Of two flows and several windows, the last one shorter, each histogram holds as many as its window counted."""
    rates = {"f": "50/s", "g": "5/s"}
    flows = {name: {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": rate}} for name, rate in rates.items()}
    data = scene({"a": [{"work": {"kind": "exponential", "mean": "10ms"}}]}, flows)
    data["run"] = {"horizon": "3500ms", "window": "1s", "replications": 1, "seed": 1}
    record = run_once(compile_network(Scenario.model_validate(data)), seed=1, engine=engine)  # type: ignore[arg-type]
    rows = record.replies.rows()
    held = np.zeros((4, 2), dtype=np.int64)
    np.add.at(held, (rows[:, 0], rows[:, 1]), rows[:, 3])
    assert np.array_equal(held, record.flows[:, :, 1])
    assert held.min() > 0
