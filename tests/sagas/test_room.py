"""Rows of sagas and of locks are given back: a run four times as long takes no more memory."""

from __future__ import annotations

import pytest

from sim.engine.compiled_engine import host
from sim.network import compile as compile_network
from sim.record.recording import Recording
from sim.scenario import loads

TEXT = """
name: room
architecture: event-driven
network: {{hop: 1ms}}
services:
  a: {{replicas: 2, workers: 50, operations: {{go: [{{saga: trip, by: {by}, answer: {answer}, deadline: 80ms, steps: [{steps}]}}]}}}}
  b: {{workers: 20, operations: {{do: [{{work: {{kind: exponential, mean: 5ms}}}}, {{fail: 10%}}], undo: [{{work: 1ms}}, {{fail: 10%}}]}}}}
  c: {{workers: 20, operations: {{do: [{{work: {{kind: exponential, mean: 5ms}}}}, {{fail: 10%}}], undo: [{{work: 1ms}}]}}}}
workload: {{f: {{operation: a.go, arrivals: {{kind: poisson, rate: 200/s}}, keys: 20, timeout: 50ms}}}}
faults: {{c: {{kind: crash, target: a, replicas: 1, at: 1s, for: 100ms}}}}
run: {{horizon: {horizon}, window: {horizon}}}
"""  # noqa: E501 - a service a line


@pytest.mark.parametrize("by", ["orchestrator", "events", "two_phase"])
def test_memory_does_not_grow_with_the_horizon(by: str) -> None:
    """What is used after 40 s is what was used after 10 s, but for a chunk of rows where there were a few more at once."""
    used = []
    for horizon in ("10s", "40s"):
        steps = ", ".join(f"{{do: {{call: {one}.do}}, undo: {{call: {one}.undo}}}}" for one in ("b", "c"))
        answer = "when_done" if by == "two_phase" else "when_started"
        network = compile_network(loads(TEXT.format(by=by, answer=answer, steps=steps, horizon=horizon)))
        engine = host.CompiledEngine(network, Recording.of(network), 1, 0)
        engine.run()
        engine.recording.close()
        used.append(engine.world.used)
    assert used[1] - used[0] <= 2 * host.CHUNK_WORDS
