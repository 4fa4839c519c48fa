"""A scenario with every kind of fault of services and links: each of its comments is true, in both engines to the bit."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sim.engine import run_once
from sim.metrics.exercised import not_exercised
from sim.network import CRASH, PACE, RESTART
from sim.network import compile as compile_network
from sim.network.lower.faults import struck_at
from sim.record import fields as f
from sim.record import outcomes
from sim.scenario import Scenario, load
from sim.semantics.rules import PACE_ONE, STOPPED
from tests.conformance.diverge import assert_conform

if TYPE_CHECKING:
    from sim.network import Network, ScheduledFault

S = 10**9
PATH = Path(__file__).parent / "all_faults.yaml"


@pytest.fixture(scope="module")
def whole() -> Scenario:
    """The scenario."""
    return load(PATH)


def network_of(whole: Scenario, *names: str) -> Network:
    """The same with these faults only."""
    return compile_network(whole.model_copy(update={"faults": {name: whole.faults[name] for name in names}}))


def rows_of(whole: Scenario, *names: str) -> tuple[ScheduledFault, ...]:
    """What these faults do alone."""
    return network_of(whole, *names).faults_of(1, 0)


def test_every_kind_of_target_and_window_is_there(whole: Scenario) -> None:
    """Targets by name, share, zone, link, operation and label; windows that are fixed, periodic and random."""
    rows = rows_of(whole, "slow")
    assert {row.number for row in rows} == {4, 5}  # 50% of four
    assert {row.number for row in rows_of(whole, "zone") if row.verb == CRASH} == {1, 3, 5, 7}
    assert {number for _, number, *_ in struck_at(whole, network_of(whole, "wear").services, 1, 0)} <= set(range(8))
    assert {row.of for name in ("errors", "loss", "spike") for row in rows_of(whole, name)} == {"operation", "link", "flow"}
    loop = [(row.at, row.verb) for row in rows_of(whole, "loop") if row.verb in {CRASH, RESTART}]
    assert [at // S for at, verb in loop if verb == CRASH] == [20, 25, 30, 35]


def test_fail_slow_is_a_ramp(whole: Scenario) -> None:
    """Slower and slower to 8 times, then well."""
    paces = [row.value / PACE_ONE for row in rows_of(whole, "fail-slow") if row.number == 4]
    assert all(one < other for one, other in pairwise(paces[:-1]))
    assert 7.9 < paces[-2] < 8.0
    assert paces[-1] == 1.0


def test_what_hangs_is_taken_and_not_answered(whole: Scenario) -> None:
    """Its worker is held until the fault ends: none of those that hang ends before, all do then."""
    network = network_of(whole, "hang")
    record = run_once(network, seed=1, engine="compiled", log_facts=200_000)
    place = next(number for number, one in enumerate(network.operations) if one.name == "payment.charge")
    of_it = (record.log[:, 1] == f.facts.FACT_ENDED) & ((record.log[:, 2] >> 13) % 8192 == place)
    ended = record.log[of_it].tolist()
    failed = [row[0] for row in ended if row[3] == outcomes.ERROR]
    assert failed == [35 * S] * len(failed)
    assert 4 <= len(failed) <= 20  # 1% of about a thousand


def test_up_and_down_times_have_their_means_and_strike_by_themselves(whole: Scenario) -> None:
    """MTBF is the mean up time, MTTR the mean down time; of the correlated ones about 80% are struck, each by itself."""
    services = network_of(whole, "wear").services
    lengths, times, struck = list[int](), 0, Counter[tuple[int, int]]()
    for replication in range(200):
        for name, _, begin, end in struck_at(whole, services, 1, replication):
            if name == "wear":
                lengths.append(end - begin)
                times += 1
            if name == "together":
                struck[replication, begin] += 1
    assert sum(lengths) / len(lengths) == pytest.approx(2 * S, rel=0.2)
    assert times / (200 * 4) == pytest.approx(60 / 62, rel=0.2)
    assert sum(struck.values()) / (4 * len(struck)) == pytest.approx(0.8, abs=0.12)
    assert len(set(struck.values())) > 1


def test_all_faults_compose_and_meet_something(whole: Scenario) -> None:
    """All at once: a pause stops work that is slow, each strikes what it is to strike, and both engines agree (`fuzz`)."""
    network = compile_network(whole)
    paces = {row.value for row in network.faults_of(1, 0) if row.verb == PACE}
    assert STOPPED in paces
    assert any(PACE_ONE < pace < STOPPED for pace in paces)
    record = run_once(network, seed=1, engine="compiled")
    assert set(not_exercised(record)) <= {"wear", "together"}  # at random, in this replication perhaps never


@pytest.mark.fuzz
def test_both_engines_agree(whole: Scenario) -> None:
    """The whole minute, three times."""
    for seed in range(3):
        assert_conform(whole, seed=seed)
