"""Follow-ups: users who were answered well ask for more, after a think time, or again and again until they know."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.network import compile as compile_network
from sim.record import fields as f
from sim.record.fields.flows import FLOW_GOOD, FLOW_OFFERED, FLOW_SETTLED
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

ENGINES: list[EngineName] = ["simpy", "compiled"]
SHOW = {"show": [{"work": "5ms"}], "go": [{"work": "10ms"}]}
Data = dict[str, Any]


def counted(story: Story, column: int) -> int:
    """Total of a column of the only follow-up."""
    return int(story.record.tables["follow_ups"][:, 0, column].sum())


def tasks(work: str, then: Data, **client: Any) -> Data:
    """A task that a worker does later, and users who ask how it is."""
    services = {"api": {"workers": 2, "operations": {"go": [{"work": "1ms"}, {"publish": "q"}], "status": [{"work": "2ms"}]}}}
    services["worker"] = {"workers": 1, "operations": {"run": [{"work": work}, {"effect": "done"}]}}
    brokers = {"brokers": {"b": {"kind": "queue", "queues": {"q": {"visibility": "10s"}}}}}
    reads = {"subscriptions": {"w": {"queue": "q", "operation": "worker.run"}}}
    return scene(services, {"f": once("api.go", "1100ms", then=then, **client)}, **brokers, **reads)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_asks_so_many_times_each_after_its_think_time(engine: EngineName) -> None:
    """The think time runs from the answer to the next request, the request's own and those of its follow-ups."""
    then = {"operation": "a.show", "after": "100ms", "times": 3}
    story = Story.of(scene({"a": {"workers": 1, "operations": SHOW}}, {"f": once("a.go", "1100ms", then=then)}), engine)
    assert story.times("asked") == [1210.0, 1315.0, 1420.0]
    assert story.times("sent", "a.show") == [1210.0, 1315.0, 1420.0]
    assert story.times("satisfied") == [1425.0]
    assert counted(story, f.follow_ups.FOLLOW_UP_ASKED) == 3
    assert counted(story, f.follow_ups.FOLLOW_UP_KNOW_TIME) == 325_000_000


@pytest.mark.parametrize("engine", ENGINES)
def test_follow_ups_leave_the_books_of_their_flow_alone(engine: EngineName) -> None:
    """One request, one answer, one end of the flow at the first answer; the edge of the follow-ups is another one."""
    then = {"operation": "a.show", "after": "100ms", "times": 3}
    story = Story.of(scene({"a": {"workers": 1, "operations": SHOW}}, {"f": once("a.go", "1100ms", then=then)}), engine)
    assert (story.flow("f", FLOW_OFFERED), story.flow("f", FLOW_SETTLED), story.flow("f", FLOW_GOOD)) == (1, 1, 1)
    assert story.times("closed") == story.times("replied") == [1110.0]
    assert (story.edge("f -> a.go", f.edges.EDGE_CALLS), story.edge("f -> a.show", f.edges.EDGE_CALLS)) == (1, 3)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_was_not_answered_well_does_not_follow_up(engine: EngineName) -> None:
    """A user whose request failed knows that there is nothing to look at."""
    services = {"a": {"workers": 1, "operations": {**SHOW, "go": [{"fail": 1.0}]}}}
    story = Story.of(scene(services, {"f": once("a.go", "1100ms", then={"operation": "a.show", "after": "1ms"})}), engine)
    assert counted(story, f.follow_ups.FOLLOW_UP_BEGUN) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_follow_up_has_the_timeout_of_its_flow(engine: EngineName) -> None:
    """The client gives up on a follow-up as on a request, and goes on with the next one."""
    services = {"a": {"workers": 2, "operations": {**SHOW, "show": [{"work": "50ms"}]}}}
    then = {"operation": "a.show", "after": "100ms", "times": 2}
    story = Story.of(scene(services, {"f": once("a.go", "1100ms", timeout="20ms", then=then)}), engine)
    assert story.outcomes("answered") == [(1230.0, "timeout"), (1350.0, "timeout")]
    assert counted(story, f.follow_ups.FOLLOW_UP_SATISFIED) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_polls_until_an_answer_says_so(engine: EngineName) -> None:
    """Work is done at 1351 ms; the poll of 1303 does not know, that of 1405 does, and there is no other."""
    story = Story.of(tasks("250ms", {"operation": "api.status", "every": "100ms", "until": "done"}), engine)
    assert story.times("effect") == [1351.0]
    assert story.times("asked") == [1201.0, 1303.0, 1405.0]
    assert story.times("satisfied") == [1407.0]
    assert counted(story, f.follow_ups.FOLLOW_UP_KNOW_TIME) == 307_000_000


