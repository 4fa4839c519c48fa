"""Users who wait for their answers: they think, ask, wait for what becomes of it, and think again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.errors import RunawayError
from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.fields.flows import FLOW_OFFERED, FLOW_SETTLED
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.engine.story import Story, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

Data = dict[str, Any]


def closed(users: int = 1, think: Any = "100ms", **more: Any) -> Data:
    """So many users."""
    return {"kind": "closed", "users": users, "think": think, **more}


def asked_by(users: int, steps: Any, think: Any = "100ms", ramp_up: str = "0s", **client: Any) -> Data:
    """Users of one service with one worker."""
    return scene({"a": steps}, {"f": {"operation": "a.go", "arrivals": closed(users, think, ramp_up=ramp_up), **client}})


def test_a_user_asks_again_after_its_answer_and_its_think_time(play: Any) -> None:
    """It begins with a think time; each request comes a think time after the answer before it."""
    story = play(asked_by(1, [{"work": "150ms"}]))
    assert story.times("offered") == [100.0, 350.0, 600.0, 850.0, 1100.0, 1350.0, 1600.0, 1850.0]
    assert story.times("replied") == [250.0, 500.0, 750.0, 1000.0, 1250.0, 1500.0, 1750.0]


def test_users_come_one_by_one(play: Any) -> None:
    """Over the ramp they come evenly, each with a think time first."""
    story = play(asked_by(4, [{"work": "1ms"}], think="1500ms", ramp_up="400ms"))
    assert story.times("offered") == [1500.0, 1600.0, 1700.0, 1800.0]


def test_no_more_wait_than_there_are_users(play: Any) -> None:
    """A slow answer holds its user back: of three users one is served and two wait, however long it takes."""
    story = play(asked_by(3, [{"work": "400ms"}], think="0ms"))
    assert story.times("offered") == [0.0, 0.0, 0.0, 400.0, 800.0, 1200.0, 1600.0]
    assert story.flow("f", FLOW_OFFERED) - story.flow("f", FLOW_SETTLED) == 3


def test_who_gives_up_asks_again(play: Any) -> None:
    """A timeout ends the wait of a user, not the work; a failure does too; then it thinks."""
    story = play(asked_by(1, [{"work": "150ms"}], timeout="30ms"))
    assert story.times("offered")[:3] == [100.0, 230.0, 360.0]
    failing = play(asked_by(1, [{"work": "10ms"}, {"fail": 1.0}]))
    assert failing.times("offered")[:3] == [100.0, 210.0, 320.0]


def test_a_user_knows_the_outcome_after_its_retries(play: Any) -> None:
    """Attempts of one request belong together: the think time begins after the last one."""
    retry = {"kind": "fixed", "attempts_max": 3, "delay": "20ms"}
    story = play(asked_by(1, [{"work": "10ms"}, {"fail": 1.0}], retry=retry))
    assert story.times("offered")[:2] == [100.0, 270.0]


def test_a_user_without_an_answer_never_comes_back(play: Any) -> None:
    """Its replica goes down silently while it works, and there is no timeout: the user waits to the end."""
    data = asked_by(1, [{"work": "150ms"}])
    data["faults"] = {"gone": {"kind": "crash", "target": "a", "connections": "silent", "at": "120ms", "for": "50ms"}}
    assert play(data).times("offered") == [100.0]


def test_a_session_is_over_when_its_follow_ups_are(play: Any) -> None:
    """A user asks anew after the follow-ups of its request, each with a think time of its own; after a failure at once."""
    data = asked_by(1, {"operations": {"go": [{"work": "50ms"}], "show": [{"work": "10ms"}]}})
    data["workload"]["f"]["then"] = {"operation": "a.show", "after": "20ms", "times": 2}
    story = play(data)
    assert story.times("asked")[:2] == [170.0, 200.0]
    assert story.times("offered")[:2] == [100.0, 310.0]


def test_users_of_one_instant_ask_in_the_order_of_their_numbers_before_those_who_arrive(play: Any) -> None:
    """Who is there is older than who comes: two users ask before the arrival of the same instant."""
    data = asked_by(2, [{"work": "1ms"}], think="500ms")
    data["workload"] = {"open": {"operation": "a.go", "arrivals": {"kind": "replay", "times": "0.5"}}} | data["workload"]
    data["services"]["a"] = {"workers": 3, "operations": {"go": [{"work": "1ms"}]}}
    story = play(data)
    log = story.record.log
    offered = log[log[:, f.facts.LOG_FACT] == f.facts.FACTS.index("offered")]
    assert offered[:3, f.facts.LOG_VALUE].tolist() == [1, 1, 0]


def test_a_request_has_the_draws_of_its_user_and_number(play: Any) -> None:
    """The k-th request of a user takes as long with other users beside it, and when it comes later, as it takes alone."""
    work = {"kind": "exponential", "mean": "30ms"}
    alone = play(asked_by(1, {"workers": 10, "operations": {"go": [{"work": work}]}}, think="50ms"))
    more = play(asked_by(2, {"workers": 10, "operations": {"go": [{"work": work}]}}, think="50ms", ramp_up="1s"))
    later = play(asked_by(1, {"workers": 10, "operations": {"go": [{"work": work}]}}, think="90ms"))
    took = [durations(one) for one in (alone, more, later)]
    assert len(took[2]) > 10
    assert took[2] == took[0][: len(took[2])]
    assert len(set(took[0]) & set(took[1])) >= len(took[0]) - 1
    assert len(took[1]) > len(took[0]) + 5


def durations(story: Story) -> list[int]:
    """How long the answers took, in ns, in the order of the requests."""
    found: dict[str, dict[int, int]] = {"offered": {}, "replied": {}}
    for time, fact, identity, _ in story.record.log.tolist():
        name = f.facts.FACTS[fact]
        if name in found:
            found[name][identity] = time
    return [found["replied"][one] - time for one, time in found["offered"].items() if one in found["replied"]]


def test_an_instant_that_does_not_end_is_stopped(play: Any) -> None:
    """A user who neither thinks nor waits would ask for ever in one instant: the run stops, with words."""
    with pytest.raises(RunawayError, match="in one instant"):
        play(asked_by(1, [{"work": "0ms"}], think="0s"))


def test_a_thousand_users_fit(engine: EngineName) -> None:
    """Rows and events of many users are made as they are needed; both engines give what Little's law says."""
    data = asked_by(1000, {"workers": 1000, "operations": {"go": [{"work": "500ms"}]}}, think="500ms", ramp_up="1s")
    story = Story.of(data, engine)
    assert story.flow("f", FLOW_OFFERED) == 1000 + 500 or abs(story.flow("f", FLOW_OFFERED) - 1500) < 10


