"""The scenario of all that a call may say: its comments hold."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

import sim
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.checks import check
from sim.scenario.loader import loads
from sim.shipped import path_of
from tests.scenarios_data.features import assert_both_engines_agree, counted, ran, told

if TYPE_CHECKING:
    from sim.record.record import Record
    from tests.engine.story import Story

MS = 1_000_000
SLOW = ("run.horizon=6s", "run.warmup=0s", "faults.slow.at=2s", "faults.slow.for=2s")
ALONE = (
    *("run.horizon=2900ms", "run.warmup=0s", "faults={}"),
    "workload.buy.arrivals={kind: renewal, interarrival: 1500ms}",
)
PAYMENT, BUDGET = "shop.buy -> payment.charge", "shop.buy -> payment.charge: retry budget"
RECOMMEND = "shop.buy -> recommend.list"
BUY = "services.shop.operations.buy"
STUCK = "services.payment.operations.charge=[{work: 2s}]"
CALLED = 1501.5
"""When the only request of a run calls the payment, in ms: half a hop is behind it, and its work."""


def busy() -> Record:
    """The minute's load, and its fault in the midst of six seconds."""
    return ran("calls", *SLOW)


def alone(*changes: str) -> Story:
    """A single request."""
    return told("calls", *ALONE, *changes)


def test_it_is_valid() -> None:
    """Nothing is wrong with it; that nobody reads what is published is said."""
    found = check(sim.load(path_of("features/calls")))
    assert [(one.severity, one.field) for one in found] == [("warning", "brokers.log.topics.loyalty.missed")]


def test_policies_are_asked_from_the_outside_in() -> None:
    """Without an order as the first lines say; of this call as resilience4j has it: who is refused asks nobody further in."""
    text = path_of("features/calls").read_text(encoding="utf-8")
    network = compile_network(loads(text.replace("          order: resilience4j", "          throttle: {kind: adaptive}")))
    guards = [guard.name.removeprefix(f"{PAYMENT}: ") for guard in network.guards if guard.name.startswith(PAYMENT)]
    assert guards == ["rate_limit", "breaker", "throttle", "bulkhead", "pool payment"]
    asked = {name: counted(busy(), "guards", f"{PAYMENT}: {name}") for name in ("breaker", "rate_limit", "bulkhead")}
    assert asked["breaker"]["attempts"] == counted(busy(), "edges", PAYMENT)["attempts"]
    assert asked["breaker"]["refused"] > 0
    assert asked["rate_limit"]["admitted"] + asked["rate_limit"]["refused"] == asked["breaker"]["admitted"]
    assert asked["bulkhead"]["admitted"] + asked["bulkhead"]["refused"] == asked["rate_limit"]["admitted"]


def test_a_pool_is_of_a_replica_of_the_shop() -> None:
    """A connection each: the payment has more at work than one would let it, and no more than two."""
    closed = (f"{BUY}[1].breaker.failures=100%", f"{BUY}[1].breaker.slow.after=10s")
    one_each = ran("calls", *SLOW, *closed, "services.shop.pools.payment.size=1", "faults={}")
    at_work = counted(one_each, "services", "payment")["busy_area"] / 6e9
    assert 1.1 < at_work <= 2.0
    assert counted(one_each, "rooms", f"{PAYMENT}: pool payment")["timed_out"] > 0


def test_a_timeout_is_of_one_attempt_and_stops_the_callee_a_hop_later() -> None:
    """Three attempts of 300 ms each; half a millisecond after each its handler is cancelled, and not without `cancel`."""
    story = alone(STUCK)
    sent, settled = story.times("sent", "payment.charge"), story.outcomes("settled", "payment.charge")
    assert sent[0] == CALLED
    assert settled == [(pytest.approx(at + 300, abs=1e-6), "timeout") for at in sent]
    assert len(sent) > 1
    assert story.outcomes("ended", "payment.charge") == [(at + 0.5, "cancelled") for at, _ in settled]
    assert not alone(STUCK, f"{BUY}[1].cancel=false").times("ended", "payment.charge")


def test_a_deadline_is_of_the_whole_call_and_travels_along() -> None:
    """An attempt of the second half has what is left of the second; what the payment had not begun by then it drops."""
    story = alone(STUCK, f"{BUY}[1].timeout=600ms")
    assert [at for at, _ in story.outcomes("settled", "payment.charge")] == [CALLED + 600, CALLED + 1000]
    assert story.times("fell_back") == [CALLED + 1000]
    one = ("services.payment.workers=1", "services.payment.operations.charge=[{work: 550ms}]", f"{BUY}[1].cancel=false")
    assert alone(*one).outcomes("left_queue", "payment.charge") == [(CALLED + 0.5 + 2 * 550, "expired")]


