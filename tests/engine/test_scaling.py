"""Replicas that come and go: when they take work, what becomes of those that leave, and of deploys."""

from __future__ import annotations

from typing import Any

import pytest

from sim.metrics import measure, resolve
from sim.record import fields as f
from sim.record.outcomes import CRASHED, ERROR, OK
from tests.engine.story import once, scene, topic

RATE = {"replicas": 9, "per": "1ms"}
FAST = {"up_policies": [RATE], "down_policies": [RATE], "down_stabilisation": "0s", "tolerance": "0%"}
EVERY_MS = {"kind": "constant", "rate": "1000/s"}


def scaled(**said: Any) -> dict[str, Any]:
    """A service of 10 ms work that all callers wait for, with an autoscaler."""
    scaler = {"metric": "queue", "target": 1, "min": 1, "max": 3, "sync": "100ms", **FAST, **said}
    return {"workers": 1, "autoscale": scaler, "operations": {"go": [{"work": "10ms"}]}}


def value(story: Any, path: str) -> float:
    """A metric of the whole run."""
    record = story.record
    metric, subject = resolve(path, record.network.scenario)
    return measure(record, metric, subject, 0, record.network.windows)


def test_a_new_replica_takes_work_when_its_start_up_is_over(play: Any) -> None:
    """The autoscaler looks at 100 ms; two more replicas start, and get their first requests 30 ms later."""
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "200/s"}}
    story = play(scene({"a": scaled(start_up="30ms", down_stabilisation="5s")}, {"f": flow}))
    assert story.times("starting")[:2] == [100.0, 100.0]
    assert story.times("came")[:2] == [130.0, 130.0]
    assert value(story, "a.utilisation") <= 1.0
    assert value(story, "a.replicas_wanted") > value(story, "a.replicas") > 2.0
    assert value(story, "a.replica_seconds") == pytest.approx(2.0 * 3 - 2 * 0.1)


@pytest.mark.parametrize(("drain", "lost"), [("50ms", 0), ("0s", 1)])
def test_a_replica_that_leaves_does_what_it_has_for_as_long_as_it_may(play: Any, drain: str, lost: int) -> None:
    """Two replicas have a request of 40 ms each when one is to go: with 50 ms it is done, at once it is lost."""
    slow = {**scaled(drain=drain), "replicas": 2, "operations": {"go": [{"work": "40ms"}]}}
    slow["autoscale"] |= {"sync": "1010ms", "target": 100}
    story = play(scene({"a": slow}, {"f": once("a.go", "1001ms"), "g": once("a.go", "1002ms")}))
    ended = story.record.services[:, 0].sum(axis=0)
    assert story.times("leaving") == [1010.0]
    assert [ended[f.services.SERVICE_ENDED + outcome] for outcome in (OK, CRASHED)] == [2 - lost, lost]


def test_consumers_of_a_replica_that_comes_or_goes_share_the_partitions_anew(play: Any) -> None:
    """By the lag of their subscription: the group rebalances, waits for what is in hand, and nothing is handled twice."""
    read = topic("c.go", partitions=4, rebalance_pause="1ms")
    times = {"sync": "20ms", "start_up": "5ms", "drain": "10ms"}
    consuming = {"autoscale": {"metric": "lag", "of": "g", "target": 2, "min": 1, "max": 4, **times, **FAST}}
    arrivals = {"kind": "step", "steps": [{"at": "0s", "rate": "300/s"}, {"at": "1s", "rate": "1/s"}]}
    services = {"a": [{"publish": "t"}], "c": {**consuming, "operations": {"go": [{"work": "10ms"}]}}}
    story = play(scene(services, {"f": {"operation": "a.go", "arrivals": arrivals}}, **read))
    assert {count for _, count in story.rows("assigned")} >= {1, 4}
    group = story.record.groups[:, 0].sum(axis=0)
    assert group[f.groups.GROUP_REDELIVERED] == group[f.groups.GROUP_LOST] == 0
    assert len(story.times("gone")) >= 3


@pytest.mark.parametrize(("drain", "lost"), [("20ms", False), ("1ms", True)])
def test_a_rolling_deploy_that_drains_for_long_enough_loses_nothing(play: Any, drain: str, lost: bool) -> None:  # noqa: FBT001
    """Each replica is withdrawn, then down for its start-up, one after the other; what it had is done before that, or lost."""
    service = {"replicas": 3, "workers": 20, "operations": {"go": [{"work": "10ms"}]}}
    deploy = {"kind": "rolling_deploy", "target": "a", "at": "500ms", "start_up": "30ms", "drain": drain, "pause": "10ms"}
    story = play(scene({"a": service}, {"f": {"operation": "a.go", "arrivals": EVERY_MS}}, faults={"x": deploy}))
    step = 40 + int(drain.removesuffix("ms"))
    assert story.times("withdrawn") == [500.0, 500.0 + step, 500.0 + 2 * step]
    assert story.times("back") == [500.0 + step * n - 10 for n in (1, 2, 3)]
    failed = story.record.services[:, 0].sum(axis=0)[f.services.SERVICE_ENDED + CRASHED]
    assert (failed > 0) == lost


def test_a_bad_deploy_fails_on_the_new_replicas_until_it_is_rolled_back(play: Any) -> None:
    """Of four replicas the first two have the version that always fails, one from 500 ms, the other from 600 ms on."""
    service = {"replicas": 4, "workers": 20, "operations": {"go": [{"work": "1ms"}]}}
    bad = {"kind": "bad_deploy", "target": "a", "at": "500ms", "pause": "100ms", "change": {"kind": "errors", "share": 1}}
    bad["rollback_at"] = "700ms"
    story = play(scene({"a": service}, {"f": {"operation": "a.go", "arrivals": EVERY_MS}}, faults={"x": bad}))
    failed = [time for time, outcome in story.rows("ended") if outcome == ERROR]
    assert 499.0 < min(failed) < 505.0
    assert 795.0 < max(failed) < 802.0
    assert len(failed) == pytest.approx(200 / 4 + 200 / 4, abs=3)


def test_a_share_of_replicas_is_one_of_however_many_there_are(play: Any) -> None:
    """Half of the places are struck, every other one: a replica that comes to one of those is down until the fault ends."""
    crash = {"kind": "crash", "target": "a", "replicas": "50%", "at": "50ms", "for": "300ms"}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "500/s"}}
    service = {**scaled(start_up="10ms", min=2, down_stabilisation="5s"), "replicas": 2}
    story = play(scene({"a": service}, {"f": flow}, faults={"x": crash}))
    assert story.rows("crashed") == [(50.0, 0)]
    came = story.times("came")
    ready = story.record.tables["scalers"][0, 0, f.scalers.SCALER_READY_AREA] / 1e6
    assert ready == pytest.approx(2 * 50 + 1 * 300 + 3 * 150)
    assert len(came) == 1
    assert 50.0 < came[0] < 350.0
