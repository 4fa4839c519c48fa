"""What is at work, under way or at rest when the runs end bounds what is counted only as it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.metrics.estimates import Bounded
from tests.trials.test_never_answered import outcomes, run

if TYPE_CHECKING:
    from sim.results.result import Result

RUN = {"horizon": "60s", "warmup": "5s", "replications": 5, "seed": 1}
SLOW = {"choose": [{"weight": 0.9, "steps": [{"work": "20ms"}]}, {"weight": 0.1, "steps": [{"work": "90s"}]}]}
"""One in ten works for longer than the run."""
CALL = {"call": "pay.op", "timeout": "500ms", "retry": {"kind": "fixed", "attempts_max": 3, "delay": "10ms"}}
CHARGE: dict[str, Any] = {
    "services": {
        "s": {"workers": 1000, "operations": {"op": [{"work": "2ms"}, CALL]}},
        "pay": {"workers": 5000, "operations": {"op": [SLOW, {"effect": "charged"}]}},
    },
    "workload": {"f": {"operation": "s.op", "arrivals": {"kind": "poisson", "rate": "50/s"}}},
    "run": RUN,
}


def paying(*steps: dict[str, Any]) -> dict[str, Any]:
    """The services of `CHARGE` with another handler that charges."""
    return {**CHARGE["services"], "pay": {"workers": 5000, "operations": {"op": list(steps)}}}


def ends(result: Result, path: str) -> tuple[float, float]:
    """What a metric is at least, and at most, in the replications' mean."""
    figures = result.figures(path)
    assert isinstance(figures, Bounded)
    assert all(least <= value <= most for least, value, most in zip(figures.least, figures.values, figures.most, strict=True))
    return sum(figures.least) / len(figures.least), sum(figures.most) / len(figures.most)


def test_what_is_at_work_may_be_wasted() -> None:
    """Orphans that hold their workers when the runs end, for most of all time held, pass no limit of wasted work."""
    result = run(CHARGE, objectives=["waste < 5%", "pay.waste < 5%"])
    assert set(outcomes(result).values()) == {"unsure"}
    for path in ("waste", "pay.waste"):
        least, most = ends(result, path)
        assert least == 0
        assert most > 0.9


def test_a_steady_service_wastes_nothing_though_some_is_at_work() -> None:
    """A few are always at work, for a thousandth of all time held: a share near nothing stays as decided as it is."""
    result = run(CHARGE, services=paying({"work": "20ms"}), objectives=["waste < 1%"])
    assert set(outcomes(result).values()) == {"pass"}


def test_what_is_open_may_end_in_any_outcome() -> None:
    """Half of the requests hang, and their timeout is longer than the run: no share of one outcome is told."""
    steps = [{"choose": [{"weight": 0.5, "steps": [{"work": "2ms"}]}, {"weight": 0.5, "steps": [{"work": "20h"}]}]}]
    flow = {**CHARGE["workload"]["f"], "operation": "pay.op", "timeout": "2m"}
    objectives = ["f.errors_timeout < 1%", "errors_timeout < 1%", "pay.errors_timeout < 1%"]
    result = run(CHARGE, services=paying(*steps), workload={"f": flow}, objectives=objectives)
    assert set(outcomes(result).values()) == {"unsure"}
    least, most = ends(result, "f.errors_timeout")
    assert least == 0
    assert most == pytest.approx(result.estimate("f.unanswered").mean)


EVENTS: dict[str, Any] = {
    "architecture": "event-driven",
    "services": {
        "p": {"workers": 50, "operations": {"op": [{"work": "1ms"}, {"publish": "t"}]}},
        "c": {"workers": 40, "operations": {"h": [{"work": "5ms"}, {"fail": "100%"}, {"effect": "charged"}]}},
    },
    "brokers": {"k": {"topics": {"t": {"partitions": 400, "partitioner": "round_robin"}}}},
    "subscriptions": {
        "g": {
            "topic": "t",
            "operation": "c.h",
            "consumers": 400,
            "retry": {"kind": "fixed", "attempts_max": 3, "delay": "1m"},
        }
    },
    "workload": {"f": {"operation": "p.op", "arrivals": {"kind": "poisson", "rate": "6/s"}, "timeout": "1s"}},
    "objectives": ["dropped <= 0", "g.dropped <= 0"],
    "run": RUN,
}


