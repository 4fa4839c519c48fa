"""Invariants over effects: parsed strictly, counted as a naive reader of the log counts them, and judged by every trace."""

from __future__ import annotations

import math
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import sim
from sim.engine import run_once
from sim.errors import RunawayError
from sim.metrics.invariants import ended
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.fields.invariants import (
    INVARIANT_BROKEN,
    INVARIANT_BROKEN_PARKED,
    INVARIANT_HELD,
    INVARIANT_HELD_PARKED,
    INVARIANT_LATER_BROKEN,
    INVARIANT_LATER_HELD,
    INVARIANT_PARKED,
    INVARIANTS,
)
from sim.report.junit import junit
from sim.scenario.checks import check
from sim.scenario.invariants import parse_invariant
from sim.scenario.scenario import Scenario
from tests.conformance.generate import numbered
from tests.effects.oracle import Story, stories
from tests.effects.scene import parked_orders, troubled_shop
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from sim.engine import EngineName
    from sim.record.record import Record

LOG_ROWS = 2_000_000
END = 10**12
"""Behind every row of a log."""
OF_SAGAS = (INVARIANT_PARKED, INVARIANT_HELD_PARKED, INVARIANT_BROKEN_PARKED)
ALL = ["charged == mailed", "mailed <= charged", "charged + mailed >= 1", "2 * mailed - charged <= 3"]


# -- the naive way: the text itself is worked out, over effects that are counted from the log


def holds(text: str, times: Counter[str]) -> bool:
    """Work out an invariant as Python would."""
    spelled = re.sub(r"[A-Za-z][A-Za-z0-9._-]*", lambda found: str(times[found[0]]), text)
    assert re.fullmatch(r"[0-9+*<>= -]+", spelled)
    return bool(eval(spelled))  # noqa: S307 - digits and operators only


def told(record: Record, row: int) -> list[int]:
    """The counters of a row of invariants and how many are open, from the log."""
    network = record.network
    invariant = network.invariants[row]
    text = str(network.scenario.invariants[invariant.invariant])
    counts = [0] * (len(INVARIANTS.counters) + 1)
    for story in stories(record):
        if story.flow == invariant.flow:
            for column in moments(story, text, network.effect_names):
                counts[column] += 1
    return counts


def moments(story: Story, text: str, names: tuple[str, ...]) -> list[int]:
    """What happens to an invariant in one trace, column by column; one more column is for open."""
    if story.closed is None:
        return [len(INVARIANTS.counters)]
    applied = sorted((row, names[effect], absorbs) for effect, rows in story.applied.items() for row, _, absorbs in rows)
    times: Counter[str] = Counter()
    found: list[int] = []
    parked = min((row for row, _ in story.parked), default=math.inf)
    if parked < story.closed[0]:
        return [INVARIANT_PARKED]
    for row, name, absorbs in [*applied, (END, "", False)]:
        if row > story.closed[0] and not found:
            state = holds(text, times)
            found.append(INVARIANT_HELD if state else INVARIANT_BROKEN)
        if row > parked:
            found.append(INVARIANT_HELD_PARKED if state else INVARIANT_BROKEN_PARKED)
            break
        if name and not (absorbs and times[name]):
            times[name] += 1
            if found and holds(text, times) != state:
                state = not state
                found.append(INVARIANT_LATER_HELD if state else INVARIANT_LATER_BROKEN)
    return found


def assert_told(record: Record) -> None:
    """The record's invariants are those of its log."""
    found = np.column_stack([record.invariants.sum(axis=0), record.invariant_levels])
    assert found.tolist() == [told(record, row) for row in range(len(record.network.invariants))]


def with_invariants(*texts: str) -> Scenario:
    """The troubled shop with invariants."""
    return Scenario.model_validate({**troubled_shop(), "invariants": list(texts)})


# -- what is counted


def test_counts_are_those_of_the_log(engine: EngineName) -> None:
    """In a shop in trouble invariants hold, break, are broken and mended after the end, and are open: all as the log has it."""
    record = run_once(compile_network(with_invariants(*ALL)), seed=1, engine=engine, log_facts=LOG_ROWS)
    assert np.delete(record.invariants.sum(axis=(0, 1)), OF_SAGAS).all()
    assert record.invariant_levels.all()
    assert_told(record)


