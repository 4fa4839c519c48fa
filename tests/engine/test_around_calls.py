"""What stands around calls: fallbacks, steps that are tried, waits, quorums and hedges, each as it happens."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.fields import fallbacks, hedges
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.engine.story import once, scene, topic

MS = 1_000_000
COLUMNS = {"fallbacks": fallbacks.FALLBACKS.counters, "hedges": hedges.HEDGES.counters}


def around(steps: list[Any], callee: list[Any] | None = None, *, gap: str = "1000ms", **more: Any) -> dict[str, Any]:
    """``a`` does some steps at 1000 ms; ``b`` (two replicas), ``c`` and ``d`` are there to be called over hops of 1 ms."""
    b = {"replicas": 2, "workers": 9, "operations": {"go": callee or [{"work": "4ms"}, {"fail": 1.0}]}}
    services = {"a": steps, "b": b, "c": [{"work": "6ms"}], "d": [{"work": "20ms"}]}
    services |= more.pop("services", {})
    return scene(services, {"f": once("a.go", gap, hop="0s")}, network={"hop": "1ms"}, **more)


def counted(story: Any, family: str, number: int = 0) -> dict[str, int]:
    """What was counted of a fallback or a hedge, without zeros."""
    row = story.record.tables[family].sum(axis=0)[number].tolist()
    return {name: value for name, value in zip(COLUMNS[family], row, strict=True) if value}


# -- fallbacks, and what is tried


def test_a_fallback_follows_a_call_that_failed(play: Any) -> None:
    """Once its last attempt has failed something else is done, and the handler goes on; that is counted as no success."""
    call = {"call": "b.go", "retry": {"kind": "fixed", "attempts_max": 2, "delay": "1ms"}, "fallback": [{"work": "3ms"}]}
    story = play(around([call, {"work": "2ms"}]))
    assert story.outcomes("settled", "b.go") == [(1006, "error"), (1013, "error")]
    assert story.times("fell_back") == [1013]
    assert story.outcomes("replied") == [(1018, "ok")]
    assert counted(story, "fallbacks") == {"taken": 1, "well": 1}


def test_a_fallback_is_left_out_when_the_call_is_answered(play: Any) -> None:
    """A call that ends well leads behind its fallback."""
    story = play(around([{"call": "c.go", "fallback": [{"work": "3ms"}]}]))
    assert story.outcomes("replied") == [(1008, "ok")]
    assert counted(story, "fallbacks") == {}


def test_a_fallback_may_fail_too(play: Any) -> None:
    """Then the handler fails as that did; an optional call goes on even so."""
    story = play(around([{"call": "b.go", "fallback": [{"fail": 1.0}]}, {"work": "2ms"}]))
    assert story.outcomes("replied") == [(1006, "error")]
    assert counted(story, "fallbacks") == {"taken": 1, "failed": 1}
    story = play(around([{"call": "b.go", "fallback": [{"fail": 1.0}], "optional": True}, {"work": "2ms"}]))
    assert story.outcomes("replied") == [(1008, "ok")]


def test_a_step_that_fails_leads_to_catch(play: Any) -> None:
    """What comes after it in `try` is left out, wherever it stands: in a branch, or in another try whose catch fails."""
    choice = {"choose": [{"weight": 1, "steps": [{"fail": 1.0}, {"work": "50ms"}]}]}
    inner = {"try": [{"work": "1ms"}, choice, {"work": "50ms"}], "catch": [{"wait": "2ms"}, {"fail": 1.0}]}
    story = play(around([{"try": [inner, {"work": "50ms"}], "catch": [{"work": "4ms"}]}]))
    assert story.times("fell_back") == [1001, 1003]
    assert story.outcomes("replied") == [(1007, "ok")]
    assert counted(story, "fallbacks", 0) == {"taken": 1, "well": 1}
    assert counted(story, "fallbacks", 1) == {"taken": 1, "failed": 1}


def test_a_transaction_that_fails_is_rolled_back_and_caught(play: Any) -> None:
    """Its writes are gone, its connection is free, and the handler goes on."""
    stores = {"db": {"connections": 1, "commit": "1ms"}}
    failing = {"transaction": {"store": "db"}, "steps": [{"write": "row"}, {"fail": 1.0}]}
    writing = {"transaction": {"store": "db"}, "steps": [{"write": "row"}]}
    story = play(around([{"try": [failing], "catch": []}, writing], stores=stores))
    assert story.outcomes("replied") == [(1001, "ok")]
    assert story.record.tables["stores"].sum(axis=0)[0][f.stores.STORE_ROLLED_BACK] == 1


def test_a_fallback_that_is_broken_off_is_counted(play: Any) -> None:
    """Its handler goes down while it lasts, and all that it stands in."""
    inner = {"try": [{"fail": 1.0}], "catch": [{"wait": "100ms"}]}
    faults = {"down": {"kind": "crash", "target": "a", "at": "1050ms", "for": "10ms"}}
    story = play(around([{"call": "b.go", "fallback": [inner]}], faults=faults))
    assert counted(story, "fallbacks", 0) == {"taken": 1, "broken_off": 1}
    assert counted(story, "fallbacks", 1) == {"taken": 1, "broken_off": 1}


def test_a_handler_of_messages_catches_too(play: Any) -> None:
    """A consumer is done with a message whose failure was caught: it is tried no more."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}
    reading = [{"try": [{"fail": 1.0}], "catch": [{"wait": "3ms"}]}]
    story = play(around([{"publish": "t"}], services={"r": reading}, **topic("r.go", retry=retry)))
    assert story.group(f.groups.GROUP_APPLIED) == 1
    assert story.group(f.groups.GROUP_RETRIES) == 0


