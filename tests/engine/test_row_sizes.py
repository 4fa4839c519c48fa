"""What a scenario has none of, its rows have no words for; what is handled is given back."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.engine.compiled_engine import host, sizes
from sim.engine.compiled_engine.broker_state import Message
from sim.engine.compiled_engine.state import Trace, World
from sim.errors import OutOfMemoryError
from sim.network import compile as compile_network
from sim.record.recording import Recording
from sim.scenario.scenario import Scenario

WORKERS, RATE, PLACES = 64, 2000, 3


def log(work: str, horizon: str) -> dict[str, Any]:
    """2,000 messages a second for a topic, whose consumers work so long on each."""
    topic = {"partitions": WORKERS, "partitioner": "round_robin"}
    return {
        "name": "log",
        "architecture": "event-driven",
        "services": {
            "door": {"workers": 1000, "operations": {"go": [{"publish": "t", "acks": "none"}]}},
            "worker": {"replicas": WORKERS, "operations": {"handle": [{"work": work}]}},
        },
        "brokers": {"log": {"kind": "log", "latency": "1ms", "topics": {"t": topic}}},
        "subscriptions": {"w": {"topic": "t", "operation": "worker.handle", "consumers": 1}},
        "workload": {"f": {"operation": "door.go", "arrivals": {"kind": "constant", "rate": f"{RATE}/s"}}},
        "run": {"horizon": horizon, "window": horizon, "replications": 1, "seed": 1},
    }


def words_after(declared: dict[str, Any]) -> int:
    """Words of the memory that a run has taken at its horizon, without those of its image."""
    network = compile_network(Scenario.model_validate(declared))
    engine = host.CompiledEngine(network, Recording.of(network), 1, 0)
    at_first = engine.world.used
    engine.run()
    return engine.world.used - at_first


def test_a_message_that_waits_takes_eleven_words() -> None:
    """Four of its own, and the trace that it keeps: five, and two for the three places that a trace may come to."""
    taken = words_after(log("1h", "60s")) - words_after(log("1h", "10s"))
    assert taken / (50 * RATE) == pytest.approx(11, abs=0.2)  # rows are taken in chunks
    assert Message.fields["settled"].offset + Trace.SIZE + (PLACES + 1) // 2 == 11


def test_messages_that_are_handled_are_given_back() -> None:
    """Ten times as many messages take no more room where they are handled: neither they nor their traces are kept."""
    assert words_after(log("10ms", "10s")) == words_after(log("10ms", "1s"))


@pytest.mark.parametrize(
    ("scenario", "has"),
    [
        ("online-boutique/events", set()),
        ("patterns/consume-and-project/events", {"own_at", "version_at", "asking_at"}),
        ("patterns/outbox/store_first", {"write_at"}),
    ],
)
def test_rows_have_words_for_what_the_scenario_has(scenario: str, has: set[str]) -> None:
    """Follow-ups, read models and dual writes: what a trace or a message has for them is there only where they are."""
    network = compile_network(sim.load(scenario))
    world = World(host.Image(network).whole)
    apart = {**Trace.APART, **Message.APART}
    assert {name for name in apart if getattr(world, name) != 0} == has
    plain = Trace.SIZE + world.effects_at + world.trace_words
    assert world.trace_size == plain
    assert all(getattr(world, name) < world.trace_size for name in Trace.APART)
    assert all(getattr(world, name) < world.message_size for name in Message.APART)


def test_what_lies_apart_overlaps_nothing() -> None:
    """Of a row with several groups of such fields each has words of its own, behind all others."""
    size, begins = sizes.laid_apart(Trace, 10, {"asking_at": True, "own_at": True})
    assert (size, begins) == (16, {"asking_at": 10, "own_at": 15})
    assert sizes.laid_apart(Trace, 10, {"asking_at": False, "own_at": True}) == (11, {"asking_at": 0, "own_at": 10})


def test_more_than_an_address_can_say_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before a memory gets longer than packed addresses reach, the run ends with what to write instead."""
    monkeypatch.setattr(sizes, "refuse_more", lambda *_: None)
    sizes.refuse(1 << 36, 8)
    with pytest.raises(OutOfMemoryError, match=r"more than the .* of memory that one can have; write"):
        sizes.refuse((1 << 36) + 1, 8)
    with pytest.raises(OutOfMemoryError, match="write fewer flows"):
        sizes.refuse_first((1 << 27) + 1)
