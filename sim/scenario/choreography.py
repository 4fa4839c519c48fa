"""Sagas without an orchestrator: what the services do for each other by events, made of the same steps.

    saga order: reserve / release, charge / refund, book            (o: topic, read by a subscription of the same name)

    place ~~> o order.reserve ~~> o order.charge ~~> o order.book ~~> completed
                 | failed            | failed           | failed
                 v                   v                  v
              compensated         o order.release <~~ o order.refund

A service that is done with a step tells the next one, which is an event of the one and a command to the other; one that failed
tells the service before it to undo. So a saga takes one message for each step and each undo. Topics, subscriptions and handlers
are ordinary ones, in a copy of the scenario (`Scenario.wired`) that all who look for them see. A topic has as many partitions,
and its subscription as many consumers, as the service has workers; they are on the first log of the scenario, or on one of
their own whose latency is its hop. The retries of a call are those of its subscription; nobody waits, nothing times out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from sim.scenario.model import Flag, Model, Name
from sim.scenario.sagas import sagas_of
from sim.scenario.steps import Steps  # noqa: TC001 - pydantic looks for it

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.kinds import Broker
    from sim.scenario.sagas import DeclaredSaga
    from sim.scenario.scenario import Scenario
    from sim.scenario.steps import Call

BROKER = "sagas"
"""The broker of generated topics, where the scenario has no log."""


class Participant(Model):
    """What a service does for one step of a saga, or to undo it: made here, and not to be written."""

    saga: Name = Field(description="Which saga.")
    step: int = Field(description="Which of its steps: 0, 1, ...")
    undoes: Flag = Field(description="Whether it undoes the step.")
    operation: str = Field(description="Whose steps these are, service.operation.")
    steps: Steps = Field(description="What is done.")
    then: str = Field(description="The topic that it tells when it is done; none, and the saga has ended.")
    otherwise: str = Field(description="The topic that it tells when it has failed; none, and the saga has ended.")
    parks: Flag = Field(description="Whether the saga has ended parked when it has failed.")
    subscription: str = Field(description="Name of the subscription that leads here.")


def wired(scenario: Scenario) -> Scenario:
    """Return the scenario with the topics, subscriptions and handlers of its sagas that are led by events."""
    declared = [one for one in sagas_of(scenario) if one.saga.by == "events"]
    channels = {channel for broker in scenario.brokers.values() for channel in broker.channels}
    known = {f"{name}.{operation}" for name, service in scenario.services.items() for operation in service.operations}
    led_nowhere = any(call.call not in known for one in declared for call in one.saga.calls)
    if not declared or led_nowhere or first_topic(declared[0].saga) in channels:
        return scenario
    operations = {name: dict(service.operations) for name, service in scenario.services.items()}
    subscriptions, topics = dict(scenario.subscriptions), dict[str, Any]()
    for one in declared:
        for participant in _participants(scenario, one):
            service = participant.operation.partition(".")[0]
            handler = participant.subscription.replace(".", "-")
            operations[service][handler] = (participant,)  # type: ignore[assignment]
            reader, topic = _reading(scenario, one, participant, f"{service}.{handler}")
            subscriptions[participant.subscription], topics[participant.subscription] = reader, topic
    services = {name: one.model_copy(update={"operations": operations[name]}) for name, one in scenario.services.items()}
    changed = {"services": services, "brokers": _brokers(scenario, topics), "subscriptions": subscriptions}
    return scenario.model_copy(update=changed)


def operation_of(name: str, steps: Steps) -> str:
    """Return whose steps an operation does: those of another one, for a saga, or its own."""
    return steps[0].operation if steps and isinstance(steps[0], Participant) else name


def topic_of(saga: Any, call: Call) -> str:
    """Return the topic on which a service is told to do something for a saga."""
    service, _, operation = call.call.partition(".")
    alike = {other.call for other in saga.calls if other.call.partition(".")[2] == operation}
    return f"{saga.saga}.{operation}" if len(alike) == 1 else f"{saga.saga}.{service}-{operation}"


def first_topic(saga: Any) -> str:
    """Return the topic that begins a saga."""
    return topic_of(saga, saga.steps[0].do)


def topics_of(saga: Any) -> list[str]:
    """Return the names of all topics, and subscriptions, of a saga."""
    return list(dict.fromkeys(topic_of(saga, call) for call in saga.calls))


def _participants(scenario: Scenario, one: DeclaredSaga) -> Iterator[Participant]:
    """What each service does for a saga: of each step what does it and what undoes it."""
    saga, undo, kept = one.saga, "", False
    for number, step in enumerate(saga.steps):
        following = topic_of(saga, saga.steps[number + 1].do) if number + 1 < len(saga.steps) else ""
        yield _participant(
            scenario, one, step.do, step=number, undoes=False, then=following, otherwise="" if kept else undo, parks=kept
        )
        kept = kept or step.pivot or step.undo is None
        if step.undo is not None and following and not kept:  # what is done last is never undone
            yield _participant(scenario, one, step.undo, step=number, undoes=True, then=undo, otherwise=undo, parks=False)
            undo = topic_of(saga, step.undo)


def _participant(scenario: Scenario, one: DeclaredSaga, call: Call, **about: Any) -> Participant:
    service, _, operation = call.call.partition(".")
    steps = scenario.services[service].operations[operation]
    name = topic_of(one.saga, call)
    return Participant.model_construct(saga=one.saga.saga, operation=call.call, steps=steps, subscription=name, **about)


def _reading(scenario: Scenario, one: DeclaredSaga, participant: Participant, operation: str) -> tuple[Any, Any]:
    """The subscription of a participant, and the topic that it reads."""
    from sim.brokers.log import PARTITIONS_MAX, Subscription, Topic  # stands on this package

    service = scenario.services[operation.partition(".")[0]]
    step = one.saga.steps[participant.step]
    call = one.saga.undo_of(step) if participant.undoes else step.do
    reader = Subscription.model_validate({"topic": participant.subscription, "operation": operation})
    reader = reader.model_copy(update={"consumers": service.workers, "retry": None if call is None else call.retry})
    return reader, Topic(partitions=min(PARTITIONS_MAX, service.workers * service.replicas))


def _brokers(scenario: Scenario, topics: dict[str, Any]) -> dict[str, Broker]:
    """The brokers, with these topics on the first log, or on one of their own."""
    from sim.brokers.log import LogBroker  # stands on this package

    brokers = dict(scenario.brokers)
    name = next((name for name, broker in brokers.items() if isinstance(broker, LogBroker)), None)
    if name is None:
        made = LogBroker.model_construct(kind="log", latency=scenario.network.hop, topics=topics)
        return {**brokers, BROKER if BROKER not in brokers else f"{BROKER}-log": made}
    broker: Any = brokers[name]
    return {**brokers, name: broker.model_copy(update={"topics": {**broker.topics, **topics}})}