def test_a_wait_is_no_work(play: Any) -> None:
    """It lasts as long as it says, though the replica is slow, and holds the worker."""
    faults = {"slow": {"kind": "slowdown", "target": "a", "factor": 10, "at": "900ms", "for": "800ms"}}
    story = play(around([{"wait": "5ms"}, {"work": "1ms"}], faults=faults))
    assert story.outcomes("replied") == [(1015, "ok")]
    assert story.service("a", f.services.SERVICE_HELD) == 15 * MS


# -- quorums


def test_a_quorum_goes_on_with_the_fastest(play: Any) -> None:
    """As soon as so many are answered well; the others work on, in vain, and what they answer is late."""
    three = [{"call": "b.go"}, {"call": "c.go"}, {"call": "d.go"}]
    story = play(around([{"parallel": three, "until": {"quorum": 2}}], [{"work": "4ms"}]))
    assert story.times("left") == [1008]
    assert story.outcomes("replied") == [(1008, "ok")]
    assert story.service("d", f.services.SERVICE_ORPHANED) == 1
    assert story.edge("a.go -> d.go", f.edges.EDGE_LEFT) == 1


def test_any_goes_on_with_the_first_good_answer(play: Any) -> None:
    """A failure that comes before it is none of the handler's."""
    story = play(around([{"parallel": [{"call": "b.go"}, {"call": "c.go"}, {"call": "d.go"}], "until": "any"}]))
    assert story.outcomes("settled", "b.go") == [(1006, "error")]
    assert story.outcomes("settled", "c.go") == [(1008, "ok")]
    assert story.outcomes("replied") == [(1008, "ok")]


def test_a_quorum_out_of_reach_fails_at_once(play: Any) -> None:
    """Two of three failed where two are needed: the third is left, also in the wait before its retry."""
    retried = {"call": "b.go", "timeout": "2ms", "retry": {"kind": "fixed", "attempts_max": 3, "delay": "50ms"}}
    story = play(around([{"parallel": [{"call": "b.go"}, {"call": "b.go"}, retried], "until": {"quorum": 2}}, {"work": "1ms"}]))
    assert story.outcomes("replied") == [(1006, "dependency")]
    assert len(story.times("sent", "b.go")) == 3


def test_a_quorum_has_a_deadline(play: Any) -> None:
    """Then the step fails; where it was reached before, the deadline is nobody's, of a later one neither."""
    step = {"parallel": [{"call": "c.go"}, {"call": "d.go"}], "until": {"quorum": 2, "deadline": "15ms"}}
    story = play(around([{"try": [step], "catch": [{"work": "1ms"}]}]))
    assert story.times("left") == [1015]
    assert story.outcomes("replied") == [(1016, "ok")]
    early = {"parallel": [{"call": "c.go"}, {"call": "d.go"}], "until": {"quorum": 1, "deadline": "15ms"}}
    late = {"parallel": [{"call": "d.go"}], "until": {"quorum": 1, "deadline": "60ms"}}
    story = play(around([early, late]))
    assert story.outcomes("replied") == [(1042, "ok")]  # the one worker of d is kept by what was left


def test_the_caller_goes_down_with_its_quorum(play: Any) -> None:
    """Nobody waits for any of the calls then, and the deadline is nobody's."""
    faults = {"down": {"kind": "crash", "target": "a", "at": "1005ms", "for": "10ms"}}
    step = {"parallel": [{"call": "c.go"}, {"call": "d.go"}], "until": {"quorum": 1, "deadline": "7ms"}}
    story = play(around([step], faults=faults))
    assert story.times("left") == []
    assert story.outcomes("settled") == [(1005, "crashed")] * 3


