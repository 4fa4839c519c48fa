"""Two-phase commit: all prepare behind locks, then all commit; a coordinator that is down keeps them all waiting."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.sagas.scenes import counted, effects, ends, service, trip, visited
from tests.stories.test_known_answers import agrees

NAMES = ("stock", "payment", "shipping")


def shop(fails: str = "", crash: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """Three participants, each with an effect, of which one may fail to prepare; hops of 1 ms."""
    services = {
        name: service(do=[{"effect": f"{name}.done"}, {"work": "4ms"}, {"fail": 1.0 if name == fails else 0.0}])
        for name in NAMES
    }
    steps = [{"do": {"call": f"{name}.do", "timeout": "20ms"}} for name in NAMES]
    faults = {"crash": {"kind": "crash", "target": "a", **crash}} if crash else {}
    more.setdefault("undo_retry", {"kind": "fixed", "attempts_max": 3, "delay": "1ms"})
    data = trip(steps, services, by="two_phase", faults=faults, **more)
    return {**data, "network": {"hop": "1ms"}}


def test_prepare_then_commit(play: Any) -> None:
    """All prepare at once, and commit at once: two round trips and the slowest prepare; effects are true at the commit."""
    story = play(shop())
    prepared = [f"{name}.trip-do-prepare" for name in NAMES]
    committed = [f"{name}.trip-do-commit" for name in NAMES]
    assert sorted(visited(story)) == sorted([*prepared, *committed])
    assert story.times("effect") == [1007, 1007, 1007]
    assert story.outcomes("replied") == [(1008, "ok")]
    assert ends(story.record) == {"completed": 1}
    assert counted(story.record, f.sagas.SAGA_LOCK_HELD) == 3 * 8_000_000


def test_one_that_cannot_prepare_rolls_all_back(play: Any) -> None:
    """Nothing of it was ever true; the client hears that it failed."""
    story = play(shop("payment"))
    assert effects(story.record) == {}
    assert ends(story.record) == {"compensated": 1}
    assert story.outcomes("replied") == [(1008, "dependency")]
    assert counted(story.record, f.sagas.SAGA_EXPOSED) == 0


def test_a_second_one_waits_for_the_lock(play: Any) -> None:
    """One key for all: the second transaction begins to prepare when the first has committed. Others do not wait."""
    data = shop()
    data["workload"]["g"] = {**data["workload"]["f"], "arrivals": {"kind": "renewal", "interarrival": "1001ms"}}
    apart = play(data)
    assert apart.times("saga_ended") == [1008, 1009]
    for flow in data["workload"].values():
        flow["keys"] = 1
    together = play(data)
    assert together.times("saga_ended") == [1008, 1016]
    assert counted(together.record, f.sagas.SAGA_LOCK_WAITED) == 7_000_000


def test_a_coordinator_that_is_down_blocks_its_keys(play: Any) -> None:
    """What was prepared stays locked until it is back, and goes on; who wants the key waits as long."""
    data = shop(crash={"at": "1007ms", "for": "500ms", "replicas": 1}, replicas=2)
    data["workload"]["g"] = {**data["workload"]["f"], "arrivals": {"kind": "renewal", "interarrival": "1001ms"}}
    for flow in data["workload"].values():
        flow["keys"] = 1
    story = play(data)
    assert story.times("saga_resumed") == [1507]
    assert story.times("saga_ended") == [1509, 1517]
    assert counted(story.record, f.sagas.SAGA_LOCK_WAITED) == 508_000_000


def test_after_the_decision_the_deadline_changes_nothing(play: Any) -> None:
    """Before it all is rolled back; afterwards it is committed, however late."""
    assert ends(play(shop(deadline="5ms")).record) == {"compensated": 1}
    assert ends(play(shop(deadline="7ms")).record) == {"completed": 1}


def test_a_commit_that_nobody_hears_is_parked(play: Any) -> None:
    """Some have committed and some have not, and it is for somebody to see to; the locks are free again."""
    data = shop()
    data["faults"] = {"down": {"kind": "crash", "target": "payment", "at": "1006.5ms", "for": "900ms"}}
    story = play(data)
    assert effects(story.record) == {"stock.done": 1, "shipping.done": 1}
    assert ends(story.record) == {"parked": 1}
    assert story.record.levels["sagas"][0, f.sagas.LEVEL_LOCKS] == 0


@pytest.mark.parametrize("fails", ["", "payment"])
@pytest.mark.parametrize("kept", [{}, {"state": {"store": "log", "write": "1ms"}, "stores": {"log": {"connections": 1}}}])
def test_every_crash_point(fails: str, kept: dict[str, Any]) -> None:
    """Whenever the coordinator goes down: all is done or nothing, nothing stays locked, and the engines agree."""
    for half in range(28):
        data = shop(fails, {"at": f"{1000 + half / 2}ms", "for": "3ms"}, answer="when_started", **kept)
        for one in NAMES:
            data["services"][one]["operations"]["do"][0]["idempotent"] = True
        network = compile_network(Scenario.model_validate(data))
        records = [run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled")]
        assert records[0].fingerprint() == records[1].fingerprint()
        started = counted(records[0], f.sagas.SAGA_STARTED)
        assert ends(records[0]) == ({"compensated" if fails else "completed": 1} if started else {})
        assert effects(records[0]) == ({} if fails or not started else {f"{name}.done": 1 for name in NAMES})
        assert records[0].levels["sagas"][0, [f.sagas.LEVEL_LOCKS, f.sagas.LEVEL_LOCK_WAITING]].tolist() == [0, 0]


def test_an_effect_within_another_step_is_refused() -> None:
    """What is true at the commit stands among the steps of the operation."""
    data = shop()
    data["services"]["stock"]["operations"]["do"] = [{"choose": [{"weight": 1, "steps": [{"effect": "x"}]}]}]
    messages = [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert any("true at the commit" in one for one in messages)


def test_a_hot_key() -> None:
    """P-SG-2PC-HOT-KEY: a lock is held for two round trips and the slowest of three prepares; M/G/1 on it."""
    mean, rtt, rate = 0.01, 0.002, 30.0
    hold = 2 * rtt + mean * (1 + 1 / 2 + 1 / 3)
    variance = mean**2 * (1 + 1 / 4 + 1 / 9)
    wait = rate * (variance + hold**2) / (2 * (1 - rate * hold))
    services = "".join(
        f"  {name}: {{workers: 100, operations: {{do: [{{work: {{kind: exponential, mean: 10ms}}}}]}}}}\n" for name in NAMES
    )
    steps = ", ".join(f"{{do: {{call: {name}.do}}}}" for name in NAMES)
    text = f"""
network: {{hop: 1ms}}
services:
  a: {{workers: 1000, operations: {{go: [{{saga: trip, by: two_phase, steps: [{steps}]}}]}}}}
{services}
workload: {{go: {{operation: a.go, arrivals: {{kind: poisson, rate: {rate}/s}}, keys: 1, hop: 0s}}}}
run: {{horizon: 1050s, warmup: 50s, window: 50s, replications: 12, seed: 3}}
"""

    def locks(record: Any, column: int) -> float:
        granted = record.tables["sagas"][1:, 0, f.sagas.SAGA_LOCK_GRANTED].sum()
        return float(record.tables["sagas"][1:, 0, column].sum() / granted / 1e9)

    agrees(text, lambda record: locks(record, f.sagas.SAGA_LOCK_HELD), hold)
    agrees(text, lambda record: 3 * locks(record, f.sagas.SAGA_LOCK_WAITED), wait)  # all of it for the first of the three
    assert abs(hold - 0.02233333) < 1e-8
    assert abs(wait - 0.02885859) < 1e-8
