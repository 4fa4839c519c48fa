"""Closed forms of sagas: how many complete, what they cost in undos and messages, how long they take, and who accepts.

The ids are those of the collection of exact cases that the patterns are held against; the figures are recomputed here.
"""

from __future__ import annotations

import math
from itertools import accumulate
from typing import TYPE_CHECKING

from sim.record import fields as f
from sim.record.fields.sagas import (
    SAGA_COMPENSATED,
    SAGA_COMPLETED,
    SAGA_EXPOSED,
    SAGA_EXPOSED_AREA,
    SAGA_EXPOSED_TIME,
    SAGA_PARKED,
    SAGA_TIME,
    SAGA_UNDOS,
)
from tests.stories.test_known_answers import agrees, total

if TYPE_CHECKING:
    from sim.record.record import Record

WELL = (0.9, 0.85, 0.95, 0.8)
STEPS, UNDOS = (0.02, 0.05, 0.03, 0.04), (0.02, 0.03, 0.02, 0.02)
BEFORE = list(accumulate(WELL, lambda a, b: a * b, initial=1.0))
"""The probability that the first so many steps are done."""
RATE = 50


def scenario(by: str = "", undo_fails: float = 0.0, undo_retry: str = "", seed: int = 1) -> str:
    """Four steps with exponential times and a free worker each; no hops, nothing waits."""
    services, steps = "", []
    for number, (well, step, undo) in enumerate(zip(WELL, STEPS, UNDOS, strict=True)):
        done = f"do{number}: [{{work: {{kind: exponential, mean: {step * 1000:g}ms}}}}, {{fail: {1 - well:.4g}}}]"
        undone = f"undo{number}: [{{work: {{kind: exponential, mean: {undo * 1000:g}ms}}}}, {{fail: {undo_fails}}}]"
        services += f"  s{number}: {{workers: 1000, operations: {{{done}, {undone}}}}}\n"
        steps.append(f"{{do: {{call: s{number}.do{number}}}, undo: {{call: s{number}.undo{number}}}}}")
    saga = f"{{saga: trip, answer: when_started, {by}steps: [{', '.join(steps)}]{undo_retry}}}"
    return f"""
services:
  a: {{workers: 10, operations: {{go: [{saga}]}}}}
{services}
workload: {{go: {{operation: a.go, arrivals: {{kind: poisson, rate: {RATE}/s}}}}}}
run: {{horizon: 330s, warmup: 30s, window: 30s, replications: 10, seed: {seed}}}
"""


def saga(record: Record, column: int) -> int:
    """A counter of the saga after the warm-up."""
    return total(record.tables["sagas"], 0, column)


def ended(record: Record) -> int:
    """How many ended after the warm-up."""
    return sum(saga(record, column) for column in (SAGA_COMPLETED, SAGA_COMPENSATED, SAGA_PARKED))


def test_how_many_complete() -> None:
    """P-SG-OUTCOME: the product of the probabilities."""
    exact = math.prod(WELL)
    agrees(scenario(), lambda record: saga(record, SAGA_COMPLETED) / ended(record), exact)
    assert abs(exact - 0.5814) < 1e-9


def test_undos_and_messages_of_an_orchestrator() -> None:
    """P-SG-OUTCOME: a command and a reply for each step that is tried, and for each undo."""
    undos = sum(BEFORE[k] * (1 - p) * k for k, p in enumerate(WELL))
    tried = sum(BEFORE[:-1])

    def messages(record: Record) -> float:
        calls = record.edges[1:, :, f.edges.EDGE_ATTEMPTS].sum() - total(record.flows, 0, f.flows.FLOW_OFFERED)
        return 2 * calls / ended(record)

    agrees(scenario(), lambda record: saga(record, SAGA_UNDOS) / ended(record), undos)
    agrees(scenario(), messages, 2 * (tried + undos))
    assert abs(undos - 0.64755) < 1e-9
    assert abs(2 * (tried + undos) - 8.0786) < 1e-9


def test_messages_of_a_choreography() -> None:
    """P-SG-OUTCOME: one event for each step that is tried, and for each undo; the one that begins it is the first command."""
    exact = sum(BEFORE[:-1]) + sum(BEFORE[k] * (1 - p) * k for k, p in enumerate(WELL))

    def messages(record: Record) -> float:
        return record.groups[1:, :, f.groups.GROUP_APPENDED].sum() / ended(record)

    agrees(scenario("by: events, "), messages, exact)
    agrees(scenario("by: events, "), lambda record: saga(record, SAGA_COMPLETED) / ended(record), math.prod(WELL))
    assert abs(exact - 4.0393) < 1e-9


def test_how_long_they_take_and_are_seen_half_done() -> None:
    """P-SG-DURATION: steps until one fails, undos of those before it; visible from the first step's end, by Little."""
    duration = sum(before * step for before, step in zip(BEFORE, STEPS, strict=False))
    duration += sum(BEFORE[k] * (1 - p) * sum(UNDOS[:k]) for k, p in enumerate(WELL))
    window = (duration - STEPS[0]) / WELL[0]
    visible = RATE * WELL[0] * window
    for by in ("", "by: events, "):
        agrees(scenario(by), lambda record: saga(record, SAGA_TIME) / ended(record) / 1e9, duration)
        agrees(scenario(by), lambda record: saga(record, SAGA_EXPOSED_AREA) / 300e9, visible)
    agrees(scenario(), lambda record: saga(record, SAGA_EXPOSED_TIME) / saga(record, SAGA_EXPOSED) / 1e9, window)
    assert abs(duration - 0.131807) < 1e-9
    assert abs(window - 0.12423) < 1e-9
    assert abs(visible - 5.59035) < 1e-9


def test_undos_that_fail() -> None:
    """P-SG-PARKED: three attempts at each undo, and the others are tried even so."""
    lost = 0.4**3
    well = sum(BEFORE[k] * (1 - p) * (1 - lost) ** k for k, p in enumerate(WELL))
    retry = ", undo_retry: {kind: fixed, attempts_max: 3, delay: 0s}"
    for by in ("", "by: events, "):
        text = scenario(by, undo_fails=0.4, undo_retry=retry, seed=2)
        agrees(text, lambda record: saga(record, SAGA_COMPENSATED) / ended(record), well)
        agrees(text, lambda record: saga(record, SAGA_PARKED) / ended(record), 1 - math.prod(WELL) - well, sharp=0.03)
    assert abs(well - 0.37906143) < 1e-8