@pytest.mark.parametrize("numbers", [60, pytest.param(360, marks=THOROUGH)])
def test_counts_of_generated_scenarios_are_those_of_the_log(numbers: int) -> None:
    """The same of what chance thinks of, all of which shows every counter, those of sagas too."""
    shown = np.zeros(len(INVARIANTS.counters), dtype=np.int64)
    for n in range(numbers):
        data = numbered(n)
        if "invariants" in data:
            try:
                record = run_once(compile_network(Scenario.model_validate(data)), seed=n, log_facts=LOG_ROWS)
            except RunawayError:
                continue
            assert_told(record)
            shown += record.invariants.sum(axis=(0, 1))
    assert shown.any(), shown
    assert shown.all() or numbers < 360, shown


@pytest.mark.parametrize("patience", ["1s", "10ms"])
def test_a_trace_whose_saga_was_parked_is_not_judged(patience: str, engine: EngineName) -> None:
    """Whether it was parked before its trace had ended, or after: it waits for a person. All is as the log has it."""
    scenario = parked(patience)
    record = run_once(compile_network(scenario), seed=1, engine=engine, log_facts=LOG_ROWS)
    assert_told(record)
    late = patience == "10ms"
    columns = (INVARIANT_HELD_PARKED, INVARIANT_BROKEN_PARKED) if late else (INVARIANT_PARKED,)
    for column in columns:
        assert record.invariants.sum(axis=(0, 1))[column] > 0
    found = [ended(record, [row]) for row in (0, 1)]
    assert found[0] == found[1]
    assert found[0].held > 20
    assert found[0].parked == record.tables["sagas"].sum(axis=(0, 1))[f.sagas.SAGA_PARKED] > 5
    assert found[0].broken == found[0].open == 0


def test_the_verdict_says_how_many_were_not_judged() -> None:
    """In words and in JUnit: what was judged holds, and those whose sagas are stuck are counted, not passed over."""
    result = sim.run(parked("1s"), replications=2)
    verdict = result.objectives()[0]
    count = sum(ended(record, [0]).parked for record in result.records)
    assert verdict.outcome == "pass"
    assert f"not judged in {count} whose saga was parked (stuck)" in verdict.reason
    assert verdict.reason in junit(result)


def test_where_all_sagas_are_parked_nothing_is_promised() -> None:
    """An invariant of which no trace could be judged is open, and so it is in a sweep."""
    (one, other) = sim.run(parked("1s", fails="100%")).objectives()
    assert (one.outcome, other.outcome) == ("unsure", "unsure")
    assert "held in 0 traces that ended, broken in 0, not judged in" in one.reason
    swept = sim.sweep(parked("1s", fails="100%"), over=["services.shop.workers=8"], runs=1)
    assert [one.outcome for one in swept.objectives(0)] == ["unsure"]


def test_a_scenario_without_invariants_is_what_it_was() -> None:
    """Nothing of them is in its digest, its record or its fingerprint."""
    plain, more = (Scenario.model_validate({**troubled_shop(), "invariants": texts}) for texts in ([], ALL))
    assert "invariants" not in plain.resolved()
    records = [run_once(compile_network(one), seed=1) for one in (plain, more)]
    assert records[0].invariants.size == 0
    assert records[0].fingerprint() != records[1].fingerprint()
    assert np.array_equal(records[0].effects, records[1].effects)


# -- what is judged


def simple(*texts: str, horizon: str, wait: str = "1s", idempotent: bool = False) -> Scenario:
    """Orders that are charged by a bank and then booked, 100/s until 1 s; the bank takes 30 ms."""
    effect: dict[str, Any] = {"effect": "charged", "idempotent": idempotent}
    call = {"call": "bank.charge", "timeout": wait, "retry": {"kind": "fixed", "attempts_max": 2, "delay": "1ms"}}
    services = {
        "shop": {"workers": 9, "operations": {"order": [call, {"effect": "booked"}]}},
        "bank": {"workers": 9, "operations": {"charge": [{"work": "30ms"}, effect]}},
    }
    arrivals = {"kind": "step", "steps": [{"at": "0s", "rate": "100/s"}, {"at": "1s", "rate": "0/s"}]}
    data = {
        "name": "simple",
        "architecture": "synchronous",
        "services": services,
        "workload": {"order": {"operation": "shop.order", "arrivals": arrivals}},
        "invariants": list(texts),
        "run": {"horizon": horizon, "window": "100ms", "replications": 3},
    }
    return Scenario.model_validate(data)


