"""Locks of services as they behave: who waits for whom, for how long, and who lets go, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.outcomes import CANCELLED, CRASHED, DEPENDENCY, OK
from sim.scenario import loads

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
BANK = """
name: bank
architecture: synchronous
network: {{hop: 0s}}
services: {{bank: {{workers: 500, {more} operations: {{pay: [{pay}], refund: [{refund}]}}}}}}
workload:
  pays: {{operation: bank.pay, arrivals: {{kind: constant, rate: {rate}/s}}, {flow}}}
  refunds: {{operation: bank.refund, arrivals: {{kind: constant, rate: 1/s}}, keys: 1}}
faults: {{{faults}}}
run: {{horizon: 10s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""


def behind(lock: str, *steps: str) -> str:
    """Steps behind a lock."""
    return f"{{lock: {{{lock}}}, steps: [{', '.join(steps)}]}}"


def ran(pay: str, engine: Any, *, refund: str = "", rate: int = 20, flow: str = "keys: 1", **others: str) -> Any:
    """What a run counted: of the first lock, and of each flow how many requests ended with which outcome."""
    more, faults = others.get("more", ""), others.get("faults", "")
    text = BANK.format(pay=pay, refund=refund, rate=rate, flow=flow, faults=faults, more=more)
    record = sim.run_once(loads(text), seed=1, engine=engine)
    settled = record.flows.sum(axis=0)[:, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + 13].tolist()
    outcomes = [{code: count for code, count in enumerate(of) if count} for of in settled]
    table = record.tables["key_locks"][:, 0]
    counted = dict(zip(f.key_locks.KEY_LOCKS.counters, table.sum(axis=0).tolist(), strict=True))
    return counted | {"held_max": int(table[:, f.key_locks.KEY_LOCK_HELD_MAX].max())}, *outcomes


@ENGINES
def test_one_is_behind_a_lock_at_a_time(engine: Any) -> None:
    """Work of 30 ms behind one lock: of 50 a second 33 are done, one after the other; first come, first served."""
    lock, pays, _ = ran(behind("name: row, key: flow", "{work: 30ms}"), engine, rate=50)
    assert lock["held_max"] == 1
    assert lock["released"] == pays[OK] == 332
    assert lock["waits"] == 332
    assert lock["waited"] == sum(range(1, 333)) * 10_000_000  # the n-th comes 10 n ms too early


@ENGINES
def test_only_those_of_a_key_wait_for_each_other(engine: Any) -> None:
    """Of so many keys hardly two are alike, and nobody waits; with `one` all do."""
    lock, _, _ = ran(behind("name: row, key: flow", "{work: 30ms}"), engine, rate=50, flow="keys: 1000000")
    assert (lock["waits"], lock["held_max"]) == (0, 2)
    lock, _, _ = ran(behind("name: row", "{work: 30ms}"), engine, rate=50, flow="keys: 1000000")
    assert lock["held_max"] == 1


@ENGINES
def test_a_wait_has_an_end(engine: Any) -> None:
    """Who has waited for 10 ms fails; a catch goes on. Who may not wait fails at once."""
    lock, pays, _ = ran(behind("name: row, wait_max: 10ms", "{work: 30ms}"), engine, rate=50)
    assert lock["timed_out"] == pays[DEPENDENCY] == 166
    assert lock["asked"] == 499
    caught = f"{{try: [{behind('name: row, wait_max: 0s', '{work: 30ms}')}], catch: [{{work: 1ms}}]}}"
    lock, pays, _ = ran(caught, engine, rate=50)
    assert (lock["timed_out"], lock["waits"], pays[OK]) == (249, 0, 498)


@ENGINES
def test_a_deadlock_is_found_and_one_side_fails(engine: Any) -> None:
    """Two handlers that take two locks in opposite order, and begin in the same instant: one fails, the other goes on."""
    pay = behind("name: a", "{work: 10ms}", behind("name: b", "{work: 1ms}"))
    refund = behind("name: b", "{work: 10ms}", behind("name: a", "{work: 1ms}"))
    _, pays, refunds = ran(pay, engine, refund=refund, rate=1)
    assert pays.get(OK, 0) + refunds.get(OK, 0) == 9
    assert pays.get(DEPENDENCY, 0) + refunds.get(DEPENDENCY, 0) == 9


@ENGINES
def test_a_step_that_fails_lets_go(engine: Any) -> None:
    """Half of the steps behind a lock fail, and nobody waits for who failed."""
    lock, pays, _ = ran(behind("name: row", "{work: 10ms}", "{fail: 50%}"), engine, rate=50)
    assert (lock["waits"], lock["taken"]) == (0, lock["released"])
    assert 150 < pays[OK] < 350


@ENGINES
def test_a_crash_of_one_replica_lets_go_of_its_locks_only(engine: Any) -> None:
    """The holder's replica goes down, and so do the waits there; the other replica's handlers go on, and one has the lock."""
    crash = "down: {kind: crash, target: bank, replicas: 1, at: 5.005s, for: 1s}"
    lock, pays, _ = ran(behind("name: row", "{work: 30ms}"), engine, rate=50, faults=crash, more="replicas: 2,")
    assert lock["left"] > 20
    assert pays[CRASHED] >= lock["left"]
    assert lock["released"] in {331, 332, 333}
    assert lock["taken"] - lock["released"] <= 1


@ENGINES
def test_who_is_called_back_leaves_the_line_or_lets_go(engine: Any) -> None:
    """Callers give up after 50 ms, and say so: whoever waits then is gone, so that the lock is never idle while others wait."""
    lock, pays, _ = ran(
        "{call: bank.refund, timeout: 50ms, cancel: true}",
        engine,
        refund=behind("name: row", "{work: 30ms}"),
        rate=50,
    )
    assert lock["left"] > 5
    assert lock["released"] - lock["taken"] in {0, -1}
    assert pays[DEPENDENCY] > 100
    assert CANCELLED not in pays


@ENGINES
@pytest.mark.parametrize(("holds", "busy"), [("true", 1.0), ("false", 0.0)])
def test_who_waits_holds_its_worker_or_gives_it_back(engine: Any, holds: str, busy: float) -> None:
    """With two workers, one of which works behind the lock, the other one waits too, or is free for what needs no lock."""
    more = f"holds_worker: {holds}, "
    pay = behind("name: row, wait_max: 900ms", "{work: 100ms}")
    text = BANK.format(pay=pay, refund="{work: 1ms}", rate=20, flow="keys: 1", faults="", more=more)
    text = text.replace("workers: 500", "workers: 2")
    result = sim.run(loads(text), engine=engine)
    assert result.estimate("bank.lock_wait").mean > 0.05
    free = result.estimate("refunds.latency.max").mean < 0.11
    assert free == (busy == 0.0)


def test_locks_are_refused_where_they_would_wait_with_others() -> None:
    """Not in a transaction, not in itself; the message says what to write."""
    inside = behind("name: row", behind("name: row", "{work: 1ms}"))
    with pytest.raises(sim.ScenarioError, match="the lock 'row' is held here already"):
        loads(BANK.format(pay=inside, refund="", rate=1, flow="keys: 1", faults="", more=""))
    stored = f"{{transaction: {{store: db}}, steps: [{behind('name: row', '{work: 1ms}')}]}}"
    text = BANK.format(pay=stored, refund="", rate=1, flow="keys: 1", faults="", more="") + "stores: {db: {connections: 1}}\n"
    with pytest.raises(sim.ScenarioError, match="write the lock around the transaction"):
        loads(text)


def test_metrics_of_locks_say_what_happened() -> None:
    """Waits, timeouts and deadlocks of a service; nan, and why, where no handler takes a lock."""
    pay = behind("name: row, wait_max: 10ms", "{work: 30ms}")
    result = sim.run(loads(BANK.format(pay=pay, refund="", rate=50, flow="keys: 1", faults="", more="")))
    assert result.estimate("bank.lock_timeouts").mean == result.estimate("lock_timeouts").mean == 166
    assert result.estimate("bank.lock_wait").mean == pytest.approx(0.01)
    assert result.estimate("deadlocks").mean == 0
