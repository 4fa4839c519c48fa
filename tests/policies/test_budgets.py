"""Retry budgets by their known answers, against oracles written another way, and in both engines."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.metrics import resolve
from sim.policies.budgets.ratio_of_active import RatioOfActive
from sim.policies.budgets.ratio_of_calls import RatioOfCalls
from sim.policies.budgets.token_bucket import TokenBucket
from sim.record.fields.budgets import BUDGETS
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_CALLS
from sim.scenario import loads
from sim.scenario.kinds import GO, Budget

SECOND = 1_000_000_000
SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{replicas: {replicas}, workers: 100, operations: {{buy: [{{call: payment.charge, timeout: 50ms, retry: {retry}}}]}}}}
  payment: {{workers: 50, operations: {{charge: [{{work: 1ms}}{fail}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}}}}}
faults: {{{faults}}}
run: {{horizon: 10s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""


class Purse:
    """A budget and its clock."""

    def __init__(self, model: Budget) -> None:
        self.model, self.settings, self.state, self.now = model, model.row(), model.State.roomy(model.tail), 0

    def retry(self) -> bool:
        """Whether one more retry may be made."""
        allowed: bool = self.model.spend(self.settings, self.state, self.now) == GO
        return allowed

    def sent(self, *, first: bool = True) -> None:
        """An attempt leaves."""
        self.model.sent(self.settings, self.state, self.now, first)

    def ended(self, *, good: bool, first: bool = True) -> None:
        """An attempt ended."""
        self.model.ended(self.settings, self.state, self.now, first, good)


def test_grpc_stops_at_half_of_its_tokens() -> None:
    """Proposal A6, 10 tokens, .1: after five failures there are no retries; one success later, at 5.1, there are."""
    purse = Purse(TokenBucket(tokens_max=10, per_retry=0, per_failure=1, per_success=0.1, floor=5))
    seen = []
    for _ in range(6):
        purse.ended(good=False)
        seen.append(purse.retry())
    assert seen == [True] * 4 + [False] * 2
    other = Purse(TokenBucket(tokens_max=10, per_retry=0, per_failure=1, per_success=0.1, floor=5))
    for _ in range(5):
        other.ended(good=False)
    other.ended(good=True)
    assert other.retry()


def test_grpc_drifts_nowhere_at_its_share_of_failures() -> None:
    """One failure for ten successes, f = r / (1 + r) = 1/11: the tokens stay; one more failure and they shrink."""
    purse = Purse(TokenBucket(tokens_max=10, per_retry=0, per_failure=1, per_success=0.1, floor=5))
    purse.ended(good=False)
    for _ in range(50):
        purse.ended(good=False)
        for _ in range(10):
            purse.ended(good=True)
    assert purse.state.missing == 1000
    for _ in range(4):
        purse.ended(good=False)
    assert not purse.retry()


def test_aws_quota_is_spent_and_comes_back() -> None:
    """500 tokens, 5 a retry: 100 retries, then none; five successes later one more."""
    purse = Purse(TokenBucket(tokens_max=500, per_retry=5, per_success=1))
    assert [purse.retry() for _ in range(101)] == [True] * 100 + [False]
    for _ in range(4):
        purse.ended(good=True)
    assert not purse.retry()
    purse.ended(good=True)
    assert [purse.retry(), purse.retry()] == [True, False]


@pytest.mark.parametrize(("out", "retries"), [(25, 5), (2, 3), (0, 3), (14, 3), (100, 20)])
def test_envoy_allows_a_share_of_what_is_active(out: int, retries: int) -> None:
    """max(3, 20 %): 25 active: 5; 2 active: 3."""
    purse = Purse(RatioOfActive())
    for _ in range(out):
        purse.sent()
    assert [purse.retry() for _ in range(retries + 1)] == [True] * retries + [False]


def test_whether_retries_that_wait_count() -> None:
    """Envoy issue 30205: a thousand failures at once under 20 %: all pass where retries that wait are free; else three do."""
    for waiting, passed in (("free", 1000), ("counts", 3)):
        purse = Purse(RatioOfActive.model_validate({"waiting": waiting}))
        for _ in range(1000):
            purse.sent()
        for _ in range(1000):
            purse.ended(good=False)
        assert sum(purse.retry() for _ in range(1000)) == passed


@pytest.mark.parametrize("share", ["10%", "20%", "100%", "0%"])
def test_finagle_gives_what_was_put_in_and_a_reserve(share: str) -> None:
    """After N calls there are N * r + ttl * minPerSec retries, give or take one; N = 10,000."""
    purse = Purse(RatioOfCalls.model_validate({"share": share, "min_rate": "10/s", "ttl": "10s"}))
    for _ in range(10_000):
        purse.sent()
    allowed = 0
    while purse.retry():
        allowed += 1
    assert abs(allowed - (10_000 * float(share.removesuffix("%")) / 100 + 100)) <= 1


def test_finagle_forgets_after_its_ttl() -> None:
    """The reserve of 10 s is spent at once; 10 s later it is there again, and what calls put in has gone."""
    purse = Purse(RatioOfCalls.model_validate({"share": "20%", "min_rate": "1/s", "ttl": "10s"}))
    for _ in range(50):
        purse.sent()
    assert sum(purse.retry() for _ in range(40)) == 20
    purse.now = 10 * SECOND
    assert sum(purse.retry() for _ in range(40)) == 10


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["sent", "retry", "bad", "good"]), st.integers(0, 400)), max_size=80))
def test_budgets_are_those_of_lists(history: list[tuple[str, int]]) -> None:
    """Random histories: every answer of the three kinds is that of a naive one, in real numbers and lists of what happened."""
    bucket = Purse(TokenBucket(tokens_max=4, per_retry=1.5, per_failure=0.5, per_success=0.25, floor=1))
    active = Purse(RatioOfActive(share=0.5, min=1))
    calls = Purse(RatioOfCalls.model_validate({"share": "50%", "min_rate": "1/s", "ttl": "1s"}))
    tokens, out, waiting, moved = 4.0, list[bool](), 0, list[tuple[int, float]]()
    for what, pause in history:
        for purse in (bucket, active, calls):
            purse.now += pause * 1_000_000
        now = calls.now
        if what == "sent":
            first = waiting == 0
            waiting -= not first
            out.append(first)
            active.sent(first=first)
            calls.sent(first=first)
            moved += [(now, 0.5)] if first else []
        elif what == "retry":
            assert bucket.retry() is (tokens >= 1.5 and tokens > 1)
            tokens -= 1.5 if tokens >= 1.5 else 0
            assert active.retry() is (out.count(False) + waiting < max(1, len(out) // 2))
            waiting += out.count(False) + waiting < max(1, len(out) // 2)
            balance = 1 + sum(size for at, size in moved if at // 100_000_000 > now // 100_000_000 - 10)
            assert calls.retry() is (balance >= 1)
            moved += [(now, -1.0)] if balance >= 1 else []
        else:
            tokens = min(4.0, tokens + 0.25) if what == "good" else max(0.0, tokens - 0.5)
            bucket.ended(good=what == "good")
            if out:
                active.ended(good=what == "good", first=out.pop(0))


def both(retry: str, *, replicas: int = 1, fail: str = ", {fail: 100%}", faults: str = "") -> Any:
    """The record of a run that both engines agree on, and what its budgets counted."""
    text = SHOP.format(retry=retry, replicas=replicas, fail=fail, faults=faults)
    runs = [sim.run(loads(text), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    record = runs[0].records[0]
    return record, dict(zip(BUDGETS.counters, record.budgets.sum(axis=(0, 1)).tolist(), strict=True))


def test_a_refused_retry_ends_the_call() -> None:
    """All fails: ten tokens are ten retries of a thousand calls, for each replica; what is refused is counted by its reason."""
    retry = "{kind: fixed, attempts_max: 3, delay: 1ms, budget: {kind: token_bucket, tokens_max: 10}}"
    for replicas in (1, 2):
        record, counted = both(retry, replicas=replicas)
        edge = [one.caller for one in record.network.edges].index("shop.buy")
        attempts, calls = (record.edges[:, edge, column].sum() for column in (EDGE_ATTEMPTS, EDGE_CALLS))
        assert attempts - calls == counted["allowed"] == 10 * replicas
        assert counted["wanted"] == counted["allowed"] + counted["refused"]
        for path in ("retries_refused", "payment.retries_refused"):
            metric, subject = resolve(path, record.network)
            share = metric.measures[subject.scope](record, subject.index, 0, 10)
            assert share == counted["refused"] / counted["wanted"]
        assert BUDGETS.names(record.network) == ["shop.buy -> payment.charge: retry budget"]
    shared = retry.replace("tokens_max: 10", "tokens_max: 10, shared: true")
    assert both(shared, replicas=2)[1]["allowed"] == 10


def test_a_replica_that_restarts_has_a_full_bucket() -> None:
    """The bucket of one replica is spent long before it crashes; back again, it allows as many retries as at first."""
    retry = "{kind: fixed, attempts_max: 3, delay: 1ms, budget: {kind: token_bucket, tokens_max: 10}}"
    assert both(retry, faults="down: {kind: crash, target: shop, at: 5s, for: 1s}")[1]["allowed"] == 20


def test_only_what_is_named_is_tried_again() -> None:
    """A handler that fails with an error is tried again where `on` names errors, and not where it names timeouts."""
    retry = "{kind: fixed, attempts_max: 2, delay: 1ms, on: [%s], budget: {kind: ratio_of_calls, share: 100%%}}"
    assert both(retry % "timeout, unavailable")[1]["wanted"] == 0
    assert both(retry % "error")[1]["wanted"] >= 999


@pytest.mark.parametrize(
    ("budget", "message"),
    [
        ("{kind: token_bucket, tokens_max: 5, per_retry: 0}", "write per_retry or per_failure"),
        ("{kind: token_bucket, tokens_max: 5, floor: 5}", "the floor is no lower"),
        ("{kind: ratio_of_calls, ttl: 90s}", "a ttl is from 1s to 60s"),
        ("{kind: bucket}", "unknown retry budget 'bucket'"),
    ],
)
def test_mistakes_are_told_with_a_remedy(budget: str, message: str) -> None:
    """What cannot be honoured is refused."""
    retry = f"{{kind: fixed, attempts_max: 2, delay: 1ms, budget: {budget}}}"
    with pytest.raises(sim.ScenarioError) as found:
        loads(SHOP.format(retry=retry, replicas=1, fail="", faults=""))
    assert message in str(found.value)


def test_only_calls_have_budgets() -> None:
    """A subscription's retries are of one message: what only calls have is refused there, by its line."""
    text = """
name: log
services: {payment: {operations: {charge: [{work: 1ms}]}, workers: 1}, shop: {operations: {buy: [{publish: order.placed}]}}}
brokers: {log: {kind: log, topics: {order.placed: {partitions: 1}}}}
subscriptions:
  charges: {topic: order.placed, operation: payment.charge, retry: {kind: fixed, attempts_max: 2, delay: 1ms, on: [error]}}
workload: {orders: {operation: shop.buy, arrivals: {kind: constant, rate: 100/s}}}
"""
    with pytest.raises(sim.ScenarioError) as found:
        loads(text)
    assert "on is a setting of the retries of a call" in str(found.value)
