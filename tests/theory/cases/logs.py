"""Messages in a log: partitions against one queue, hot keys, outages and the lag they leave.

    producers --> [p0 | p1 | ... ] --> consumers: each partition is a queue of its own, with one server at most

Lag is the log's end minus the committed offset, so with a commit after every message it is how many are inside.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from tests.theory.case import Case, Figures, Known, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    exponential,
    from_empty,
    long_run,
    poisson,
    scenario,
    seconds,
    service,
    station,
)
from tests.theory.judge import FLUID, Bar
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed

KEYS = 10**9
"""So many distinct keys that hardly any comes twice: each message draws its partition at random."""


def consumed(
    name: str,
    arrivals: dict[str, Any],
    work: dict[str, Any],
    run: dict[str, Any],
    *,
    partitions: int,
    replicas: int = 1,
    consumers: int = 1,
    partitioner: str = "key",
    **more: Any,
) -> Scenario:
    """A front that publishes, and a group ``readers`` on ``station`` that consumes."""
    return scenario(
        name,
        {
            "front": service([{"publish": "task", "acks": "none"}], workers=WORKERS_UNLIMITED),
            "station": service([{"work": work}], replicas=replicas),
        },
        {"client": client("front.serve", arrivals, keys=KEYS)},
        run,
        architecture="event-driven",
        brokers={"log": {"topics": {"task": {"partitions": partitions, "partitioner": partitioner}}}},
        subscriptions={
            "readers": {
                "topic": "task",
                "operation": "station.serve",
                "consumers": consumers,
                "session_timeout": "1ms",
                "rebalance_pause": "0s",
            }
        },
        **more,
    )


def partitioned(case_id: str, **settings: Any) -> Case:
    """Eight queues with a consumer each, by random keys, against one queue with eight workers."""
    case = known(case_id)
    servers, rate, mean = case.inputs["partitions"], case.inputs["total_rate"], 1.0 / case.inputs["consumer_rate"]

    def by_partition(batch: Sequence[Observed]) -> Figures:
        return {"W_partitioned": batch[0].mean_age("readers")}

    def shared(batch: Sequence[Observed]) -> Figures:
        return {"W_shared": batch[0].mean_reply("client")}

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(2e5 * effort, rate)
        log = consumed(case_id, poisson(rate), exponential(mean), run, partitions=servers, replicas=servers)
        one = station(case_id, poisson(rate), exponential(mean), run, workers=servers)
        return [Part(log, by_partition), Part(one, shared)]

    return Case(case, parts, **settings)


def hashed(case_id: str, **settings: Any) -> Case:
    """Random keys thrown into partitions: how many messages the fullest one gets."""
    case = known(case_id)
    balls, bins = case.inputs["balls"], case.inputs["bins"]
    error = float(re.findall(r"SE ([0-9.]+)", case.note)[0])

    def measure(batch: Sequence[Observed]) -> Figures:
        fullest = []
        for seen in batch:
            appended = seen.log[seen.log[:, f.facts.LOG_FACT] == f.facts.FACT_APPENDED]
            assert len(appended) == balls
            fullest.append(int(appended[:, f.facts.LOG_VALUE].max()) + 1)
        return {"E_max_mc": sum(fullest) / len(fullest)}

    def parts(effort: float) -> Sequence[Part]:
        run = from_empty(balls + 0.5, balls + 0.5)
        every = {"kind": "constant", "rate": "1/s"}
        built = consumed(case_id, every, {"kind": "constant", "value": "1ms"}, run, partitions=bins)
        return [Part(built, measure, batch=max(2, round(10 * effort)), facts=balls * 14 + 1000)]

    return Case(case, parts, bars={"E_max_mc": Bar(reference_se=error)}, **settings)


# -- outages


def lag_after_outage(case_id: str, **settings: Any) -> Case:
    """All consumers are down for a while; then they catch up, faster than new messages come."""
    case = known(case_id)
    rate, capacity, length = (float(case.inputs[name]) for name in ("arrival_rate", "capacity", "outage"))
    members, begin, window = 10, 10.0, 0.1
    recovery = length + length * rate / (capacity - rate)

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        table = seen.record.groups[:, 0]
        ends = (np.arange(len(table)) + 1) * window
        peak = int(table[:, f.groups.GROUP_LAG_MAX].max())
        # caught up: the first window after the outage that did not see more in the log than the consumers have in hand
        caught_up = float(ends[(ends > begin + length + 1.0) & (table[:, f.groups.GROUP_LAG_MAX] <= 2 * members)][0])
        area = table[(ends > begin) & (ends <= caught_up), f.groups.GROUP_LAG_AREA].sum() / SECOND
        affected = int(table[(ends > begin) & (ends <= caught_up), f.groups.GROUP_APPENDED].sum())
        return {
            "peak_lag": float(peak),
            "drain_time": caught_up - (begin + length),
            "recovery_at": caught_up - begin,
            "message_delay_max": seen.completion_quantile("client", 1.0),
            "lag_area": area,
            "affected_messages": float(affected),
            "mean_delay_affected": area / affected,
        }

    def parts(_effort: float) -> Sequence[Part]:
        work = {"kind": "constant", "value": seconds(members / capacity)}
        run = from_empty(begin + recovery + 10.0, window)
        built = consumed(
            case_id,
            poisson(rate),
            work,
            run,
            partitions=members,
            replicas=members,
            partitioner="round_robin",
            faults={"outage": {"kind": "crash", "target": "station", "at": seconds(begin), "for": seconds(length)}},
        )
        return [Part(built, measure, replications=10)]

    return Case(case, parts, bars=dict.fromkeys(case.expected, FLUID), **settings)


def fewer_consumers(case_id: str, **settings: Any) -> Case:
    """A third of the fleet is gone for good: what is left is overloaded, and lag grows by the difference."""
    case = known(case_id)
    instances, lost = case.inputs["instances"], case.inputs["lost"]
    rate = instances * case.inputs["utilization"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        arrived = seen.group("readers", f.groups.GROUP_APPENDED)
        handled = seen.group("readers", f.groups.GROUP_APPLIED)
        work = seen.group("readers", f.groups.GROUP_HELD) / SECOND / handled
        return {
            "new_utilization": arrived / seen.time * work / (instances - lost),
            "lag_growth_fraction_of_arrivals": (arrived - handled) / arrived,
        }

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(8e4 * effort, rate)
        gone = {"kind": "crash", "target": "station", "replicas": lost, "at": "1s", "for": "100000h"}
        partitions = 2 * 3 * lost  # shared out evenly before and after: two for each of 30, three for each of 20
        built = consumed(
            case_id,
            poisson(rate),
            exponential(1.0),
            run,
            partitions=partitions,
            replicas=instances,
            faults={"gone": gone},
        )
        return [Part(built, measure)]

    return Case(case, parts, bars=dict.fromkeys(case.expected, FLUID), **settings)


# -- how many consumers a group is worth


def effective_parallelism(**settings: Any) -> Case:
    """Partitions that do not divide: the consumers with one more are the limit, long before all are busy.

    12 partitions on 5 consumers: two have three partitions, three have two. All messages alike, a consumer with k
    partitions is an M/M/1 with rate lambda * k / 12. It stays stable up to lambda = 4 (= P / ceil(P / c)), not 5; beyond,
    only those two fall behind; all five are busy at last when lambda * 2 / 12 >= 1.
    """
    below, beyond, flooded = 3.4, 4.6, 10.0
    large, small = below * 3 / 12, below * 2 / 12
    case = Known(
        id="S-11-parallelism",
        title="12 partitions on 5 consumers: worth 4, not 5",
        model="consumer group",
        inputs={"partitions": 12, "consumers": 5, "consumer_rate": 1.0, "rates": [below, beyond, flooded]},
        expected={
            "W_below": 0.5 / (1.0 - large) + 0.5 / (1.0 - small),
            "lag_growth_beyond": 2 * (beyond * 3 / 12 - 1.0),
            "throughput_beyond": 2 * 1.0 + 3 * beyond * 2 / 12,
            "throughput_flooded": 5.0,
        },
        source="range assignment, P / ceil(P / c); M/M/1 splitting",
    )

    def stable(batch: Sequence[Observed]) -> Figures:
        return {"W_below": batch[0].mean_age("readers")}

    def growing(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        arrived, handled = seen.group("readers", f.groups.GROUP_APPENDED), seen.group("readers", f.groups.GROUP_APPLIED)
        return {"lag_growth_beyond": (arrived - handled) / seen.time, "throughput_beyond": handled / seen.time}

    def saturated(batch: Sequence[Observed]) -> Figures:
        return {"throughput_flooded": batch[0].group("readers", f.groups.GROUP_APPLIED) / batch[0].time}

    def part(rate: float, requests: float, measure: Any) -> Part:
        run = long_run(requests, rate)
        built = consumed("s-11", poisson(rate), exponential(1.0), run, partitions=12, replicas=5)
        return Part(built, measure, label=f"rate {rate}")

    def parts(effort: float) -> Sequence[Part]:
        return [
            part(below, 1.5e5 * effort, stable),
            part(beyond, 1.5e5 * effort, growing),
            part(flooded, 5e4 * effort, saturated),
        ]

    return Case(case, parts, **settings)


ROUNDED = "rounded by its source; the figure it rounds is judged"

CASES: tuple[Case, ...] = (
    partitioned("A-PARTITION-vs-SHARED", left={"ratio": "the quotient of the two figures that are judged"}, fast=0.6),
    hashed("A-BINS-1000-100", left={"published": ROUNDED}, fast=1.0),
    hashed("A-BINS-10000-100", left={"published": ROUNDED}),
    lag_after_outage("A-LAG-1000-1500-60", fast=1.0),
    lag_after_outage("A-LAG-500-2000-120", fast=1.0),
    fewer_consumers("A-LAG-inflight", fast=1.0),
    effective_parallelism(fast=1.0),
)
