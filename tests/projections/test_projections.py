"""Read models follow events: what is missing, how old an answer is, who sees its own write, and who waits for it."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.metrics import measure, resolve
from sim.network import compile as compile_network
from sim.record.ages import PART_BITS
from sim.record.fields.projections import (
    LEVEL_MISSING,
    LEVEL_OLDEST_MISSING,
    VIEW_AGE_HIGH,
    VIEW_AGE_LOW,
    VIEW_DELAY,
    VIEW_DELAY_LEAST,
    VIEW_MISSED,
    VIEW_OUTDATED,
    VIEW_OWN_MISSED,
    VIEW_OWN_READS,
    VIEW_STALENESS,
    VIEW_SUPERSEDED,
    VIEW_THERE,
    VIEW_WAITED,
    VIEW_WAITS_KILLED,
    VIEW_WAITS_OVER,
)
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.engine.story import Story, once, scene

if TYPE_CHECKING:
    from sim.engine import EngineName

ENGINES: list[EngineName] = ["simpy", "compiled"]
Data = dict[str, Any]
FOR_EVER = {"wait_for": "own_write"}


def shop(
    then: Data | None = None, *, read: Data | None = None, update: str = "10ms", subscription: Data | None = None, **more: Any
) -> Data:
    """A write that is projected ``update`` after it was published, and a user who reads."""
    operations = {"go": [{"publish": "t"}], "show": [{"read": "v", **(read or {})}]}
    up = [{"work": update}, {"project": "v"}]
    services = {"a": {"workers": 3, "operations": operations}, "b": {"operations": {"up": up}}}
    flow = once("a.go", "1s", **({"then": then} if then else {}), **more.pop("flow", {}))
    topics = {"brokers": {"k": {"latency": "0s", "topics": {"t": {"partitions": 1}}}}}
    groups = {"subscriptions": {"g": {"topic": "t", "operation": "b.up", **(subscription or {})}}}
    return scene(services, {"f": flow, **more.pop("flows", {})}, projections={"v": {}}, **topics, **groups, **more)


def counted(story: Story, column: int) -> int:
    """Total of a column of the only projection."""
    return int(story.record.tables["projections"][:, 0, column].sum())


def value_of(story: Story, path: str) -> float:
    """A metric of a record."""
    return measure(story.record, *resolve(path, story.record.network))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_is_as_old_as_the_oldest_missing_event(engine: EngineName) -> None:
    """Published at 1 s, there at 1010 ms: a read at 1004 is 4 ms old and misses its own write, one at 1012 is not old."""
    story = Story.of(shop({"operation": "a.show", "after": "4ms", "times": 3}), engine)
    assert story.rows("read") == [(1004.0, 4_000_000), (1008.0, 8_000_000), (1012.0, 0)]
    assert (counted(story, VIEW_OWN_READS), counted(story, VIEW_OWN_MISSED)) == (3, 2)
    assert counted(story, VIEW_STALENESS) == 12_000_000
    assert counted(story, VIEW_DELAY) == 10_000_000


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_waits_for_its_own_write(engine: EngineName) -> None:
    """The handler goes on at the instant at which it is there, and finds it."""
    story = Story.of(shop({"operation": "a.show", "after": "4ms"}, read=FOR_EVER), engine)
    assert story.times("read_waiting") == [1004.0]
    assert story.rows("read") == [(1010.0, 0)]
    assert counted(story, VIEW_WAITED) == 6_000_000
    assert counted(story, VIEW_OWN_MISSED) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_that_waits_too_long_fails(engine: EngineName) -> None:
    """After wait_max the step fails, and the request with it; nothing was read."""
    story = Story.of(shop({"operation": "a.show", "after": "4ms"}, read={**FOR_EVER, "wait_max": "5ms"}), engine)
    assert story.outcomes("answered") == [(1009.0, "dependency")]
    assert story.rows("read") == []
    assert counted(story, VIEW_WAITS_OVER) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_there_at_that_instant_was_not_waited_for_too_long(engine: EngineName) -> None:
    """The projected event beats the end of the wait of the same instant."""
    story = Story.of(shop({"operation": "a.show", "after": "4ms"}, read={**FOR_EVER, "wait_max": "6ms"}), engine)
    assert story.rows("read") == [(1010.0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_that_waits_goes_down_with_its_replica(engine: EngineName) -> None:
    """A crash of the reader ends its wait; the books still balance, and the write is there later."""
    crash = {"c": {"kind": "crash", "target": "a", "at": "1006ms", "for": "100ms"}}
    story = Story.of(shop({"operation": "a.show", "after": "4ms"}, read=FOR_EVER, faults=crash), engine)
    assert counted(story, VIEW_WAITS_KILLED) == 1
    assert counted(story, VIEW_WAITED) == 2_000_000
    assert counted(story, VIEW_THERE) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_message_that_comes_again_changes_nothing(engine: EngineName) -> None:
    """The projector goes down after it projected and before it committed: the event comes once more, outdated."""
    crash = {"c": {"kind": "crash", "target": "b", "at": "1050ms", "for": "10ms"}}
    more = {"commit_every": 9, "session_timeout": "20ms", "rebalance_pause": "0s"}
    story = Story.of(shop(subscription=more, faults=crash), engine)
    assert [value for _, value in story.rows("projected")] == [1, 0]
    assert (counted(story, VIEW_THERE), counted(story, VIEW_OUTDATED)) == (1, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_an_older_event_does_not_take_the_place_of_a_newer_one(engine: EngineName) -> None:
    """Two consumers of a queue overtake each other: the older one comes late, and is superseded when the newer one is there."""
    operations = {"go": [{"publish": "q"}], "show": [{"read": "v"}]}
    up = [{"work": {"kind": "empirical", "values": ["1ms", "40ms"]}}, {"project": "v"}]
    services = {"a": {"workers": 3, "operations": operations}, "b": {"workers": 4, "operations": {"up": up}}}
    flow = {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "200/s"}, "keys": 1}
    brokers = {"brokers": {"k": {"kind": "queue", "latency": "0s", "queues": {"q": {}}}}}
    groups = {"subscriptions": {"g": {"queue": "q", "operation": "b.up", "consumers": 9}}}
    story = Story.of(scene(services, {"f": flow}, projections={"v": {}}, **brokers, **groups), engine)
    superseded = counted(story, VIEW_SUPERSEDED)
    assert superseded > 20
    assert counted(story, VIEW_OUTDATED) >= superseded - counted(story, VIEW_MISSED) + counted(story, VIEW_THERE)
    assert counted(story, VIEW_DELAY_LEAST) > 0


@pytest.mark.parametrize("engine", ENGINES)
def test_readers_of_a_shared_key_see_what_others_missed(engine: EngineName) -> None:
    """A reader that published nothing has an old answer too, and no own write to miss."""
    reader = once("a.show", "1003ms", keys=1)
    story = Story.of(shop(flow={"keys": 1}, flows={"r": reader}), engine)
    assert story.rows("read")[0] == (1003.0, 3_000_000)
    assert counted(story, VIEW_OWN_READS) == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_the_age_of_information_is_exact(engine: EngineName) -> None:
    """Published at 1 s, there at 1010 ms, nothing newer until 2 s: the area of a trapezoid, to the square of a ns."""
    story = Story.of(shop(flow={"keys": 1}, run={"window": "300ms"}), engine)
    high, low = (int(story.record.tables["projections"][:, 0, column].sum()) for column in (VIEW_AGE_HIGH, VIEW_AGE_LOW))
    twice = Fraction((high << PART_BITS) + low)
    assert twice == Fraction(10**9) ** 2 - Fraction(10 * 10**6) ** 2
    assert value_of(story, "v.age_of_information") == pytest.approx(0.99 / 2 + 0.01)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_user_polls_until_a_read_finds_its_own_write(engine: EngineName) -> None:
    """Of a projection the answer tells what the read found: at 1012, not at 1004 and 1008."""
    story = Story.of(shop({"operation": "a.show", "every": "4ms", "until": "v"}), engine)
    assert story.times("asked") == [1004.0, 1008.0, 1012.0]
    assert story.times("satisfied") == [1012.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_event_that_is_lost_stays_missing(engine: EngineName) -> None:
    """A handler that always fails drops it: it is missing, and open, when the run ends."""
    data = shop({"operation": "a.show", "after": "4ms"})
    data["services"]["b"]["operations"]["up"] = [{"fail": 1.0}, {"project": "v"}]
    story = Story.of(data, engine)
    assert story.record.levels["projections"][0, LEVEL_MISSING] == 1
    assert story.record.levels["projections"][0, LEVEL_OLDEST_MISSING] == 1_000_000_000
    assert value_of(story, "v.event_delay.max") == 1.0


def test_memory_is_that_of_keys_and_of_what_is_in_flight() -> None:
    """Ten times the run takes no more: with keys that traces share, and with one for each trace."""
    for keys in ({"keys": 50}, {}):
        sizes = []
        for horizon in ("4s", "40s"):
            data = shop({"operation": "a.show", "after": "4ms"}, run={"horizon": horizon})
            data["workload"]["f"] |= {"arrivals": {"kind": "constant", "rate": "50/s"}, **keys}
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


def test_metrics_of_projections_are_objectives() -> None:
    """Of each and of the whole run; a quantile is judged against the exact count at its limit."""
    data = shop({"operation": "a.show", "after": "4ms"}, flow={"keys": 9})
    data["workload"]["f"]["arrivals"] = {"kind": "poisson", "rate": "50/s"}
    objectives = ["v.staleness.p99 < 50ms", "v.own_write_missed > 10%", "v.event_delay.p99 < 1s", "staleness.max < 2s"]
    data |= {"objectives": objectives}
    data["run"] |= {"horizon": "40s", "replications": 3, "warmup": "1s"}
    verdicts = sim.run(Scenario.model_validate(data)).objectives()
    assert {one.outcome for one in verdicts} == {"pass"}
    assert len(compile_network(Scenario.model_validate(data)).limits) == 8


REFUSED = [
    ({"a": [{"project": "v"}]}, "projects the event of the message under way, and the users of 'f' ask it"),
    ({"b": [{"project": "w"}]}, "unknown projection 'w'"),
    ({"b": [{"transaction": {"store": "s"}, "steps": [{"project": "v"}]}]}, "is not rolled back"),
]


@pytest.mark.parametrize(("steps", "message"), REFUSED)
def test_where_nothing_can_be_projected_is_refused(steps: Data, message: str) -> None:
    """There must be a message under way, a projection of that name, and no transaction."""
    data = shop() | {"stores": {"s": {}}}
    for service, more in steps.items():
        own = "go" if service == "a" else "up"
        data["services"][service]["operations"][own] = [*data["services"][service]["operations"][own], *more]
    found = [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert len(found) == 1
    assert message in found[0]


def test_a_longest_wait_for_nothing_is_refused() -> None:
    """wait_max says how long to wait; without wait_for there is nothing to wait for."""
    with pytest.raises(ValueError, match="wait_max without wait_for"):
        Scenario.model_validate(shop(read={"wait_max": "1s"}))
