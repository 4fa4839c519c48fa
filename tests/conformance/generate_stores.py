"""Stores of generated scenarios: some steps of handlers stand in transactions, for few connections, some with an outbox."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_stores(generator: Generator, whole: dict[str, Any]) -> None:
    """One store or two, and transactions in about half of the handlers."""
    stores = [f"db{n}" for n in range(generator.number(1, 2))]
    used: dict[str, bool] = {}
    for number, handler in enumerate(generator.programs):
        while generator.chance(40):
            store = generator.pick(stores)
            topics = [topic for topic, level in generator.topics.items() if level > number]
            outbox = {"outbox": generator.pick(topics)} if topics and generator.chance(60) else None
            wrap(generator, handler, store, outbox)
            used[store] = used.get(store, False) or outbox is not None
    if used:
        whole["stores"] = {name: store_of(generator) for name in stores if name in used}
    relays = {f"relay-{name}": relay_of(generator, name) for name in stores if used.get(name)}
    if relays:
        whole["relays"] = relays
    horizon = int(whole["run"]["horizon"].removesuffix("ms"))
    for n in range(generator.pick([0, 1, 3, 6 if relays else 3]) if used else 0):
        whole["faults"][f"stored-{n}"] = fault_of(generator, horizon, list(used), list(relays))


def add_faults_of_some(generator: Generator, whole: dict[str, Any], horizon: int) -> None:
    """Outages of the store that keeps sagas, short ones again and again; and relays of which not all instances go down."""
    if "sagas" in whole.get("stores", {}) and generator.chance(60):
        window = {"at": f"{generator.number(0, horizon - 1)}ms", "for": generator.ms(1, generator.pick([3, 150]))}
        again = {"random": {"mtbf": generator.ms(2, 20), "mttr": generator.ms(1, 3)}}
        whole["faults"]["sagas"] = {"kind": "store_down", "target": "sagas", **generator.pick([window, again])}
    for fault in whole["faults"].values():
        if fault["kind"] == "crash" and "relay" in fault["target"] and generator.chance(60):
            fault["replicas"] = generator.pick([1, "50%"])


def fault_of(generator: Generator, horizon: int, stores: list[str], relays: list[str]) -> dict[str, Any]:
    """A slow store, an outage of one, perhaps with a loss of commits, or a relay that goes down."""
    at, lasts = generator.number(0, horizon - 1), generator.number(1, max(1, min(20, horizon // 3)))
    window = {"at": f"{at}ms", "for": f"{lasts}ms"}
    kind = generator.pick(["store_slow", "store_down", *["store_failover"] * 3, "crash", "crash"])
    if kind == "crash" and relays:
        return {"kind": "crash", "target": {"relay": generator.pick(relays)}, **window}
    store: Any = generator.pick(stores)
    if kind == "store_slow":
        return {"kind": kind, "target": store, "factor": generator.pick([2.0, 0.5, 30.0]), **window}
    if kind == "store_failover":
        store = relays[0].removeprefix("relay-") if relays else store
        loses = generator.pick(["3ms", generator.ms(1, 40), "1s"])
        often = {"random": {"mtbf": "12ms", "mttr": "1ms"}}
        return {"kind": kind, "target": store, "loses": loses, **(often if loses == "3ms" else window)}
    return {"kind": "store_down", "target": generator.pick([store, {"store": store}]), **window}


def relay_of(generator: Generator, store: str) -> dict[str, Any]:
    """A relay of any kind, with short intervals and small batches."""
    kind = generator.pick(["poll", "poll", "wake_at_commit", "log_tail"])
    relay: dict[str, Any] = {"store": store, "kind": kind, "every": generator.pick(["1ms", generator.ms(1, 20), "5ms"])}
    relay |= {"batch": generator.pick([1, 2, 3, 10]), "instances": generator.number(1, 3)}
    relay |= {"claim": generator.pick(["skip_locked", "leader"]), "mark": generator.pick(["0s", "1ms", generator.ms(1, 3)])}
    if kind == "log_tail":
        return {**relay, "delay": generator.pick(["0s", "1ms", generator.ms(1, 9)])}
    relay["timing"] = generator.pick(["fixed_delay", "fixed_rate", "while_full"])
    if generator.chance(30):
        relay["adaptive"] = {"min": "1ms", "max": generator.pick(["2ms", generator.ms(2, 30)])}
    return relay


def store_of(generator: Generator) -> dict[str, Any]:
    """A store that is often short of connections."""
    commit = generator.pick(["0s", "1ms", generator.distribution(0, 3)])
    store = {"connections": generator.pick([1, 2, 3, 8]), "commit": commit, "aborts": generator.pick([0.0, 0.1, 0.5, 1.0])}
    apart = generator.pick(["lock", "lock", "version", "wait"])
    if apart == "wait":
        return {**store, "lock_wait_max": generator.pick(["0s", "1ms", generator.ms(1, 8)])}
    return {**store, "isolation": apart}


def wrap(generator: Generator, steps: list[Any], store: str, outbox: dict[str, Any] | None) -> None:
    """Put some steps of a handler that follow each other into a transaction, with writes and perhaps a row to publish."""
    first = generator.number(0, len(steps))
    last = first
    longest = generator.number(0, 3)
    while last < len(steps) and last - first < longest and may_stand_inside(steps[last]):
        last += 1
    inner = steps[first:last]
    for _ in range(generator.number(0, 3)):
        inner.insert(generator.number(0, len(inner)), write_of(generator))
    if outbox is not None:
        inner.insert(generator.number(0, len(inner)), outbox)
    settings: dict[str, Any] = {"store": store}
    wait = generator.pick(["none", "0s", "1ms", generator.ms(1, 8)])
    if wait != "none":
        settings["wait_max"] = wait
    steps[first:last] = [{"transaction": settings, "steps": inner}]


def write_of(generator: Generator) -> dict[str, Any]:
    """A write of new rows, or of one of few that are locked: in any order, so that there are deadlocks."""
    write: dict[str, Any] = {"write": generator.pick(["row", "stock", "account"]), "rows": generator.number(1, 3)}
    key = generator.pick(["none", "flow", "one", "one"])
    return write if key == "none" else {**write, "key": key}


def may_stand_inside(step: dict[str, Any]) -> bool:
    """Whether a step may stand in a transaction: no effect, and no other transaction."""
    if "effect" in step or "transaction" in step:
        return False
    return all(may_stand_inside(one) for branch in step.get("choose", ()) for one in branch["steps"])
