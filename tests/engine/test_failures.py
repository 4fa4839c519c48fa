"""Errors and poison: a share of handlings fails while the fault lasts; poison fails again, however often it is tried."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import pytest

from sim.api import run
from sim.record.fields.flows import FLOW_SPOILED
from sim.record.fields.groups import GROUP_DROPPED
from sim.record.fields.queues import QUEUE_DEAD, QUEUE_RETURNED
from sim.record.fields.services import SERVICE_ENDED, SERVICE_HELD
from sim.record.outcomes import ERROR, OK
from sim.scenario import ScenarioError, loads

if TYPE_CHECKING:
    from sim.record.record import Record

SHOP = """
name: shop
architecture: synchronous
services:
  shop: {workers: 100, operations: {buy: [{call: pay.charge, retry: {kind: fixed, attempts_max: 4, delay: 1ms}}]}}
  pay: {workers: 100, operations: {charge: [{work: 5ms}], refund: [{work: 1ms}]}}
workload: {buyers: {operation: shop.buy, arrivals: {kind: constant, rate: 200/s}}}
faults: {FAULTS}
run: {horizon: 20s, window: 1s, replications: 1}
"""
MAIL = """
name: mail
architecture: event-driven
services:
  shop: {workers: 100, operations: {buy: [{publish: mail}]}}
  mailer: {operations: {send: [{work: 1ms}]}}
