"""Whether a handler waits until its broker has a message: what a publish says of that, to topics and to queues."""

from __future__ import annotations

import pytest

from sim.network import compile as compile_network
from sim.scenario import ScenarioError
from sim.scenario.loader import loads

SHOP = """
name: shop
architecture: event-driven
services:
  shop: {{operations: {{buy: [{{publish: placed, {said}}}], note: [{{work: 1ms}}]}}}}
brokers: {{one: {{kind: {kind}, {holds}: {{placed: {of}}}}}}}
subscriptions: {{noting: {{{reads}: placed, operation: shop.note}}}}
workload: {{buyers: {{operation: shop.buy, arrivals: {{kind: constant, rate: 10/s}}}}}}
run: {{horizon: 10s, window: 1s, replications: 1}}
"""


def program(said: str, kind: str = "log") -> list[int]:
    """What the handlers do, compiled."""
    holds, reads, of = {"log": ("topics", "topic", "{partitions: 1}"), "queue": ("queues", "queue", "{}")}[kind]
    return compile_network(loads(SHOP.format(said=said, kind=kind, holds=holds, reads=reads, of=of))).program


def test_confirm_says_of_a_topic_what_acks_does() -> None:
    """Without a confirmation nobody waits for the broker, however that is written."""
    assert program("confirm: false") == program("acks: none") != program("acks: leader")
    assert program("confirm: true") == program("acks: leader")


def test_a_queue_knows_no_acks() -> None:
    """The message says what to write instead."""
    assert program("confirm: false", "queue") != program("confirm: true", "queue")
    with pytest.raises(ScenarioError, match="which has no 'acks'; write 'confirm' instead"):
        program("acks: none", "queue")
