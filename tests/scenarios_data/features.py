"""Runs of the scenarios of `scenarios/features`, each setting of which a test holds against what it does."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import sim
from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.shipped import path_of
from tests.conformance.diverge import assert_conform
from tests.engine.story import Story

if TYPE_CHECKING:
    from sim.record.record import Record

LOG_ROWS = 100_000


@cache
def ran(name: str, *changes: str, seed: int = 3) -> Record:
    """The record of a run of a scenario, with other values."""
    return sim.run_once(sim.load(path_of(f"features/{name}"), changes), seed=seed)


@cache
def told(name: str, *changes: str, seed: int = 1) -> Story:
    """The same with the log of all that happened."""
    network = compile_network(sim.load(path_of(f"features/{name}"), changes))
    record = run_once(network, seed=seed, log_facts=LOG_ROWS)
    assert record.log_lost == 0
    return Story(record)


def counted(record: Record, family: str, entity: str) -> dict[str, int]:
    """What was counted of an entity in all windows."""
    names = [one.name for one in getattr(record.network, family)]
    row = record.tables[family].sum(axis=0)[names.index(entity)]
    return dict(zip(getattr(f, family).__dict__[family.upper()].counters, row.tolist(), strict=True))


def assert_both_engines_agree(name: str, *changes: str) -> None:
    """Log and record are the same to the bit."""
    found: Any = assert_conform(sim.load(path_of(f"features/{name}"), changes), seed=3)
    assert found is not None
