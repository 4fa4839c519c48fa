"""Streams of events of generated scenarios: some handlers load an aggregate, do the rest of their steps and append to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_streams(generator: Generator, whole: dict[str, Any]) -> None:
    """One stream or two in a store of their own, with few aggregates, and loads and appends in about half of the handlers."""
    streams = [f"stream{n}" for n in range(generator.number(1, 2))]
    used: dict[str, int] = {}
    for number, handler in enumerate(generator.programs):
        if generator.chance(50):
            stream = generator.pick(streams)
            used[stream] = number
            add_steps(generator, handler, stream)
    if not used:
        return
    for flow in whole["workload"].values():
        count = generator.number(1, 3)
        flow["keys"] = generator.pick([count, {"count": count}, {"count": count, "exponent": 2.5}])
    stores = whole.setdefault("stores", {})
    commit = generator.pick(["0s", "1ms", generator.distribution(0, 3)])
    store = {"connections": generator.number(1, 3), "commit": commit, "aborts": generator.pick([0.0, 0.0, 0.3])}
    if generator.chance(50):
        horizon = int(whole["run"]["horizon"].removesuffix("ms"))
        window = {"at": f"{min(generator.number(1, horizon), horizon - 1)}ms", "for": "3ms"}
        whole["faults"]["events-lost"] = {"kind": "store_failover", "target": "events", "loses": "20ms", **window}
    stores["events"] = store | {"streams": {name: stream_of(generator, last) for name, last in used.items()}}


def stream_of(generator: Generator, last: int) -> dict[str, Any]:
    """A stream, often with snapshots; it may publish to what only later operations read than the last that appends to it."""
    found: dict[str, Any] = {"replay": generator.pick(["0s", "1ms", "100us"]), "initial": generator.pick([0, 2, 9])}
    if generator.chance(60):
        write = generator.pick(["0s", "1ms", "9ms"])
        found["snapshot"] = {"every": generator.number(1, 5), "load": generator.pick(["0s", "1ms"]), "write": write}
    topics = [topic for topic, reader in generator.topics.items() if reader > last]
    if topics and generator.chance(50):
        found["publishes"] = generator.pick(topics)
    return found


def add_steps(generator: Generator, steps: list[Any], stream: str) -> None:
    """A load before some steps and an append behind them, tried again in most cases; sometimes two appends, or no load."""
    about: dict[str, Any] = {"stream": stream}
    wait = generator.pick(["none", "none", "0s", generator.ms(1, 8)])
    if wait != "none":
        about["wait_max"] = wait
    first = generator.number(0, len(steps))
    last = generator.number(first, len(steps))
    append = about | {"events": generator.number(1, 3)}
    loads = generator.chance(85)
    if loads and generator.chance(70):
        retry = generator.retry()[0]
        if retry is not None:
            append["on_conflict"] = retry
    steps.insert(last, {"append": append})
    if generator.chance(20):
        steps.insert(last, {"append": about})
    if loads:
        steps.insert(first, {"load": about})
