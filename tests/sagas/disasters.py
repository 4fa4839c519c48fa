"""Shops with an outbox, a queue or a log, a read model and a saga of any kind, in which anything may go down for a while.

    orders.place   write and outbox in a transaction, publish for the view, saga over stock, pay and ship
    faults         end within 16 s, arrivals at 11 s; everybody tries again, or gives up after a while
"""

from __future__ import annotations

import random
from typing import Any

Data = dict[str, Any]
RETRY = {"kind": "fixed", "attempts_max": 60, "delay": "500ms"}
STEPS = (("stock.reserve", "stock.release"), ("pay.charge", "pay.refund"), ("ship.book", "ship.cancel"))
EFFECTS = {"reserve": "reserved", "release": "released", "charge": "charged", "refund": "refunded"}
EFFECTS |= {"book": "booked", "cancel": "cancelled", "send": "mailed"}


def shop(number: int) -> Data:
    """The n-th shop and its disasters, as plain data."""
    chance = random.Random(number)
    isolation = chance.choice(["lock", "version"])
    stores: Data = {"db": {"connections": chance.choice([2, 20]), "commit": "2ms", "isolation": isolation}}
    saga = saga_of(chance, stores)
    brokers, mails = mails_of(chance)
    services = services_of(chance, saga)
    views = {"topic": "viewed", "operation": "mail.show", "consumers": 2, "session_timeout": "3s"}
    place = {
        "operation": "orders.place",
        "arrivals": {"kind": "step", "steps": [{"at": "0s", "rate": "30/s"}, {"at": "11s", "rate": "0/s"}]},
        "timeout": "2s",
        "keys": chance.choice([5, 100_000]),
        "retry": {"kind": "fixed", "attempts_max": 20, "delay": "400ms"},
        "then": {"operation": "orders.look", "after": "100ms", "times": 2},
    }
    return {
        "name": "disasters",
        "architecture": "event-driven",
        "zones": ["a", "b"],
        "network": {"hop": "0.5ms"},
        "services": services,
        "stores": stores,
        "relays": {"relay": relay_of(chance)},
        "projections": {"view": {}},
        "brokers": brokers,
        "subscriptions": {"mails": mails, "views": views},
        "workload": {"place": place},
        "faults": {f"f{n}": fault_of(chance, list(services), list(stores)) for n in range(chance.randint(1, 6))},
        "run": {"horizon": "400s", "window": "10s", "replications": 1},
    }


def saga_of(chance: random.Random, stores: Data) -> Data:
    """A saga of one of the three kinds; some are kept in a store, some have a deadline."""
    by = chance.choice(["orchestrator", "events", "two_phase"])
    answer = "when_started" if by == "events" else chance.choice(["when_started", "when_done"])
    wait = {"timeout": "300ms"}
    steps: list[Data] = [{"do": {"call": do, **wait}, "undo": {"call": undo, **wait}} for do, undo in STEPS]
    if by == "events":
        steps = [{"do": {"call": do, "retry": RETRY}, "undo": {"call": undo}} for do, undo in STEPS]
    saga: Data = {"saga": "order", "by": by, "answer": answer, "steps": steps, "undo_retry": RETRY}
    if by != "events" and chance.random() < 0.6:
        store = chance.choice(["db", "sagas"])
        stores.setdefault(store, {"connections": chance.choice([2, 20]), "commit": "1ms"})
        saga["state"] = {"store": store, "write": "1ms"}
    if chance.random() < 0.3:
        saga["deadline"] = chance.choice(["500ms", "3s"])
    return saga


