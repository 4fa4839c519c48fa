"""Both engines tell the same history of every scenario that chance can think of, with ties everywhere and without."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from sim.engine.simpy_engine import faults
from sim.engine.simpy_engine.clock import Clock, Timer
from sim.record import fields
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from sim.semantics import order
from tests.conformance.choosers import Drawn
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import BALANCED, Generator, numbered, numbered_waits
from tests.conformance.generate_admission import FACTS as OF_ADMISSION
from tests.conformance.generate_branches import FACTS as OF_BRANCHES
from tests.conformance.generate_leaks import FACTS as OF_LEAKS
from tests.conformance.generate_locks import FACTS as OF_LOCKS
from tests.conformance.generate_pace import FACTS as OF_PACE
from tests.conformance.generate_sessions import FACTS as OF_SESSIONS
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_together import with_together
from tests.conformance.generate_users import numbered_users
from tests.conformance.generate_waiting import numbered_waiting

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Span

NUMBERED = (*range(160), *range(BALANCED, BALANCED + 20))
USERS = range(24)
STEPS = range(24)
TOGETHER = (21, 31, 53)
WAITING = range(24)
WAITS = range(12)
QUIET = {
    "deadline": None,
    "database": None,
    "print_blob": True,
    "suppress_health_check": list(HealthCheck),
    "phases": (Phase.generate, Phase.shrink),
}


@st.composite
def scenarios(draw: Any, *, ties: bool) -> Scenario:
    """A valid scenario; `ties` puts all its times on a grid of 1 ms."""
    return Scenario.model_validate(Generator(Drawn(draw, st.integers), ties=ties).scenario())


@settings(max_examples=48, derandomize=True, **QUIET)
@given(scenarios(ties=True), st.integers(0, 1000))
def test_scenarios_full_ties_conform(scenario: Scenario, seed: int) -> None:
    """Same log and same record from both engines when most events share their instant with others."""
    assert_conform(scenario, seed=seed)


@settings(max_examples=48, derandomize=True, **QUIET)
@given(scenarios(ties=False), st.integers(0, 1000))
def test_scenarios_of_any_distribution_conform(scenario: Scenario, seed: int) -> None:
    """Same log and same record from both engines for every kind of distribution, arrivals, policy and fault."""
    assert_conform(scenario, seed=seed)


@pytest.fixture(scope="module")
def seen() -> Any:
    """What happened over all numbered examples: facts, kinds of events and changes of pace. The examples conform."""
    facts: Counter[str] = Counter()
    kinds: Counter[str] = Counter()
    paces: Counter[str] = Counter()
    wait, after, go_on = Timer.__init__, Clock.after, faults.go_on

    def waiting(timer: Timer, clock: Clock, delay: int, rank: int, **more: Any) -> None:
        kinds[order.KINDS[rank >> order.IDENTITY_BITS if delay else 0]] += 1
        wait(timer, clock, delay, rank, **more)

    def doing(clock: Clock, delay: int, rank: int, *deed: Any) -> None:
        kinds[order.KINDS[rank >> order.IDENTITY_BITS if delay else 0]] += 1
        after(clock, delay, rank, *deed)

    def going_on(run: Run, span: Span, before: int) -> None:
        paces["again"] += span.part != 0
        go_on(run, span, before)
        paces["of a call" if hasattr(span, "site") else "of a delivery"] += 1
        paces["slower" if span.replica.pace > before else "faster"] += 1
        paces["done at once"] += span.ends == run.clock.now

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Timer, "__init__", waiting)
        patch.setattr(Clock, "after", doing)
        patch.setattr(faults, "go_on", going_on)
        others = [*((n, numbered_users(n)) for n in USERS), *((n, numbered_waiting(n)) for n in WAITING)]
        others += [*((n, numbered_waits(n)) for n in WAITS), *((n, numbered_steps(n)) for n in STEPS)]
        others += [(n, with_together(n)) for n in TOGETHER]
        for n, data in [*((n, numbered(n)) for n in NUMBERED), *others]:
            record = assert_conform(Scenario.model_validate(data), seed=n)
            if record is not None:
                facts.update(fields.facts.FACTS[fact] for fact in record.log[:, fields.facts.LOG_FACT].tolist())
    return facts, kinds, paces


def test_numbered_examples_are_valid() -> None:
    """The generator makes scenarios that the loader's checks accept: no name leads nowhere, nothing goes in a circle."""
    others = [*((n, numbered_users(n)) for n in USERS), *((n, numbered_waiting(n)) for n in WAITING[:12])]
    others += [*((n, numbered_waits(n)) for n in WAITS), *((n, numbered_steps(n)) for n in STEPS[:10])]
    for n, data in [*((n, numbered(n)) for n in (*NUMBERED[:40], *NUMBERED[-10:])), *others]:
        problems = check(Scenario.model_validate(data))
        assert not [problem.message for problem in problems if problem.severity == "error"], n


