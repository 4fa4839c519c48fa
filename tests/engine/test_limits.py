"""What does not end is stopped, with names; the compiled engine stands on memory that is still there."""

from __future__ import annotations

import gc
import os
import pickle
import subprocess
import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.engine import run_once
from sim.engine.compiled_engine import codes, host, state
from sim.engine.simpy_engine import loop
from sim.errors import RunawayError
from sim.metrics.paths import measure, resolve
from sim.network import compile as compile_network
from sim.record.fields.facts import LOG_IDENTITY
from sim.record.fields.flows import FLOW_OFFERED
from sim.record.recording import Recording
from sim.scenario.scenario import Scenario
from sim.semantics import order
from tests.conformance.generate import numbered
from tests.engine.story import once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

ROOT = Path(__file__).resolve().parents[2]


def tree(operations: int, calls: int = 1000) -> dict[str, Any]:
    """A request that causes operations x calls further ones without any delay."""
    names = [f"o{n}" for n in range(operations)]
    services = {
        "a": [{"parallel": [{"call": f"b.{name}"} for name in names]}],
        "b": {"workers": 9999, "operations": {n: [{"parallel": [{"call": f"c.{n}"}] * calls}] for n in names}},
        "c": {"workers": 99999, "operations": {name: [] for name in names}},
    }
    return scene(services, {"f": once("a.go", "1000ms")})


def run(data: dict[str, Any], engine: EngineName) -> Any:
    """The record of a scenario as plain data."""
    return run_once(compile_network(Scenario.model_validate(data)), seed=1, engine=engine)


def test_an_instant_without_end_is_stopped(engine: EngineName) -> None:
    """More than 100 000 consequences of one instant are taken for a loop; the error says when, and what came last."""
    with pytest.raises(RunawayError, match=r"stopped at 1\.000000000 s .* more than 100000 events .*arrival") as error:
        run(tree(30), engine)
    assert error.value.time_ns == 1_000_000_000


@pytest.mark.thorough
def test_an_instant_without_end_at_the_start(engine: EngineName) -> None:
    """The same at time 0, before any timed event."""
    data = tree(30)
    weights = {"kind": "empirical", "values": ["0s", "1s"], "weights": [1e9, 1]}
    data["workload"]["f"]["arrivals"] = {"kind": "renewal", "interarrival": weights}
    with pytest.raises(RunawayError, match=r"stopped at 0\.000000000 s"):
        run(data, engine)


def test_a_long_instant_ends(engine: EngineName) -> None:
    """8000 calls in one instant are much, and no loop."""
    record = run(tree(8), engine)
    assert record.edges.sum(axis=(0, 1))[1] == 1 + 8 + 8000


@pytest.mark.thorough
def test_the_limit_is_the_same_for_both() -> None:
    """What one engine runs the other does not stop, to the last consequence."""
    stopped: dict[EngineName, list[int]] = {"simpy": [], "compiled": []}
    for name, calls in stopped.items():
        for count in (998, 999):
            try:
                run(tree(20, count), name)
            except RunawayError:
                calls.append(count)
    assert stopped["simpy"] == stopped["compiled"] == [999]


def test_a_trace_that_visits_one_place_too_often(engine: EngineName) -> None:
    """A trace that comes to one operation more often than its identity can tell is stopped."""
    data = tree(1)
    data["services"]["b"]["operations"]["o0"] *= 9
    with pytest.raises(RunawayError, match=r"one trace visits c\.o0 more than 8192 times"):
        run(data, engine)


