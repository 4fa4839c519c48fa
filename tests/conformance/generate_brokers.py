"""What generated scenarios have of brokers beside topics and queues: keys, retention, extensions, redrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.scenario.units import parse_duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.conformance.generate import Generator

Data = dict[str, Any]


def add_broker_settings(make: Generator, whole: Data, horizon: int) -> None:
    """Settings of brokers that the rest of a scenario does not hang on, after everything else."""
    topics = {name: topic for broker in whole["brokers"].values() for name, topic in broker.get("topics", {}).items()}
    queues = {name: queue for broker in whole["brokers"].values() for name, queue in broker.get("queues", {}).items()}
    add_keys(make, topics)
    for topic in topics.values():
        if make.chance(40):
            topic["retention"] = {"time": make.pick([make.ms(1, 9), "1ms", "3ms", make.ms(5, 40)])}
    for reader in whole["subscriptions"].values():
        if "queue" in reader and reader.get("ack", "after") == "after" and make.chance(60):
            every, visibility = make.pick(["1ms", "2ms", make.ms(1, 4)]), queues[reader["queue"]]["visibility"]
            in_time = parse_duration(every) < parse_duration(visibility)
            reader["extend_visibility"] = {"every": every if in_time else "400us"}
    read = {reader.get("queue") for reader in whole["subscriptions"].values()}
    for queue in queues.values():
        dead = queue.get("dead_letter")
        if dead is not None and dead["to"] not in read and make.chance(90):
            at, every = f"{make.number(1, horizon - 1)}ms", make.ms(1, 4)
            when = make.pick([{"every": every}, {"at": at, "every": every}, {"at": at}])
            dead["deliveries_max"] = 1
            dead["redrive"] = {"rate": make.pick(["1000/s", "200/s", "333/s"]), **when}


def add_sizes(make: Generator, whole: Data) -> None:
    """Some topics that only handlers publish to keep a number of bytes, of messages of several sizes."""
    rebuilt = [name for name, one in whole.get("projections", {}).items() if one]
    for name, topic in topics_of(whole).items():
        inside = list(mappings_in([whole["services"], whole.get("stores", {})]))
        if rebuilt or any(name in {one.get("outbox"), one.get("publishes")} for one in inside) or not make.chance(35):
            continue
        steps = [one for one in inside if one.get("publish") == name]
        topic["retention"] = {**topic.get("retention", {}), "bytes": make.pick(["3kB", "1kB", "2KiB", "10kB"])}
        for step in steps:
            step["size"] = make.pick(["1kB", "300B", "1B", "700B"])


def topics_of(whole: Data) -> Data:
    """The topics of all brokers."""
    return {name: topic for broker in whole["brokers"].values() for name, topic in broker.get("topics", {}).items()}


def mappings_in(value: Any) -> Iterator[Data]:
    """Every mapping in plain data, however deep."""
    if isinstance(value, dict):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from mappings_in(inner)


def add_keys(make: Generator, topics: Data) -> None:
    """Some messages to topics that are partitioned by key have that of their trace."""
    by_key = {name for name, topic in topics.items() if topic["partitioner"] == "key"}
    for handler in make.programs:
        for step in publishes_in(handler):
            if step["publish"] in by_key and make.chance(30):
                step["key"] = "trace"


def publishes_in(steps: list[Any]) -> list[Data]:
    """Every publish among steps, and in their branches."""
    found: list[Data] = []
    for step in steps:
        found += [step] if "publish" in step else []
        found += publishes_in(step.get("steps", [])) if "transaction" in step else []
        for branch in step.get("choose", []):
            found += publishes_in(branch["steps"])
    return found