def consuming(*steps: dict[str, Any]) -> dict[str, Any]:
    """The services of `EVENTS` with another handler of messages."""
    return {**EVENTS["services"], "c": {"workers": 40, "operations": {"h": list(steps)}}}


def test_a_message_that_waits_to_be_tried_again_may_be_dropped() -> None:
    """All messages fail, and the pause between tries is longer than the run: none is dropped yet, and all may be."""
    result = run(EVENTS)
    assert set(outcomes(result).values()) == {"unsure"}
    for path in ("dropped", "g.dropped"):
        least, most = ends(result, path)
        assert least == 0
        assert most > 300


def test_a_message_that_only_waits_for_its_turn_is_not_dropped() -> None:
    """Of a group that never fails some messages are always under way, and none of them is in doubt."""
    subscriptions = {"g": {**EVENTS["subscriptions"]["g"], "consumers": 4}}
    result = run(EVENTS, services=consuming({"work": "600ms"}), subscriptions=subscriptions)
    assert set(outcomes(result).values()) == {"pass"}
    assert ends(result, "dropped") == (0, 0)


def test_an_orphan_at_work_may_double_what_a_retry_has_done() -> None:
    """One in ten charges takes longer than the run, and was given up on and done again: all these may be done twice."""
    result = run(CHARGE, objectives=["f.effects_doubled <= 0", "effects_doubled <= 0", "f.effects_doubled < 1000"])
    assert [one.outcome for one in result.objectives()] == ["unsure", "unsure", "pass"]
    for path in ("f.effects_doubled", "effects_doubled"):
        least, most = ends(result, path)
        assert least == 0
        assert 300 < most < 400  # as many as are at work: one in ten of 3000, and one in ten of their retries


def test_what_is_absorbed_is_never_done_twice() -> None:
    """The same orphans apply an effect that is idempotent: nothing is open about it."""
    services = paying(SLOW, {"effect": "charged", "idempotent": True})
    result = run(CHARGE, services=services, objectives=["f.effects_doubled <= 0"])
    assert outcomes(result) == {"f.effects_doubled": "pass"}
    assert ends(result, "f.effects_doubled") == (0, 0)


def test_an_orphan_at_work_may_charge_a_client_who_was_told_that_it_failed() -> None:
    """Clients whose only attempt took too long were told so, and their charges are under way."""
    services = {**CHARGE["services"], "s": {"workers": 1000, "operations": {"op": [{"call": "pay.op", "timeout": "500ms"}]}}}
    result = run(CHARGE, services=services, objectives=["f.effects_told_failed <= 0", "effects_told_failed <= 0"])
    assert set(outcomes(result).values()) == {"unsure"}
    least, most = ends(result, "f.effects_told_failed")
    assert least == 0
    assert 250 < most < 350


@pytest.mark.parametrize("work", ["20ms", "600ms"])
def test_nothing_is_open_about_effects_once_all_has_ended(work: str) -> None:
    """When the last request came long before the run ends, the bounds are the value: orphans have done what they do."""
    steps = [{"at": "0s", "rate": "50/s"}, {"at": "30s", "rate": "0/s"}]
    flow = {"operation": "s.op", "arrivals": {"kind": "step", "steps": steps}}
    result = run(CHARGE, services=paying({"work": work}, {"effect": "charged"}), workload={"f": flow})
    for path in ("f.effects_doubled", "effects_doubled", "f.effects_told_failed", "effects_told_failed"):
        figures = result.figures(path)
        assert isinstance(figures, Bounded)
        assert figures.least == figures.values == figures.most
    assert (result.estimate("f.effects_doubled").mean > 0) == (work == "600ms")


def test_a_steady_system_with_retries_passes_though_some_is_under_way() -> None:
    """What has just begun, and is as well as all before, is in no doubt: no effect, whichever way it is asked."""
    services = paying({"work": "20ms"}, {"effect": "charged"})
    result = run(CHARGE, services=services, objectives=["f.effects_doubled <= 0", "f.effects_told_failed <= 0"])
    assert set(outcomes(result).values()) == {"pass"}


