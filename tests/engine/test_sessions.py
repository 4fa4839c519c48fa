"""Sessions: users who ask for one thing after another, who go on, leave or give up on the way."""

from __future__ import annotations

import json
import random
import re
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from sim.metrics.paths import measure, resolve
from sim.record.fields.sessions import LEVEL_OLDEST_SESSION, LEVEL_SESSIONS, SESSION_ENDS, SESSION_TIME, SESSIONS
from sim.scenario.checks import check
from sim.scenario.loader import loads
from sim.scenario.problems import ScenarioError
from sim.scenario.scenario import Scenario
from sim.semantics.sessions import AGAIN, DONE, GIVEN_UP, after_answer, too_late
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

ENGINES: list[EngineName] = ["simpy", "compiled"]
SHOP = {
    "go": [{"work": "10ms"}],
    "cart": [{"work": "20ms"}],
    "pay": [{"work": "30ms"}],
    "broken": [{"work": "5ms"}, {"fail": 1.0}],
}
CART, PAY = {"operation": "a.cart", "after": "100ms"}, {"operation": "a.pay", "after": "50ms"}
Data = dict[str, Any]


def shop(then: Any, engine: EngineName, **client: Any) -> Story:
    """One user of a shop."""
    flow = once("a.go", "1100ms", then=then, **client)
    return Story.of(scene({"a": {"workers": 1, "operations": SHOP}}, {"f": flow}), engine)


def ends(story: Story) -> tuple[int, ...]:
    """How many sessions were completed, left and abandoned, and how many are open."""
    counts, levels = story.record.tables[SESSIONS.name].sum(axis=(0, 1)), story.record.levels[SESSIONS.name].sum(axis=0)
    return (*(int(counts[column]) for column in SESSION_ENDS), int(levels[LEVEL_SESSIONS]))


def of(story: Story, path: str) -> float:
    """A metric of the whole run."""
    metric, subject = resolve(path, story.record.network)
    return measure(story.record, metric, subject, 0, story.record.network.windows)


@pytest.mark.parametrize("engine", ENGINES)
def test_each_step_comes_after_the_answer_of_the_one_before(engine: EngineName) -> None:
    """Answered at 1110, the user thinks 100 ms, asks for 20 ms twice, thinks 50 ms, asks for 30 ms: 420 ms in all."""
    story = shop([{**CART, "times": 2}, PAY], engine)
    assert story.times("asked") == [1210.0, 1330.0, 1400.0]
    assert story.times("satisfied") == [1350.0, 1430.0]
    assert story.times("session_over") == [1430.0]
    assert ends(story) == (1, 0, 0, 0)
    assert story.record.tables[SESSIONS.name][:, 0, SESSION_TIME].sum() == 330_000_000
    assert (of(story, "f.session_duration.mean"), of(story, "f.then.2.follow_up.mean")) == (0.33, 0.03)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_failure_ends_the_session_where_it_happens(engine: EngineName) -> None:
    """The step that failed is asked once, whatever its times; the step behind it never; both are counted so."""
    story = shop([{"operation": "a.broken", "after": "100ms", "times": 3}, PAY], engine)
    assert story.times("asked") == [1210.0]
    assert ends(story) == (0, 0, 1, 0)
    found = [of(story, f"f.then.{step}.{one}") for step in (1, 2) for one in ("sessions_begun", "sessions_abandoned")]
    assert found == [1.0, 1.0, 0.0, 0.0]
    assert (of(story, "f.abandonment"), of(story, "f.session_duration.max")) == (1.0, float("inf"))


