"""What is over in the SimPy engine is gone at once: nothing holds it until a timeout is due or Python looks for cycles."""

from __future__ import annotations

import gc
from collections import Counter
from pathlib import Path

import pytest

import sim
from sim.engine.simpy_engine import loop
from sim.engine.simpy_engine.state import Span, Trace
from sim.network import compile as compile_network
from sim.record.recording import Recording

SCENARIOS = Path(__file__).resolve().parents[2] / "scenarios"
AT_HAND = 3  # what the last event was about is still in the hands of the loop


@pytest.mark.parametrize("name", ["tandem", "online-boutique/sync"])
def test_traces_and_attempts_go_when_they_are_over(name: str) -> None:
    """At the horizon, with no look for cycles before, there are the open traces, and the spans that are awaited or at work."""
    network = compile_network(sim.load(SCENARIOS / f"{name}.yaml", overrides=("run.horizon=3s", "run.warmup=0s", "faults={}")))
    gc.collect()
    gc.disable()
    try:
        run = loop.prepare(network, Recording.of(network), 1, 0)
        loop.to_horizon(run)
        found = Counter(type(one) for one in gc.get_objects() if isinstance(one, Trace | Span))
    finally:
        gc.enable()
    opened, at_work = len(run.flows_open), len({*run.awaited, *(ident for one in run.replicas for ident in one.residents)})
    assert run.traces > 20 * opened > 0
    assert opened <= found[Trace] <= opened + AT_HAND
    assert at_work <= found[Span] <= at_work + AT_HAND
