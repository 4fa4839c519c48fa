"""The scenario of all that strikes services and links: its comments hold, and each fault does what it does and no more."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.engine import run_once
from sim.metrics.exercised import not_exercised
from sim.network import CRASH, PACE, RESTART
from sim.network import compile as compile_network
from sim.network.lower.faults import struck_at
from sim.record import fields as f
from sim.record import outcomes
from sim.scenario import Scenario, load
from sim.scenario.checks import check
from sim.semantics.rules import PACE_ONE, STOPPED
from sim.shipped import path_of
from tests.scenarios_data.features import assert_both_engines_agree, counted

if TYPE_CHECKING:
    from sim.network import Network, ScheduledFault
    from sim.record.record import Record

S = 10**9
EDGE, LINK = "shop.buy -> payment.charge", "shop -> payment"


@pytest.fixture(scope="module")
def whole() -> Scenario:
    """The scenario."""
    return load(path_of("features/faults"))


def network_of(whole: Scenario, *names: str) -> Network:
    """The same with these faults only."""
    return compile_network(whole.model_copy(update={"faults": {name: whole.faults[name] for name in names}}))


def rows_of(whole: Scenario, *names: str) -> tuple[ScheduledFault, ...]:
    """What these faults do alone."""
    return network_of(whole, *names).faults_of(1, 0)


def test_it_is_valid(whole: Scenario) -> None:
    """Nothing in it is wrong; of faults that begin or end with the run it is said that no recovery from them is seen."""
    found = check(whole)
    assert {one.severity for one in found} == {"warning"}
    assert {one.field.split(".")[1] for one in found} == {"pause", "zone", "wear", "together", "spike"}


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


# -- what each does, and what it does not

SIGNATURES = {
    "slow": "work takes another time; waits for cores",
    "fail-slow": "work takes another time; waits for cores",
    "crash": "goes down",
    "loop": "goes down",
    "errors": "fails; work takes another time",  # 5 ms of 10
    "hang": "fails; times out",
    "pause": "work takes another time; waits for cores",
    "leak": "turned away; waits for cores",  # when all come in at its end
    "cores": "waits for cores",
    "latency": "is struck on its way; times out",
    "loss": "is struck on its way; is lost; times out",
    "duplicates": "is struck on its way; comes twice",
    "narrow": "is struck on its way",
    "partition": "is struck on its way; is lost; times out",
    "zone": "goes down; times out",  # answers that nobody sends
    "wear": "goes down",
    "together": "goes down; nobody is there",
    "spike": "more come",
    "config": "work takes another time",
    "deploy": "",  # all have a second to be done
    "bad-deploy": "fails",
}
"""What is seen of each fault alone. All else that is looked for there is not."""
EASIER = {
    "leak": {"services.shop.workers": 8},  # a minute takes 20
    "cores": {"services.payment.cores": 3},
    "partition": {"services.payment.replicas": 3},  # by turns, four shops would each have a payment of their own zone
}
"""Where the load of the scenario would not show a fault that is alone."""


def seen(record: Record, usual: Record) -> set[str]:
    """What is otherwise than in a run without the fault."""
    payment, shop = (counted(record, "services", name) for name in ("payment", "shop"))
    edge = counted(record, "edges", EDGE)
    links, work = counted(record, "links", LINK), counted(record, "processors", "payment")
    found = {
        "work takes another time": abs(work["held"] / work["done"] - 10e6) > 0.05e6,
        "waits for cores": work["waited"] > 0.05 * S,
        "fails": payment["ended.error"] > 0,
        "goes down": payment["ended.crashed"] + shop["ended.crashed"] > 0,
        "times out": edge["settled.timeout"] > 0,
        "nobody is there": edge["settled.unavailable"] > 0,
        "turned away": payment["ended.rejected"] + shop["ended.rejected"] > 0,
        "is lost": links["requests_lost"] + links["answers_lost"] > 0,
        "comes twice": links["doubled"] > 0,
        "is struck on its way": links["struck"] > 0,
        "more come": offered(record) != offered(usual),
    }
    return {word for word, true in found.items() if true}


def offered(record: Record) -> int:
    """How many requests came."""
    return counted(record, "flows", "buy")["offered"]


@pytest.mark.parametrize("fault", SIGNATURES)
def test_each_fault_does_what_it_does_and_no_more(whole: Scenario, fault: str) -> None:
    """Before it begins the run is the one without it; then what is said of it is seen, and nothing else."""
    changes = [f"{key}={value}" for key, value in EASIER.get(fault, {}).items()]
    scenario = load(path_of("features/faults"), changes) if changes else whole
    network = network_of(scenario, fault)
    record, usual = (run_once(one, seed=1) for one in (network, network_of(scenario)))
    assert seen(record, usual) == set(filter(None, SIGNATURES[fault].split("; ")))
    begin = min(one.at for one in network.faults_of(1, 0)) // S
    for name, table in usual.tables.items():
        if table.shape[1]:  # deploys count the replicas, which are none's count otherwise
            assert np.array_equal(record.tables[name][:begin], table[:begin]), name
    assert not not_exercised(record)


def test_every_fault_of_the_scenario_has_a_signature(whole: Scenario) -> None:
    """And those of all kinds of faults that strike services or links stand in the scenario."""
    assert list(SIGNATURES) == list(whole.faults)


@pytest.mark.thorough
def test_both_engines_agree() -> None:
    """To the bit: the whole minute, with all that strikes."""
    assert_both_engines_agree("faults")
