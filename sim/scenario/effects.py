"""Which effects a flow may have, and which it must have: the steps `effect`, followed along calls and topics.

    flow order -> shop.order: [work, effect: order.taken, call: pay.charge, publish: order.placed]
                                         |                      |                 '~> mail.send: [effect: mail.sent]
                                         |                      '-> [choose: [[effect: card.charged], [effect: points.used]]]
                                         v
    may have   order.taken, mail.sent, card.charged, points.used
    must have  order.taken, mail.sent                               on every way that ends well

A flow *must have* an effect when the client cannot be told ok without it, or without a message that has to bring it about:
what comes after a call that is not optional, in every branch of a choice, and in the handler of every group that reads a
topic published to. A saga that is begun promises nothing, as it may be undone; one that is waited for must have what its steps
do. A way that can only fail (`fail: 100%`) is no way that ends well, and does not count; but the handler of a
message comes after the client was told, and must bring its effects about however it fails. What undoes another effect is
promised to nobody, as there may be nothing to undo.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from operator import and_, or_
from typing import TYPE_CHECKING

from sim.scenario.callgraph import readers_by_channel
from sim.scenario.choreography import Participant, first_topic
from sim.scenario.effect_steps import Deduplication, Effect
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import Problem, did_you_mean, field_path
from sim.scenario.row_steps import Outbox
from sim.scenario.step_walks import channel_of, inner_steps
from sim.scenario.steps import Call, Choose, Fail, Lock, Parallel, Publish, Saga, Transaction, Try
from sim.scenario.stream_steps import Append

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.problems import Location
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Step

NEVER_WELL = -1
"""The set of effects of what cannot end well: all of them, so that it takes nothing from a choice."""


@dataclass(frozen=True, slots=True)
class FlowEffect:
    """An effect that a flow may have; a row of a record's effects. ``required``: it must have it to be done well."""

    name: str
    flow: int
    effect: int
    required: bool


@once_a_scenario
def effect_names(scenario: Scenario) -> tuple[str, ...]:
    """Return the names of all effects, in the order in which they are met first."""
    names: dict[str, None] = {}
    for _, steps in _handlers(scenario):
        names.update((step.effect, None) for step in _flat(steps) if isinstance(step, Effect))
    return tuple(names)


@once_a_scenario
def flow_effects(scenario: Scenario) -> tuple[FlowEffect, ...]:
    """Return the effects that each flow may have, flow by flow; names must lead somewhere."""
    names = effect_names(scenario)
    if not names:
        return ()
    sets = _Sets(scenario, {name: 1 << number for number, name in enumerate(names)})
    return tuple(
        FlowEffect(f"{flow}: {name}", number, effect, bool(sets.must(one.operation) >> effect & 1))
        for number, (flow, one) in enumerate(scenario.workload.items())
        for effect, name in enumerate(names)
        if sets.may[one.operation] >> effect & 1
    )


def check_undone(scenario: Scenario) -> Iterator[Problem]:
    """An error for each effect that undoes itself, or one that no step applies."""
    names = effect_names(scenario)
    for service, settings in scenario.services.items():
        for operation, steps in settings.operations.items():
            for loc, step in _undoing(steps, ("services", service, "operations", operation)):
                if step.undoes == step.effect:
                    message = f"'{step.undoes}' cannot undo itself; name the effect that it undoes"
                elif step.undoes not in names:
                    message = f"no step applies '{step.undoes}'; {did_you_mean(str(step.undoes), names, noun='effects')}"
                else:
                    continue
                yield Problem(field=field_path((*loc, "undoes")), message=message, loc=(*loc, "undoes"))


def _undoing(steps: Sequence[Step], loc: Location) -> Iterator[tuple[Location, Effect]]:
    """The steps that undo an effect, and where they stand."""
    for position, step in enumerate(steps):
        if isinstance(step, Effect) and step.undoes is not None:
            yield (*loc, position), step
        for at, inner in inner_steps(step):
            yield from _undoing(inner, (*loc, position, *at))


@once_a_scenario
def undoing(scenario: Scenario) -> frozenset[str]:
    """Return the effects that undo others."""
    steps = (step for _, steps in _handlers(scenario) for step in _flat(steps))
    return frozenset(step.effect for step in steps if isinstance(step, Effect) and step.undoes is not None)


@once_a_scenario
def undos_are_told(scenario: Scenario) -> bool:
    """Whether all undos of sagas apply effects, and all of these say what they undo."""
    handlers = dict(_handlers(scenario))
    for step in (step for steps in handlers.values() for step in _flat(steps) if isinstance(step, Saga)):
        for undo in (one.undo for one in step.steps if one.undo is not None):
            effects = [inner for inner in _flat(handlers[undo.call]) if isinstance(inner, Effect)]
            if not effects or any(effect.undoes is None for effect in effects):
                return False
    return True


@once_a_scenario
def appliers(scenario: Scenario) -> dict[str, frozenset[str]]:
    """Return the operations that may apply each effect, by themselves or by what they call and publish."""
    names = effect_names(scenario)
    may = _Sets(scenario, {name: 1 << number for number, name in enumerate(names)}).may if names else {}
    return {name: frozenset(one for one, found in may.items() if found >> number & 1) for number, name in enumerate(names)}


@once_a_scenario
def doubling(scenario: Scenario) -> frozenset[str]:
    """Return the effects that some step applies twice where it is run twice: not idempotent ones."""
    steps = (step for _, steps in _handlers(scenario) for step in _flat(steps))
    return frozenset(step.effect for step in steps if isinstance(step, Effect) and not _absorbs(step, scenario))


