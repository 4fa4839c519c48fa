"""Effects of faults compose as their field declares; what no field declares is refused, never ignored."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pytest

from sim import UnsupportedError
from sim.faults.effects import Down, Effect, Pace
from sim.network import CRASH, EJECT, PACE, RESTART
from sim.network import compile as compile_network
from sim.network.lower import faults
from sim.scenario import loads
from sim.scenario.kinds import Fault
from sim.semantics.rules import PACE_MAX, PACE_ONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import ScheduledFault

SHOP = """
name: shop
architecture: synchronous
services:
  front: {operations: {buy: [{call: shop.buy}]}}
  shop: {replicas: 3, operations: {buy: [{work: 1ms}]}}
workload:
  buyers: {operation: front.buy, arrivals: {kind: constant, rate: 10/s}}
run: {horizon: 2s, replications: 1}
"""
END = 30


class Told(Fault):
    """A fault that has the effects that a test tells it."""

    kind: Literal["told"] = "told"
    told: Any

    def effects(self) -> tuple[Effect, ...]:
        """Return them."""
        return tuple(self.told)


@dataclass(frozen=True, slots=True)
class Limit(Effect):
    """An effect on a field that nothing declares."""

    field = "limit"
    most: int

    @property
    def value(self) -> int:
        """How many."""
        return self.most


def altered(*effects: Sequence[Any], replicas: int | None = None) -> tuple[ScheduledFault, ...]:
    """The fault schedule of the shop under one fault for each list of effects."""
    settings = {"target": "shop", "replicas": replicas, "at": "0s", "for": "1s"}
    told = {f"f{n}": Told.model_validate({**settings, "told": list(one)}) for n, one in enumerate(effects)}
    return compile_network(loads(SHOP).model_copy(update={"faults": told})).fault_schedule


def test_an_effect_that_no_field_declares_is_refused() -> None:
    """The message names the fault, the field and the fields there are."""
    said = r"^faults\.f1: no engine knows an effect on 'limit' of a replica; write one on: cores, down, halted, leaked, pace$"
    with pytest.raises(UnsupportedError, match=said):
        altered([Pace(0, 5, 2.0)], [Limit(0, 5, 3)])


def test_what_is_no_effect_is_refused() -> None:
    """A thing without a field is refused by its class; it is not taken for a crash."""
    with pytest.raises(UnsupportedError, match=r"^faults\.f0: no engine knows an effect on 'tuple' of a replica"):
        altered([(0, 5)])


def test_an_empty_window_is_refused() -> None:
    """An effect that lasts no time would be ignored."""
    with pytest.raises(UnsupportedError, match=r"^faults\.f0: an effect on 'down' begins at 7 ns and ends at 7 ns"):
        altered([Down(7, 7, 0, silent=False)])


def test_a_field_is_declared_where_it_is_lowered(monkeypatch: pytest.MonkeyPatch) -> None:
    """One declaration makes an effect known, with the composition that it names."""
    monkeypatch.setattr(faults, "FIELDS", dict(faults.FIELDS))

    @faults.composed("limit", lambda effects: sum(effect.value for effect in effects))
    def _limits(values: Any) -> Any:
        return ((at, PACE, limit) for at, limit in values)

    rows = altered([Limit(0, 5, 3), Limit(2, 9, 4)], replicas=1)
    assert [(row.at, row.value) for row in rows] == [(0, 3), (2, 7), (5, 4), (9, 0)]
    with pytest.raises(TypeError, match="the field 'limit' of a replica is declared twice"):
        faults.composed("limit", faults.product)(_limits)


def test_effects_may_be_given_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault whose effects are a generator has them all, on every replica."""
    monkeypatch.setattr(Told, "effects", lambda self: (one for one in self.told))
    assert {(row.number, row.verb) for row in altered([Down(5, 7, 9, silent=False)], replicas=2)} == {
        (replica, verb) for replica in (1, 2) for verb in (CRASH, RESTART)
    }


def test_touching_crashes_are_one() -> None:
    """A crash that begins when another ends only makes it longer, and the first says how callers learn of it."""
    rows = altered([Down(10, 20, 15, silent=True)], [Down(20, 40, 1, silent=False)], replicas=1)
    assert [(row.at, row.verb, row.value) for row in rows] == [(10, CRASH, 1), (25, EJECT, 0), (40, RESTART, 0)]


@pytest.mark.parametrize("seed", range(60))
def test_composition_agrees_with_a_look_at_every_instant(seed: int) -> None:
    """Whether a replica is down, and its pace, are at each ns what all windows that hold it say together."""
    chance = random.Random(seed)
    paces, downs = [], []
    for _ in range(chance.randint(1, 5)):
        begin = chance.randint(0, END - 2)
        window = begin, chance.randint(begin + 1, END - 1)
        if chance.random() < 0.5:
            paces.append(Pace(*window, chance.choice([2.0, 0.5, 3.7, 1e6, 1e-9])))
        else:
            downs.append(Down(*window, chance.randint(0, 12), silent=chance.random() < 0.5))
    rows = altered(paces, downs, replicas=2)
    assert {row.number for row in rows} == {1, 2}
    assert [row for row in rows if row.number == 1] == sorted(row for row in rows if row.number == 1)
    up, since, first = True, 0, Down(0, 1, 0, silent=False)
    expected: list[tuple[int, int, int]] = []
    for now in range(END + 1):
        inside = [one for one in paces if one.begin <= now < one.end]
        factor = 1.0
        for one in inside:
            factor *= one.factor
        if any(now in (one.begin, one.end) for one in paces):
            expected.append((now, PACE, round(min(max(1.0, factor * PACE_ONE), float(PACE_MAX)))))
        is_up = not any(one.begin <= now < one.end for one in downs)
        if up and not is_up:
            since, first = now, min((one for one in downs if one.begin == now), key=lambda one: one.end)
            expected.append((now, CRASH, int(first.silent)))
        if is_up and not up:
            expected.append((now, RESTART, 0))
            if first.detection < now - since:
                expected.append((since + first.detection, EJECT, 0))
        up = is_up
    assert [(row.at, row.verb, row.value) for row in rows if row.number == 1] == sorted(expected)