def test_retries_wait_between_their_base_and_three_times_the_wait_before() -> None:
    """Decorrelated jitter: from 20 ms to three times the last wait, and never longer than its cap."""
    story = alone(STUCK, f"{BUY}[1].deadline=10s", "run.horizon=4400ms")
    waits = [20.0, *(value / MS for _, value in story.rows("retrying"))][:4]
    assert len(set(waits)) == 4
    assert all(20 <= wait <= min(500, 3 * before) for before, wait in pairwise(waits))


def test_what_is_named_is_tried_again_and_nothing_else() -> None:
    """Timeouts and errors wanted a retry each; of the many refused attempts none did."""
    attempts, budget = counted(busy(), "edges", PAYMENT), counted(busy(), "budgets", BUDGET)
    assert min(attempts["settled.timeout"], attempts["settled.error"], attempts["settled.rejected"]) > 0
    assert budget["wanted"] == attempts["settled.timeout"] + attempts["settled.error"]
    assert attempts["attempts"] == attempts["calls"] + budget["allowed"]


def test_a_budget_has_ten_tokens_and_gets_a_tenth_for_a_success() -> None:
    """What two shops may try again is no more than that, and they would have liked to."""
    budget, well = counted(busy(), "budgets", BUDGET), counted(busy(), "edges", PAYMENT)["settled.ok"]
    assert budget["refused"] > 0
    assert budget["allowed"] <= 2 * 10 + 0.1 * well


def test_a_breaker_opens_on_slow_calls_too() -> None:
    """With nothing that fails: the payment takes 250 ms, 50 calls later nobody is let through for 5 s."""
    slow = ("services.payment.operations.charge=[{work: 250ms}]", "services.payment.workers=50", "faults={}")
    roomy = (f"{BUY}[1].bulkhead.calls_max=99", "services.shop.pools.payment.size=99")
    record = ran("calls", *SLOW, *slow, *roomy)
    breaker, edge = counted(record, "guards", f"{PAYMENT}: breaker"), counted(record, "edges", PAYMENT)
    assert edge["settled.timeout"] + edge["settled.error"] == 0
    assert breaker["refused"] > 4 * breaker["admitted"] > 0
    assert edge["settled.rejected"] == breaker["refused"]


def test_a_bulkhead_and_a_rate_limit_let_so_many_go() -> None:
    """25 at once from each shop, who comes too many is refused at once; a burst of 50, and then 300 a second."""
    bulkhead = counted(busy(), "guards", f"{PAYMENT}: bulkhead")
    assert bulkhead["refused"] > 0
    assert "bulkhead" not in {room.name.rpartition(": ")[2] for room in busy().network.rooms}
    fast = (*SLOW, "faults={}", "services.payment.operations.charge=[{work: 0.1ms}]", "workload.buy.arrivals.rate=3000/s")
    shut = f"{BUY}[1].breaker.refusals=taken_back"  # else the breaker, which stands outside, opens on what the limit refuses
    limit = counted(ran("calls", *fast, "run.horizon=1s", shut), "guards", f"{PAYMENT}: rate_limit")
    assert limit["refused"] > 0
    assert limit["admitted"] == pytest.approx(2 * (50 + 300), rel=0.02)


def test_a_fallback_stands_around_all_of_it() -> None:
    """Each call that failed for good is charged later, a fifth of a millisecond after, and the handler goes on."""
    attempts, fallback = counted(busy(), "edges", PAYMENT), counted(busy(), "fallbacks", f"{PAYMENT}: fallback")
    assert fallback["taken"] == attempts["calls"] - attempts["settled.ok"] == fallback["well"] > 0
    effects = counted(busy(), "effects", "buy: charged.later")
    assert effects["applied"] == fallback["taken"]
    story = alone(STUCK)
    assert story.times("effect")[0] == story.times("fell_back")[0] + 0.2
    assert [outcome for _, outcome in story.outcomes("replied")] == ["ok"]


def test_an_optional_call_that_fails_is_no_failure_of_the_handler() -> None:
    """All recommendations fail, and the buyer hears nothing of it; without `optional` she would."""
    fails = "services.recommend.operations.list=[{fail: 100%}]"
    assert [outcome for _, outcome in alone(fails).outcomes("replied")] == ["ok"]
    assert [outcome for _, outcome in alone(fails, f"{BUY}[2].optional=false").outcomes("replied")] == ["dependency"]


