"""Closed forms of the outbox and of dual writes: exact where the model is, right to four standard errors elsewhere."""

from __future__ import annotations

import math
import random

import pytest

import sim
from sim.record.fields.dual_writes import DUAL_LOST, DUAL_PHANTOMS
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED
from sim.record.fields.relays import RELAY_DELAY, RELAY_MARKED, RELAY_PUBLISHED, RELAY_WRITTEN
from sim.scenario import loads
from tests.stories.test_known_answers import HEAD, agrees, total

OUTBOX = """
services:
  shop: {workers: 10000, operations: {place: [{transaction: {store: orders}, steps: [{outbox: placed}]}]}}
stores: {orders: {connections: 100}}
"""


def outbox(relay: str, arrivals: str, latency: str, run: str) -> str:
    """A shop whose orders take no time to commit, and a relay."""
    text = f"{HEAD}{OUTBOX}relays: {{orders: {{store: orders, {relay}}}}}\n"
    text += f"brokers: {{log: {{latency: {latency}, topics: {{placed: {{partitions: 1}}}}}}}}\n"
    return f"{text}workload: {{place: {{operation: shop.place, arrivals: {arrivals}}}}}\nrun: {{{run}, seed: 3}}\n"


@pytest.mark.parametrize(("latency", "exact"), [("2500us", 0.305), ("0s", 0.25)])
def test_a_poll_adds_half_its_interval_and_half_a_batch(latency: str, exact: float) -> None:
    """P-OB-POLL-FIXED-RATE: T/2, and the rows before it in its batch: T/2 + t (1 + rate T/2), with t there and back."""
    publish = 2 * float(latency.removesuffix("us").removesuffix("s")) / 1e6
    assert exact == 0.5 / 2 + publish * (1 + 40 * 0.5 / 2)
    run = "horizon: 210s, warmup: 10s, window: 10s, replications: 12"
    text = outbox("every: 500ms, timing: fixed_rate, batch: 100000", "{kind: poisson, rate: 40/s}", latency, run)

    def delay(record: sim.Record) -> float:
        relays = record.tables["relays"]
        return total(relays, 0, RELAY_DELAY) / total(relays, 0, RELAY_PUBLISHED) / 1e9

    agrees(text.removeprefix(HEAD), delay, exact, sharp=0.01)


@pytest.mark.parametrize(
    ("timing", "rate", "capacity"), [("fixed_delay", 300, 100 / 0.6), ("fixed_rate", 300, 200), ("while_full", 2000, 1000)]
)
def test_what_a_polling_relay_can_carry(timing: str, rate: int, capacity: float) -> None:
    """P-OB-CAPACITY: B / (T + B t) at a fixed delay, B / T at a fixed rate, 1 / t in a loop; exact, row by row."""
    run = "horizon: 24s, warmup: 0s, window: 6s, replications: 1"
    text = outbox(f"every: 500ms, timing: {timing}, batch: 100", f"{{kind: constant, rate: {rate}/s}}", "500us", run)
    published = sim.run(loads(text)).records[0].tables["relays"][1:, 0, RELAY_PUBLISHED].tolist()
    assert published == [round(6 * capacity)] * 3


def test_what_a_dual_write_loses_by_crashes() -> None:
    """P-OB-DUAL-WRITE-LOSS: with a window w between commit and publish, and crashes at rate c, 1 - exp(-c w) is lost.

    The crashes are drawn here, the same for all replications: given the times up, a crash loses rate times the shorter of w
    and the time up, and their mean is close to that over all.
    """
    chance, now, ups = random.Random(7), 0.0, list[float]()
    faults = []
    while len(ups) < 900:
        up = chance.expovariate(0.5)
        now += up
        ups.append(up)
        faults.append(f"c{len(ups)}: {{kind: crash, target: shop, at: {round(now * 1e6)}us, for: 1s, detection: 0s}}")
        now += 1.0
    lost = 100 * sum(min(0.05, up) for up in ups)
    committed = 100 * sum(ups)
    assert abs(lost / len(ups) - 4.938) < 0.02 * 4.938
    assert abs(lost / committed - (1 - math.exp(-0.5 * 0.05))) < 0.05 * 0.02469
    text = f"""
services:
  shop:
    workers: 10000
    operations: {{place: [{{transaction: {{store: orders}}, steps: []}}, {{work: 50ms}}, {{publish: placed}}]}}
stores: {{orders: {{connections: 100}}}}
brokers: {{log: {{topics: {{placed: {{partitions: 1}}}}}}}}
workload: {{place: {{operation: shop.place, arrivals: {{kind: poisson, rate: 100/s}}}}}}
faults: {{{", ".join(faults)}}}
run: {{horizon: {math.ceil(now) + 10}s, warmup: 0s, window: 100s, replications: 6, seed: 1}}
"""

    def share(record: sim.Record) -> float:
        writes = record.tables["dual_writes"][:, 0].sum(axis=0)
        assert writes[DUAL_PHANTOMS] == 0
        return float(writes[DUAL_LOST])

    agrees(text, share, lost, sharp=0.02)


def test_an_order_is_accepted_when_the_store_is_there() -> None:
    """P-OB-AVAILABILITY, of an outbox: 95 s up, 5 s down: 95 % are accepted, and all of them are published, broker or not."""
    downs = ", ".join(f"d{n}: {{kind: store_down, target: orders, at: {95 + 100 * n}s, for: 5s}}" for n in range(20))
    text = outbox("every: 100ms, batch: 1000", "{kind: poisson, rate: 20/s}", "0s", "horizon: 2001s, warmup: 0s, window: 100s")
    text = text.replace("seed: 3}", "seed: 3, replications: 8}") + f"faults: {{{downs}}}\n"

    def accepted(record: sim.Record) -> float:
        relays = record.tables["relays"]
        assert total(relays, 0, RELAY_WRITTEN, 0) == total(relays, 0, RELAY_MARKED, 0) + int(record.levels["relays"][0, 0])
        return total(record.flows, 0, FLOW_SETTLED, 0) / total(record.flows, 0, FLOW_OFFERED, 0)

    agrees(text.removeprefix(HEAD), accepted, 1 - 100 / 2001, sharp=0.01)
