"""What is foreseen of messages that fail: dead letters that come back, and publishes that a full queue refuses."""

from __future__ import annotations

from typing import Any

import pytest

from sim.scenario.checks import check
from sim.scenario.scenario import Scenario

Data = dict[str, Any]
PLACE = "brokers.k.queues.mail.dead_letter.to"


def posts(repair: list[Data], *, send: list[Data] | None = None, queues: Data | None = None, **more: Any) -> Scenario:
    """A queue of mail, its dead letters, and a desk that repairs them."""
    dead = {"mail": {"dead_letter": {"to": "mail.dead", "deliveries_max": 3}}, "mail.dead": {}}
    operations = {"send": send or [{"work": "1ms"}, {"fail": "1%"}], "repair": repair, "resend": [{"publish": "mail"}]}
    return Scenario.model_validate(
        {
            "name": "posts",
            "architecture": "event-driven",
            "services": {"shop": {"operations": {"order": [{"publish": "mail"}]}}, "desk": {"operations": operations}},
            "brokers": {"k": {"kind": "queue", "queues": {**dead, **(queues or {})}}},
            "subscriptions": {
                "mailer": {"queue": "mail", "operation": "desk.send"},
                "repair": {"queue": "mail.dead", "operation": "desk.repair"},
                **more.pop("subscriptions", {}),
            },
            "workload": {"f": {"operation": "shop.order", "arrivals": {"kind": "poisson", "rate": "1/s"}}},
            "run": {"horizon": "60s"},
            **more,
        }
    )


def warned(scenario: Scenario, about: str) -> list[str]:
    """Warnings with certain words, as field: message."""
    found = check(scenario)
    assert not [one for one in found if one.severity == "error"]
    return [f"{one.field}: {one.message}" for one in found if about in one.message]


@pytest.mark.parametrize(
    ("repair", "words"),
    [
        ([{"publish": "mail"}], "'desk.repair' handles them in 'mail.dead' and publishes to 'mail' again"),
        ([{"call": "desk.resend"}], "'desk.repair' handles them in 'mail.dead' and leads to 'desk.resend', which publishes"),
        ([{"choose": [{"weight": 1, "steps": [{"publish": "mail"}]}]}], "and publishes to 'mail' again"),
    ],
)
def test_dead_letters_that_come_back_are_a_warning(repair: list[Data], words: str) -> None:
    """Directly, by a call, or in a branch: a message that always fails goes round for ever."""
    (warning,) = warned(posts(repair), "dead letters come back")
    assert warning.startswith(f"{PLACE}: dead letters come back: ")
    assert words in warning
    assert "goes round for ever" in warning


def test_dead_letters_come_back_round_about() -> None:
    """By another queue, whose own dead letters lead back: each of the two is warned of where it is in the circle."""
    queues = {"late": {"dead_letter": {"to": "late.dead", "deliveries_max": 1}}, "late.dead": {}}
    readers = {
        "late": {"queue": "late", "operation": "desk.send"},
        "last": {"queue": "late.dead", "operation": "desk.resend"},
    }
    found = warned(posts([{"publish": "late"}], queues=queues, subscriptions=readers), "dead letters come back")
    assert [one.partition(":")[0] for one in found] == [PLACE, "brokers.k.queues.late.dead_letter.to"]
    assert "leads to 'desk.resend'" in found[0]


def test_dead_letters_that_go_elsewhere_are_fine() -> None:
    """Those who only look at them, or pass them on to a queue that ends there, are not warned of."""
    assert not warned(posts([{"work": "1ms"}]), "dead letters come back")
    readers = {"old": {"queue": "old", "operation": "desk.send"}}
    assert not warned(posts([{"publish": "old"}], queues={"old": {}}, subscriptions=readers), "dead letters come back")


RETRIED = {"attempts_max": 4, "delay": "1ms", "kind": "fixed"}


@pytest.mark.parametrize(
    ("bounded", "publish", "told"),
    [
        ({"length_max": 10}, {}, True),
        ({"length_max": 10, "overflow": "drop_head"}, {}, False),
        ({}, {}, False),
        ({"length_max": 10}, {"confirm": False}, False),
    ],
)
def test_a_publish_that_may_be_refused_is_tried_again(bounded: Data, publish: Data, told: bool) -> None:  # noqa: FBT001
    """A handler that publishes to a full queue fails, if it waits to hear of it, and is handed its message again: often."""
    queues = {"mail": {"dead_letter": {"to": "mail.dead", "deliveries_max": 50}}, "out": bounded}
    scenario = posts(
        [{"work": "1ms"}],
        send=[{"publish": "out", **publish}],
        queues=queues,
        subscriptions={"out": {"queue": "out", "operation": "desk.repair"}},
    )
    assert bool(warned(scenario, "can multiply one request by 50")) == told


def test_a_publish_to_a_broker_that_goes_down_is_tried_again() -> None:
    """An outage makes publishes fail that wait for the broker."""
    queues = {"mail": {"dead_letter": {"to": "mail.dead", "deliveries_max": 50}}, "out": {}}
    more: Data = {"send": [{"publish": "out"}], "queues": queues}
    more["subscriptions"] = {"out": {"queue": "out", "operation": "desk.repair"}}
    cut = {"cut": {"kind": "broker_outage", "target": "k", "at": "20s", "for": "5s"}}
    assert not warned(posts([{"work": "1ms"}], **more), "can multiply")
    more["subscriptions"] = {"out": {"queue": "out", "operation": "desk.repair"}}
    assert warned(posts([{"work": "1ms"}], faults=cut, **more), "can multiply one request by 50")