def mails_of(chance: random.Random) -> tuple[Data, Data]:
    """What brings mails, a log or a queue whose dead letters go back, and its reader; the view has a log of its own."""
    patience = {"latency": "1ms", "delivery_timeout": chance.choice(["1s", "2m"])}
    views = {"kind": "log", **patience, "topics": {"viewed": {"partitions": 3}}}
    reader: Data = {"operation": "mail.send", "consumers": 2}
    if chance.random() < 0.5:
        again = {"kind": "fixed", "attempts_max": 20, "delay": "300ms"}
        log = {"kind": "log", **patience, "topics": {"placed": {"partitions": 4}}}
        return {"mails": log, "views": views}, {"topic": "placed", **reader, "retry": again, "session_timeout": "3s"}
    dead = {"to": "dead", "deliveries_max": chance.choice([3, 100]), "redrive": {"every": "7s", "rate": "50/s"}}
    queue = {"kind": "queue", **patience, "queues": {"placed": {"visibility": "2s", "dead_letter": dead}, "dead": {}}}
    reader |= {"queue": "placed", "requeue": False, "prefetch": chance.choice([1, 3])}
    if chance.random() < 0.5:
        reader["extend_visibility"] = {"every": "500ms"}
    return {"mails": queue, "views": views}, reader


def services_of(chance: random.Random, saga: Data) -> Data:
    """Five services in two zones; most operations fail now and then, and have an effect in the end."""

    def doing(name: str) -> list[Data]:
        fails = [{"fail": 0.02}] if chance.random() < 0.6 else []
        return [{"work": "3ms"}, *fails, {"effect": EFFECTS[name], "idempotent": True}]

    write = {"write": "order", "key": chance.choice(["flow", "one"])}
    order = {"transaction": {"store": "db", "wait_max": "1s"}, "steps": [write, {"outbox": "placed"}]}
    tell = {"publish": "viewed", "acks": chance.choice(["leader", "none"])}
    look = [{"work": "1ms"}, {"read": "view", "wait_for": "own_write", "wait_max": "1s"}]
    operations: Data = {
        "orders": {"place": [{"work": "1ms"}, order, tell, saga], "look": look},
        "mail": {"send": doing("send"), "show": [{"work": "1ms"}, {"project": "view"}]},
    }
    for service in ("stock", "pay", "ship"):
        names = (one.partition(".")[2] for pair in STEPS for one in pair if one.startswith(f"{service}."))
        operations[service] = {name: doing(name) for name in names}
    size = {"replicas": 2, "workers": 30, "zones": "spread"}
    return {service: {**size, "operations": handlers} for service, handlers in operations.items()}


def relay_of(chance: random.Random) -> Data:
    """A relay of any kind."""
    relay = {"store": "db", "kind": chance.choice(["poll", "wake_at_commit", "log_tail"]), "every": "10ms", "mark": "1ms"}
    relay |= {"batch": chance.choice([1, 10]), "instances": chance.choice([1, 2])}
    return {**relay, "claim": chance.choice(["leader", "skip_locked"])}


def fault_of(chance: random.Random, services: list[str], stores: list[str]) -> Data:
    """One fault of any kind, for some time up to 4 s."""
    window = {"at": f"{chance.randint(1000, 10_000)}ms", "for": f"{chance.randint(50, 4000)}ms"}
    service, store, share = chance.choice(services), chance.choice(stores), {"share": 0.5}
    wear = {"at": "1s", "for": "12s", "random": {"mtbf": "2s", "mttr": "300ms"}}
    crash = {"kind": "crash", "target": service, "detection": "500ms"}
    return chance.choice(
        [
            {**crash, "connections": "reset", **window},
            {**crash, "connections": "silent", **window},
            {**crash, **wear},
            {"kind": "crash_loop", "target": service, "at": window["at"], "for": "3s", "up": "300ms", "down": "200ms"},
            {"kind": "zone_outage", "zone": chance.choice("ab"), **window},
            {"kind": "broker_outage", "target": chance.choice(["mails", "views"]), **window},
            {"kind": "store_down", "target": store, **window},
            {"kind": "store_slow", "target": store, "factor": 50, **window},
            {"kind": "crash", "target": {"relay": "relay"}, **window},
            {"kind": "errors", "target": "pay.charge", **share, **window},
            {"kind": "poison", "target": chance.choice(["pay.charge", "mail.send", "stock.release"]), **share, **window},
            {"kind": "slowdown", "target": service, "factor": 100, **window},
        ]
    )
