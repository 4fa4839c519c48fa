"""Effects counted in a naive way: from the event log alone, trace by trace, after the run.

    log --by trace--> applied at 12 ms, 31 ms    replied: timeout at 20 ms    closed at 40 ms
                      --> applied 1, doubled 1, told failed 1
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from sim.record.outcomes import OK
from sim.scenario.effect_steps import Effect
from sim.scenario.row_steps import Outbox
from sim.scenario.steps import Call, Choose, Fail, Parallel, Publish, Saga, Transaction, Try
from sim.scenario.stream_steps import Append
from sim.semantics import order
from sim.semantics.sagas import PARKED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

Way = frozenset[str]


# -- what a flow may and must have: by writing down every way


def ways_of(scenario: Scenario, operation: str, *, fails: bool = True) -> set[Way]:
    """The effects of every way in which a run of an operation can end well. For scenarios in which nothing goes in a circle.

    Not ``fails``: as if no step failed for sure, which is what is owed for a message whose client was told ok.
    """
    service, _, name = operation.partition(".")
    return _ways(scenario, scenario.services[service].operations[name], fails)


def _ways(scenario: Scenario, steps: Iterable[Any], fails: bool) -> set[Way]:  # noqa: FBT001, C901, PLR0912 - one case for each kind of step
    found: set[Way] = {frozenset()}
    for step in steps:
        if isinstance(step, Effect):
            found = {way | {step.effect} if step.undoes is None else way for way in found}
        elif isinstance(step, Call):
            found = _and(found, _of_call(scenario, step, fails))
        elif isinstance(step, Parallel):
            for call in step.parallel:
                found = _and(found, _of_call(scenario, call, fails))
        elif isinstance(step, Publish | Outbox | Append):
            for group in scenario.subscriptions.values():
                if group.channel == _channel(scenario, step):
                    found = _and(found, ways_of(scenario, group.operation, fails=False))
        elif isinstance(step, Try):
            found = _and(found, _of_try(scenario, step, fails))
        elif isinstance(step, Choose):
            found = _and(found, {way for branch in step.choose for way in _ways(scenario, branch.steps, fails)})
        elif isinstance(step, Transaction):
            found = _and(found, _ways(scenario, step.steps, fails))
        elif isinstance(step, Saga) and step.answer == "when_done":
            for one in step.steps:
                found = _and(found, _of_call(scenario, one.do, fails))
        elif isinstance(step, Fail) and step.fail == 1.0 and fails:
            found = set()
    return found


def _of_call(scenario: Scenario, call: Call, fails: bool) -> set[Way]:  # noqa: FBT001
    instead = _ways(scenario, call.fallback, fails) if call.fallback else set()
    return ways_of(scenario, call.call, fails=fails) | instead | ({frozenset()} if call.optional else set())


def _of_try(scenario: Scenario, step: Try, fails: bool) -> set[Way]:  # noqa: FBT001
    """All went well; or what was done before one of the steps failed, and then what is caught."""
    found = _ways(scenario, step.steps, fails)
    for done in range(len(step.steps)):
        found |= _and(_ways(scenario, step.steps[:done], fails), _ways(scenario, step.catch, fails))
    return found


def _and(one: set[Way], other: set[Way]) -> set[Way]:
    return {a | b for a in one for b in other}


def may_and_must(scenario: Scenario) -> dict[tuple[str, str], bool]:
    """For each flow and effect that it may have: whether it is on every way that ends well."""
    found = {}
    for name, flow in scenario.workload.items():
        ways = ways_of(scenario, flow.operation)
        every = frozenset.intersection(*ways) if ways else frozenset()
        reached = _reached(scenario, [flow.operation], set())
        found.update({(name, effect): effect in every for effect in reached})
    return found


def _reached(scenario: Scenario, operations: list[str], seen: set[str]) -> set[str]:  # noqa: C901 - the same
    effects: set[str] = set()
    for operation in operations:
        if operation in seen:
            continue
        seen.add(operation)
        service, _, name = operation.partition(".")
        steps: list[Any] = list(scenario.services[service].operations[name])
        following = []
        while steps:
            step = steps.pop()
            if isinstance(step, Effect):
                effects.add(step.effect)
            elif isinstance(step, Call):
                following.append(step.call)
                steps += step.fallback
            elif isinstance(step, Try):
                steps += [*step.steps, *step.catch]
            elif isinstance(step, Parallel):
                steps += step.parallel
            elif isinstance(step, Choose):
                steps += [inner for branch in step.choose for inner in branch.steps]
            elif isinstance(step, Transaction):
                steps += step.steps
            elif isinstance(step, Saga):
                following += [one.do.call for one in step.steps]
                undone = {"orchestrator": step.steps, "events": _before_pivot(step), "two_phase": ()}[step.by]
                following += [one.undo.call for one in undone if one.undo is not None]
            elif isinstance(step, Publish | Outbox | Append):
                following += _handling(scenario, _channel(scenario, step))
        effects |= _reached(scenario, following, seen)
    return effects


def _before_pivot(saga: Saga) -> list[Any]:
    """The steps that by events somebody may be told to undo: those before the last, and before the first that cannot be."""
    found = []
    for step in saga.steps[:-1]:
        if step.pivot or step.undo is None:
            break
        found.append(step)
    return found


def _channel(scenario: Scenario, step: Publish | Outbox | Append) -> str:
    """Where a message goes that a step leads to; nowhere, if the stream that it appends to publishes nothing."""
    if isinstance(step, Append):
        streams = {name: one for store in scenario.stores.values() for name, one in store.streams.items()}
        return streams[step.append.stream].publishes or ""
    return step.publish if isinstance(step, Publish) else step.outbox


def _handling(scenario: Scenario, channel: str) -> list[str]:
    """The operations that handle what is published to a topic or a queue, and what they fail at."""
    found = [group.operation for group in scenario.subscriptions.values() if group.channel == channel]
    for group in scenario.subscriptions.values():
        if group.channel == channel and group.handed_on_to is not None:
            found += _handling(scenario, group.handed_on_to)
    for broker in scenario.brokers.values():
        queue = getattr(broker, "queues", {}).get(channel)
        if queue is not None and queue.dead_letter is not None:
            found += _handling(scenario, queue.dead_letter.to)
    return found


# -- what became of them: from the log


@dataclass
class Story:
    """What the log says of a trace; each moment is (row of the log, time)."""

    flow: int = -1
    applied: dict[int, list[tuple[int, int, bool]]] = field(default_factory=lambda: defaultdict(list))
    void_from: dict[int, int] = field(default_factory=dict)
    """The row in which an effect was undone for the first time, or was to be."""
    absorbed: dict[int, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Times at which an effect changed nothing, as it was void, or had nothing to undo."""
    replied: tuple[int, int] | None = None
    well: bool = False
    closed: tuple[int, int] | None = None
    parked: list[tuple[int, int]] = field(default_factory=list)