@pytest.mark.parametrize("engine", ENGINES)
def test_an_answer_says_what_was_so_when_it_left(engine: EngineName) -> None:
    """An effect that comes about while the answer is on its way is not in it: the user asks once more."""
    data = tasks("150ms", {"operation": "api.status", "every": "100ms", "until": "done"}, hop="60ms")
    story = Story.of(data, engine)  # asked at 1321, handled until 1383, heard at 1443; done at 1311
    assert story.times("effect") == [1311.0]
    assert story.times("asked") == [1321.0]
    late = Story.of(tasks("260ms", {"operation": "api.status", "every": "100ms", "until": "done"}, hop="60ms"), engine)
    assert late.times("effect") == [1421.0]  # between 1383 and 1443
    assert late.times("asked") == [1321.0, 1543.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_gives_up_where_the_next_poll_would_be_past_the_deadline(engine: EngineName) -> None:
    """Polls at 1201 and 1303; one at 1405 would come more than 300 ms after the arrival."""
    data = tasks("1s", {"operation": "api.status", "every": "100ms", "until": "done"}, deadline="300ms")
    story = Story.of(data, engine)
    assert story.times("asked") == [1201.0, 1303.0]
    assert story.rows("satisfied") == [(1305.0, 0)]
    assert counted(story, f.follow_ups.FOLLOW_UP_GAVE_UP) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_who_still_polls_at_the_horizon_is_open(engine: EngineName) -> None:
    """Neither satisfied nor given up: open, since its arrival."""
    story = Story.of(tasks("5s", {"operation": "api.status", "every": "100ms", "until": "done"}), engine)
    assert story.record.levels["follow_ups"][0, f.follow_ups.LEVEL_FOLLOWING] == 1
    assert story.record.levels["follow_ups"][0, f.follow_ups.LEVEL_OLDEST_FOLLOWING] == 900_000_000


def test_think_times_are_draws_of_their_own() -> None:
    """What a user does later shifts no draw of its request: with and without follow-ups it is the same to the ns."""
    work = [{"work": {"kind": "exponential", "mean": "5ms"}}]
    services = {"a": {"workers": 9, "operations": {"show": work, "go": work}}}
    flow = {"operation": "a.go", "arrivals": {"kind": "poisson", "rate": "50/s"}}
    then = {"operation": "a.show", "after": {"kind": "exponential", "mean": "20ms"}, "times": 2}
    bare = Story.of(scene(services, {"f": flow}), "compiled")
    more = Story.of(scene(services, {"f": {**flow, "then": then}}), "compiled")
    assert bare.times("worked", "a.go") == more.times("worked", "a.go")
    assert len(set(more.times("asked"))) > 50


REFUSED = [
    ({"operation": "api.go", "after": "1ms"}, "a follow-up only asks, and 'api.go' publishes 'q'"),
    ({"operation": "worker.run", "after": "1ms"}, "a follow-up only asks, and 'worker.run' has the effect 'done'"),
    ({"operation": "api.status", "every": "1ms", "until": "dome"}, "and no projection is called so; did you mean 'done'?"),
    ({"operation": "api.stats", "after": "1ms"}, "service 'api' has no operation 'stats'"),
]


@pytest.mark.parametrize(("then", "message"), REFUSED)
def test_what_cannot_be_followed_up_is_refused(then: Data, message: str) -> None:
    """A follow-up that would change something, or wait for what never comes, is an error with its place."""
    problems = check(Scenario.model_validate(tasks("1ms", then)))
    found = [problem for problem in problems if problem.severity == "error"]
    assert len(found) == 1
    assert found[0].field.startswith("workload.f.then")
    assert message in found[0].message


@pytest.mark.parametrize("more", [{}, {"after": "1ms", "every": "1ms"}, {"every": "1ms"}, {"after": "1ms", "until": "done"}])
def test_a_follow_up_goes_one_way(more: Data) -> None:
    """Either a think time, or an interval and what the user waits for; nothing is ignored."""
    with pytest.raises(ValueError, match=r"write either|needs"):
        Scenario.model_validate(tasks("1ms", {"operation": "api.status", **more}))


def test_traces_of_follow_ups_are_given_back() -> None:
    """Rows do not grow with the number of users who are done: ten times the run takes no more memory."""
    sizes = []
    for horizon in ("2s", "20s"):
        then = {"operation": "a.show", "after": "10ms", "times": 2}
        flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "50/s"}, "then": then}
        data = scene({"a": {"workers": 4, "operations": SHOW}}, {"f": flow}, run={"horizon": horizon})
        sizes.append(words_taken(data))
    assert sizes[0] == sizes[1]


def words_taken(data: Data) -> int:
    """How many words of the kernel's memory a run has taken."""
    from sim.engine.compiled_engine.host import CompiledEngine
    from sim.record.recording import Recording

    network = compile_network(Scenario.model_validate(data))
    engine = CompiledEngine(network, Recording.of(network), 1, 0)
    engine.run()
    return engine.world.used
