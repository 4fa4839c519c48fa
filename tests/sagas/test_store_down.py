"""A store that keeps sagas is down for a while: those under way stand still until it is back, and none is begun."""

from __future__ import annotations

from typing import Any

import pytest

from sim.engine import run_once
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.outcomes import DEPENDENCY, OUTCOMES
from sim.scenario.scenario import Scenario
from tests.sagas.scenes import counted, effects, ends, visited
from tests.sagas.test_crash_points import STORE, check_money, shop
from tests.sagas.test_two_phase import shop as two_phase

OUTAGES = [999 + half / 2 for half in range(50)]
"""Before the first write, and at each half millisecond until the end."""


def down(data: dict[str, Any], at: float, lasts: str = "3ms") -> dict[str, Any]:
    """The same with the store of its sagas down from a time on, in ms."""
    fault = {"kind": "store_down", "target": "sagas", "at": f"{at}ms", "for": lasts}
    return {**data, "faults": {**data["faults"], "outage": fault}}


@pytest.mark.parametrize(
    ("by", "fails", "answer", "outages"),
    [
        *(("orchestrator", "", "when_started", OUTAGES[::2]), ("orchestrator", "last", "when_done", OUTAGES[1::2])),
        *(("two_phase", "", "when_done", OUTAGES[:30:2]), ("two_phase", "last", "when_started", OUTAGES[1:30:2])),
    ],
)
def test_every_point_at_which_the_store_goes_down(by: str, fails: str, answer: str, outages: list[float]) -> None:
    """Both engines agree; a saga that was begun comes to its end, and one that was not leaves nothing."""
    seen = set()
    for at in outages:
        last = {"": "", "last": "booked" if by == "orchestrator" else "shipping"}[fails]
        made = shop if by == "orchestrator" else two_phase
        network = compile_network(Scenario.model_validate(down(made(last, None, answer=answer, **STORE), at)))
        records = [run_once(network, seed=1, engine=engine) for engine in ("simpy", "compiled")]
        assert records[0].fingerprint() == records[1].fingerprint(), at
        if by == "orchestrator":
            check_money(records[0])
        begun = counted(records[0], f.sagas.SAGA_STARTED)
        answers = records[0].flows[:, 0, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + len(OUTCOMES)].sum(axis=0)
        assert begun or (effects(records[0]) == {} and answers[DEPENDENCY] == 1)
        assert records[0].levels["sagas"][0, f.sagas.LEVEL_SAGAS] == 0
        seen.add((begun, *ends(records[0])))
    assert seen == {(0,), (1, "compensated" if fails else "completed")}


def test_it_goes_on_when_the_store_is_back(play: Any) -> None:
    """The second write fails at once at 1004.5 ms, is tried again each 100 ms, and is there at 1206 ms, in 1.5 ms."""
    story = play(down(shop("", None, answer="when_started", **STORE), 1004, "200ms"))
    assert story.times("saga_written")[:2] == [1001.5, 1206]
    assert visited(story) == ["reserved.do", "charged.do", "booked.do"]
    assert ends(story.record) == {"completed": 1}


def test_how_soon_it_is_tried_again_is_a_setting(play: Any) -> None:
    """The same, tried again each 70 ms from 1004.5 ms on: at 1214.5 ms the store is back, and the write is there in 1.5 ms."""
    state = {"state": {**STORE["state"], "retry": "70ms"}}
    story = play(down(shop("", None, answer="when_started", **{**STORE, **state}), 1004, "200ms"))
    assert story.times("saga_written")[:2] == [1001.5, 1216]


def test_who_would_begin_one_fails(play: Any) -> None:
    """Nothing was kept: the client hears so at once, and its retry begins the saga when the store is back."""
    retry = {"kind": "fixed", "attempts_max": 4, "delay": "10ms"}
    story = play(down(shop("", None, answer="when_started", client={"retry": retry}, **STORE), 990, "15ms"))
    assert story.outcomes("replied", "a.go") == [(1011.5, "ok")]
    assert story.times("saga_started") == [1011.5]
    assert ends(story.record) == {"completed": 1}


def test_locks_of_two_phases_are_held_until_the_decision_is_kept(play: Any) -> None:
    """All have prepared when the store goes down: the locks are held for its outage, and what the next try waits for."""
    free = play(two_phase("", None, **STORE))
    held = play(down(two_phase("", None, **STORE), 1007, "250ms"))
    assert counted(held.record, f.sagas.SAGA_LOCK_HELD) == counted(free.record, f.sagas.SAGA_LOCK_HELD) + 3 * 300_000_000
    assert ends(held.record) == {"completed": 1}


def test_the_deadline_ends_no_write_that_waits(play: Any) -> None:
    """A saga whose deadline is over while its store is down is undone when that is back."""
    story = play(down(shop("", None, answer="when_started", deadline="20ms", **STORE), 1004, "200ms"))
    assert ends(story.record) == {"compensated": 1}
    assert visited(story) == ["reserved.do", "reserved.undo"]
