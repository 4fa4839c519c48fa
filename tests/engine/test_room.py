"""What a run takes of memory is taken as it goes: however little there is at first, the events are the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sim.engine import run_once
from sim.engine.compiled_engine import beginning, codes, host
from sim.network import compile as compile_network
from sim.scenario.scenario import Scenario
from tests.conformance.scale import SCALES

if TYPE_CHECKING:
    from sim.network import Network


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[host.CompiledEngine]:
    """Every replication that is begun, in this test."""
    found: list[host.CompiledEngine] = []
    plain = host.CompiledEngine.__init__

    def init(self: host.CompiledEngine, *given: object) -> None:
        found.append(self)
        plain(self, *given)  # type: ignore[arg-type]

    monkeypatch.setattr(host.CompiledEngine, "__init__", init)
    return found


def network_of(name: str) -> Network:
    """A network of a scenario that is large in one respect."""
    return compile_network(Scenario.model_validate(SCALES[name]()))


def narrow(monkeypatch: pytest.MonkeyPatch, words: int) -> None:
    """Little room at first, one row at a time, and a heap and an agenda of one."""
    for constant, value in {"ROOM": words, "ROOM_FACTOR": 0, "CHUNK_WORDS": 1}.items():
        monkeypatch.setattr(host, constant, value)
    for constant in ("HEAP_EVENTS", "AGENDA_ITEMS"):
        monkeypatch.setattr(beginning, constant, 1)


@pytest.mark.parametrize("words", [1, 60, 1000])
@pytest.mark.parametrize("name", SCALES)
def test_little_room_gives_the_same_events(
    name: str, words: int, begun: list[host.CompiledEngine], monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Calls in parallel, bursts of messages, rebalances, crashes: room for not even a row, for one, for a few."""
    plenty = run_once(network_of(name), seed=1)
    assert len(begun) == 1
    narrow(monkeypatch, words)
    scarce = run_once(network_of(name), seed=1)
    assert scarce.fingerprint() == plenty.fingerprint()
    assert len(begun) > 2 or words > 1, "a run with no room at all was repeated"


def test_a_run_goes_on_with_more_room(begun: list[host.CompiledEngine], monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows that run out little by little repeat nothing: the memory is made longer between two events."""
    monkeypatch.setattr(host, "ROOM", 1 << 15)
    monkeypatch.setattr(host, "ROOM_FACTOR", 0)
    network = network_of("in_flight")
    run_once(network, seed=1)
    world = begun[0].world
    assert len(begun) == 1
    assert world.used > 4 * host.ROOM
    assert world.size == len(begun[0].m)


def test_what_an_event_was_given_too_little_for_is_not_repeated_again(
    begun: list[host.CompiledEngine], monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A network remembers the room that one event of it needs: its next replication is run once."""
    narrow(monkeypatch, 1)
    network = network_of("large_burst_of_publishes")
    first = run_once(network, seed=1)
    tries = len(begun)
    assert tries > 1
    assert run_once(network, seed=1).fingerprint() == first.fingerprint()
    assert len(begun) == tries + 1


def test_what_there_is_no_room_for_stops_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """An event that takes more than there is ends the run with that event, whatever else the event asks for."""
    narrow(monkeypatch, 1)
    network = network_of("wide")
    engine = host.CompiledEngine(network, host.Recording.of(network), 1, 0)
    with pytest.raises(host.Overdrawn):
        engine.run()
    assert engine.world.overdrawn == 1
    assert engine.world.used <= engine.world.size
    assert engine.world.status != codes.DONE
