"""Read models are emptied and filled anew beside live traffic: what readers see meanwhile, how long it takes, what is lost."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import pytest

import sim
from sim.charts import errors
from sim.cli import main
from sim.metrics import resolve
from sim.metrics.exercised import not_exercised
from sim.metrics.summary import figures_of
from sim.record import fields as f
from sim.record.fields.projections import VIEW_DELAY, VIEW_MISSED, VIEW_OUTDATED, VIEW_THERE
from sim.report.html import strips, why
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from tests.engine.story import Story, once, scene
from tests.projections.test_projections import value_of, words_taken

if TYPE_CHECKING:
    from pathlib import Path

    from sim.engine import EngineName

ENGINES: list[EngineName] = ["simpy", "compiled"]
Data = dict[str, Any]


def shop(flows: Data, *at: str, rate: str = "10/s", retention: str | None = "1h", update: str = "1ms", **more: Any) -> Data:
    """Writes that are projected ``update`` later, readers, and rebuilds of the view at some times."""
    read = more.pop("read", {})
    services = {
        "a": {"workers": 9, "operations": {"go": [{"publish": "t"}], "show": [{"read": "v", **read}]}},
        "b": {"operations": {"up": [{"work": update}, {"project": "v"}]}},
    }
    topic = {"partitions": 1, **({"retention": {"time": retention}} if retention else {})}
    whole = {
        "brokers": {"k": {"latency": "0s", "topics": {"t": topic}}},
        "subscriptions": {"g": {"topic": "t", "operation": "b.up", **more.pop("group", {})}},
        "projections": {"v": {"rebuild": {"rate": rate}}},
    }
    faults = {f"anew{n}": {"kind": "rebuild", "target": "v", "at": time} for n, time in enumerate(at)}
    flows = {name: {"keys": 1, **flow} for name, flow in flows.items()}
    return scene(services, flows, faults={**faults, **more.pop("faults", {})}, **whole, **more)


def counted(story: Story, column: int) -> int:
    """Total of a column of the rebuilds of the only projection."""
    return int(story.record.tables["rebuilds"][:, 0, column].sum())


@pytest.mark.parametrize("engine", ENGINES)
def test_a_read_meanwhile_is_as_old_as_what_is_not_there_again(engine: EngineName) -> None:
    """Published at 1100 and 1200 ms, emptied at 1310: at 1350, 1450 and 1550 a read lacks both, the second one, and nothing."""
    flows = {"w": once("a.go", "1100ms"), "x": once("a.go", "1200ms")}
    flows |= {f"r{at}": once("a.show", f"{at}ms") for at in (1350, 1450, 1550)}
    story = Story.of(shop(flows, "1310ms"), engine)
    assert story.rows("read") == [(1350.0, 250_000_000), (1450.0, 250_000_000), (1550.0, 0)]
    assert story.times("rebuilding") == [1310.0]
    assert story.times("replayed") == [1410.0, 1510.0]
    assert story.times("rebuilt") == [1510.0]
    assert value_of(story, "v.rebuild_time") == 0.2


@pytest.mark.parametrize("engine", ENGINES)
def test_what_comes_meanwhile_is_read_too(engine: EngineName) -> None:
    """Ten events are kept, ten come per second, twenty are read: 10 / (20 - 10) = 1 s, to the ns."""
    flows = {"w": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "10/s"}}}
    story = Story.of(shop(flows, "1060ms", rate="20/s", run={"horizon": "3s"}), engine)
    assert [kept for _, kept in story.rows("rebuilding")] == [10]
    assert value_of(story, "v.rebuild_time") == 10 / (20 - 10)
    assert counted(story, f.rebuilds.REBUILD_READ) == 20
    assert value_of(story, "rebuild_events_gone") == 0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_live_event_is_there_before_what_the_reader_brings(engine: EngineName) -> None:
    """Of events that carry state the newest one is all that a key needs: what comes after it is outdated."""
    flows = {name: once("a.go", at) for name, at in (("w", "1100ms"), ("x", "1200ms"), ("y", "1320ms"))}
    story = Story.of(shop({**flows, "r": once("a.show", "1350ms")}, "1310ms"), engine)
    assert story.rows("read") == [(1350.0, 0)]
    assert [newer for _, newer in story.rows("replayed")] == [0, 0, 0]
    assert counted(story, f.rebuilds.REBUILD_PUT_BACK) == 1
    assert counted(story, f.rebuilds.REBUILD_DONE) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rebuild_helps_a_projector_that_is_behind(engine: EngineName) -> None:
    """The reader brings what the handler has not yet: it is there then, and once only; the handler comes too late."""
    flows = {"w": once("a.go", "1100ms"), "r": once("a.show", "1250ms")}
    story = Story.of(shop(flows, "1110ms", update="500ms"), engine)
    table = story.record.tables["projections"][:, 0].sum(axis=0)
    assert story.rows("read") == [(1250.0, 0)]
    assert (table[VIEW_THERE], table[VIEW_DELAY], table[VIEW_OUTDATED]) == (1, 110_000_000, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rebuild_adds_nothing_to_the_delay_of_events(engine: EngineName) -> None:
    """An event was there when it first was; it is counted as put back, not as there once more."""
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "1500ms", "1800ms"), engine)
    table = story.record.tables["projections"][:, 0].sum(axis=0)
    assert (table[VIEW_MISSED], table[VIEW_THERE], table[VIEW_DELAY]) == (1, 1, 1_000_000)
    assert (counted(story, f.rebuilds.REBUILD_TAKEN_OUT), counted(story, f.rebuilds.REBUILD_PUT_BACK)) == (2, 2)


@pytest.mark.parametrize("engine", ENGINES)
def test_another_rebuild_begins_from_the_start(engine: EngineName) -> None:
    """The first one gives up half way, and its reader with it; the time that counts is that of the second one."""
    flows = {"w": once("a.go", "1100ms"), "x": once("a.go", "1200ms")}
    story = Story.of(shop(flows, "1300ms", "1450ms"), engine)
    assert story.times("replayed") == [1400.0, 1550.0, 1650.0]
    assert (counted(story, f.rebuilds.REBUILD_BROKEN_OFF), counted(story, f.rebuilds.REBUILD_LEFT)) == (1, 1)
    assert counted(story, f.rebuilds.REBUILD_BROKEN_OFF_TIME) == 150_000_000
    assert value_of(story, "v.rebuild_time") == 0.2


@pytest.mark.parametrize("engine", ENGINES)
def test_two_rebuilds_of_one_instant_are_one(engine: EngineName) -> None:
    """Two faults at the same time empty the view once."""
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "1300ms", "1300ms"), engine)
    assert counted(story, f.rebuilds.REBUILD_BEGUN) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_reader_waits_for_a_broker_that_is_down(engine: EngineName) -> None:
    """Down from 1350 to 1610 ms: tried each 100 ms, read at 1700."""
    down = {"cut": {"kind": "broker_outage", "target": "k", "at": "1350ms", "for": "260ms"}}
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "1300ms", faults=down), engine)
    assert story.times("rebuilt") == [1700.0]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_crash_of_those_who_project_does_not_stop_a_rebuild(engine: EngineName) -> None:
    """It is a job of its own; what the crashed handler had in hand comes again, and is outdated by then."""
    down = {"dead": {"kind": "crash", "target": "b", "at": "1110ms", "for": "500ms"}}
    group = {"session_timeout": "10ms", "rebalance_pause": "0s"}
    data = shop({"w": once("a.go", "1100ms")}, "1300ms", update="50ms", faults=down, group=group)
    story = Story.of(data, engine)
    assert story.times("rebuilt") == [1400.0]
    assert story.rows("projected") == [(1660.0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_not_kept_does_not_come_back(engine: EngineName) -> None:
    """A retention of 300 ms, and a rebuild 500 ms after an event: its key is lost, and a read later says how old it is."""
    flows = {"w": once("a.go", "1100ms"), "r": once("a.show", "1900ms")}
    story = Story.of(shop(flows, "1600ms", retention="300ms"), engine)
    assert story.rows("read") == [(1900.0, 800_000_000)]
    assert (value_of(story, "rebuild_events_gone"), value_of(story, "v.rebuild_keys_lost")) == (1, 1)
    assert value_of(story, "v.rebuild_time") == 0.0


@pytest.mark.parametrize("engine", ENGINES)
def test_a_key_that_was_lost_is_back_with_something_newer(engine: EngineName) -> None:
    """The rebuild has counted it as lost; then an event comes, and it is not old."""
    flows = {"w": once("a.go", "1100ms"), "x": once("a.go", "1700ms"), "r": once("a.show", "1900ms")}
    story = Story.of(shop(flows, "1600ms", retention="300ms"), engine)
    assert story.rows("read") == [(1900.0, 0)]
    assert value_of(story, "v.rebuild_keys_lost") == 1
    assert counted(story, f.rebuilds.REBUILD_PUT_BACK) == 1


@pytest.mark.parametrize("engine", ENGINES)
def test_a_retention_shorter_than_the_rebuild_takes_events_away_from_its_reader(engine: EngineName) -> None:
    """Twenty events of two seconds, kept for 2 s, read at 5/s from 2050 ms on: meanwhile the log loses ten a second."""
    flows = {"w": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "10/s"}, "keys": 100_000}}
    stop = {"stop": {"kind": "traffic", "flow": "w", "factor": 0, "at": "2050ms", "for": "3950ms"}}
    data = shop(flows, "2050ms", rate="5/s", retention="2s", faults=stop, run={"horizon": "6s"})
    story = Story.of(data, engine)
    read, gone = counted(story, f.rebuilds.REBUILD_READ), counted(story, f.rebuilds.REBUILD_GONE)
    assert read + gone == 20
    assert (read, gone) == by_hand(step=0.2, kept=[0.1 * k for k in range(1, 21)], begin=2.05, retention=2.0)
    assert value_of(story, "v.rebuild_keys_lost") == gone


def by_hand(*, step: float, kept: list[float], begin: float, retention: float) -> tuple[int, int]:
    """How many events a reader finds, one each step, and how many are too old when it comes to them."""
    found, now, ahead = 0, begin, list(kept)
    while ahead:
        now += step
        ahead = [at for at in ahead if at + retention >= now]
        found += bool(ahead)
        ahead = ahead[1:]
    return found, len(kept) - found


@pytest.mark.parametrize("engine", ENGINES)
def test_an_event_can_be_read_at_the_instant_at_which_it_goes(engine: EngineName) -> None:
    """Kept from 1100 ms on for 400 ms, and read at 1500 ms."""
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "1400ms", retention="400ms"), engine)
    assert (counted(story, f.rebuilds.REBUILD_READ), counted(story, f.rebuilds.REBUILD_GONE)) == (1, 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_who_waits_for_an_own_write_waits_for_the_rebuild(engine: EngineName) -> None:
    """Written at 1100 ms and seen, taken out at 1300, wanted again at 1350: it is there, and the read goes on, at 1400."""
    flows = {"w": once("a.go", "1100ms", then={"operation": "a.show", "after": "250ms"})}
    story = Story.of(shop(flows, "1300ms", read={"wait_for": "own_write"}), engine)
    assert story.times("read_waiting") == [1350.0]
    assert story.rows("read") == [(1400.0, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_an_own_write_is_missed_while_it_is_taken_out(engine: EngineName) -> None:
    """Who does not wait finds nothing at 1350 ms, and its write at 1600."""
    flows = {"w": once("a.go", "1100ms", then={"operation": "a.show", "after": "250ms", "times": 2})}
    story = Story.of(shop(flows, "1300ms"), engine)
    assert story.rows("read") == [(1350.0, 250_000_000), (1600.0, 0)]
    assert value_of(story, "v.own_write_missed") == 0.5


@pytest.mark.parametrize("engine", ENGINES)
def test_the_age_of_information_is_that_of_keys_that_are_there(engine: EngineName) -> None:
    """There from 1 to 200 ms after its publishing, and from 300 to 900: mean over that time of how old it is."""
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "1300ms"), engine)
    area = (0.2**2 - 0.001**2) / 2 + (0.9**2 - 0.3**2) / 2
    assert value_of(story, "v.age_of_information") == pytest.approx(area / (0.199 + 0.6))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_rebuild_that_is_not_done_passes_nothing(engine: EngineName) -> None:
    """At the end of the run it has taken 700 ms, and may take longer and lose its key: no verdict is pass."""
    flows = {"w": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "10/s"}}}
    objectives = ["v.rebuild_time < 5s", "v.rebuild_events_gone <= 0"]
    data = shop(flows, "1300ms", objectives=objectives)
    record = Story.of(data, engine).record
    metric, subject = resolve("v.rebuild_time", record.network)
    assert metric.bounds is not None
    assert metric.bounds["projection"](record, subject.index, 0, record.network.windows) == (pytest.approx(0.7), math.inf)
    result = sim.run(Scenario.model_validate({**data, "run": {**data["run"], "replications": 8}}), engine=engine)
    assert [verdict.outcome for verdict in result.objectives()] == ["unsure", "unsure"]


def test_a_rebuild_of_nothing_met_nothing() -> None:
    """Before the first event there is nothing to take out and nothing to read."""
    story = Story.of(shop({"w": once("a.go", "1100ms")}, "500ms"), "compiled")
    assert not_exercised(story.record) == ("anew0",)
    assert counted(story, f.rebuilds.REBUILD_TIME) == 0


def test_memory_is_that_of_what_is_kept() -> None:
    """Ten times the run takes no more: a view keeps what its topic does."""
    sizes = []
    for horizon in ("4s", "40s"):
        flows = {"w": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "100/s"}, "keys": 20}}
        sizes.append(words_taken(shop(flows, "3s", rate="1000/s", retention="1s", run={"horizon": horizon})))
    assert sizes[0] == sizes[1]


REFUSED: list[tuple[Data, str]] = [
    ({"projections": {"v": {}}}, "'v' does not say how fast it is rebuilt"),
    ({"retention": None}, "keeps its messages only until its subscriptions have handled them"),
    ({"workload": {"w": once("a.go", "1s")}}, "traces of 'w' have a key each"),
    ({"other": "2h"}, "give them one retention"),
    ({"queue": True}, "a queue, and keeps nothing that was handled"),
]


@pytest.mark.parametrize(("change", "message"), REFUSED, ids=lambda one: one if isinstance(one, str) else "")
def test_what_there_is_nothing_to_rebuild_from_is_refused(change: Data, message: str) -> None:
    """Kept events of shared keys, for one time, and a rate: each is asked for, with the remedy."""
    change = dict(change)
    data = shop({"w": once("a.go", "1s")}, "1500ms", **({"retention": None} if change.pop("retention", 0) is None else {}))
    if other := change.pop("other", None):
        data["brokers"]["k"]["topics"]["u"] = {"partitions": 1, "retention": {"time": other}}
        data["subscriptions"]["h"] = {"topic": "u", "operation": "b.up"}
        data["services"]["a"]["operations"]["go"].append({"publish": "u"})
    if change.pop("queue", None):
        data["brokers"]["q"] = {"kind": "queue", "queues": {"u": {}}}
        data["subscriptions"]["h"] = {"queue": "u", "operation": "b.up"}
        data["services"]["a"]["operations"]["go"].append({"publish": "u"})
    found = [one.message for one in check(Scenario.model_validate(data | change)) if one.severity == "error"]
    assert len(found) == 1
    assert message in found[0]


@pytest.mark.parametrize(("change", "message"), [({"for": "1s"}, "remove 'for'"), ({"at": None}, "missing key 'at'")])
def test_a_rebuild_has_a_begin_and_no_end(change: Data, message: str) -> None:
    """It is over when it has caught up; when, the run says."""
    data = shop({"w": once("a.go", "1s")}, "1500ms")
    fault = {**data["faults"]["anew0"], **change}
    data["faults"]["anew0"] = {key: value for key, value in fault.items() if value is not None}
    with pytest.raises(ValueError, match=message):
        Scenario.model_validate(data)


def test_a_projection_that_could_be_rebuilt_and_is_not_keeps_nothing() -> None:
    """It needs no retention and no keys either: without such a fault a run has no rebuilds to count."""
    data = shop({"w": once("a.go", "1s")}, retention=None)
    del data["workload"]["w"]["keys"]
    assert [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"] == []
    assert Story.of(shop({"w": once("a.go", "1s")}), "compiled").record.network.rebuilds == ()


def test_a_rebuild_is_shown_as_a_deed_at_a_time(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """It has a time and no window: `show` names one, a chart draws a line, the page says no word of its end."""
    file = tmp_path / "shop.yaml"
    data = shop({"w": {"operation": "a.go", "arrivals": {"kind": "constant", "rate": "10/s"}}}, "1300ms", rate="100/s")
    file.write_text(json.dumps(data))
    assert main(["show", str(file)]) == 0
    assert "rebuild of v, 1.3 s\n" in capsys.readouterr().out
    ax = errors.plot(sim.run(Scenario.model_validate(data)))
    widths = [patch.get_width() for patch in ax.patches if hasattr(patch, "get_width")]
    assert any(width == pytest.approx(0.005 * 2.0) for width in widths)
    ends = {"name": "anew0", "kind": "rebuild", "target": "v", "begin_s": 1.3, "end_s": 1.300000001}
    said = str(why._faults([ends])), str(why._faults([{**ends, "end_s": 1.5}]))
    assert ["over at" in one for one in said] == [False, True]
    assert 'width="2' in str(strips.faults_shaded([{"faults": [ends]}], 2.0)[0])


def test_what_is_shown_of_a_projection_depends_on_whether_it_is_rebuilt() -> None:
    """Figures of rebuilds stand in a summary where a fault rebuilds a projection."""
    flows = {"w": once("a.go", "1s")}
    paths = [figures_of(Scenario.model_validate(shop(flows, *at))) for at in ((), ("1s",))]
    assert ["v.rebuild_time" in found for found in paths] == [False, True]


def test_a_target_may_say_that_it_is_a_projection() -> None:
    """`{projection: v}` is what `v` is; a service is nothing that a rebuild strikes, and an unknown name is none."""
    data = shop({"w": once("a.go", "1100ms")}, "1300ms")
    plain = Story.of(data, "compiled").record.fingerprint()
    data["faults"]["anew0"]["target"] = {"projection": "v"}
    assert Story.of(data, "compiled").record.fingerprint() == plain
    for target, message in (({"service": "a"}, "a 'rebuild' strikes no service"), ("w", "unknown projection 'w'")):
        data["faults"]["anew0"]["target"] = target
        assert any(message in one.message for one in check(Scenario.model_validate(data)))


def test_a_rebuild_at_the_end_of_a_run_is_warned_of() -> None:
    """Nothing of what follows is seen; the warning stands at its time, as there is no length to stand at."""
    data = shop({"w": once("a.go", "1100ms")}, "1900ms")
    found = [one for one in check(Scenario.model_validate(data)) if one.field == "faults.anew0.at"]
    assert any("is at 1.9s" in one.message for one in found)