def test_a_message_that_is_tried_again_may_apply_its_effect_again() -> None:
    """Its handler charges, then fails, and the pause is longer than the run: every message may be charged twice."""
    result = run(EVENTS, services=consuming({"effect": "charged"}, {"fail": "50%"}), objectives=["f.effects_doubled <= 0"])
    assert outcomes(result) == {"f.effects_doubled": "unsure"}
    assert ends(result, "f.effects_doubled")[1] > 100


def doubled(kind: str, at: str, **group: Any) -> dict[str, Any]:
    """A group of a log, or the readers of a queue, whose consumers go down at a time and are not back when the runs end."""
    if kind == "log":
        brokers: dict[str, Any] = {"k": {"latency": "0s", "topics": {"t": {"partitions": 2, "partitioner": "round_robin"}}}}
        reads = {"topic": "t", "commit_every": 100, "session_timeout": "1s", "rebalance_pause": "0s"}
    else:
        brokers = {"k": {"kind": "queue", "latency": "0s", "queues": {"t": {"visibility": "3s"}}}}
        reads = {"queue": "t"}
    services = {**EVENTS["services"], "c": {"replicas": 2, "operations": {"h": [{"work": "20ms"}, {"effect": "charged"}]}}}
    return {
        **EVENTS,
        "services": services,
        "brokers": brokers,
        "subscriptions": {"g": {"operation": "c.h", **reads, **group}},
        "faults": {"down": {"kind": "crash", "target": "c", "replicas": 1, "at": at, "for": "90s"}},
        "workload": {"f": {"operation": "p.op", "arrivals": {"kind": "constant", "rate": "10/s"}}},
        "objectives": ["g.duplicates <= 20", "duplicates <= 20", "charged.duplicates <= 20"],
    }


def test_what_a_group_reads_again_is_applied_twice() -> None:
    """A consumer dies shortly before the end: what it had applied and not committed is read again by the other one."""
    result = run(doubled("log", "59800ms"))
    assert set(outcomes(result).values()) == {"unsure"}
    for path in ("duplicates", "g.duplicates", "charged.duplicates"):
        least, most = ends(result, path)
        assert least == 0
        assert 20 < most <= 100
    earlier = run(doubled("log", "30s"))
    assert ends(earlier, "g.duplicates") == (earlier.estimate("g.duplicates").mean,) * 2
    assert earlier.estimate("g.duplicates").mean > 20


def test_two_consumers_with_one_message_apply_it_twice() -> None:
    """Work that takes longer than the visibility is done by several: all but one of them have it in hand in vain."""
    slow = doubled("queue", "5s", consumers=50)
    slow["services"]["c"]["operations"]["h"] = [{"work": "70s"}, {"effect": "charged"}]
    result = run(slow, faults={})
    assert set(outcomes(result).values()) == {"unsure"}
    assert ends(result, "g.duplicates")[1] > 40


def test_a_steady_group_that_commits_now_and_then_reads_nothing_again() -> None:
    """Some is always applied and not committed yet; who keeps its partitions goes on from there."""
    result = run(doubled("log", "1s"), faults={})
    assert set(outcomes(result).values()) == {"pass"}
    assert ends(result, "g.duplicates") == ends(result, "charged.duplicates") == (0, 0)


FULL = [("30/s", "drop_head", 10), ("5/s", "drop_head", 0), ("30/s", "reject_publish", 0)]


@pytest.mark.parametrize(("rate", "overflow", "told"), FULL)
def test_what_waits_in_a_full_queue_may_be_dropped_for_others(rate: str, overflow: str, told: int) -> None:
    """Where the head goes for what comes, those that wait may go yet; who was refused, or has room, is in no doubt."""
    data = doubled("queue", "1s")
    data["brokers"]["k"]["queues"]["t"] |= {"length_max": 10, "overflow": overflow}
    data["services"]["c"]["operations"]["h"] = [{"work": "100ms"}]
    flow = {"operation": "p.op", "arrivals": {"kind": "constant", "rate": rate}}
    result = run(data, faults={}, workload={"f": flow}, objectives=[])
    for path in ("overflowed", "g.overflowed"):
        least, most = ends(result, path)
        assert (least > 400) == (rate == "30/s")
        assert most - least == told