def parked(patience: str, fails: str = "40%") -> Scenario:
    """Orders whose saga is parked where the charge fails."""
    return Scenario.model_validate(parked_orders(patience, fails))


def outcomes(scenario: Scenario) -> list[str]:
    """What the verdicts on its invariants are."""
    return [one.outcome for one in sim.run(scenario).objectives()]


def test_what_ended_well_passes_and_what_is_open_does_not() -> None:
    """With every trace ended it passes; with one that has not ended, it is open, and the remedy is said."""
    assert outcomes(simple("charged == booked", horizon="3s")) == ["pass"]
    (verdict,) = sim.run(simple("charged == booked", horizon="900ms")).objectives()
    assert verdict.outcome == "unsure"
    assert "let arrivals end before run.horizon" in verdict.reason


def test_an_orphan_breaks_what_had_held() -> None:
    """A bank that charges after the shop stopped waiting breaks the balance after the trace has ended, and that counts."""
    scenario = simple("charged == booked", "booked <= charged", horizon="3s", wait="10ms")
    result = sim.run(scenario)
    found = [ended(result.records[0], [row]) for row in (0, 1)]
    assert found[0].held == 0
    assert found[0].broken > 5
    assert found[1].broken == 0
    assert [one.outcome for one in result.objectives()] == ["fail", "pass"]
    text = junit(result)
    assert 'name="charged == booked"' in text
    assert text.count("<failure") == 1


def test_what_is_absorbed_counts_once() -> None:
    """A retry that charges again is two charges, unless the charge is idempotent."""
    assert outcomes(simple("charged <= 1", horizon="3s", wait="10ms")) == ["fail"]
    assert outcomes(simple("charged <= 1", horizon="3s", wait="10ms", idempotent=True)) == ["pass"]


def test_a_sweep_judges_them_too() -> None:
    """Each point has one verdict more: that no invariant is broken."""
    scenario = simple("charged <= 1", horizon="3s", wait="10ms")
    found = sim.sweep(scenario, over=["services.bank.workers=8,9"], runs=2)
    assert [one.outcome for one in found.objectives(0)] == ["fail"]


# -- what is refused


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("charged = booked", "unknown comparison '='; write one of: ==, <=, >="),
        ("charged == booked +", "is no effect and no whole number"),
        ("charged == 1.5 * booked", "is no effect and no whole number"),
        ("charged", "'charged' is not an invariant; write for example 'charged == booked + refunded'"),
        ("1 == 1", "says nothing of any effect"),
        ("charged == charged", "says nothing of any effect"),
        ("charged == 1001 * booked", "1001 in 'charged == 1001 * booked' is more than 1000"),
        (7, "an invariant is a text, got 7"),
    ],
)
def test_what_is_almost_right_is_refused(text: object, said: str) -> None:
    """Each with what is wrong, and the remedy."""
    with pytest.raises(ValueError, match=re.escape(said)):
        parse_invariant(text)


def test_spellings_mean_the_same() -> None:
    """Spaces do not matter, but around a minus: a name may hold one."""
    one, other = parse_invariant("a==2*b+1"), parse_invariant(" a  ==  2 * b  + 1 ")
    assert one == other
    assert str(one) == "a == 2 * b + 1"
    assert parse_invariant("a-b == 0").terms == (("a-b", 1),)
    assert parse_invariant("a - b == 0").terms == (("a", 1), ("b", -1))


def test_an_effect_that_nothing_applies_is_named() -> None:
    """With its place, and what was meant."""
    (problem,) = check(simple("chargd == booked", horizon="3s"))
    assert str(problem).startswith("invariants[0]: unknown effect 'chargd'; did you mean 'charged'")
