"""A small shop in trouble, in which everything happens to effects that can: done twice, absorbed, undone, mended."""

from __future__ import annotations

from typing import Any


def troubled_shop() -> dict[str, Any]:
    """Orders are charged with retries; mails go by a topic whose handler fails, and whose replica crashes between commits."""
    charged = {"call": "bank.charge", "timeout": "20ms", "retry": {"kind": "fixed", "attempts_max": 3, "delay": "1ms"}}
    slow = {"kind": "exponential", "mean": "10ms"}
    services = {
        "shop": {
            "workers": 50,
            "operations": {"order": [{"work": "1ms"}, charged, {"work": "5ms"}, {"publish": "order.placed"}]},
        },
        "bank": {"workers": 5, "operations": {"charge": [{"work": slow}, {"effect": "charged"}, {"fail": 0.1}]}},
        "mail": {
            "workers": 2,
            "operations": {"send": [{"work": "3ms"}, {"fail": 0.3}, {"effect": "mailed", "idempotent": True}]},
        },
    }
    group = {"topic": "order.placed", "operation": "mail.send", "commit_every": 20}
    return {
        "name": "troubled-shop",
        "architecture": "synchronous",
        "network": {"hop": "1ms"},
        "services": services,
        "brokers": {"log": {"topics": {"order.placed": {"partitions": 4}}}},
        "subscriptions": {"mail": {**group, "session_timeout": "100ms", "rebalance_pause": "10ms"}},
        "workload": {
            "order": {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "200/s"}, "timeout": "80ms"}
        },
        "faults": {"down": {"kind": "crash", "target": "mail", "at": "500ms", "for": "200ms"}},
        "run": {"horizon": "2s", "window": "250ms", "replications": 1},
    }


def parked_orders(patience: str, fails: str = "40%") -> dict[str, Any]:
    """Orders reserve, and are charged or not; what is reserved cannot be released. The client waits for ``patience``."""
    steps = [{"do": {"call": "bank.reserve"}, "undo": {"call": "bank.release"}}, {"do": {"call": "bank.charge"}}]
    order = [{"work": "30ms"}, {"saga": "buy", "by": "orchestrator", "answer": "when_done", "steps": steps}]
    bank = {
        "reserve": [{"work": "1ms"}, {"effect": "reserved"}],
        "release": [{"fail": "100%"}, {"effect": "released"}],
        "charge": [{"fail": fails}, {"effect": "charged"}],
    }
    arrivals = {"kind": "step", "steps": [{"at": "0s", "rate": "50/s"}, {"at": "1s", "rate": "0/s"}]}
    return {
        "name": "parked",
        "architecture": "synchronous",
        "services": {"shop": {"workers": 9, "operations": {"order": order}}, "bank": {"workers": 9, "operations": bank}},
        "workload": {"order": {"operation": "shop.order", "arrivals": arrivals, "timeout": patience}},
        "invariants": ["reserved == charged + released", "charged <= reserved"],
        "run": {"horizon": "3s", "window": "100ms"},
    }
