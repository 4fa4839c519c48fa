"""Transactions as they behave: who waits, who gets the connection, what is rolled back, in both engines alike."""

from __future__ import annotations

from typing import Any

import pytest

import sim
from sim.record import fields as f
from sim.record.outcomes import CRASHED, DEPENDENCY, ERROR, OK
from sim.scenario import loads
from sim.scenario.checks import check

ENGINES = pytest.mark.parametrize("engine", ["simpy", "compiled"])
SHOP = """
name: shop
architecture: synchronous
services:
  shop:
    replicas: {replicas}
    workers: 500
    operations: {{place: [{{transaction: {{store: orders{wait}}}, steps: [{steps}]}}]}}
stores: {{orders: {{{store}}}}}
workload: {{place: {{operation: shop.place, arrivals: {{kind: constant, rate: {rate}/s}}}}}}
faults: {{{faults}}}
run: {{horizon: 10s, warmup: 0s, window: 1s, replications: 1, seed: 4}}
"""


def shop(
    store: str = "connections: 1, commit: 40ms",
    *,
    steps: str = "{work: 40ms}, {write: order, rows: 2}",
    wait: str = "",
    rate: int = 10,
    faults: str = "",
    replicas: int = 1,
) -> str:
    """A shop whose only transactions take 80 ms of the one connection, ten a second."""
    wait = wait and f", wait_max: {wait}"
    return SHOP.format(store=store, steps=steps, wait=wait, rate=rate, faults=faults, replicas=replicas)


def ran(text: str, engine: Any) -> tuple[dict[str, int], dict[int, int]]:
    """What one run counted: of the store, and how many requests ended with which outcome."""
    record = sim.run(loads(text), engine=engine).records[0]
    totals = record.tables["stores"].sum(axis=0)[0].tolist()
    settled = record.flows.sum(axis=0)[0, f.flows.FLOW_SETTLED :].tolist()
    return dict(zip(f.stores.STORES.counters, totals, strict=True)), {one: settled[one] for one in range(7) if settled[one]}


@ENGINES
def test_all_that_is_written_is_there_after_the_commit(engine: Any) -> None:
    """Transactions that never meet all commit, with all their rows; each holds the connection for its work and its commit."""
    store, outcomes = ran(shop(), engine)
    assert (store["asked"], store["begun"], store["committed"], store["rows"]) == (99, 99, 99, 198)
    assert (store["waited"], store["held"]) == (0, 99 * 80_000_000)
    assert outcomes == {OK: 99}


@ENGINES
def test_who_comes_while_the_connection_is_held_waits_for_it(engine: Any) -> None:
    """At twice the rate that one connection can bear, a transaction every 80 ms commits, and the others wait in line."""
    store, outcomes = ran(shop(rate=25), engine)
    assert store["committed"] == outcomes[OK] == 124  # one each 80 ms, the first one at 120 ms
    assert store["asked"] == 249
    assert store["refused"] == 0


@ENGINES
def test_who_waits_too_long_fails(engine: Any) -> None:
    """With a longest wait of 30 ms every second one of a constant stream finds the connection in time, and the others fail."""
    store, outcomes = ran(shop(rate=25, wait="30ms"), engine)
    assert store["refused"] == outcomes[DEPENDENCY] == 124
    assert store["waited"] == store["refused"] * 30_000_000


@ENGINES
def test_a_connection_that_comes_free_at_the_last_moment_is_taken(engine: Any) -> None:
    """A commit that is over beats the end of the longest wait of the same instant."""
    store, _ = ran(shop(rate=25, wait="40ms"), engine)
    assert store["refused"] == 0 or store["refused"] < store["committed"]


@ENGINES
def test_nobody_waits_where_no_wait_is_allowed(engine: Any) -> None:
    """``wait_max: 0s`` refuses at once."""
    store, outcomes = ran(shop(rate=25, wait="0s"), engine)
    assert store["waited"] == store["waiting_max"] == 0
    assert store["refused"] == outcomes[DEPENDENCY] > 100


@ENGINES
def test_an_abort_comes_after_the_commit_and_writes_nothing(engine: Any) -> None:
    """All commits are aborted: the time is spent, no row is written, and all requests fail with the store as the reason."""
    store, outcomes = ran(shop("connections: 1, commit: 40ms, aborts: 100%"), engine)
    assert (store["aborted"], store["committed"], store["rows"]) == (99, 0, 0)
    assert store["held"] == 99 * 80_000_000
    assert outcomes == {DEPENDENCY: 99}


@ENGINES
def test_a_step_that_fails_rolls_back_and_fails_as_itself(engine: Any) -> None:
    """A ``fail`` step in a transaction ends the request with ``error``, without a commit."""
    store, outcomes = ran(shop(steps="{work: 40ms}, {write: order}, {fail: 100%}"), engine)
    assert (store["rolled_back"], store["rows"], store["held"]) == (99, 0, 99 * 40_000_000)
    assert outcomes == {ERROR: 99}


@ENGINES
@pytest.mark.parametrize("after_ms", [20, 60])
def test_a_crash_rolls_back_and_frees_the_connection(engine: Any, after_ms: int) -> None:
    """A replica that goes down in the work, or in the commit, writes nothing, and the next one finds the connection free.

    Requests come every 100 ms and go to both replicas in turn, the 41st to the first one.
    """
    crash = f"down: {{kind: crash, target: shop, replicas: 1, at: {4100 + after_ms}ms, for: 100ms, detection: 10s}}"
    store, outcomes = ran(shop(rate=10, replicas=2, faults=crash), engine)
    assert store["broken_off"] == 1
    assert outcomes[CRASHED] == 1
    assert store["committed"] == store["begun"] - 1
    assert store["waited"] == 0


@ENGINES
def test_a_crash_takes_those_that_wait(engine: Any) -> None:
    """Requests that wait for a connection go down with their replica, and leave the line."""
    crash = "down: {kind: crash, target: shop, at: 5s, for: 1s}"
    store, _ = ran(shop(rate=25, faults=crash), engine)
    assert store["broken_off"] == 1
    assert store["left"] > 50
    assert store["committed"] >= 110


@pytest.mark.parametrize(
    ("steps", "says"),
    [
        ("[{write: order}]", "no transaction here"),
        ("[{transaction: {store: orders}, steps: [{transaction: {store: orders}, steps: []}]}]", "is open here"),
        ("[{transaction: {store: orders}, steps: [{choose: [{weight: 1, steps: [{effect: paid}]}]}]}]", "write it behind"),
        ("[{transaction: {store: oders}, steps: []}]", "did you mean 'orders'"),
    ],
)
def test_what_is_no_transaction_is_refused(steps: str, says: str) -> None:
    """Writes outside, transactions and effects inside, and unknown stores are errors that say what to write."""
    text = shop().replace("[{transaction: {store: orders}, steps: [{work: 40ms}, {write: order, rows: 2}]}]", steps)
    with pytest.raises(sim.ScenarioError, match=says):
        loads(text)


def test_a_store_that_nobody_writes_to_is_doubtful() -> None:
    """It is a warning that names the store."""
    text = shop().replace("{transaction: {store: orders}, steps: [{work: 40ms}, {write: order, rows: 2}]}", "{work: 1ms}")
    assert [one.field for one in check(loads(text)) if one.severity == "warning"] == ["stores.orders"]
