"""Adaptive throttling at the client: its rule by hand, against a naive one, and in both engines."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

import sim
from sim.metrics import resolve
from sim.metrics.summary import figures_of
from sim.policies.guards.adaptive import AdaptiveState, AdaptiveThrottle
from sim.record.fields.guards import GUARDS
from sim.scenario import loads
from sim.scenario.kinds import GO, REFUSE

TOP = (1 << 63) - 1


def test_the_share_is_that_of_the_book() -> None:
    """With k 2, 8 requests of which 2 were accepted: p = (8 - 4) / 9; none is refused while half of them are accepted."""
    model = AdaptiveThrottle()
    row, state = model.row(), AdaptiveState.roomy(model.tail)
    for number in range(8):
        assert model.admit(row, state, 0, TOP) == GO
        if number < 2:
            model.settle(row, state, 0, 0, True)
    limit = round(4 / 9 * 2**63)
    for u, verdict in ((limit - 2**40, REFUSE), (limit + 2**40, GO)):
        assert model.admit(row, state, 0, u) == verdict
        model.withdraw(row, state, 0)
    assert model.engaged(row, state)
    for _ in range(2):
        model.settle(row, state, 0, 0, True)
    assert not model.engaged(row, state)
    assert model.admit(row, state, 0, 0) == GO


@settings(max_examples=40, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["ask", "ask", "yes", "no"]), st.integers(0, 5), st.integers(0, TOP)), max_size=80))
def test_it_is_one_that_keeps_lists(history: list[tuple[str, int, int]]) -> None:
    """Random requests and answers at random times: every decision is that of the formula on lists of what is in the window."""
    model = AdaptiveThrottle.model_validate({"k": 1.5, "window": "12ns", "spans": 4})
    row, state = model.row(), AdaptiveState.roomy(model.tail)
    now, requests, accepts = 0, list[int](), list[int]()
    for what, pause, u in history:
        now += pause
        if what == "ask":
            counted = [sum(one // 3 > now // 3 - 4 for one in of) for of in (requests, accepts)]
            share = max(0.0, (counted[0] - 1.5 * counted[1]) / (counted[0] + 1))
            if abs(u / 2**63 - share) > 1e-6:
                verdict = REFUSE if u / 2**63 < share else GO
                assert model.admit(row, state, now, u) == verdict
                requests.append(now)
        else:
            model.settle(row, state, now, now, what == "yes")
            accepts += [now] if what == "yes" else []


SHOP = """
name: shop
architecture: synchronous
network: {{hop: 0s}}
services:
  shop: {{workers: 500, operations: {{buy: [{{call: payment.charge, timeout: 50ms, throttle: {{k: 2, window: 5s}}}}]}}}}
  payment: {{workers: 1, queue_max: 2, operations: {{charge: [{{work: 10ms}}]}}}}
workload: {{orders: {{operation: shop.buy, arrivals: {{kind: poisson, rate: {rate}/s}}}}}}
run: {{horizon: 20s, warmup: 5s, replications: 1, seed: 4}}
"""


def both(rate: int) -> Any:
    """What the throttle counted after the first 5 s, in both engines alike, and by the metric of what it refused."""
    runs = [sim.run(loads(SHOP.format(rate=rate)), replications=1, engine=engine) for engine in ("simpy", "compiled")]
    assert runs[0].fingerprint() == runs[1].fingerprint()
    record = runs[0].records[0]
    counted = dict(zip(GUARDS.counters, record.guards[5:].sum(axis=(0, 1)).tolist(), strict=True))
    metric, subject = resolve("payment.refused_by.throttle", record.network)
    share = metric.measures[subject.scope](record, subject.index, 5, 20)
    assert share == counted["refused"] / counted["attempts"]
    assert "refused_by.throttle" in figures_of(record.network.scenario)
    return counted


def test_twice_of_what_is_accepted_leaves() -> None:
    """Of 400 a second, 100 of which are accepted, 200 leave; of 80 a second all do."""
    busy = both(400)
    assert abs(busy["admitted"] / busy["succeeded"] - 2) < 0.1
    assert busy["refused"] > busy["admitted"] / 2
    assert both(60)["refused"] < 20
