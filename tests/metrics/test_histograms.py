"""Histograms hold what was counted, by whatever it was gathered, and add it up however it is asked for."""

from __future__ import annotations

import numpy as np
import pytest

from sim.engine.compiled_engine.host import CompiledEngine
from sim.network import compile as compile_network
from sim.record.fields import FLOW_BLOCK, FLOW_COMPLETIONS, FLOW_REPLIES, R_FIRST_FLOWS, R_STRIDE
from sim.record.histogram import BUCKETS, Histograms
from sim.record.recording import Recording
from sim.scenario import Scenario
from tests.engine.story import scene

WINDOWS, FLOWS = 5, 3
ASKED = [(0,), (1,), (2,), (0, 1, 2), (2, 0)]


@pytest.fixture
def dense() -> np.ndarray:
    """Counts that are mostly zero, and a flow that has none in the last windows."""
    rng = np.random.default_rng(7)
    counts = rng.integers(1, 9, (WINDOWS, FLOWS, BUCKETS)) * (rng.random((WINDOWS, FLOWS, BUCKETS)) < 0.01)
    counts[3:, 2] = 0
    return counts


@pytest.mark.parametrize("span", [(0, WINDOWS), (1, 3), (3, WINDOWS), (2, 2)])
def test_what_is_reached_is_the_sum_of_what_was_counted(dense: np.ndarray, span: tuple[int, int]) -> None:
    """For any flows and windows, in whatever order they are asked for, and asked again."""
    histograms = Histograms.of(dense)
    for flows in (*ASKED, *reversed(ASKED)):
        expected = dense[span[0] : span[1], list(flows)].sum(axis=(0, 1)).cumsum()
        assert np.array_equal(histograms.reached(flows, *span), expected), flows
        assert np.array_equal(histograms.counts(flows[0], *span), dense[span[0] : span[1], flows[0]].sum(axis=0))


def test_nobody_writes_into_what_is_kept(dense: np.ndarray) -> None:
    """Sums are kept for whoever asks next, so they cannot be written to."""
    with pytest.raises(ValueError, match="read-only"):
        Histograms.of(dense).reached((0,), 0, WINDOWS)[0] = 1


def test_the_kernel_gathers_what_is_there() -> None:
    """Of two flows and several windows, the last one shorter, the kernel's rows are those that NumPy finds."""
    rates = {"f": "50/s", "g": "5/s"}
    flows = {name: {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": rate}} for name, rate in rates.items()}
    data = scene({"a": [{"work": {"kind": "exponential", "mean": "10ms"}}]}, flows)
    data["run"] = {"horizon": "3500ms", "window": "1s", "replications": 1, "seed": 1}
    network = compile_network(Scenario.model_validate(data))
    recording = Recording.of(network)
    CompiledEngine(network, recording, 1, 0).run()
    memory, first, stride = recording.memory, int(recording.memory[R_FIRST_FLOWS]), int(recording.memory[R_STRIDE])
    blocks = np.array(
        [
            [memory[first + window * stride + flow * FLOW_BLOCK :][:FLOW_BLOCK] for flow in range(len(network.flows))]
            for window in range(network.windows)
        ]
    )
    for found, at in ((recording.replies, FLOW_REPLIES), (recording.completions, FLOW_COMPLETIONS)):
        rows = Histograms.of(blocks[:, :, at : at + BUCKETS]).rows
        assert np.array_equal(found, rows)
        assert len({tuple(row) for row in rows[:, :2].tolist()}) == network.windows * 2