@pytest.mark.parametrize("visits", [order.OCCURRENCES_MAX - 1, order.OCCURRENCES_MAX])
def test_a_trace_may_visit_a_place_so_often(engine: EngineName, visits: int) -> None:
    """Every occurrence that an identity has room for may be used, by both engines."""
    data = tree(1)
    calls = [{"parallel": [{"call": "c.o0"}] * count} for count in (*[1000] * (visits // 1000), visits % 1000)]
    data["services"]["b"]["operations"]["o0"] = calls
    assert run(data, engine).edges.sum(axis=(0, 1))[1] == 2 + visits


def test_memory_lives_as_long_as_the_kernel_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing that the kernel is given to write to is freed before it has returned."""
    given = []
    plain = host.plain

    def remembered(memory: Any) -> Any:
        given.append(weakref.ref(memory))
        return plain(memory)

    def kernel(*_: Any) -> None:
        gc.collect()
        memory, recording = (reference() for reference in given[-2:])
        assert memory is not None, "the kernel would write to freed memory"
        assert recording is not None, "the kernel would write to freed memory"
        state.World(memory).status = codes.DONE

    monkeypatch.setattr(host, "plain", remembered)
    monkeypatch.setattr(host, "kernel", lambda: kernel)
    network = compile_network(Scenario.model_validate(scene({"a": [{"work": "1ms"}]}, {"f": once("a.go", "5ms")})))
    recording = Recording.of(network)
    assert host.CompiledEngine(network, recording, 1, 0).run() == 0
    assert len(given) == 2, "the memories of the run and of its record"


SLOW = {"kind": "slowdown", "target": "a", "factor": 1e6, "at": "0s", "for": "2s"}


@pytest.mark.parametrize("count", [1, 2, 4])
def test_slowdowns_beyond_all_measure(count: int) -> None:
    """Work that takes longer than any run, by several slowdowns at once, does the same in both engines: never end."""
    data = scene({"a": [{"work": "999us"}]}, {"f": once("a.go", "1000ms")})
    data["faults"] = {f"x{n}": SLOW for n in range(count)}
    records = [run(data, name) for name in ("simpy", "compiled")]  # type: ignore[arg-type]
    assert records[0].fingerprint() == records[1].fingerprint()
    assert records[0].flow_levels[0, 0] == 1


@pytest.mark.parametrize("name", ["burst_of_publishes", "large_burst_of_publishes", "publishes_of_retries"])
def test_bursts_of_messages(name: str) -> None:
    """A handler may publish any number of messages in one go; run alone, as a failure takes the process with it."""
    command = [sys.executable, "-m", "tests.conformance.scale", name]
    done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_network_that_has_run_can_be_sent_to_another_process() -> None:
    """A network is pickled with what its first run, and its metrics, left in it, and runs the same afterwards."""
    network = compile_network(Scenario.model_validate(scene({"a": [{"work": "1ms"}]}, {"f": once("a.go", "5ms")})))
    record = run_once(network, seed=1, engine="compiled")
    assert measure(record, *resolve("amplification", network)) == pytest.approx(1.0)
    sent = pickle.loads(pickle.dumps(network))  # noqa: S301 - our own bytes
    assert run_once(sent, seed=1, engine="compiled").fingerprint() == record.fingerprint()


@pytest.mark.parametrize("example", range(4))
def test_traces_are_numbered_round_and_round(example: int) -> None:
    """Runs that pass 2**31 traces under way go on: both engines tell the same history, and what happened is what it was."""
    network = compile_network(Scenario.model_validate(numbered(example)))
    found = []
    for first in (0, order.TRACE_MASK - 3):
        compiled, readable = (Recording.of(network, log_facts=20_000) for _ in range(2))
        kernel = host.CompiledEngine(network, compiled, 1, 0)
        kernel.world.traces = first
        kernel.run()
        process = loop.prepare(network, readable, 1, 0)
        process.traces = first
        loop.to_horizon(process)
        records = [one.close() for one in (compiled, readable)]
        assert (records[0].log == records[1].log).all()
        assert records[0].fingerprint() == records[1].fingerprint()
        found.append(records[0])
    assert found[0].flows[:, :, FLOW_OFFERED].sum() == found[1].flows[:, :, FLOW_OFFERED].sum() > 10
    last = found[1].log[:, LOG_IDENTITY] >> (order.PLACE_BITS + order.OCCURRENCE_BITS)
    assert {0, order.TRACE_MASK} <= set(last.tolist())


def test_ranks_keep_kinds_and_identities_apart() -> None:
    """There is room for 64 kinds; the largest identity of the last kind is a word, and the next kind begins above it."""
    largest = order.identity((1 << 40) - 1, order.PLACES_MAX - 1, order.OCCURRENCES_MAX - 1)
    assert largest == order.IDENTITY_MASK
    assert order.rank_of(63, largest) == (1 << 63) - 1
    assert order.rank_of(order.ARRIVAL - 1, largest) < order.rank_of(order.ARRIVAL, 0)
    assert order.identity(order.TRACE_MASK + 6, 3, 4) == order.identity(5, 3, 4)
