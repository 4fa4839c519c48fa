"""Whatever goes down, and however much of it at once: when it is over, all that was begun comes to its end, and adds up."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.scenario import Scenario
from tests.sagas.disasters import shop
from tests.sagas.scenes import effects, ends

AT_THE_END = {
    "flows": (f.flows.LEVEL_REQUESTS, f.flows.LEVEL_TRACES),
    "sagas": (f.sagas.LEVEL_SAGAS, f.sagas.LEVEL_LOCKS, f.sagas.LEVEL_LOCK_WAITING),
    "stores": (f.stores.LEVEL_STORE_WAITING, f.stores.LEVEL_IN_USE, f.stores.LEVEL_LOCKED_OUT),
    "relays": (f.relays.LEVEL_UNPUBLISHED,),
    "brokers": (f.brokers.LEVEL_HELD,),
    "queues": (f.queues.LEVEL_QUEUED, f.queues.LEVEL_IN_FLIGHT),
    "projections": (f.projections.LEVEL_READS_WAITING,),
    "services": (f.services.LEVEL_BUSY, f.services.LEVEL_WAITING),
}
"""What nothing is left of long after the last fault."""


def left(record: Any) -> Counter[str]:
    """What is under way, waits or is held when the run ends."""
    return Counter(
        {
            f"{family} {column}": int(record.levels[family][:, column].sum())
            for family, columns in AT_THE_END.items()
            for column in columns
            if record.levels[family].size and record.levels[family][:, column].any()
        }
    )


def check_business(record: Any, by: str) -> None:
    """Nothing is lost or invented: of the outbox, and of the sagas unless one waits for a person."""
    rows = record.tables["relays"].sum(axis=0)[0]
    assert rows[f.relays.RELAY_WRITTEN] == rows[f.relays.RELAY_PUBLISHED] == rows[f.relays.RELAY_MARKED]
    done, ended = defaultdict(int, effects(record)), defaultdict(int, ends(record))
    if ended["parked"]:
        return
    kept, stock = done["booked"] + done["refunded"], done["booked"] + done["released"]
    if by == "events":
        assert (done["charged"], done["reserved"], done["booked"]) == (kept, stock, ended["completed"])
    elif by == "two_phase":
        assert done["charged"] == done["reserved"] == done["booked"] == ended["completed"]
        assert done["refunded"] == done["released"] == 0
    else:  # what was in doubt is undone, though it may not have been done
        assert done["charged"] <= kept
        assert done["reserved"] <= stock
        assert done["booked"] - done["cancelled"] <= ended["completed"] <= done["booked"]


def check_one(number: int) -> str:
    """Run the n-th shop, some of them in both engines; returns the kind of its saga."""
    data = shop(number)
    by = str(data["services"]["orders"]["operations"]["place"][-1]["by"])
    network = compile_network(Scenario.model_validate(data))
    record = run_once(network, seed=number)
    if number % 10 == 0:
        assert run_once(network, seed=number, engine="simpy").fingerprint() == record.fingerprint()
    assert left(record) == {}, number
    check_business(record, by)
    return by


@pytest.mark.parametrize("first", range(0, 40, 10))
def test_all_that_was_begun_ends_and_adds_up(first: int) -> None:
    """Ten shops, each with up to six faults that overlap: no request, message, row, lock or saga is left under way."""
    assert len({check_one(number) for number in range(first, first + 10)}) > 1


@pytest.mark.fuzz
def test_of_many_shops_too() -> None:
    """A thousand of them."""
    assert Counter(check_one(number) for number in range(40, 1040)).keys() == {"orchestrator", "events", "two_phase"}
