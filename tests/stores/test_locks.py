"""Locks of rows as they behave: who waits for whose commit, and who is rolled back in a deadlock, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.outcomes import DEPENDENCY, OK
from sim.scenario import loads

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
BANK = """
name: bank
architecture: synchronous
services: {{bank: {{workers: 500, operations: {{pay: [{pay}], refund: [{refund}]}}}}}}
stores: {{accounts: {{connections: 1000, commit: 10ms}}}}
workload:
  pays: {{operation: bank.pay, arrivals: {{kind: constant, rate: {rate}/s}}, keys: 1}}
  refunds: {{operation: bank.refund, arrivals: {{kind: constant, rate: 1/s}}, keys: 1}}
faults: {{{faults}}}
run: {{horizon: 10s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""


def writes(*steps: str) -> str:
    """A transaction with these steps."""
    return f"{{transaction: {{store: accounts}}, steps: [{', '.join(steps)}]}}"


def ran(
    pay: str, engine: Any, *, refund: str = "", rate: int = 20, faults: str = ""
) -> tuple[dict[str, int], list[dict[int, int]]]:
    """What a run counted: of the store, and of each flow how many requests ended with which outcome."""
    record = sim.run(loads(BANK.format(pay=pay, refund=refund, rate=rate, faults=faults)), engine=engine).records[0]
    settled = record.flows.sum(axis=0)[:, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + 7].tolist()
    outcomes = [{code: count for code, count in enumerate(flow) if count} for flow in settled]
    return dict(zip(f.stores.STORES.counters, record.tables["stores"].sum(axis=0)[0].tolist(), strict=True)), outcomes


@ENGINES
def test_a_hot_row_carries_one_commit_at_a_time(engine: Any) -> None:
    """A lock is held from the write to the end of the commit, 40 ms: at 50 a second on one row, 25 commit, and others wait."""
    store, _ = ran(writes("{write: account, key: flow}", "{work: 30ms}"), engine, rate=50)
    assert store["committed"] == 249  # one each 40 ms, the first at 20 ms + 40 ms
    assert store["lock_waits"] > 490
    assert store["deadlocks"] == 0


@ENGINES
def test_new_rows_and_rows_of_others_do_not_wait(engine: Any) -> None:
    """Without a key a row is new; with the flow's key two flows' rows are two only where their keys are."""
    store, _ = ran(writes("{write: account}", "{work: 30ms}"), engine, rate=50)
    assert (store["lock_waits"], store["committed"]) == (0, 497)
    store, _ = ran(writes("{write: a, key: one}"), engine, refund=writes("{write: b, key: one}"), rate=20)
    assert store["lock_waits"] == 0


@ENGINES
def test_a_deadlock_is_found_and_one_side_is_rolled_back(engine: Any) -> None:
    """Two transactions that write two rows in opposite order, and begin in the same instant: one fails, the other commits."""
    pay = writes("{write: a, key: one}", "{work: 10ms}", "{write: b, key: one}")
    refund = writes("{write: b, key: one}", "{work: 10ms}", "{write: a, key: one}")
    store, (pays, refunds) = ran(pay, engine, refund=refund, rate=1)
    assert store["deadlocks"] == store["rolled_back"] == 9
    assert store["committed"] == 9
    assert pays.get(OK, 0) + refunds.get(OK, 0) == 9
    assert pays.get(DEPENDENCY, 0) + refunds.get(DEPENDENCY, 0) == 9


@ENGINES
def test_a_transaction_has_its_own_lock_already(engine: Any) -> None:
    """Writing the same row twice waits for nobody."""
    store, _ = ran(writes("{write: a, key: one}", "{write: a, key: one, rows: 2}"), engine, rate=10)
    assert (store["deadlocks"], store["lock_waits"], store["rows"]) == (0, 0, 3 * 99)


@ENGINES
def test_a_crash_lets_go_of_locks(engine: Any) -> None:
    """Who holds the lock and who waits for it go down together; after it the row is free."""
    crash = "down: {kind: crash, target: bank, at: 5s, for: 1s}"
    store, _ = ran(writes("{write: account, key: flow}", "{work: 30ms}"), engine, rate=50, faults=crash)
    assert store["broken_off"] > 100
    assert store["committed"] == 124 + 99


def test_isolation_is_by_lock_only_where_a_key_is_given() -> None:
    """A key is that of the flow, or one of all."""
    with pytest.raises(sim.ScenarioError, match="did you mean 'one'"):
        loads(BANK.format(pay=writes("{write: a, key: mine}"), refund="", rate=1, faults=""))
