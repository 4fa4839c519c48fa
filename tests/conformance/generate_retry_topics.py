"""Consumer groups that hand on what they fail at, and that wait before they handle a message, in scenarios by the dozen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.units import parse_duration
from tests.conformance.generate_brokers import topics_of

if TYPE_CHECKING:
    from tests.conformance.generate import Generator

Data = dict[str, Any]


def add_retry_topics(make: Generator, whole: Data) -> None:
    """Some subscriptions to topics have a retry topic; what fails there too goes on, is dropped, or has a topic to itself."""
    for name, group in list(whole["subscriptions"].items()):
        if "topic" not in group or not make.chance(70):
            continue
        retry = group.pop("retry", None)
        to = f"{group['topic']}.again"
        group["on_failure"] = {"then": to, **({} if retry is None else {"retry": retry})}
        source = topics_of(whole)[group["topic"]]
        if make.chance(25):
            group["delay"] = shorter(make.pick(["1ms", make.ms(1, 4)]), source)
        if to not in topics_of(whole):
            add_topic(make, whole, to, source)
            again = reader(make, to, make.pick([group["operation"], group["operation"], make.operations[-1]]))
            again["delay"] = shorter(make.pick(["0s", "1ms", make.ms(1, 6), "3ms"]), source)
            if make.chance(70):
                whole["subscriptions"][f"{name}-again"] = again
            if make.chance(60):
                dead = f"{group['topic']}.dead"
                again["on_failure"] = {"then": dead}
                if make.chance(40):
                    again["on_failure"]["retry"] = {"kind": "fixed", "attempts_max": 2, "delay": make.pick(["0s", "1ms"])}
                add_topic(make, whole, dead, source)
                if make.chance(30):
                    whole["subscriptions"][f"{name}-dead"] = reader(make, dead, make.operations[-1])


def add_topic(make: Generator, whole: Data, name: str, source: Data) -> None:
    """A topic of one of the logs, that keeps messages as the first one does: so that a read model may be rebuilt from both."""
    logs = [broker for broker in whole["brokers"].values() if "topics" in broker]
    settings = {"partitions": make.number(1, 3), "partitioner": make.pick(["key", "round_robin"])}
    if "retention" in source:
        settings["retention"] = dict(source["retention"])
    make.pick(logs)["topics"][name] = settings


def reader(make: Generator, topic: str, operation: str) -> Data:
    """A consumer group of such a topic."""
    return {**make.subscription(topic, operation, None), "commit_every": make.pick([1, 1, 2])}


def shorter(delay: str, topic: Data) -> str:
    """A delay that messages outlast."""
    kept = topic.get("retention", {}).get("time")
    return delay if kept is None or parse_duration(delay) <= parse_duration(kept) else kept
