"""What is foreseen of retry topics: names, circles, delays that nobody outlasts, and what only logs have."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from sim.scenario.checks import check
from sim.scenario.scenario import Scenario

Data = dict[str, Any]
RETRY = {"kind": "fixed", "attempts_max": 2, "delay": "1ms"}


def shop(group: Data | None = None, **more: Any) -> Scenario:
    """Orders in a log, a group with settings that reads them, and one that reads what that hands on."""
    topics = {"orders": {"partitions": 1}, "again": {"partitions": 1}, "dead": {"partitions": 1}, **more.pop("topics", {})}
    brokers = {"k": {"topics": topics}, "q": {"kind": "queue", "queues": {"mail": {}}}}
    publish = {"publish": "orders", **more.pop("publish", {})}
    operations = {"handle": [{"work": "1ms"}], "repair": more.pop("repair", [{"work": "1ms"}])}
    readers = {
        "desk": {"topic": "orders", "operation": "desk.handle", **(group or {})},
        "again": {"topic": "again", "operation": "desk.repair", **more.pop("again", {})},
        "mail": {"queue": "mail", "operation": "desk.handle", **more.pop("mail", {})},
    }
    return Scenario.model_validate(
        {
            "name": "shop",
            "architecture": "event-driven",
            "services": {
                "shop": {"operations": {"order": [publish, {"publish": "mail"}]}},
                "desk": {"operations": operations},
            },
            "brokers": brokers,
            "subscriptions": readers,
            "workload": {"f": {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "1/s"}}},
            "run": {"horizon": "60s"},
            **more,
        }
    )


def told(scenario: Scenario, severity: str = "warning") -> list[str]:
    """What is said, as field: message, but for topics that nobody fills or reads."""
    quiet = ("nothing is ever consumed", "nobody reads this topic", "no flow reaches")
    found = [one for one in check(scenario) if one.severity == severity and not any(word in one.message for word in quiet)]
    return [f"{one.field}: {one.message}" for one in found]


def test_a_retry_topic_and_one_of_dead_letters_are_fine() -> None:
    """Nobody publishes to the one but who fails, and nobody reads the other: not a word is said."""
    scenario = shop({"on_failure": {"retry": RETRY, "then": "again"}}, again={"delay": "1s", "on_failure": {"then": "dead"}})
    assert check(scenario) == []


@pytest.mark.parametrize(
    ("then", "words"),
    [
        ("agian", "unknown topic 'agian'; did you mean 'again'?"),
        ("mail", "'mail' is a queue, not a topic; name a topic"),
    ],
)
def test_what_gets_the_failed_is_a_topic(then: str, words: str) -> None:
    """A name that leads nowhere, or to a queue."""
    (error,) = told(shop({"on_failure": {"then": then}}), "error")
    assert error == f"subscriptions.desk.on_failure.then: {words}"


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"group": {"retry": RETRY, "on_failure": {"retry": RETRY}}}, "both retry and on_failure.retry; write one of them"),
        ({"group": {"on_failure": {}}}, "on_failure without a key; write retry, then or both"),
        ({"mail": {"on_failure": {"then": "again"}}}, "a queue has no on_failure; write `dead_letter:"),
    ],
)
def test_what_cannot_be_meant_is_refused(more: Data, words: str) -> None:
    """Two redeliveries in place, none of anything, and a retry topic of a queue."""
    with pytest.raises(ValidationError, match=words.replace(".", r"\.").replace("{", r"\{")):
        shop(**more)


@pytest.mark.parametrize(
    ("back", "path"),
    [
        ({"desk": "again", "again": "orders"}, "orders -> again -> orders"),
        ({"desk": "orders"}, "orders -> orders"),
        ({"again": "again"}, "again -> again"),
    ],
)
def test_a_circle_of_retry_topics_is_a_warning(back: dict[str, str], path: str) -> None:
    """What always fails goes round for ever; each that is in the circle is told."""
    settings = {name: {"on_failure": {"then": to}} for name, to in back.items()}
    found = told(shop(settings.get("desk"), again=settings.get("again", {})))
    assert [one.partition(":")[0] for one in found] == [f"subscriptions.{name}.on_failure.then" for name in back]
    assert f"messages that are handed on come back: {path}: a message that always fails goes round for ever" in found[0]


def test_who_handles_it_and_publishes_it_again_is_warned_of() -> None:
    """A handler of the retry topic that publishes to the first one."""
    (warning,) = told(shop({"on_failure": {"then": "again"}}, repair=[{"publish": "orders"}]))
    assert "'desk.repair' handles them and publishes to 'orders' again" in warning


def test_a_delay_is_shorter_than_the_retention_and_the_run() -> None:
    """Else nothing is there any more, or nothing is handled in the run."""
    kept = {"again": {"partitions": 1, "retention": {"time": "5s"}}}
    group = {"on_failure": {"then": "again"}}
    (error,) = told(shop(group, topics=kept, again={"delay": "6s"}), "error")
    assert error.startswith("subscriptions.again.delay: 'again' keeps messages for 5s, so that none is there after 6s")
    assert not told(shop(group, topics=kept, again={"delay": "5s"}), "error")
    (warning,) = told(shop(group, again={"delay": "60s"}))
    assert warning.startswith("subscriptions.again.delay: a message is handled after 1m, when the run is over (1m)")


def test_what_is_kept_by_bytes_has_a_size_where_it_was_published() -> None:
    """A message that may come to such a topic is asked for its size, and need not go there at first."""
    kept = {"again": {"partitions": 1, "retention": {"bytes": "10kB"}}}
    group = {"on_failure": {"then": "again"}}
    (error,) = told(shop(group, topics=kept), "error")
    assert "'again' keeps 10kB a partition, and this message has no size" in error
    assert not told(shop(group, topics=kept, publish={"size": "1kB"}), "error")