def _absorbs(step: Effect, scenario: Scenario) -> bool:
    """Whether applying an effect once more is absorbed for as long as a run lasts."""
    if isinstance(step.idempotent, Deduplication):
        return step.idempotent.window >= scenario.run.horizon
    return step.idempotent


class _Sets:
    """Sets of effects by operation, as bits, that grow until nothing changes: so what feeds itself by events has an end too.

    What cannot end well is settled first, as if no effect had a bit.
    """

    def __init__(self, scenario: Scenario, bits: dict[str, int]) -> None:
        self.bits = dict.fromkeys(bits, 0)
        self.handlers = dict(_handlers(scenario))
        self.readers = readers_by_channel(scenario)
        self.all_readers = readers_by_channel(scenario, failing=True)
        self.well = dict.fromkeys(self.handlers, 0)
        self.promised = dict.fromkeys(self.handlers, 0)
        self.may = dict.fromkeys(self.handlers, 0)
        order = self.order()
        self.settle(order)
        self.bits = bits
        self.settle(order)

    def settle(self, order: Sequence[str]) -> None:
        """Let all sets grow until nothing changes."""
        changed = True
        while changed:
            changed = False
            for name in order:
                steps = self.handlers[name]
                found = (self.well_of(steps), self.well_of(steps, fails=False), self.may_of(steps))
                changed |= found != (self.well[name], self.promised[name], self.may[name])
                self.well[name], self.promised[name], self.may[name] = found

    def must(self, operation: str) -> int:
        """What a run of an operation has when it ends well; nothing when it cannot."""
        well = self.well[operation]
        return 0 if well == NEVER_WELL else well

    def order(self) -> list[str]:
        """The operations, those that others lead to first, as far as there is such an order; chains may be long."""
        found: dict[str, None] = {}
        seen: set[str] = set()
        for root in self.handlers:
            stack = [(root, False)]
            while stack:
                name, below = stack.pop()
                if below:
                    found[name] = None
                elif name not in seen:
                    seen.add(name)
                    stack.append((name, True))
                    stack.extend((after, False) for after in self.following(name))
        return list(found)

    def following(self, name: str) -> Iterator[str]:
        """The operations that a handler leads to, by calls and events."""
        for step in _flat(self.handlers[name]):
            if isinstance(step, Call):
                yield step.call
            elif isinstance(step, Publish | Outbox):
                yield from self.all_readers.get(channel_of(step), ())

    def well_of(self, steps: Sequence[Step], *, fails: bool = True) -> int:
        """What steps have done when they end well; `NEVER_WELL` when they cannot. Not ``fails``: as if no step only failed."""
        return reduce(or_, (self.well_of_one(step, fails=fails) for step in steps), 0)

    def well_of_one(self, step: Step, *, fails: bool) -> int:  # noqa: PLR0911 - one return for each kind of step
        """The same of one step."""
        match step:
            case Effect():
                return 0 if step.undoes else self.bits[step.effect]
            case Call():
                well = 0 if step.optional else (self.well if fails else self.promised)[step.call]
                return well & self.well_of(step.fallback, fails=fails) if step.fallback else well
            case Parallel():
                parts = [tuple(step.calls.values()), *step.branches.values()] if step.needed == len(step.parallel) else []
                return reduce(or_, (self.well_of(part, fails=fails) for part in parts), 0)
            case Try():
                return self.well_of(step.steps, fails=fails) & self.well_of(step.catch, fails=fails)
            case Publish() | Outbox():
                return reduce(or_, map(self.promised.__getitem__, self.readers.get(channel_of(step), ())), 0)
            case Choose():
                return reduce(and_, (self.well_of(branch.steps, fails=fails) for branch in step.choose))
            case Saga():
                return self.well_of([one.do for one in step.steps], fails=fails) if step.answer == "when_done" else 0
            case Fail():
                return NEVER_WELL if fails and step.fail >= 1.0 else 0
            case Transaction() | Lock() | Append():
                return reduce(or_, (self.well_of(inner, fails=fails) for _, inner in inner_steps(step)), 0)
        return 0

    def may_of(self, steps: Sequence[Step]) -> int:
        """What steps may do, on any way."""
        found = 0
        for step in _flat(steps):
            if isinstance(step, Effect):
                found |= self.bits[step.effect]
            elif isinstance(step, Call):
                found |= self.may[step.call]
            elif isinstance(step, Publish | Outbox):
                for reader in self.all_readers.get(channel_of(step), ()):
                    found |= self.may[reader]
        return found


def _handlers(scenario: Scenario) -> Iterator[tuple[str, Sequence[Step]]]:
    for service, settings in scenario.wired.services.items():
        for operation, steps in settings.operations.items():
            yield f"{service}.{operation}", steps


def _flat(steps: Sequence[Step]) -> Iterator[Step]:
    """Steps with those of branches, the calls that go in parallel, and those of sagas."""
    for step in steps:
        yield step
        if isinstance(step, Parallel):
            yield from step.calls.values()
        elif isinstance(step, Participant):
            yield from _flat(step.steps)
            yield from (Publish(topic) for topic in (step.then, step.otherwise) if topic)
        elif isinstance(step, Saga) and step.by == "events":
            yield Publish(first_topic(step))
        elif isinstance(step, Saga):
            yield from step.calls
        for _, inner in inner_steps(step):
            yield from _flat(inner)
