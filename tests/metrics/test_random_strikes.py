"""Faults at random times are judged by the times at which they struck in each replication."""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.judgements.faults import fault_notes
from sim.metrics import measure, resolve
from sim.metrics.recovery import episodes, recoveries
from sim.metrics.strikes import strikes
from sim.network import compile as compile_network
from sim.record import fields
from sim.replications import run_replications
from sim.scenario import Scenario
from tests.engine.story import Story

if TYPE_CHECKING:
    from pathlib import Path

    from sim.engine import EngineName
    from sim.record.record import Record

PATHS = ("time_to_recover", "blast_radius", "blast_radius_requests", "resilience_loss", "f.time_to_recover")
Data = dict[str, Any]


def chain(faults: Data, horizon: str = "200s", **more: Any) -> Scenario:
    """A shop that calls a payment of two replicas, ten times a second."""
    return Scenario.model_validate(
        {
            "name": "chain",
            "architecture": "synchronous",
            "services": {
                "shop": {"workers": 50, "operations": {"buy": [{"call": "pay.take", "timeout": "200ms"}]}},
                "pay": {"replicas": 2, "workers": 20, "operations": {"take": [{"work": "20ms"}]}},
            },
            "workload": {"f": {"operation": "shop.buy", "arrivals": {"kind": "constant", "rate": "10/s"}}},
            "faults": faults,
            "run": {"horizon": horizon, "warmup": "2s", "window": "1s", "seed": 3, "replications": 4, **more},
        }
    )


DOWN = {"kind": "crash", "target": "pay", "detection": "1h"}
NOW_AND_THEN = {"wear": {**DOWN, "at": "20s", "random": {"mtbf": "60s", "mttr": "3s", "correlated": 1.0}}}


def values(record: Record) -> list[float]:
    """The figures that faults are judged by."""
    return [measure(record, *resolve(path, record.network)) for path in PATHS]


@pytest.mark.parametrize("engine", ["simpy", "compiled"])
def test_strikes_are_when_replicas_went_down(engine: EngineName) -> None:
    """Each crash and each restart of the event log is a strike of that replication, and the other way round."""
    scenario = chain({"wear": {**DOWN, "random": {"mtbf": "30s", "mttr": "3s"}}})
    story = Story.of(scenario.resolved(), engine, seed=5)
    found = strikes(story.record)
    horizon = story.record.network.horizon
    begins = sorted(one.begin / 1e6 for one in found)
    ends = sorted(one.end / 1e6 for one in found if one.end < horizon)
    assert len(begins) > 8
    assert story.times("crashed") == begins
    assert story.times("restarted") == ends
    assert {one.services for one in found} == {("pay",)}


def test_what_was_drawn_is_judged_as_if_it_had_been_declared() -> None:
    """The same windows, written down as faults of their own, give the same figures."""
    for record in run_replications(chain(NOW_AND_THEN)).records:
        times = sorted({(one.begin, one.end) for one in strikes(record)})
        if len(episodes(record)) < len(times):
            continue  # so close to each other that they are one
        faults = {f"n{at}": {**DOWN, "at": f"{a}ns", "for": f"{b - a}ns"} for at, (a, b) in enumerate(times)}
        seed, replication = record.drawn
        other = sim.engine.run_once(compile_network(chain(faults)), seed=seed, replication=replication)
        assert not any(map(math.isnan, values(record)))
        assert values(other) == values(record)
        return
    pytest.fail("no replication has its strikes apart; choose another seed")


def test_strikes_too_close_to_see_a_recovery_between_are_one_episode() -> None:
    """Between two episodes there is a hold of whole windows, so that only the end of the run leaves one unseen."""
    scenario = chain({"wear": {**DOWN, "at": "20s", "random": {"mtbf": "8s", "mttr": "2s"}}})
    for record in run_replications(scenario).records:
        found = episodes(record)
        assert 1 < len(found) < len(strikes(record))
        for one, following in itertools.pairwise(found):
            assert following.begin // 10**9 - math.ceil(one.end / 10**9) >= 5
        assert len(recoveries(record)) >= len(found) - 1
        assert not any(math.isnan(one.seconds) for one in recoveries(record))


def test_a_replication_without_a_strike_has_nothing_to_recover_from() -> None:
    """It says so, and no objective is judged by it; one that strikes in the warm-up has nothing to compare with."""
    seldom = {"wear": {**DOWN, "at": "20s", "for": "60s", "random": {"mtbf": "60s", "mttr": "3s", "correlated": 1.0}}}
    scenario = chain(seldom).replace("objectives", ["time_to_recover < 1h"])
    result = run_replications(scenario)
    spared = [record for record in result.records if not strikes(record)]
    assert 0 < len(spared) < 4
    assert all(math.isnan(value) for record in spared for value in values(record)[:4])
    assert any(f"did not strike in {len(spared)} of 4 replications" in note for note in fault_notes(result))
    assert result.objectives()[0].outcome == "unsure"
    early = run_replications(chain({"wear": {**DOWN, "random": {"mtbf": "1s", "mttr": "1s"}}}, "30s"))
    assert all(math.isnan(value) for record in early.records for value in values(record)[:3])
    assert any("struck at random before the first measured window" in note for note in fault_notes(early))


def test_a_random_fault_is_met_by_what_came_when_it_struck() -> None:
    """Requests in between, when all is up, do not make it exercised."""
    steps = [{"at": "0s", "rate": "0/s"}, {"at": "190s", "rate": "10/s"}]
    scenario = chain({"wear": {**DOWN, "at": "20s", "for": "150s", "random": {"mtbf": "30s", "mttr": "3s"}}})
    flow = {"operation": "shop.buy", "arrivals": {"kind": "step", "steps": steps}}
    result = run_replications(scenario.replace("workload", {"f": flow}))
    assert all(strikes(record) for record in result.records)
    assert any("met no request" in note and "any of 4" in note for note in fault_notes(result))


def test_saved_results_know_when_their_faults_struck(tmp_path: Path) -> None:
    """What was drawn follows from seed and replication, which a file has."""
    result = run_replications(chain(NOW_AND_THEN))
    again = sim.load_saved(result.save(tmp_path / "r.npz"))
    assert [strikes(one) for one in again.records] == [strikes(one) for one in result.records]
    assert [values(one)[0] for one in again.records] == [values(one)[0] for one in result.records]
    assert len({strikes(one) for one in result.records}) == 4


def test_declared_faults_strike_as_declared() -> None:
    """Where nothing is random the strikes are those of the scenario, and the same for all replications."""
    faults = {"b": {**DOWN, "at": "50s", "for": "5s"}, "a": {**DOWN, "at": "20s", "for": "5s"}}
    for record in run_replications(chain(faults)).records:
        assert [(one.fault, one.begin, one.end) for one in strikes(record)] == [
            ("a", 20 * 10**9, 25 * 10**9),
            ("b", 50 * 10**9, 55 * 10**9),
        ]
        assert record.flows[20:25, 0, fields.flows.FLOW_SETTLED + 1 : fields.flows.FLOW_REPLY_TIME].sum() > 0