@pytest.mark.parametrize("engine", ENGINES)
def test_who_puts_up_with_failures_goes_on(engine: EngineName) -> None:
    """on_failure: continue asks as often as it says, and then for the next step."""
    story = shop([{"operation": "a.broken", "after": "100ms", "times": 2, "on_failure": "continue"}, PAY], engine)
    assert story.times("asked") == [1210.0, 1315.0, 1370.0]
    assert ends(story) == (1, 0, 0, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_was_not_answered_at_first_has_abandoned(engine: EngineName) -> None:
    """A session whose first request failed is over then: no request of a flow is without an end of its session."""
    data = scene({"a": {"workers": 1, "operations": SHOP}}, {"f": once("a.broken", "1100ms", then=[CART])})
    story = Story.of(data, engine)
    assert (ends(story), story.times("session_over")) == ((0, 0, 1, 0), [1105.0])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_step_has_a_timeout_of_its_own(engine: EngineName) -> None:
    """The flow waits for ever, the step 5 ms; of two steps that ask the same each has its own."""
    story = shop([CART, {**CART, "timeout": "5ms"}], engine)
    assert story.outcomes("answered") == [(1230.0, "ok"), (1335.0, "timeout")]
    assert ends(story) == (0, 0, 1, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_horizon_cuts_is_open(engine: EngineName) -> None:
    """A session under way at the end is neither completed nor abandoned, since its first request: 900 ms."""
    story = shop([CART, {"operation": "a.pay", "after": "1s"}], engine)
    assert ends(story) == (0, 0, 0, 1)
    assert story.record.levels[SESSIONS.name][0, LEVEL_OLDEST_SESSION] == 900_000_000


@pytest.mark.parametrize("engine", ENGINES)
def test_a_closed_user_thinks_when_its_session_is_over(engine: EngineName) -> None:
    """Think 100, ask 10, think 100, ask 20: one session in 230 ms, and the next think time begins at its end."""
    arrivals = {"kind": "closed", "users": 1, "think": "100ms"}
    flow = {"operation": "a.go", "arrivals": arrivals, "then": [CART]}
    story = Story.of(scene({"a": {"workers": 1, "operations": SHOP}}, {"f": flow}), engine)
    assert story.times("offered")[:4] == [100.0, 330.0, 560.0, 790.0]
    assert story.times("session_over")[:3] == [230.0, 460.0, 690.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_session_may_poll_on_its_way(engine: EngineName) -> None:
    """A user looks until the work is done, and then goes on; the work is done at 1351 ms, the poll of 1405 says so."""
    services = {"api": {"workers": 2, "operations": {"go": [{"work": "1ms"}, {"publish": "q"}], "status": [{"work": "2ms"}]}}}
    services["worker"] = {"workers": 1, "operations": {"run": [{"work": "250ms"}, {"effect": "done"}]}}
    more = {"brokers": {"b": {"kind": "queue", "queues": {"q": {"visibility": "10s"}}}}}
    more["subscriptions"] = {"w": {"queue": "q", "operation": "worker.run"}}
    poll = {"operation": "api.status", "every": "100ms", "until": "done"}
    then = [poll, {"operation": "api.status", "after": "10ms"}]
    story = Story.of(scene(services, {"f": once("api.go", "1100ms", deadline="1s", then=then)}, **more), engine)
    assert story.times("asked") == [1201.0, 1303.0, 1405.0, 1417.0]
    assert ends(story) == (1, 0, 0, 0)


def test_a_share_of_users_goes_on() -> None:
    """Of some thousand users 60 % come to the second step; the others leave, and nobody is counted twice."""
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "700/s"}}
    steps = [{"operation": "a.go", "after": "1ms"}, {"operation": "a.go", "after": "1ms", "probability": "60%"}]
    services = {"a": {"workers": 50, "operations": {"go": [{"work": "1ms"}]}}}
    story = Story.of(scene(services, {"f": {**flow, "then": steps}}), "compiled")
    completed, left, abandoned, open_ = ends(story)
    assert completed + left + abandoned + open_ == story.flow("f", 0)
    assert abandoned == 0
    assert 0.56 < completed / (completed + left) < 0.64  # 1400 users: three standard deviations
    assert of(story, "f.then.2.sessions_left") == left


def test_a_step_more_shifts_no_draw_of_the_others() -> None:
    """Draws of a step are called after what it asks: with another one before it the same users go on, after the same time."""
    pay = {"operation": "a.pay", "after": {"kind": "exponential", "mean": "20ms"}, "probability": "50%"}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "100/s"}}
    services = {"a": {"workers": 200, "operations": SHOP}}
    bare = Story.of(scene(services, {"f": {**flow, "then": [pay]}}), "compiled")
    more = Story.of(scene(services, {"f": {**flow, "then": [{"operation": "a.cart", "after": "0s"}, pay]}}), "compiled")
    sent = [{round(at, 6) for at in one.times("sent", "a.pay")} for one in (bare, more)]
    later = {round(at + 20.0, 6) for at in sent[0]}
    assert len(sent[1]) > 50
    assert sent[1] <= later


