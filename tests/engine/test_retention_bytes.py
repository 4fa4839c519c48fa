"""Topics that keep a number of bytes: when there is too much the oldest is gone, whoever has not read it."""

from __future__ import annotations

from typing import Any

import pytest

from sim.record import fields as f
from sim.scenario.checks import check
from sim.scenario.scenario import Scenario
from sim.scenario.units import format_size, parse_size
from tests.engine.story import Story, once, scene
from tests.engine.test_log_broker import messages
from tests.projections.test_projections import words_taken

Data = dict[str, Any]


def kept(size: str, count: int, *, of: str = "1kB", **more: Any) -> Data:
    """So many messages 1 ms apart, each 10 ms of work, in a topic whose partition keeps so much."""
    data = messages(count, **more)
    data["brokers"]["b"]["topics"]["t"]["retention"] = {"bytes": size}
    data["services"]["p"]["operations"]["go"][0]["size"] = of
    return data


def missed(story: Story) -> list[float]:
    """When messages were missed, in ms."""
    return [time for time, field in story.rows("handled") if field == f.groups.GROUP_EXPIRED]


def test_the_oldest_is_gone_when_there_is_too_much(play: Any) -> None:
    """Two of five fit: the first is in hand when the third comes, the second and third are missed for the last two."""
    story = play(kept("2kB", 5))
    assert missed(story) == [1003, 1004]
    assert story.rows("delivered") == [(1000, 0), (1010, 3), (1020, 4)]
    assert (story.group(f.groups.GROUP_APPLIED), story.group(f.groups.GROUP_EXPIRED)) == (3, 2)


def test_a_large_message_takes_the_place_of_several_small_ones(play: Any) -> None:
    """Of 2000 bytes, with the first of three messages of 100 in hand: one of 1850 leaves room for the last of them."""
    data = kept("2kB", 3, of="100B")
    data["services"]["p"]["operations"]["big"] = [{"publish": "t", "acks": "none", "size": "1850B"}]
    data["workload"]["big"] = once("p.big", "1005ms")
    story = play(data)
    assert missed(story) == [1005]
    assert [offset for _, offset in story.rows("delivered")] == [0, 2, 3]


def test_what_just_fits_stays(play: Any) -> None:
    """Five of 1 kB in 5 kB: nothing is missed."""
    assert missed(play(kept("5kB", 5))) == []


def test_time_and_bytes_are_two_bounds(play: Any) -> None:
    """Three fit, for 15 ms: two are missed for room, the one of 1004 ms for its age; the last is read in its last instant."""
    data = kept("3kB", 6)
    data["brokers"]["b"]["topics"]["t"]["retention"]["time"] = "15ms"
    story = play(data)
    assert missed(story) == [1004, 1005, 1019]


def test_each_group_misses_its_own(play: Any) -> None:
    """A slow reader misses messages that a fast one has had."""
    data = kept("2kB", 5)
    data["services"]["fast"] = {"operations": {"go": [{"work": "500us"}]}}
    data["subscriptions"]["h"] = {"topic": "t", "operation": "fast.go"}
    story = play(data)
    assert (story.group(f.groups.GROUP_EXPIRED), story.group(f.groups.GROUP_EXPIRED, "h")) == (2, 0)


def test_it_is_the_last_ones_that_are_kept(play: Any) -> None:
    """Against a naive model at random times: when one comes, of those that wait all but the last four are missed."""
    flow = {"operation": "p.go", "arrivals": {"kind": "poisson", "rate": "300/s"}, "keys": 1}
    services = {"p": {"workers": 99, "operations": {"go": [{"publish": "t", "acks": "none", "size": "1kB"}]}}}
    services["c"] = {"operations": {"go": [{"work": {"kind": "exponential", "mean": "5ms"}}]}}
    topics = {"t": {"partitions": 1, "retention": {"bytes": "4kB"}}}
    groups = {"g": {"topic": "t", "operation": "c.go"}}
    brokers = {"b": {"latency": "0s", "topics": topics}}
    story = play(scene(services, {"f": flow}, brokers=brokers, subscriptions=groups))
    begun = dict.fromkeys(offset for _, offset in story.rows("delivered"))
    times = {offset: time for time, offset in story.rows("delivered")}
    gone = {}
    for time, offset in story.rows("appended"):
        for old in range(offset - 3):
            if old not in gone and times.get(old, 1e9) > time:
                gone[old] = time
    assert missed(story) == list(gone.values())
    assert len(gone) > 100
    assert not set(gone) & set(begun)


def test_memory_is_that_of_what_is_kept() -> None:
    """A reader that does a third of what comes: ten times the run takes no more."""
    sizes = []
    for horizon in ("4s", "40s"):
        data = kept("20kB", 1)
        data["workload"] = {"f": {"operation": "p.go", "arrivals": {"kind": "constant", "rate": "300/s"}, "keys": 1}}
        sizes.append(words_taken({**data, "run": {"horizon": horizon, "window": "1s"}}))
    assert sizes[0] == sizes[1]


REFUSED: list[tuple[str | None, Data, str]] = [
    ("1kB", {"time": "1s"}, "nothing asks how large what comes to 't' is"),
    (None, {"bytes": "1kB"}, "this message has no size; write for example size: 1kB"),
    ("2kB", {"bytes": "1kB"}, "2kB is more than the 1kB that a partition of 't' keeps"),
]


@pytest.mark.parametrize(("size", "retention", "message"), REFUSED)
def test_a_size_is_wanted_where_bytes_are_kept_and_nowhere_else(size: str | None, retention: Data, message: str) -> None:
    """A setting that nothing honours is refused, and so is one that is missing."""
    data = kept("9kB", 1)
    data["brokers"]["b"]["topics"]["t"]["retention"] = retention
    data["services"]["p"]["operations"]["go"][0]["size"] = size
    if size is None:
        del data["services"]["p"]["operations"]["go"][0]["size"]
    found = [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert len(found) == 1
    assert message in found[0]


def test_rows_of_an_outbox_have_no_size() -> None:
    """What a relay publishes goes to topics that keep messages for a time."""
    data = kept("9kB", 1)
    outbox = [{"transaction": {"store": "s"}, "steps": [{"outbox": "t"}]}]
    data["services"]["p"]["operations"]["go"] = outbox
    data |= {"stores": {"s": {}}, "relays": {"r": {"store": "s"}}}
    found = [one.message for one in check(Scenario.model_validate(data)) if one.severity == "error"]
    assert any("rows of an outbox have no size" in one for one in found)


def test_a_retention_keeps_something() -> None:
    """Without time and without bytes there is nothing to say."""
    data = kept("9kB", 1)
    data["brokers"]["b"]["topics"]["t"]["retention"] = {}
    with pytest.raises(ValueError, match="write time, bytes or both"):
        Scenario.model_validate(data)


@pytest.mark.parametrize(("text", "size"), [("1B", 1), ("1kB", 1000), ("16KiB", 16384), ("1.5MB", 1_500_000), ("1GiB", 2**30)])
def test_sizes_are_read_and_written(text: str, size: int) -> None:
    """In powers of 1000 and of 1024; what is written reads as the same."""
    assert parse_size(text) == size
    assert parse_size(format_size(size)) == size


@pytest.mark.parametrize("text", ["1", "1 KB", "-1kB", "0B", "0.5B", "1000000TB", 7])
def test_what_is_no_size_is_refused(text: object) -> None:
    """A unit, a whole number of bytes, and no more than a disk has."""
    with pytest.raises(ValueError, match="write for example '1kB'"):
        parse_size(text)
