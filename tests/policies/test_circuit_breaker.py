"""The circuit breaker: its rules against an oracle written another way, and what it does in both engines."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.metrics import headline
from sim.metrics.exercised import not_exercised
from sim.policies.guards import _breaking as rules
from sim.policies.guards import circuit_breaker as breaker
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_CALLS
from sim.record.fields.flows import FLOW_SETTLED
from sim.record.fields.guards import GUARD_REFUSED, GUARDS, LEVEL_ENGAGED
from sim.record.fields.services import SERVICE_ARRIVED
from sim.scenario import loads
from sim.scenario.kinds import GO, REFUSE

if TYPE_CHECKING:
    from pathlib import Path

SHOP = """
name: shop
architecture: synchronous
network: {{hop: 1ms}}
services:
  shop: {{replicas: {replicas}, workers: 100, operations: {{buy: [{{call: payment.charge, timeout: 20ms, {more}}}]}}}}
  payment: {{workers: {workers}, operations: {{charge: [{{work: 5ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: constant, rate: 100/s}}{client}}}}}
faults: {{{faults}}}
run: {{horizon: 20s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""
SLOW = "slow: {kind: slowdown, target: payment, factor: 10, at: 5s, for: 5s}"


@dataclass
class Naive:
    """A breaker that keeps all that it ever saw, and works out its mind from that each time it is asked.

    The history is a list of (time, event): "good" and "bad" with the time of the attempt's leaving, "go", "back".
    """

    failures: int
    open_for: int
    probes: int
    history: list[tuple[int, str, int]] = field(default_factory=list)

    def mind(self, now: int, *, asking: bool) -> tuple[str, int, list[str]]:
        """The mode now, since when, and what happened in it: replayed from the beginning."""
        mode, since, row = "closed", 0, list[str]()
        for time, what, sent in [*self.history, *([(now, "ask", 0)] if asking else [])]:
            if mode == "open" and what in {"go", "ask"} and time - since >= self.open_for:
                mode, since, row = "half-open", time, []
            if what in {"good", "bad"} and (mode == "open" or sent < since):
                continue
            row = [*row, what]
            endings = [one for one in row if one in {"good", "bad"}]
            in_a_row = mode == "closed" and endings[-self.failures :] == ["bad"] * self.failures
            if in_a_row or (mode == "half-open" and "bad" in endings):
                mode, since, row = "open", time, []
            elif mode == "half-open" and endings.count("good") == self.probes:
                mode, since, row = "closed", time, []
        return mode, since, row

    def admit(self, now: int) -> int:
        """Whether an attempt may leave."""
        mode, _, row = self.mind(now, asking=True)
        out = row.count("go") - row.count("back")
        if mode == "open" or (mode == "half-open" and out >= self.probes):
            self.history.append((now, "ask", 0))
            return REFUSE
        self.history.append((now, "go", 0))
        return GO


def test_the_rules_are_those_of_a_breaker_that_forgets_nothing() -> None:
    """Random attempts that overlap, end late, are withdrawn, or never end: every answer and every mode is equal."""
    seen = set[str]()
    for seed in range(60):
        seen |= modes_of_attempts(seed)
    assert seen == {"closed", "open", "half-open"}


def settings_of(failures: int, open_for: int, probes: int) -> Any:
    """The row of a breaker's settings."""
    return breaker.CircuitBreaker.model_validate({"failures": failures, "open": f"{open_for}ns", "probes": probes}).row()


def modes_of_attempts(seed: int) -> set[str]:
    """Random attempts, asked of both; returns the modes that were met."""
    chance = random.Random(seed)
    failures, open_for, probes = chance.randint(1, 4), chance.randint(1, 30), chance.randint(1, 3)
    settings = settings_of(failures, open_for, probes)
    state, naive = rules.BreakerState.plain(), Naive(failures, open_for, probes)
    now, out, seen = 0, list[int](), set[str]()
    for _ in range(250):
        now += chance.choice([0, 0, 1, 2, 5, 20])
        do = chance.choice(["ask", "ask", "end", "end", "end", "withdraw"])
        if do == "ask":
            verdict = rules.admit(settings, state, now, 0)
            assert verdict == naive.admit(now)
            if verdict == GO:
                out.append(now)
        elif do == "withdraw":
            if rules.admit(settings, state, now, 0) == naive.admit(now) == GO:
                rules.withdraw(settings, state, now)
                naive.history.append((now, "back", 0))
        elif out:
            sent, good = out.pop(chance.randrange(len(out))), chance.random() < 0.5
            breaker.settle(settings, state, now, sent, good)
            naive.history.append((now, "good" if good else "bad", sent))
        mode = naive.mind(now, asking=False)[0]
        assert ("closed", "open", "half-open")[state.mode] == mode
        assert bool(rules.engaged(settings, state)) == (mode != "closed")
        seen.add(mode)
    return seen


def guards_of(text: str, engine: Any) -> Any:
    """The record of a run, and what its guards counted in all, by name."""
    record = sim.run(loads(text), replications=1, engine=engine).records[0]
    return record, dict(zip(GUARDS.counters, record.guards.sum(axis=(0, 1)).tolist(), strict=True))


def shop(more: str = "optional: false", *, client: str = "", faults: str = SLOW, replicas: int = 1, workers: int = 1) -> str:
    """A shop that calls a payment service that is slow for 5 s, with more at the call."""
    return SHOP.format(more=more, client=client, faults=faults, replicas=replicas, workers=workers)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_slow_service_is_left_alone_and_found_again(engine: str) -> None:
    """One call each 10 ms, 7 ms of it: five timeouts open it, each second it is tried, and when all is well it closes."""
    record, guards = guards_of(shop("breaker: {failures: 5, open: 1s}"), engine)
    refused = record.guards[:, 0, GUARD_REFUSED].tolist()
    assert refused[:5] == [0] * 5
    assert all(count >= 90 for count in refused[6:9])
    assert refused[12:] == [0] * 8
    assert guards["admitted"] == guards["succeeded"] + guards["failed"]
    assert guards["engaged_area"] >= 4 * 10**9
    _, bare = guards_of(shop(), engine)
    assert not bare["admitted"]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_every_replica_of_the_caller_has_its_own_breaker(engine: str) -> None:
    """Two shops find out each for itself: twice as many attempts fail before all are kept back."""
    never = "breaker: {failures: 5, open: 1h}"
    _, one = guards_of(shop(never), engine)
    record, two = guards_of(shop(never, replicas=2), engine)
    assert two["failed"] >= one["failed"] + 5
    assert record.guard_levels[0, LEVEL_ENGAGED] == 2


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_a_crash_of_the_caller_forgets(engine: str) -> None:
    """The shop is down for 1 s after the payment service is well again, and comes back with a breaker that is closed."""
    never = "breaker: {failures: 5, open: 1h}"
    crash = f"{SLOW}, down: {{kind: crash, target: shop, at: 12s, for: 1s}}"
    kept, _ = guards_of(shop(never), engine)
    record, _ = guards_of(shop(never, faults=crash), engine)
    assert kept.guards[14:, 0, GUARD_REFUSED].sum() == 600
    assert record.guards[14:, 0, GUARD_REFUSED].sum() == 0
    assert record.guard_levels[0, LEVEL_ENGAGED] == 0


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_clients_have_a_breaker_too(engine: str) -> None:
    """A flow's clients stop asking for a while; what they do not send reaches no service."""
    record, guards = guards_of(shop(client=", timeout: 15ms, breaker: {failures: 3, open: 2s}"), engine)
    assert guards["refused"] > 300
    arrived = record.services[:, 0, SERVICE_ARRIVED].sum()
    assert 0 <= 2000 - guards["refused"] - arrived <= 1  # the last one may be on its way
    rejected = record.flows[:, 0, FLOW_SETTLED + 2].sum()
    assert rejected == guards["refused"]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_retries_are_outside_of_the_breaker(engine: str) -> None:
    """Each attempt asks it and is recorded by it; a refused one may be followed by another."""
    more = "retry: {kind: fixed, attempts_max: 3, delay: 1ms}, breaker: {failures: 5, open: 1s}"
    record, guards = guards_of(shop(more), engine)
    edge = [one.caller for one in record.network.edges].index("shop.buy")
    attempts, calls = (record.edges[:, edge, column].sum() for column in (EDGE_ATTEMPTS, EDGE_CALLS))
    assert attempts == guards["admitted"] + guards["refused"] > calls


def test_what_a_guard_refused_is_no_fault_that_was_met() -> None:
    """A fault behind a breaker that stays open meets nothing, and is said not to have been exercised."""
    twice = f"{SLOW}, again: {{kind: slowdown, target: payment, factor: 3, at: 15s, for: 2s}}"
    record, _ = guards_of(shop("breaker: {failures: 5, open: 1h}", faults=twice), "auto")
    assert not_exercised(record) == ("again",)


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_only_calls_with_a_guard_are_shared_out(engine: str) -> None:
    """Two calls of one operation to another, one of them without a breaker: half of the attempts had one to ask."""
    first = "buy: [{call: payment.charge, optional: true}, {call"
    text = shop("breaker: {failures: 5, open: 1h}", workers=100).replace("buy: [{call", first)
    result = sim.run(loads(text), replications=1, engine=engine)
    record = result.records[0]
    guards = dict(zip(GUARDS.counters, record.guards.sum(axis=(0, 1)).tolist(), strict=True))
    assert guards["attempts"] == guards["admitted"] + guards["refused"]
    edge = [one.caller for one in record.network.edges].index("shop.buy")
    assert record.edges[:, edge, EDGE_ATTEMPTS].sum() > 1.9 * guards["attempts"]
    assert result.estimate("payment.refused").mean == guards["refused"] / guards["attempts"] > 0.5


def test_a_comparison_shows_guards_where_one_side_has_them() -> None:
    """What was refused, and for how long calls were kept back, stand beside what faults did."""
    bare, guarded = loads(shop()), loads(shop("breaker: {failures: 5, open: 1s}"))
    assert {"refused", "engaged"} <= set(headline.compared("orders", [bare, guarded]))
    assert not {"refused", "engaged"} & set(headline.compared("orders", [bare, bare]))


def test_guards_are_saved_and_labelled(tmp_path: Path) -> None:
    """What guards counted comes back from a file, and stands in a dataset by the guard's name."""
    result = sim.run(loads(shop("breaker: {kind: consecutive, failures: 5, open: 1s}")), replications=2)
    again = sim.load_saved(result.save(tmp_path / "a.npz"))
    assert again.fingerprint() == result.fingerprint()
    assert again.estimate("payment.refused").mean == result.estimate("payment.refused").mean > 0.1
    data = again.to_xarray()
    assert list(data["guard"].values) == ["shop.buy -> payment.charge: breaker"]
    assert int(data["guard_refused"].sum()) == sum(int(one.guards[:, :, GUARD_REFUSED].sum()) for one in result.records)


def test_a_mistake_in_a_breaker_is_named_at_its_place() -> None:
    """Unknown keys, kinds and values that are too small are refused like any other."""
    for more, words in (
        ("breaker: {failures: 0}", "breaker.failures"),
        ("breaker: {failure: 3}", "unknown key 'failure'"),
        ("breaker: {kind: counting}", "unknown breaker"),
        ("braker: {}", "breaker"),
    ):
        with pytest.raises(sim.ScenarioError, match=words):
            loads(shop(more))
