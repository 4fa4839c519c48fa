"""Workers and queues: who starts, who waits, who is turned away, and for how long, to the nanosecond."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from sim.record.outcomes import OK, REJECTED
from tests.engine.story import once, scene

MS = 1_000_000


def five_requests(queue_max: int | None, workers: int = 1, replicas: int = 1) -> dict[str, Any]:
    """Five requests, 1 ms apart, of 10 ms work each."""
    service = {"workers": workers, "replicas": replicas, "operations": {"go": [{"work": "10ms"}]}}
    if queue_max is not None:
        service["queue_max"] = queue_max
    return scene({"a": service}, {f"f{n}": once("a.go", f"{1000 + n}ms") for n in range(5)})


def test_the_bound_counts_those_who_wait(play: Any) -> None:
    """With one worker and room for two, one works, two wait, two are rejected at once."""
    story = play(five_requests(2))
    assert story.times("arrived") == [1000]
    assert story.times("waiting") == [1001, 1002]
    assert story.times("rejected") == [1003, 1004]
    assert story.rows("started") == [(1010, 9 * MS), (1020, 18 * MS)]
    assert story.service("a", f.services.SERVICE_ARRIVED) == 5
    assert story.service("a", f.services.SERVICE_STARTED) == 3
    assert story.service("a", f.services.SERVICE_ENDED + OK) == 3
    assert story.service("a", f.services.SERVICE_ENDED + REJECTED) == 2
    assert story.service("a", f.services.SERVICE_WAITED) == story.service("a", f.services.SERVICE_WAITING_AREA) == 27 * MS
    assert story.service("a", f.services.SERVICE_HELD) == story.service("a", f.services.SERVICE_BUSY_AREA) == 30 * MS
    assert story.record.services[:, 0, f.services.SERVICE_WAITING_MAX].max() == 2


def test_no_queue_is_a_loss_system(play: Any) -> None:
    """With ``queue_max: 0`` nobody waits: a request finds a worker or is rejected."""
    story = play(five_requests(0, workers=2))
    assert story.times("arrived") == [1000, 1001]
    assert story.times("rejected") == [1002, 1003, 1004]
    assert not story.times("waiting")


def test_without_a_bound_all_wait(play: Any) -> None:
    """Without ``queue_max`` nobody is rejected, and they are served first come, first served."""
    story = play(five_requests(None))
    assert story.times("replied") == [1010, 1020, 1030, 1040, 1050]
    assert [waited for _, waited in story.rows("started")] == [9 * MS, 18 * MS, 27 * MS, 36 * MS]


def test_each_replica_has_its_own_queue(play: Any) -> None:
    """Round robin over two replicas: a full queue rejects though the other replica has room."""
    story = play(five_requests(0, replicas=2))
    assert story.times("arrived") == [1000, 1001]
    assert story.times("rejected") == [1002, 1003, 1004]


def test_a_worker_is_free_for_the_next_in_the_same_instant(play: Any) -> None:
    """A request that arrives when another ends finds the worker free: work that ends comes before new arrivals."""
    service = {"queue_max": 0, "operations": {"go": [{"work": "10ms"}]}}
    story = play(scene({"a": service}, {"f": once("a.go", "1000ms"), "g": once("a.go", "1010ms")}))
    assert story.outcomes("replied") == [(1010, "ok"), (1020, "ok")]


def test_a_worker_is_held_during_calls(play: Any) -> None:
    """A handler that waits for a callee keeps its worker, so that a slow dependency exhausts its callers."""
    services = {"a": [{"call": "b.go"}], "b": {"workers": 9, "operations": {"go": [{"work": "10ms"}]}}}
    story = play(scene(services, {"f": once("a.go", "1000ms"), "g": once("a.go", "1001ms")}))
    assert story.times("sent", "b.go") == [1000, 1010]
    assert story.service("a", f.services.SERVICE_HELD) == 20 * MS


def test_random_balancing_reaches_all(play: Any) -> None:
    """Random balancing shares requests out evenly, within five standard deviations."""
    service = {"replicas": 4, "workers": 1, "queue_max": 0, "balance": "random", "operations": {"go": []}}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "1000/s"}}
    crash = {"kind": "crash", "target": "a", "replicas": 1, "at": "0s", "for": "2s", "detection": "1h"}
    story = play(scene({"a": service}, {"f": flow}, faults={"x": crash}))
    refused = len(story.times("refused"))
    assert refused == pytest.approx(1999 / 4, abs=5 * (1999 * 3 / 16) ** 0.5)


def test_windows_count_what_happens_in_them(play: Any) -> None:
    """Counters fall into the window of their event, areas are cut at its end."""
    services = {"a": [{"work": "600ms"}]}
    story = play(scene(services, {"f": once("a.go", "1200ms")}))
    assert story.record.flows[:, 0, f.flows.FLOW_OFFERED].tolist() == [0, 0, 1, 0]
    assert story.record.flows[:, 0, f.flows.FLOW_COMPLETED].tolist() == [0, 0, 0, 1]
    assert story.record.services[:, 0, f.services.SERVICE_BUSY_AREA].tolist() == [0, 0, 300 * MS, 300 * MS]