def stories(record: Record) -> list[Story]:
    """Every trace of a run, from its log, which must be whole."""
    assert record.log_lost == 0
    found: dict[int, Story] = defaultdict(Story)
    for row, (time, fact, identity, value) in enumerate(record.log.tolist()):
        story = found[identity >> (order.PLACE_BITS + order.OCCURRENCE_BITS)]
        if fact == f.facts.FACT_OFFERED:
            story.flow = value
        elif fact == f.facts.FACT_EFFECT and value >> 1 in story.void_from:
            story.absorbed[value >> 1].append(time)
        elif fact == f.facts.FACT_EFFECT:
            story.applied[value >> 1].append((row, time, value & 1 == 1))
        elif fact == f.facts.FACT_VOIDED:
            undoing, undone = divmod(value, 2**20)
            story.void_from.setdefault(undone, row)
            if undone not in story.applied:
                story.absorbed[undoing].append(time)
        elif fact == f.facts.FACT_REPLIED:
            story.replied, story.well = (row, time), value == OK
        elif fact == f.facts.FACT_CLOSED:
            story.closed = (row, time)
        elif fact == f.facts.FACT_SAGA_ENDED and value == PARKED:
            story.parked.append((row, time))
    return [story for story in found.values() if story.flow >= 0]


def counted(record: Record) -> tuple[Any, Any]:
    """The effects and their levels that a record of this log must have."""
    network = record.network
    effects = np.zeros((network.windows, len(network.effects), f.effects.EFFECT_FIELDS), dtype=np.int64)
    levels = np.zeros((len(network.effects), f.effects.EFFECT_LEVELS), dtype=np.int64)
    needed = may_and_must(network.scenario)
    told = stories(record)
    for number, row in enumerate(network.effects):
        must = needed[network.flows[row.flow].name, network.effect_names[row.effect]]
        of_flow = [story for story in told if story.flow == row.flow]
        for story in of_flow:
            add_up(story, row.effect, effects[:, number], levels[number], network.window, must=must)
    return effects, levels


def add_up(  # noqa: C901 - one case for each column
    story: Story, effect: int, cells: Any, level: Any, window: int, *, must: bool
) -> None:
    """Count what became of one effect in one trace, each at the later of the moments that make it true."""

    def add(column: int, *moments: int) -> None:
        cells[max(moments) // window, column] += 1

    times = story.applied.get(effect, [])
    for _, time, idempotent in times[1:]:
        add(f.effects.EFFECT_ABSORBED if idempotent else f.effects.EFFECT_DOUBLED, time)
    for time in story.absorbed.get(effect, []):
        add(f.effects.EFFECT_ABSORBED, time)
    if times:
        add(f.effects.EFFECT_APPLIED, times[0][1])
    if story.replied is None:
        level[f.effects.LEVEL_UNTOLD] += len(times) > 0
    elif times and not story.well:
        add(f.effects.EFFECT_TOLD_FAILED, times[0][1], story.replied[1])
    elif story.well and must and story.closed is not None and (not times or story.closed[0] < times[0][0]):
        add(f.effects.EFFECT_UNDONE, story.closed[1])
        for _, time, _ in times[:1]:
            add(f.effects.EFFECT_MENDED, time)
    elif times:
        add(f.effects.EFFECT_TOLD_OK, times[0][1], story.replied[1])
    elif story.well and must:
        level[f.effects.LEVEL_PENDING] += 1
