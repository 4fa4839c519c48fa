"""Crash points: an order is disturbed at each instant at which anything happens, and in between, and is told of or not.

    undisturbed   begin --- write --- commit --- seen --- poll --- publish --- at the broker --- confirmed --- mark
    points             ^ ^         ^ ^        ^ ^ ...     before each of them, in its instant, and after it

The points are found in the log of an undisturbed run, so that none is left out when steps are added.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pytest

from sim.record import fields as f
from sim.scenario import loads
from tests.conformance.diverge import assert_conform
from tests.shares import share
from tests.stores.test_relays import BROKER_FIRST, OUTBOX, STORE_FIRST, counts, shop

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario

MS = 1_000_000
KINDS = {
    "poll": "kind: poll, every: 300ms, mark: 5ms",
    "wake": "kind: wake_at_commit, mark: 5ms",
    "tail": "kind: log_tail, delay: 20ms, every: 50ms, mark: 5ms",
}
FAULTS: dict[str, dict[str, Any]] = {
    "shop": {"kind": "crash", "target": "shop"},
    "relay": {"kind": "crash", "target": {"relay": "mail"}},
    "store": {"kind": "store_down", "target": "orders"},
    "broker": {"kind": "broker_outage", "target": "rabbit"},
}


@cache
def undisturbed(steps: str, relay: str) -> tuple[Scenario, tuple[int, ...], dict[int, int]]:
    """The scenario, every instant at which something happens to the order, in ns, and when which fact was first."""
    scenario = loads(shop(steps, relay=relay))
    record = assert_conform(scenario, seed=4)
    assert record is not None
    rows = [row for row in record.log.tolist() if row[f.facts.LOG_FACT] != f.facts.FACT_WINDOW]
    first: dict[int, int] = {}
    for row in rows:
        first.setdefault(row[f.facts.LOG_FACT], row[f.facts.LOG_TIME])
    return scenario, tuple(sorted({row[f.facts.LOG_TIME] for row in rows if row[f.facts.LOG_TIME] >= 1000 * MS})), first


def points(instants: tuple[int, ...]) -> list[int]:
    """Each instant, of which whatever the environment does comes first, and 1 ms before and after it."""
    return sorted({at + more for at in instants for more in (-MS, 0, MS)})


def disturbed(scenario: Scenario, **at: int) -> dict[str, int]:
    """What a run counts with faults of 100 ms that begin at these times."""
    faults = {name: {**FAULTS[name], "at": f"{begin}ns", "for": "100ms"} for name, begin in at.items()}
    return counts(scenario.replace("faults", faults))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("struck", FAULTS)
def test_an_outbox_loses_and_invents_nothing_at_any_crash_point(kind: str, struck: str) -> None:
    """Told of if the order is in the store, and else not; twice only where it was published, and could not be marked."""
    scenario, instants, first = undisturbed(OUTBOX, KINDS[kind])
    published, marked = first[f.facts.FACT_PUBLISHED], first[f.facts.FACT_ROW_MARKED]
    assert {first[f.facts.FACT_TRANSACTION_ENDED], published, first[f.facts.FACT_ROW_PUBLISHED], marked} <= set(instants)
    twice = []
    for at in points(instants):
        found = disturbed(scenario, **{struck: at})
        committed, told = found["store.committed"], found["messages"]
        assert committed <= told <= 2 * committed, at
        assert found["relay.marked"] == found["relay.written"] == committed, at
        if told == 2:
            twice.append(at)
    if struck in ("relay", "store"):  # the broker has it, and the mark is not made yet; a store is down for 100 ms before that
        assert set(twice) <= {at for at in points(instants) if published - 100 * MS < at <= marked}
        assert marked in twice
    else:
        assert not twice


@pytest.mark.parametrize("kind", share(KINDS, 3))
def test_an_outbox_loses_and_invents_nothing_when_both_go_down(kind: str) -> None:
    """The shop at each point, and the relay at the instants of commit, publish and mark: the same."""
    scenario, instants, first = undisturbed(OUTBOX, KINDS[kind])
    for relay in (first[f.facts.FACT_TRANSACTION_ENDED], first[f.facts.FACT_PUBLISHED] + MS, first[f.facts.FACT_ROW_MARKED]):
        for at in (one for one in points(instants) if one <= first[f.facts.FACT_TRANSACTION_ENDED] + 2 * MS):
            found = disturbed(scenario, shop=at, relay=relay)
            committed = int(at > first[f.facts.FACT_TRANSACTION_ENDED])
            assert found["store.committed"] == committed, (at, relay)
            assert committed <= found["messages"] <= 2 * committed, (at, relay)
            assert found["relay.marked"] == committed, (at, relay)


@pytest.mark.parametrize(
    ("steps", "torn", "writes"),
    [
        (STORE_FIRST, "lost", (f.facts.FACT_TRANSACTION_ENDED, f.facts.FACT_PUBLISHED)),
        (BROKER_FIRST, "phantoms", (f.facts.FACT_PUBLISHED, f.facts.FACT_TRANSACTION_ENDED)),
    ],
    ids=["store first", "broker first"],
)
def test_a_dual_write_is_torn_between_its_two_writes_and_nowhere_else(steps: str, torn: str, writes: tuple[int, int]) -> None:
    """A crash behind the first write, up to the instant of the second, loses the event, or invents one."""
    scenario, instants, first = undisturbed(steps, "")
    begin, end = (first[fact] for fact in writes)
    between = 0
    for at in points(instants):
        found = disturbed(scenario, shop=at)
        assert found[f"dual_write.{torn}"] == int(begin < at <= end), at
        assert found["dual_write.lost"] + found["dual_write.phantoms"] + found["dual_write.whole"] <= 1
        assert (found["store.committed"] != found["messages"]) == (begin < at <= end), at
        between += begin < at <= end
    assert between >= 3


@pytest.mark.parametrize("at", range(1011, 1031, 4))
def test_a_store_that_is_down_at_the_second_write_makes_a_phantom_and_one_at_the_first_makes_nothing(at: int) -> None:
    """The broker has the event when the commit is refused; where the store comes first, nothing is published without it."""
    scenario, _, _ = undisturbed(BROKER_FIRST, "")
    assert disturbed(scenario, store=at * MS)["dual_write.phantoms"] == 1
    scenario, _, first = undisturbed(STORE_FIRST, "")
    found = disturbed(scenario, store=at * MS)
    assert found["dual_write.phantoms"] == found["dual_write.lost"] == 0
    assert found["messages"] == found["store.committed"] == int(at * MS > first[f.facts.FACT_TRANSACTION_ENDED])