def test_no_queue_of_users_grows_without_end() -> None:
    """More users than a service has room for are no overload: they wait; an open flow of as many is one."""
    data = asked_by(50, [{"work": "100ms"}])
    assert not [one for one in check(Scenario.model_validate(data)) if "grows without end" in one.message]
    data["workload"]["f"]["arrivals"] = {"kind": "poisson", "rate": "250/s"}
    assert [one for one in check(Scenario.model_validate(data)) if "grows without end" in one.message]


def test_what_users_offer_is_foreseen() -> None:
    """By the law of Little: users over think time and answer, as long as the bottleneck has room; then what it can do."""
    from sim.foreseen import foreseen

    few, many = (foreseen(Scenario.model_validate(asked_by(n, [{"work": "100ms"}]))).offered["f"] for n in (1, 50))
    assert few == pytest.approx(1 / (0.1 + 0.1), rel=0.02)
    assert many == pytest.approx(10.0, rel=0.02)


def test_only_closed_flows_have_users() -> None:
    """A network without users has no stream for them, and its traces no word."""
    data = asked_by(3, [{"work": "1ms"}])
    assert "flow f:users" in compile_network(Scenario.model_validate(data)).streams
    data["workload"]["f"]["arrivals"] = {"kind": "poisson", "rate": "2/s"}
    assert "flow f:users" not in compile_network(Scenario.model_validate(data)).streams
