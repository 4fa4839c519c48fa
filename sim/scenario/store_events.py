"""What stores publish themselves: the events that are appended to their streams, in the same instant.

    append: {stream: account, events: 2}   -->   append, publish account.changed, publish account.changed

A publish follows its append at once, so that no crash comes between them: as a store does that lets others read on in its log.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.steps import Call, Choose, Lock, Publish, Transaction, Try
from sim.scenario.stream_steps import Append

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def with_store_events(scenario: Scenario) -> Scenario:
    """Return the scenario with a publish behind each append to a stream that publishes; itself where none does."""
    topics = {name: one.publishes for store in scenario.stores.values() for name, one in store.streams.items() if one.publishes}
    brokers = {channel: broker for broker in scenario.brokers.values() for channel in broker.channels}
    events = {
        name: Publish(topic, confirm=False)
        for name, topic in topics.items()
        if topic in brokers
    }
    if not events:
        return scenario
    services = {
        name: service.model_copy(
            update={"operations": {one: _followed(steps, events) for one, steps in service.operations.items()}}
        )
        for name, service in scenario.services.items()
    }
    return scenario.model_copy(update={"services": services})


def _followed(steps: tuple[Any, ...], events: dict[str, Publish]) -> tuple[Any, ...]:
    """Steps with what follows their appends."""
    return tuple(_followed_one(step, events) for step in steps)


def _followed_one(step: Any, events: dict[str, Publish]) -> Any:
    if isinstance(step, Append) and step.append.stream in events:
        return step.followed_by((events[step.append.stream],) * step.append.events)
    if isinstance(step, Transaction | Lock):
        return step.model_copy(update={"steps": _followed(step.steps, events)})
    if isinstance(step, Choose):
        ways = tuple(one.model_copy(update={"steps": _followed(one.steps, events)}) for one in step.choose)
        return step.model_copy(update={"choose": ways})
    if isinstance(step, Try):
        return step.model_copy(update={"steps": _followed(step.steps, events), "catch": _followed(step.catch, events)})
    if isinstance(step, Call) and step.fallback:
        return step.model_copy(update={"fallback": _followed(step.fallback, events)})
    return step