brokers: {rabbit: {kind: queue, queues: {mail: {visibility: 30s, dead_letter: {to: dead, deliveries_max: 5}}, dead: {}}}}
subscriptions: {mailer: {queue: mail, operation: mailer.send, consumers: 10}}
workload: {buyers: {operation: shop.buy, arrivals: {kind: constant, rate: 200/s}}}
faults: {FAULTS}
run: {horizon: 20s, window: 1s, replications: 1}
"""


def record_of(text: str, faults: str) -> Record:
    """The record of a replication, the same from both engines."""
    simpy, compiled = (run(loads(text.replace("FAULTS", faults)), engine=one).records[0] for one in ("simpy", "compiled"))
    assert simpy.fingerprint() == compiled.fingerprint()
    return simpy


def attempts(record: Record, first: int, stop: int) -> tuple[int, int]:
    """How many attempts at the payment ended in these windows, and how many of them with an error."""
    ends = record.services[first:stop, 1, SERVICE_ENDED : SERVICE_ENDED + 7].sum(axis=0)
    return int(ends.sum()), int(ends[ERROR])


def spoiled(record: Record) -> int:
    """How many requests failed for good."""
    return int(record.flows[:, 0, FLOW_SPOILED].sum())


def about(count: int, n: int, share: float) -> None:
    """A count is n times the share, within four standard deviations."""
    assert count == pytest.approx(n * share, abs=4 * math.sqrt(n * share * (1 - share)) + 1)


@pytest.mark.parametrize("target", ["pay.charge", "pay", "{service: pay}"])
def test_a_share_of_handlings_fails_while_the_fault_lasts(target: str) -> None:
    """20 % of attempts fail, each by itself: a request fails with 0.2 to the power of its attempts."""
    record = record_of(SHOP, f"bad: {{kind: errors, target: {target}, share: 20%, at: 5s, for: 10s}}")
    every, bad = attempts(record, 6, 14)
    about(bad, every, 0.2)
    about(spoiled(record), 2000, 0.2**4)
    assert attempts(record, 0, 5)[1] == attempts(record, 16, 20)[1] == 0


def test_an_error_takes_its_time() -> None:
    """A handler that is to fail works for `after`, at the pace of its replica, instead of its own work."""
    slow = "slow: {kind: slowdown, target: pay, factor: 3, at: 5s, for: 10s}"
    for more, took in (("", 20), (f", {slow}", 60)):
        record = record_of(SHOP, f"bad: {{kind: errors, target: pay, share: 100%, after: 20ms, at: 5s, for: 10s}}{more}")
        ends = record.services[6:14, 1]
        mean_ms = ends[:, SERVICE_HELD].sum() / ends[:, SERVICE_ENDED : SERVICE_ENDED + 7].sum() / 1e6
        assert mean_ms == pytest.approx(took, rel=0.01)


def test_errors_of_two_faults_meet_by_themselves() -> None:
    """Two faults leave (1 - p)(1 - q) of the handlings."""
    bad = "{{kind: errors, target: pay, share: {}, at: 5s, for: 10s}}"
    two = f"p: {bad.format(0.3)}, q: {bad.format(0.5)}"
    every, bad = attempts(record_of(SHOP, two), 6, 14)
    about(bad, every, 1 - 0.7 * 0.5)


def test_poison_fails_at_every_retry() -> None:
    """Of the requests that came while it lasted, the share fails for good, each after all its attempts."""
    record = record_of(SHOP, "poison: {kind: poison, target: pay.charge, share: 5%, at: 5s, for: 10s}")
    about(spoiled(record), 2000, 0.05)
    assert attempts(record, 0, 20)[1] == pytest.approx(4 * spoiled(record), abs=4)


def test_poison_is_redelivered_until_it_is_a_dead_letter() -> None:
    """A poison message has its five deliveries, and then goes to the dead letters; nobody else is touched."""
    record = record_of(MAIL, "poison: {kind: poison, target: mailer.send, share: 2%, at: 5s, for: 10s}")
    dead = int(record.tables["queues"][:, 0, QUEUE_DEAD].sum())
    about(dead, 2000, 0.02)
    assert int(record.tables["queues"][:, 0, QUEUE_RETURNED].sum()) == 5 * dead
    assert int(record.groups[:, 0, GROUP_DROPPED].sum()) == dead == spoiled(record)


def test_the_same_messages_are_poison_in_both_wirings() -> None:
    """Whom a fault picks depends on the trace and the names only: the twins lose the same requests."""
    poison = "poison: {kind: poison, target: mailer.send, share: 2%, at: 5s, for: 10s}"
    synchronous = MAIL.replace("event-driven", "synchronous").replace("publish: mail", "call: mailer.send")
    synchronous = "\n".join(line for line in synchronous.splitlines() if not line.startswith(("brokers", "subscriptions")))
    twin = synchronous.replace("mailer: {operations", "mailer: {workers: 100, operations")
    assert spoiled(record_of(twin, poison)) == spoiled(record_of(MAIL, poison)) > 20


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ("{kind: errors, target: pay.chrge, share: 1%, at: 1s, for: 1s}", "service 'pay' has no operation 'chrge'"),
        ("{kind: poison, target: {zone: a}, share: 1%, at: 1s, for: 1s}", "unknown zone 'a'"),
        ("{kind: poison, target: py, share: 1%, at: 1s, for: 1s}", "unknown service 'py'; did you mean 'pay'?"),
        ("{kind: errors, target: pay, replicas: 1, share: 1%, at: 1s, for: 1s}", "unknown key 'replicas'"),
        ("{kind: errors, target: pay, share: 0, at: 1s, for: 1s}", "too small"),
    ],
)
def test_what_cannot_fail_is_refused(fault: str, said: str) -> None:
    """The message names the place and the remedy."""
    with pytest.raises(ScenarioError) as refused:
        loads(SHOP.replace("FAULTS", f"bad: {fault}"))
    assert said in str(refused.value)


def test_an_operation_that_nobody_calls_is_not_exercised() -> None:
    """Errors of an operation without requests show nothing, though its service is busy."""
    result = run(loads(SHOP.replace("FAULTS", "bad: {kind: errors, target: pay.refund, share: 50%, at: 5s, for: 5s}")))
    assert any("pay.refund" in note for note in result.to_dict()["fault_notes"])
    assert result.records[0].services[:, 1, SERVICE_ENDED + OK].sum() > 0
