"""Queues whose consumers are some way off, in scenarios by the dozen: all that is under way may meet a crash or an outage."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator

Data = dict[str, Any]


def add_latencies(make: Generator, whole: Data) -> None:
    """Deliveries to some consumers of queues take time, and what those say back: the same each time, none, or any."""
    for reader in whole["subscriptions"].values():
        if "queue" not in reader or not make.chance(60):
            continue
        reader["latency"] = make.pick(["1ms", make.ms(1, 3), make.distribution(0, 2), make.distribution(1, 6), "10ms"])
        if make.chance(50):
            reader["prefetch"] = make.number(1, 4)
