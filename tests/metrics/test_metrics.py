"""Metrics of records so regular that every figure is known beforehand."""

import math
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from sim.metrics import measure, resolve
from sim.metrics.visits import visits
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.histogram import bucket_of
from sim.record.record import Record
from sim.record.tallies import Tallies
from sim.results.result import Result
from sim.scenario import Scenario

Make = Callable[..., Scenario]
Run = Callable[[Scenario], Record]


def value(record: Record, path: str, *windows: int) -> float:
    """A metric by its path."""
    return measure(record, *resolve(path, record.network), *windows)


def test_a_regular_system_is_healthy(regular: Make, record_of: Run) -> None:
    """Constant arrivals and work: 599 arrivals in (0, 60) s, half a worker's time, no failure, and amplification 1."""
    record = record_of(regular())
    assert value(record, "offered") == pytest.approx(599 / 60)
    assert value(record, "buy.goodput") == pytest.approx(599 / 60)
    assert value(record, "errors") == 0.0
    assert value(record, "buy.latency.mean") == pytest.approx(0.05)
    assert value(record, "buy.latency.p50") == pytest.approx(0.05, rel=0.01)
    assert value(record, "shop.utilisation") == pytest.approx(599 * 0.05 / 60)
    assert value(record, "amplification") == 1.0
    assert value(record, "queue_peak") == 0.0
    assert math.isnan(value(record, "time_to_recover"))


def test_a_slowdown_builds_the_queue_that_arithmetic_says(
    regular: Make, record_of: Run, slow: dict[str, Any]
) -> None:
    """5 s of 10 arrivals and 5 services a second leave 25 waiting; at 20 a second they are few again after 2 s."""
    record = record_of(regular(faults=slow))
    assert value(record, "queue_peak") == 25.0
    assert value(record, "shop.utilisation") == pytest.approx((599 * 0.05 + 25 * 0.15) / 60)
    assert value(record, "time_to_recover") == 2.0
    assert value(record, "buy.time_to_recover") == 0.0
    assert value(record, "drain_time") == 0.0


def test_the_same_slowdown_builds_the_same_backlog_behind_a_topic(
    regular_events: Make, record_of: Run, slow: dict[str, Any]
) -> None:
    """25 messages wait and one is in hand; the client notices nothing, the whole takes as long as it did before."""
    record = record_of(regular_events(faults=slow))
    assert value(record, "shop.lag_peak") == value(record, "backlog_peak") == 26.0
    assert value(record, "shop.drain_time") == value(record, "drain_time") == 2.0
    assert value(record, "buy.latency.mean") == 0.0
    assert value(record, "buy.completion.mean") == value(record, "shop.apply_time")
    assert value(record, "buy.completion.mean") == pytest.approx(0.05 + (599 * 0 + 97.5) / 599, rel=0.01)
    assert value(record, "amplification") == 1.0
    assert [value(record, name) for name in ("lost", "dropped", "duplicates", "redelivered")] == [0.0] * 4


def test_late_completions_are_no_goodput(regular: Make, record_of: Run, slow: dict[str, Any]) -> None:
    """With a deadline, what completes later counts as not done well, and the resilience loss says for how long."""
    flow = {"operation": "shop.order", "arrivals": {"kind": "constant", "rate": "10/s"}, "deadline": "60ms"}
    record = record_of(regular(faults=slow, workload={"buy": flow}))
    late = round((value(record, "offered") - value(record, "goodput")) * 60)
    assert 45 <= late <= 80
    assert value(record, "resilience_loss") == pytest.approx(late / 10, rel=0.01)
    assert value(record, "spoiled") == value(record, "late") == pytest.approx(late / 599)


def test_without_a_fault_nothing_is_lost_to_one(regular: Make, record_of: Run) -> None:
    """Half of the load is more than is served: that is no loss of resilience, and an objective on it stays open."""
    flow = {"operation": "shop.order", "arrivals": {"kind": "constant", "rate": "40/s"}, "deadline": "60ms"}
    scenario = regular(workload={"buy": flow}, objectives=("resilience_loss < 1s",))
    record = record_of(scenario)
    assert math.isnan(value(record, "resilience_loss"))
    assert math.isnan(value(record, "buy.resilience_loss"))
    (verdict,) = Result(scenario, (record, record, record), seed=1, engine="simpy").objectives()
    assert verdict.outcome == "unsure"
    assert verdict.reason.startswith("3 of 3 without a fault")


def test_the_warmup_is_left_out(regular: Make, record_of: Run) -> None:
    """A rate is taken over the time after the warm-up only; other windows can be asked for."""
    record = record_of(regular(run={"horizon": "60s", "warmup": "15500ms"}))
    assert value(record, "offered") == 10.0
    assert value(record, "offered", 0, 10) == pytest.approx(9.9)