def as_a_list_says(steps: list[Data]) -> tuple[list[float], int]:
    """When a user asks who was answered at 1110 ms, with nobody in its way, and which end its session has."""
    now, asked = 1110, []
    for step in steps:
        takes, fails = {"a.cart": (20, False), "a.pay": (30, False), "a.broken": (5, True)}[step["operation"]]
        limit = int(step.get("timeout", "99ms").removesuffix("ms"))
        for _ in range(step.get("times", 1)):
            now += int(step["after"].removesuffix("ms"))
            asked.append(float(now))
            now += min(takes, limit)
            if (fails or limit < takes) and step.get("on_failure") != "continue":
                return asked, 2
    return asked, 0


@pytest.mark.parametrize("engine", ENGINES)
def test_sessions_go_as_a_plain_list_says(engine: EngineName) -> None:
    """Two dozen random sessions without a queue: each asks when, and ends as, a loop over its steps foretells."""
    make, flows = random.Random(15), {}
    for number in range(24):
        steps = []
        for _ in range(make.randint(1, 5)):
            step: Data = {"operation": make.choice(["a.cart", "a.pay", "a.cart", "a.pay", "a.broken"])}
            step |= {"after": f"{make.randint(0, 40)}ms", "times": make.randint(1, 3)}
            step |= {"timeout": make.choice(["10ms", "25ms"])} if make.random() < 0.2 else {}
            step |= {"on_failure": make.choice(["abandon", "continue"])} if make.random() < 0.6 else {}
            steps.append(step)
        flows[f"f{number}"] = once("a.go", "1100ms", then=steps)
    story = Story.of(scene({"a": {"workers": 500, "operations": SHOP}}, flows), engine)
    foretold = [as_a_list_says(flow["then"]) for flow in flows.values()]
    assert story.times("asked") == sorted(at for asked, _ in foretold for at in asked)
    found = story.record.tables[SESSIONS.name].sum(axis=0)[:, list(SESSION_ENDS)].argmax(axis=1)
    assert found.tolist() == [end for _, end in foretold]


def test_what_a_user_does_after_an_answer() -> None:
    """Put another way: a failure counts where it is not put up with; then who polls looks at what it knows, others count."""
    either = (False, True)
    for failed, asked, times, knows, abandons in product(either, (1, 2, 3), (0, 1, 2, 3), either, either):
        if failed and abandons:
            wanted = GIVEN_UP
        elif times:
            wanted = {True: DONE, False: AGAIN}[times - asked == 0]
        else:
            wanted = (AGAIN, DONE)[knows]
        assert after_answer(failed, asked, times, knows, abandons) == wanted
        assert not too_late(times + 1, 10, 99)
    assert too_late(0, 10, 11)
    assert [too_late(0, 10, 10), too_late(0, -1, 99)] == [False, False]


REFUSED = [
    ([], "then: "),
    ([{**CART, "probability": "0%"}], "then[0].probability"),
    ([CART, {**PAY, "on_failure": "retry"}], "then[1].on_failure"),
    ({**CART, "probability": "50%"}, "then.probability"),
]


@pytest.mark.parametrize(("then", "where"), REFUSED)
def test_what_is_no_session_is_refused(then: Any, where: str) -> None:
    """An error with its place: no step, nobody who goes on, a word that is none; one follow-up knows no probability."""
    text = json.dumps(scene({"a": {"operations": SHOP}}, {"f": once("a.go", "1100ms", then=then)}))
    with pytest.raises(ScenarioError, match=re.escape(f"workload.f.{where}")):
        loads(text, "shop.yaml")


def test_a_session_waits_for_one_thing() -> None:
    """A second until is an error at its step; so is a step that changes something."""
    services = {"a": {"operations": {**SHOP, "buy": [{"effect": "bought"}], "go": [{"work": "1ms"}, {"call": "a.buy"}]}}}
    poll = {"operation": "a.cart", "every": "10ms", "until": "bought"}
    data = scene(services, {"f": once("a.go", "1s", deadline="1s", then=[poll, poll, {"operation": "a.buy", "after": "1ms"}])})
    found = [problem for problem in check(Scenario.model_validate(data)) if problem.severity == "error"]
    assert [problem.field for problem in found] == ["workload.f.then[1].until", "workload.f.then[2].operation"]