def test_facts_have_their_own_names() -> None:
    """Names and numbers of facts stand in one order."""
    facts = fields.facts
    numbered_as = {name: facts.FACTS[value] for name, value in vars(facts).items() if name.startswith("FACT_")}
    assert numbered_as == {f"FACT_{name.upper()}": name for name in facts.FACTS}


def test_everything_occurs(seen: Any) -> None:
    """The numbered examples, which conform, show every fact that a log can hold, every kind of event, and changes of pace.

    `test_pace` and others show their own facts. Where one is missing: widen tests/conformance/generate.py.
    """
    facts, kinds, paces = seen
    elsewhere = {*OF_PACE, *OF_ADMISSION, *OF_LOCKS, *OF_BRANCHES, *OF_LEAKS, *OF_SESSIONS}
    assert {*fields.facts.FACTS} - elsewhere - {*facts} == set()
    assert {*order.KINDS} - {*kinds} == set()
    assert {"of a call", "of a delivery", "slower", "faster", "again", "done at once"} - {*+paces} == set()


@pytest.mark.fuzz
@settings(max_examples=1500, **QUIET)
@given(scenarios(ties=True), st.integers(0, 2**63 - 1))
def test_many_scenarios_full_ties_conform(scenario: Scenario, seed: int) -> None:
    """The same property of new examples at every run, with ties."""
    assert_conform(scenario, seed=seed)


@pytest.mark.fuzz
@settings(max_examples=1500, **QUIET)
@given(scenarios(ties=False), st.integers(0, 2**63 - 1))
def test_many_scenarios_of_any_distribution_conform(scenario: Scenario, seed: int) -> None:
    """The same property of new examples at every run, without ties."""
    assert_conform(scenario, seed=seed)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_scenarios_with_rooms_to_wait_in_conform(part: int) -> None:
    """The same property of numbered examples whose requests wait in rooms, are cancelled, and have deadlines."""
    for n in range(1000 + 100 * part, 1100 + 100 * part):
        assert_conform(Scenario.model_validate(numbered_waiting(n)), seed=n)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(10))
def test_many_numbered_scenarios_conform(part: int) -> None:
    """The same property of thousands of numbered examples, larger on average than Hypothesis' own."""
    for n in range(1000 + 300 * part, 1300 + 300 * part):
        assert_conform(Scenario.model_validate(numbered(n)), seed=n)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(4))
def test_many_scenarios_with_steps_around_calls_conform(part: int) -> None:
    """The same property where calls have fallbacks and hedges, steps are tried, and quorums are waited for."""
    for n in range(1000 + 300 * part, 1300 + 300 * part):
        assert_conform(Scenario.model_validate(numbered_steps(n)), seed=n)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(4))
def test_many_examples_of_arrivals_conform(part: int) -> None:
    """The same property of users who wait for their answers, and of all kinds of arrivals, with every other mechanic."""
    for n in range(1000 + 300 * part, 1300 + 300 * part):
        assert_conform(Scenario.model_validate(numbered_users(n)), seed=n)


@pytest.mark.fuzz
@pytest.mark.parametrize("part", range(5))
def test_many_scenarios_with_callers_that_look_at_replicas_conform(part: int) -> None:
    """The same property of those that balance, eject and check health."""
    for n in range(BALANCED + 1000 + 300 * part, BALANCED + 1300 + 300 * part):
        assert_conform(Scenario.model_validate(numbered(n)), seed=n)