# -- hedges


def test_a_hedge_leaves_when_no_answer_came(play: Any) -> None:
    """After so long, to another replica; the first good answer wins, and the other attempt is left."""
    slow_first = [{"work": "30ms"}]
    faults = {"slow": {"kind": "slowdown", "target": "b", "replicas": 1, "factor": 10, "at": "900ms", "for": "500ms"}}
    story = play(around([{"call": "b.go", "hedge": {"after": "10ms"}}], slow_first, faults=faults))
    assert story.rows("sent", "b.go") == [(1000, 1), (1010, 0)]
    assert story.times("left") == [1042]
    assert story.outcomes("replied") == [(1042, "ok")]
    assert counted(story, "hedges") == {"calls": 1, "sent": 1, "won": 1, "wasted": 1, "answered": 1}


def test_no_hedge_leaves_when_the_answer_came(play: Any) -> None:
    """Nor at the instant when it comes: an answer is there before."""
    story = play(around([{"call": "c.go", "hedge": {"after": "8ms"}}]))
    assert counted(story, "hedges") == {"calls": 1, "answered": 1}


def test_a_failed_attempt_lets_the_next_leave_at_once(play: Any) -> None:
    """As with gRPC; without `failed_next` the call has failed when all that left have."""
    story = play(around([{"call": "b.go", "hedge": {"after": "50ms", "calls_max": 3}}]))
    assert story.times("sent", "b.go") == [1000, 1006, 1012]
    assert story.outcomes("replied") == [(1018, "dependency")]
    story = play(around([{"call": "b.go", "hedge": {"after": "2ms", "calls_max": 3, "failed_next": False}}]))
    assert story.times("sent", "b.go") == [1000, 1002, 1004]
    assert story.outcomes("replied") == [(1010, "dependency")]
    story = play(around([{"call": "b.go", "hedge": {"after": "50ms", "calls_max": 3, "failed_next": False}}]))
    assert story.outcomes("replied") == [(1006, "dependency")]


def test_each_attempt_has_its_own_timeout_and_retries_stand_outside(play: Any) -> None:
    """Both attempts time out by themselves; then the call is tried again, and hedged again."""
    retry = {"kind": "fixed", "attempts_max": 2, "delay": "10ms"}
    hedge = {"after": "3ms", "failed_next": False}
    story = play(around([{"call": "d.go", "timeout": "5ms", "retry": retry, "hedge": hedge}]))
    assert story.rows("sent", "d.go") == [(1000, 1), (1003, 0), (1018, 2), (1021, 0)]
    assert story.outcomes("settled", "d.go") == [(t, "timeout") for t in (1005, 1008, 1023, 1026)]
    assert story.outcomes("replied") == [(1026, "dependency")]
    assert counted(story, "hedges") == {"calls": 2, "sent": 2, "failed": 2}


def test_a_budget_denies_hedges(play: Any) -> None:
    """A third of the calls may be hedged: every third is, as nothing is saved at first."""
    story = play(around([{"call": "d.go", "hedge": {"after": "10ms", "budget": 0.34}}], gap="100ms"))
    assert [time for time, value in story.rows("sent", "d.go") if value == 0] == [310, 610, 910, 1210, 1510, 1810]
    assert counted(story, "hedges") == {"calls": 19, "sent": 6, "denied": 13, "wasted": 6, "answered": 19}


def test_guards_are_asked_for_each_attempt(play: Any) -> None:
    """A rate limit lets one leave: the other is refused, and the first is waited for."""
    call = {"call": "d.go", "rate_limit": {"limit": 1, "period": "1s"}, "hedge": {"after": "5ms"}}
    story = play(around([call]))
    assert story.outcomes("settled", "d.go") == [(1005, "rejected"), (1022, "ok")]
    assert story.outcomes("replied") == [(1022, "ok")]


def test_the_caller_goes_down_with_its_hedged_call(play: Any) -> None:
    """Its attempts are nobody's, and no other one leaves."""
    faults = {"down": {"kind": "crash", "target": "a", "at": "1006ms", "for": "10ms"}}
    story = play(around([{"call": "d.go", "hedge": {"after": "5ms", "calls_max": 4}}], faults=faults))
    assert story.times("sent", "d.go") == [1000, 1005]
    assert counted(story, "hedges") == {"calls": 1, "sent": 1, "gone": 1}


def test_a_percentile_is_learnt(play: Any) -> None:
    """Before the first answer nothing is hedged; then what takes longer than most did is."""
    law = {"kind": "empirical", "values": ["2ms", "2ms", "2ms", "90ms"]}
    story = play(around([{"call": "b.go", "hedge": {"after": "p90"}}], [{"work": law}], gap="200ms"))
    assert counted(story, "hedges")["calls"] == 9
    assert 0 < counted(story, "hedges")["sent"] < 9