def test_a_choice_counts_by_its_share(regular: Make) -> None:
    """A service behind a choice is visited as often as the choice takes it; consumers are visited by messages."""
    choice = {"choose": [{"weight": 1, "steps": [{"call": "rare.x"}]}, {"weight": 3, "steps": [{"publish": "t"}]}]}
    scenario = regular(
        services={
            "shop": {"operations": {"order": [{"call": "often.x"}, {"call": "often.x"}, choice]}},
            "often": {"operations": {"x": [{"work": "1ms"}]}},
            "rare": {"operations": {"x": [{"work": "1ms"}]}},
            "mail": {"operations": {"send": [{"call": "rare.x"}]}},
        },
        brokers={"log": {"topics": {"t": {"partitions": 1}}}},
        subscriptions={"mail": {"topic": "t", "operation": "mail.send"}},
    )
    assert visits(compile_network(scenario)).tolist() == [[1.0, 2.0, 1.0, 0.75]]


def test_retries_amplify(regular: Make, record_of: Run) -> None:
    """A call that always fails is tried three times: two retries per call, and three arrivals per visit."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}
    scenario = regular(
        services={
            "shop": {"operations": {"order": [{"call": "pay.x", "timeout": "1s", "retry": retry}]}},
            "pay": {"operations": {"x": [{"fail": "100%"}]}},
        }
    )
    record = record_of(scenario)
    assert value(record, "pay.retries") == 2.0
    assert value(record, "pay.amplification") == 3.0
    assert value(record, "amplification") == 2.0
    assert value(record, "retries") == 1.0
    assert value(record, "buy.errors") == value(record, "buy.errors_dependency") == 1.0
    assert value(record, "pay.errors_error") == 1.0
    assert value(record, "buy.latency.p50") == math.inf
    assert math.isnan(value(record, "buy.latency_ok.p50"))


def test_orphaned_work_is_waste(regular: Make, record_of: Run) -> None:
    """When the client gives up after 20 ms of 50 ms, all busy time is wasted."""
    flow = {"operation": "shop.order", "arrivals": {"kind": "constant", "rate": "10/s"}, "timeout": "20ms"}
    record = record_of(regular(workload={"buy": flow}))
    assert value(record, "waste") == value(record, "shop.waste") == 1.0
    assert value(record, "errors_timeout") == 1.0


def replies(blank: Record, ok_ms: list[int], failed: int) -> Record:
    """Fill in replies of the first flow, all in window 0."""
    record = blank
    for ms in ok_ms:
        record.flows[0, 0, f.flows.FLOW_SETTLED] += 1
        record.flows[0, 0, f.flows.FLOW_REPLY_TIME] += ms * 1_000_000
    record.flows[0, 0, f.flows.FLOW_SETTLED + 3] += failed
    counts = Counter(bucket_of(ms * 1_000_000) for ms in ok_ms)
    rows = np.array([(0, 0, bucket, count) for bucket, count in sorted(counts.items())], dtype=np.int64)
    object.__setattr__(record, "replies", Tallies.of_rows(rows))
    record.flows[0, 0, f.flows.FLOW_REPLY_LEAST] = min(ok_ms) * 1_000_000
    record.flows[0, 0, f.flows.FLOW_REPLY_MOST] = max(ok_ms) * 1_000_000
    return record


def test_failures_are_the_slowest_answers(regular: Make, blank: Run) -> None:
    """With 2 % failed the 95 % quantile is a number and the 99 % quantile is infinite; successes alone have both."""
    record = replies(blank(regular()), [100] * 980, failed=20)
    assert value(record, "buy.latency.p95") == 0.1
    assert value(record, "buy.latency.p99") == math.inf
    assert value(record, "buy.latency.mean") == math.inf
    assert value(record, "buy.latency_ok.p95") == 0.1
    assert value(record, "buy.latency_ok.mean") == pytest.approx(0.1)


def test_a_quantile_needs_ten_observations_beyond_it(regular: Make, blank: Run) -> None:
    """A 99 % quantile is not estimable from 999 requests, and is from 1000."""
    assert math.isnan(value(replies(blank(regular()), [100] * 999, failed=0), "buy.latency.p99"))
    assert value(replies(blank(regular()), [100] * 1000, failed=0), "buy.latency.p99") == 0.1


def test_any_quantile_can_be_asked_for(regular: Make, blank: Run) -> None:
    """Quantiles are a family: p90, p99.9 and max need no file of their own."""
    record = replies(blank(regular()), [10] * 89 + [1000] * 11, failed=0)
    assert value(record, "latency.p90") == pytest.approx(1.0, rel=0.004)
    assert value(record, "latency.max") == 1.0
    assert math.isnan(value(record, "latency.p99.9"))
