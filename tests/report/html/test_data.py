"""What the replay shows is what the records hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.metrics.breach import attempts
from sim.record import fields as f
from sim.report.html import data
from sim.report.html.coding import unpack
from sim.scenario import loads

if TYPE_CHECKING:
    from sim.results.comparison import Comparison

SECOND = 1e9


@pytest.fixture(scope="module")
def replay(comparison: Comparison) -> dict[str, Any]:
    """The replay of the pair."""
    return data.replay_data([comparison.a, comparison.b], comparison.labels)


def node(side: dict[str, Any], name: str) -> dict[str, Any]:
    """A node by its name."""
    return next(one for one in side["nodes"] if one["name"] == name)


def series(thing: dict[str, Any], key: str, replay: dict[str, Any]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A series as numbers."""
    return unpack(thing[key], replay["frames"])


def test_it_says_what_it_is(replay: dict[str, Any]) -> None:
    """Frames, faults and sides are those of the scenarios."""
    assert (replay["frames"], replay["frame_s"], replay["horizon_s"], replay["replications"]) == (40, 1.0, 40.0, 4)
    assert [side["label"] for side in replay["sides"]] == ["synchronous", "event-driven"]
    fault = replay["sides"][0]["faults"][0]
    assert (fault["name"], fault["target"], fault["begin_s"], fault["end_s"]) == ("slow", "payment", 10.0, 18.0)


def test_rates_are_means_over_the_replications(comparison: Comparison, replay: dict[str, Any]) -> None:
    """The offered rate of a flow, frame by frame, is what all records counted, by replication and second."""
    side = replay["sides"][0]
    counted = sum(record.flows[:, 0, f.flows.FLOW_OFFERED] for record in comparison.a.records)
    flow = node(side, "orders")
    assert np.abs(series(flow, "rate", replay) - counted / 4).max() <= flow["rate"]["step"]


def test_shares_are_of_all_attempts_together(comparison: Comparison, replay: dict[str, Any]) -> None:
    """The failed share of a service is failed by settled attempts, as a breach counts them; none where nothing settled."""
    for side, result in zip(replay["sides"], (comparison.a, comparison.b), strict=True):
        pairs = [attempts(record) for record in result.records]
        settled, failed = (sum(pair[at] for pair in pairs) for at in (0, 1))
        for number, service in enumerate(result.network.services):
            found = series(node(side, service.name), "failed", replay)
            known = settled[:, number] > 0
            assert np.array_equal(np.isfinite(found), known)
            assert np.abs(found - failed[:, number] / np.maximum(settled[:, number], 1))[known].max() <= 0.0005001


def test_queues_and_backlogs_are_mean_levels(comparison: Comparison, replay: dict[str, Any]) -> None:
    """A queue is its area by time; a topic holds the backlog of its slowest group, its consumer the same messages."""
    waiting = sum(record.services[:, 2, f.services.SERVICE_WAITING_AREA] for record in comparison.a.records) / (4 * SECOND)
    payment = node(replay["sides"][0], "payment")
    assert np.abs(series(payment, "waiting", replay) - waiting).max() <= payment["waiting"]["step"]
    assert payment["queue_max"] == 5
    events = replay["sides"][1]
    topic, consumer = node(events, "placed"), node(events, "payment")
    lag = sum(record.groups[:, 0, f.groups.GROUP_LAG_AREA] for record in comparison.b.records) / (4 * SECOND)
    assert lag.max() > 10
    assert np.abs(series(topic, "lag", replay) - lag).max() <= topic["lag"]["step"]
    assert consumer["lag"] == topic["lag"]


def test_links_lead_from_callers_to_called_and_through_topics(replay: dict[str, Any]) -> None:
    """Calls, publishes and deliveries are there, each pair once."""
    ends = (["checkout payment call"], ["checkout placed publish", "placed payment deliver"])
    for side, last in zip(replay["sides"], ends, strict=True):
        names = {one["id"]: one["name"] for one in side["nodes"]}
        found = [f"{names[link['from']]} {names[link['to']]} {link['kind']}" for link in side["links"]]
        assert sorted(found) == sorted(["orders shop call", "shop checkout call", *last])


def test_the_cascade_is_the_verdicts(comparison: Comparison, replay: dict[str, Any]) -> None:
    """What broke first, and when, is what `cascade` says."""
    from sim.judgements.verdict import cascade  # beside what it is held against

    for side, result in zip(replay["sides"], (comparison.a, comparison.b), strict=True):
        assert [one["service"] for one in side["breaches"]] == [one.service for one in cascade(result)]
    assert replay["sides"][0]["breaches"][0]["service"] == "payment"


def test_many_windows_become_fewer_frames(monkeypatch: pytest.MonkeyPatch, comparison: Comparison) -> None:
    """With more windows than frames, several make one; what is counted stays the same, and the last may be shorter."""
    whole = data.replay_data([comparison.a], ["x"])
    monkeypatch.setattr(data, "FRAMES_MAX", 7)
    few = data.replay_data([comparison.a], ["x"])
    assert (few["frames"], few["frame_s"]) == (7, 6.0)
    lengths = np.array([6.0] * 6 + [4.0])
    coarse = series(node(few["sides"][0], "orders"), "rate", few) @ lengths
    assert abs(coarse - series(node(whole["sides"][0], "orders"), "rate", whole).sum()) < 1.0


def test_a_scenario_without_events_or_faults_has_a_replay_too() -> None:
    """No brokers, no faults, one service: nothing is divided by nothing."""
    import sim  # one run of its own

    text = """
name: tiny
architecture: synchronous
services: {only: {operations: {do: [{work: 1ms}]}}}
workload: {rare: {operation: only.do, arrivals: {kind: constant, rate: 1/s}}}
run: {horizon: 3s, replications: 1}
"""
    found = data.replay_data([sim.run(loads(text))], ["tiny"])
    assert found["sides"][0]["faults"] == found["sides"][0]["breaches"] == []
    assert found["frames"] == 3