def test_a_hedge_leaves_late_seldom_and_once() -> None:
    """When 95 % are back, for 5 % of calls at most, and one more attempt of each; or 10 ms after the first."""
    hedge = counted(busy(), "hedges", f"{RECOMMEND}: hedge")
    late = (hedge["sent"] + hedge["denied"]) / hedge["calls"]
    assert 0.02 < late < 0.12
    assert hedge["denied"] > 0
    assert 0.02 < hedge["sent"] / hedge["calls"] <= 0.05
    story = alone(f"{BUY}[2].hedge={{after: 10ms}}", "services.recommend.operations.list=[{work: 50ms}]")
    first, *others = story.times("sent", "recommend.list")
    assert others == [pytest.approx(first + 10, abs=1e-6)]


def test_a_throttle_refuses_with_the_probability_of_its_formula() -> None:
    """Where all is taken on it refuses nobody; else about as many as leave all accepts times k of all requests."""
    throttle = f"{RECOMMEND}: throttle"
    assert counted(busy(), "guards", throttle)["refused"] <= 0.01 * counted(busy(), "guards", throttle)["attempts"]
    full = "services.recommend={workers: 1, queue_max: 0, operations: {list: [{work: 90ms}]}}"
    record = ran("calls", *SLOW, "faults={}", "run.horizon=20s", full, f"{BUY}[2].hedge=null", "services.shop.replicas=1")
    guard = counted(record, "guards", throttle)
    requests, accepts = guard["attempts"], counted(record, "edges", RECOMMEND)["settled.ok"]
    assert guard["refused"] / requests == pytest.approx((requests - 2 * accepts) / (requests + 1), abs=0.03)
    assert guard["refused"] > 0.8 * requests


@pytest.mark.parametrize(("until", "after"), [("{quorum: 2, deadline: 150ms}", 6), ("any", 4), ("all", 7)])
def test_a_parallel_step_waits_for_two_for_any_or_for_all(until: str, after: int) -> None:
    """Answers are back after 4, 6 and 7 ms; those that nobody waits for any more work on, or are stopped a hop later."""
    story = alone(f"{BUY}[3].until={until}")
    begin = story.times("sent", "stock.reserve")[0]
    assert story.times("sent", "loyalty.add")[0] == pytest.approx(begin + after, abs=1e-6)
    assert [outcome for _, outcome in story.outcomes("ended", "fraud.score")] == ["ok"]
    cancels = (f"{BUY}[3].parallel[1].cancel=true", "services.fraud.operations.score=[{work: 9ms}]")
    stopped = alone(f"{BUY}[3].until={until}", *cancels)
    left = [] if until == "all" else [(pytest.approx(begin + after + 0.5, abs=1e-6), "cancelled")]
    assert [one for one in stopped.outcomes("ended", "fraud.score") if one[1] == "cancelled"] == left


def test_a_quorum_has_its_deadline() -> None:
    """Where stock takes a second, two of three are not there after 150 ms: the step has failed."""
    slow = [f"services.stock.operations.{name}=[{{work: 1s}}]" for name in ("reserve", "audit")]
    story = alone(*slow)
    assert story.times("left")[-1] == pytest.approx(story.times("sent", "fraud.score")[0] + 150, abs=1e-6)
    assert [outcome for _, outcome in story.outcomes("replied")] == ["dependency"]


def test_what_is_tried_and_fails_is_caught() -> None:
    """Points that are not added in 50 ms are published, nobody waits for that, and the buyer has bought."""
    story = alone("services.loyalty.operations.add=[{work: 200ms}]")
    assert [outcome for _, outcome in story.outcomes("settled", "loyalty.add")] == ["timeout"]
    assert story.times("published", "loyalty.missed") == [story.times("settled", "loyalty.add")[0]]
    assert [outcome for _, outcome in story.outcomes("replied")] == ["ok"]
    assert not alone().times("published")


def test_a_wait_keeps_its_worker_unless_the_service_gives_it_back() -> None:
    """After the points 5 ms go by until it is bought, in which a shop of one worker takes in nobody else."""
    story = alone()
    assert story.times("effect") == [pytest.approx(story.times("settled", "loyalty.add")[0] + 5, abs=1e-6)]
    held = story.service("shop", f.services.SERVICE_HELD)
    loop = alone("services.shop.holds_worker=false")
    away = counted(loop.record, "event_loops", "shop")["away_area"]
    assert held == loop.service("shop", f.services.SERVICE_HELD)
    assert away == held - 1 * MS  # its work


SECOND = (*SLOW, "run.horizon=1s", "faults.slow.at=200ms", "faults.slow.for=600ms")


@pytest.mark.parametrize("changes", [SECOND, pytest.param((), marks=pytest.mark.thorough)])
def test_both_engines_agree(changes: tuple[str, ...]) -> None:
    """To the bit: a second of it, and the whole minute (`thorough`)."""
    assert_both_engines_agree("calls", *changes)