def test_a_probe_whose_answer_nobody_needs_gives_its_place_back(play: Any) -> None:
    """The breaker of a call that was left half-open learns nothing, and lets the next probe go."""
    breaker = {"failures": 1, "open": "100ms", "probes": 1}
    step = {"parallel": [{"call": "d.go", "timeout": "10ms", "breaker": breaker}, {"call": "c.go"}], "until": "any"}
    broken = {"call": "d.go", "timeout": "10ms", "breaker": breaker, "optional": True}
    story = play(around([broken, {"wait": "200ms"}, step, step]))
    assert len(story.times("sent", "d.go")) == 3
    assert story.outcomes("settled", "d.go") == [(1010, "timeout")]
    assert story.record.guards[:, :, f.guards.GUARD_LEFT].sum() == 2


# -- the tail at scale


def test_the_tail_at_scale() -> None:
    """One call in a hundred is slow: so are 63 % of fan-outs of a hundred, and 1 % where each is hedged, for 1 % more calls."""

    def slow(hedge: dict[str, Any]) -> tuple[float, float]:
        law = {"kind": "empirical", "values": ["1ms", "1s"], "weights": [0.99, 0.01]}
        front = {"workers": 1000, "operations": {"go": [{"parallel": [{"call": "b.go", **hedge}] * 100}]}}
        services = {"a": front, "b": {"workers": 100_000, "operations": {"go": [{"work": law}]}}}
        flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "100/s"}}
        run = {"horizon": "17s", "window": "17s"}
        limits = {"network": {"hop": "0s"}, "objectives": ["f.latency.p99 < 500ms"]}
        network = compile_network(Scenario.model_validate(scene(services, {"f": flow}, run=run, **limits)))
        record = run_once(network, seed=1)
        replies = record.flows.sum(axis=(0, 1))
        done, time = replies[f.flows.FLOW_SETTLED], replies[f.flows.FLOW_REPLY_TIME]
        edge = next(number for number, one in enumerate(network.edges) if one.caller == "a.go")
        attempts, calls = (record.edges[:, edge, column].sum() for column in (f.edges.EDGE_ATTEMPTS, f.edges.EDGE_CALLS))
        return float(time / done / 1e9), float(attempts / calls - 1)

    mean, more = slow({})
    assert mean == pytest.approx(0.634, abs=0.06)
    assert more == 0
    mean, more = slow({"hedge": {"after": "2ms"}})
    assert mean == pytest.approx(0.003 * 0.63 + 0.01, abs=0.012)
    assert more == pytest.approx(0.01, abs=0.001)


# -- what makes no sense


@pytest.mark.parametrize(
    ("step", "where", "message"),
    [
        ({"parallel": [{"call": "c.go"}], "until": "any", "cancel": True}, "[0].cancel", "write cancel: true in the calls"),
        ({"parallel": [{"call": "c.go", "optional": True}], "until": "any"}, "[0].parallel[0].optional", "remove it"),
        (
            {"call": "c.go", "timeout": "9ms", "hedge": {"after": "9ms", "failed_next": False}},
            "[0].hedge.after",
            "given up after 9ms",
        ),
        (
            {"transaction": {"store": "db"}, "steps": [{"try": [{"write": "row"}], "catch": []}]},
            "[0].steps[0].try",
            "takes its whole transaction back",
        ),
    ],
)
def test_what_cannot_be_done_is_refused(step: dict[str, Any], where: str, message: str) -> None:
    """With the place, and what to write instead."""
    data = around([step], stores={"db": {"connections": 1}})
    errors = [one for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert [one.field.removeprefix("services.a.operations.go") for one in errors] == [where]
    assert message in errors[0].message


def test_a_quorum_is_at_most_all() -> None:
    """More good answers than calls never come."""
    with pytest.raises(ValueError, match="there are 1 in parallel"):
        Scenario.model_validate(around([{"parallel": [{"call": "c.go"}], "until": {"quorum": 2}}]))


@pytest.mark.parametrize("key", ["fallback", "hedge"])
def test_a_step_of_a_saga_is_done_or_undone(key: str) -> None:
    """It has neither a fallback nor a hedge."""
    what = {"fallback": [{"wait": "1ms"}], "hedge": {"after": "1ms"}}[key]
    saga = {"saga": "s", "steps": [{"do": {"call": "c.go", key: what}}]}
    with pytest.raises(ValueError, match=f"has no '{key}'"):
        Scenario.model_validate(around([saga]))
