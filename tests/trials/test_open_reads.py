"""Reads that wait when the runs end, and users who still ask, bound what is said of read models and of polling."""

from __future__ import annotations

from typing import Any

import pytest

from tests.trials.test_never_answered import outcomes, run
from tests.trials.test_open_counts import ends

Data = dict[str, Any]
RUN = {"horizon": "20s", "warmup": "1s", "replications": 3, "seed": 1}
STOPS = {"stops": {"kind": "crash", "target": "b", "at": "10s", "for": "30s"}}
"""The service that projects goes down in the middle, and is not back when the run ends."""


def shop(*show: Data, then: Data | None = None, **more: Any) -> Data:
    """A write that is projected 10 ms after it was published, and users who read what they have written."""
    follow = {"operation": "a.show", "after": "4ms", **(then or {})}
    flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": "50/s"}, "then": follow}
    return {
        "architecture": "event-driven",
        "services": {
            "a": {"workers": 5000, "operations": {"go": [{"publish": "t"}], "show": list(show)}},
            "b": {"workers": 40, "operations": {"up": [{"work": "10ms"}, {"project": "v"}]}},
        },
        "brokers": {"k": {"latency": "0s", "topics": {"t": {"partitions": 40, "partitioner": "round_robin"}}}},
        "subscriptions": {"g": {"topic": "t", "operation": "b.up", "consumers": 40}},
        "projections": {"v": {}},
        "workload": {"f": flow},
        "run": RUN,
        **more,
    }


WAIT = {"read": "v", "wait_for": "own_write"}


def test_reads_that_wait_for_ever_pass_nothing() -> None:
    """Half of the events are missing, and who reads waits for them: neither how long they wait nor what they find is told."""
    objectives = ["v.read_wait < 4s", "read_wait < 1h", "v.own_write_missed < 10%", "v.read_wait_failed < 1%"]
    result = run(shop(WAIT, faults=STOPS, objectives=objectives))
    assert list(outcomes(result).values()) == ["unsure", "unsure", "unsure", "pass"]
    least, most = ends(result, "v.read_wait")
    assert 2.0 < least < 3.0  # half of them have waited for 5 s on average
    assert most == float("inf")
    assert ends(result, "v.own_write_missed")[1] > 0.4
    assert ends(result, "v.read_wait_failed") == (0.0, 0.0)


def test_a_read_waits_no_longer_than_it_may() -> None:
    """With a longest wait the mean is bounded by it, and all that wait may do so in vain."""
    objectives = ["v.read_wait < 31s", "v.read_wait < 4s", "v.read_wait_failed < 10%", "v.read_wait_failed < 99%"]
    result = run(shop({**WAIT, "wait_max": "30s"}, faults=STOPS, objectives=objectives))
    assert [one.outcome for one in result.objectives()] == ["pass", "unsure", "unsure", "pass"]
    assert ends(result, "v.read_wait_failed")[0] == 0.0


def test_reads_of_a_steady_view_are_in_no_doubt() -> None:
    """A few wait whenever a run ends, and no longer than events take to come: as long as all before them."""
    slow = {"read": "v", **WAIT, "wait_max": "1h"}
    for step in (WAIT, slow):
        result = run(shop(step, objectives=["v.read_wait < 20ms", "v.read_wait_failed < 1%", "v.own_write_missed < 1%"]))
        assert set(outcomes(result).values()) == {"pass"}


def test_a_follow_up_that_has_not_read_may_miss_its_own_write() -> None:
    """One in ten works for longer than the run before it reads: the share of those that did read is not that of all."""
    hangs = {"choose": [{"weight": 0.9, "steps": [{"work": "1ms"}]}, {"weight": 0.1, "steps": [{"work": "90s"}]}]}
    data = shop(hangs, {"read": "v"}, then={"after": "30ms"}, objectives=["v.own_write_missed < 5%", "own_write_missed < 20%"])
    assert list(outcomes(run(data)).values()) == ["unsure", "pass"]


def test_who_has_to_ask_again_will() -> None:
    """Three follow-ups a user, the last one after the end of the run: in the end there are exactly three."""
    data = shop({"read": "v"}, then={"after": "8s", "times": 3}, objectives=["f.follow_ups < 2.5", "follow_ups <= 3.2"])
    result = run(data, run={**RUN, "warmup": "0s"})
    assert list(outcomes(result).values()) == ["unsure", "pass"]
    least, most = ends(result, "f.follow_ups")
    assert least < 1.5
    assert most == pytest.approx(3.0)


def test_who_polls_in_vain_does_so_until_its_deadline() -> None:
    """Without a deadline nobody knows how often; with one at most once an interval until then."""
    poll = {"operation": "a.show", "after": None, "every": "100ms", "until": "v"}
    objectives = ["f.follow_ups < 100000"]
    endless = shop({"read": "v"}, then=poll, faults=STOPS, objectives=objectives)
    assert set(outcomes(run(endless)).values()) == {"unsure"}
    flow = {**endless["workload"]["f"], "deadline": "4s"}
    result = run(endless, workload={"f": flow})
    assert set(outcomes(result).values()) == {"pass"}
    assert ends(result, "f.follow_ups")[1] < 24
    steps = [{"at": "0s", "rate": "50/s"}, {"at": "12s", "rate": "0/s"}]
    over = run(endless, workload={"f": {**flow, "arrivals": {"kind": "step", "steps": steps}}})
    assert len(set(ends(over, "f.follow_ups"))) == 1
