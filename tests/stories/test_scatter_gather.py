"""What the page on scatter and gather says in words, as assertions."""

from __future__ import annotations

import math
from typing import Any

from sim.record import fields as f
from tests.stories.story import result_of

FOLDER = "scatter-gather"
CALM = ("faults={}",)
IN_TIME = [1 - math.exp(-400 / mean) for mean in (50, 80, 120, 200)]


def of(variant: str, path: str, *overrides: str) -> Any:
    """The estimate of a metric of a variant."""
    return result_of(FOLDER, variant, overrides).estimate(path)


def test_one_answer_in_six_is_not_complete() -> None:
    """All four are in time with the product of their probabilities; how many there are is the sum."""
    assert (round(100 * math.prod(IN_TIME), 1), round(100 * IN_TIME[3], 1)) == (82.8, 86.5)
    whole = of("all", "ask.errors", *CALM)
    assert whole.low < 1 - math.prod(IN_TIME) < whole.high
    slow = of("sync", "slow.errors", *CALM)
    assert slow.low < 1 - IN_TIME[3] < slow.high
    records = result_of(FOLDER, "sync", CALM).records
    edges = [number for number, one in enumerate(records[0].network.edges) if one.caller == "front.ask"]
    there = sum(int(one.edges[20:, edges, f.edges.EDGE_SETTLED].sum()) for one in records)
    asked = sum(int(one.flows[20:, 0, f.flows.FLOW_SETTLED].sum()) for one in records)
    assert abs(there / asked - sum(IN_TIME)) < 0.005
    assert abs(sum(IN_TIME) - 3.8219173) < 1e-6


def test_the_call_with_a_deadline_wins() -> None:
    """It always has an answer in time; all or none fails one in six; the topic has fewer in time than that."""
    assert of("sync", "ask.errors", *CALM).high == of("sync", "ask.late", *CALM).high == 0
    assert of("sync", "ask.latency.p99", *CALM).mean <= 0.4
    assert of("topic", "ask.late", *CALM).low > of("all", "ask.errors", *CALM).mean
    assert of("sync", "ask.goodput").low > of("all", "ask.goodput").high > of("topic", "ask.goodput").mean


def test_what_is_not_waited_for_is_done_all_the_same() -> None:
    """A fifth of the work is for nobody while callers stop waiting; nothing of it with the topic."""
    assert 0.18 < of("sync", "waste").mean < 0.22
    assert of("topic", "waste").high == 0
    assert of("sync", "slow.errors").mean > of("sync", "slow.errors", *CALM).high
