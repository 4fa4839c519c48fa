"""Who would wait for ever is named before the run: at a silently dead replica, and where pools call each other."""

from __future__ import annotations

import pytest

from sim.scenario import loads_with_warnings

LOCKING = """
name: locking
architecture: synchronous
services:
  kitchen: {workers: 5, operations: {cook: [{work: 3ms}, {call: pantry.fetch}], taste: [{work: 2ms}]}}
  pantry: {workers: 5, operations: {fetch: [{work: 3ms}, {call: kitchen.taste}]}}
workload:
  guest: {operation: kitchen.cook, arrivals: {kind: poisson, rate: 40/s}}
run: {horizon: 60s}
"""

SILENT = """
name: silent
architecture: synchronous
services:
  page: {workers: 30, operations: {show: [{work: 2ms}, {call: price.get}]}}
  price: {replicas: 2, workers: 10, operations: {get: [{work: 5ms}]}}
workload:
  visitor: {operation: page.show, arrivals: {kind: poisson, rate: 50/s}, timeout: 2s}
faults:
  gone: {kind: crash, target: price, replicas: 1, at: 20s, for: 10s, connections: silent}
run: {horizon: 60s}
"""


def warnings_of(text: str, *changes: tuple[str, str]) -> list[str]:
    """The warnings about a changed scenario, as field: message."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    return [f"{one.field}: {one.message}" for one in loads_with_warnings(text, "x.yaml")[1]]


def test_pools_that_call_each_other_are_warned_of() -> None:
    """The circle, its calls and the remedy are named."""
    (warning,) = warnings_of(LOCKING)
    assert warning.startswith("services.kitchen.operations.cook[1].call: services hold workers while they call each other")
    assert "kitchen -> pantry -> kitchen (kitchen.cook -> pantry.fetch, pantry.fetch -> kitchen.taste)" in warning
    assert warning.endswith("add a timeout to one of these calls, or break the circle")


def test_operations_need_not_be_on_one_path_to_lock_up() -> None:
    """Cooks wait for the pantry's workers while other requests at the pantry wait for the kitchen's."""
    apart = (("fetch: [{work: 3ms}, {call: kitchen.taste}]", "fetch: [{work: 3ms}], check: [{call: kitchen.taste}]"),)
    both = (*apart, ("run:", "  guard: {operation: pantry.check, arrivals: {kind: poisson, rate: 1/s}}\nrun:"))
    assert [line.partition(":")[0] for line in warnings_of(LOCKING, *both)] == ["services.kitchen.operations.cook[1].call"]
    assert warnings_of(LOCKING, *apart) == []


def test_a_service_that_calls_itself_locks_up_alone() -> None:
    """All workers of one pool wait for a worker of the same pool."""
    alone = ("{call: pantry.fetch}", "{call: kitchen.taste}")
    warning, unreached = warnings_of(LOCKING, alone, ("fetch: [{work: 3ms}, {call: kitchen.taste}]", "fetch: []"))
    assert unreached.startswith("services.pantry: no flow reaches")
    assert "kitchen -> kitchen (kitchen.cook -> kitchen.taste)" in warning


def test_a_long_circle_is_found_too() -> None:
    """Three services in a ring."""
    cellar = "  cellar: {workers: 4, operations: {fetch: [{call: kitchen.taste}]}}\n"
    (warning,) = warnings_of(LOCKING, ("{call: kitchen.taste}", "{call: cellar.fetch}"), ("workload:", f"{cellar}workload:"))
    assert "kitchen -> pantry -> cellar -> kitchen" in warning


@pytest.mark.parametrize(
    "change",
    [
        ("{call: pantry.fetch}", "{call: pantry.fetch, timeout: 1s}"),
        ("{call: kitchen.taste}", "{call: kitchen.taste, timeout: 1s}"),
        ("pantry: {workers: 5", "pantry: {workers: 5, queue_max: 0"),
        ("{call: kitchen.taste}", "{work: 1ms}"),
    ],
)
def test_a_timeout_or_an_empty_queue_breaks_the_circle(change: tuple[str, str]) -> None:
    """Whoever gives up gives its worker back; whoever is turned away never waits."""
    assert warnings_of(LOCKING, change) == []


def test_a_silent_crash_behind_a_call_without_timeout_is_warned_of() -> None:
    """Path and remedy are named; the client's own timeout does not free the caller's worker."""
    (warning,) = warnings_of(SILENT)
    assert warning == (
        "faults.gone.connections: a dead replica of 'price' answers nothing, and its callers would wait for ever, along "
        "visitor -> page.show -> price.get; add a timeout to services.page.operations.show[1], or write connections: reset"
    )


def test_clients_without_timeout_hang_too_and_all_are_counted() -> None:
    """A flow straight to the dead service is named first, the rest are counted."""
    direct = ("faults:", "  probe: {operation: price.get, arrivals: {kind: poisson, rate: 1/s}}\nfaults:")
    (warning,) = warnings_of(SILENT, direct)
    assert "along probe -> price.get (and 1 more: services.page.operations.show[1]); add a timeout to workload.probe" in warning


def test_the_path_leads_along_topics() -> None:
    """A consumer that would wait for ever is reached by a topic, and its path says so."""
    mirror = """  mirror: {operations: {copy: [{call: price.get}]}}
brokers: {log: {topics: {seen: {partitions: 2}}}}
subscriptions: {mirrors: {topic: seen, operation: mirror.copy, consumers: 2}}
"""
    by_topic = ("[{work: 2ms}, {call: price.get}]", "[{publish: seen}]")
    (warning,) = warnings_of(SILENT, by_topic, ("workload:", f"{mirror}workload:"))
    assert "along visitor -> page.show -> seen -> mirror.copy -> price.get" in warning


@pytest.mark.parametrize(
    "change",
    [
        ("{call: price.get}", "{call: price.get, timeout: 500ms}"),
        ("connections: silent", "connections: reset"),
        ("target: price, replicas: 1", "target: page, replicas: 1"),
    ],
)
def test_timeouts_and_resets_end_the_wait(change: tuple[str, str]) -> None:
    """Nothing is said where every wait ends; the visitor has a timeout of its own."""
    assert warnings_of(SILENT, change) == []
