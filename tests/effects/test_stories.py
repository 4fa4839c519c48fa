"""One arrival at a time: when an effect is done once, twice, against what the client was told, or never."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from sim.record import fields as f
from tests.engine.story import Story, once, scene, topic

if TYPE_CHECKING:
    from collections.abc import Callable

    Play = Callable[..., Story]

PAID = {"effect": "paid"}
ONE = {"kind": "fixed", "attempts_max": 2, "delay": "5ms"}


def row(story: Story) -> dict[str, int]:
    """What became of the only effect of the only flow."""
    names = ("applied", "doubled", "absorbed", "told_ok", "told_failed", "undone", "mended")
    (counts,), (levels,) = story.record.effects.sum(axis=0).tolist(), story.record.effect_levels.tolist()
    found = {**dict(zip(names, counts, strict=True)), "pending": levels[0], "untold": levels[1]}
    return {name: count for name, count in found.items() if count}


def windows(story: Story, field: int) -> list[int]:
    """The counts of a field in each of the four windows of 500 ms."""
    found: list[int] = story.record.effects[:, 0, field].tolist()
    return found


@pytest.mark.parametrize("idempotent", [False, True])
def test_a_retry_after_a_timeout_does_it_twice(play: Play, idempotent: bool) -> None:  # noqa: FBT001 - a case
    """The first attempt works on and charges too; where that is idempotent, the second time is absorbed."""
    charge = [{"work": {"kind": "empirical", "values": ["30ms"]}}, {**PAID, "idempotent": idempotent}]
    call = {"call": "bank.go", "timeout": "20ms", "retry": {"kind": "fixed", "attempts_max": 2, "delay": "0s"}}
    bank = {"workers": 2, "operations": {"go": charge}}
    story = play(scene({"shop": [{**call, "optional": True}], "bank": bank}, {"buy": once("shop.go", "1200ms")}))
    assert story.times("effect", "bank.go") == [1230.0, 1250.0]
    again = "absorbed" if idempotent else "doubled"
    assert row(story) == {"applied": 1, again: 1, "told_ok": 1}
    assert windows(story, f.effects.EFFECT_APPLIED) == [0, 0, 1, 0]


def test_done_after_the_client_was_told_it_failed(play: Play) -> None:
    """It counts once, when both are true: here when the orphaned work charges, a window later; done again, it is doubled."""
    bank = {"workers": 2, "operations": {"go": [{"work": "400ms"}, PAID, {"work": "1ms"}, PAID]}}
    story = play(scene({"bank": bank}, {"buy": once("bank.go", "1200ms", timeout="100ms")}))
    assert row(story) == {"applied": 1, "doubled": 1, "told_failed": 1}
    assert windows(story, f.effects.EFFECT_TOLD_FAILED) == [0, 0, 0, 1]


def test_done_before_the_client_is_told_it_failed(play: Play) -> None:
    """The charge went through and what comes after it fails: it counts when the client is told."""
    bank = {"workers": 2, "operations": {"go": [PAID, {"work": "400ms"}, {"fail": 1.0}]}}
    story = play(scene({"bank": bank}, {"buy": once("bank.go", "1200ms")}))
    assert row(story) == {"applied": 1, "told_failed": 1}
    assert windows(story, f.effects.EFFECT_APPLIED) == [0, 0, 1, 0]
    assert windows(story, f.effects.EFFECT_TOLD_FAILED) == [0, 0, 0, 1]


def test_a_client_that_asks_again_has_one_trace(play: Play) -> None:
    """What its first attempt did and what its second did are the same fact, twice."""
    bank = {"workers": 2, "operations": {"go": [{"work": "30ms"}, PAID]}}
    story = play(scene({"bank": bank}, {"buy": once("bank.go", "1200ms", timeout="20ms", retry=ONE)}))
    assert row(story) == {"applied": 1, "doubled": 1, "told_failed": 1}


def test_a_message_that_is_dropped_leaves_it_undone(play: Play) -> None:
    """The client was told ok; the handler gives up before it has charged."""
    services = {"shop": [{"publish": "t"}], "bank": [{"work": "100ms"}, {"fail": 0.9999999}, PAID]}
    story = play(scene(services, {"buy": once("shop.go", "1450ms")}, **topic("bank.go")))
    assert row(story) == {"undone": 1}
    assert windows(story, f.effects.EFFECT_UNDONE) == [0, 0, 0, 1]


def test_a_message_that_a_crash_takes_is_undone_or_doubled(play: Play) -> None:
    """At most once: undone. At least once: the same message is handled again, and charges twice."""
    services = {"shop": [{"publish": "t"}], "bank": [{"work": "10ms"}, PAID, {"work": "100ms"}]}
    fault = {"f": {"kind": "crash", "target": "bank", "at": "1250ms", "for": "10ms", "detection": "0s"}}
    group = {"session_timeout": "20ms", "rebalance_pause": "5ms"}
    flow = {"buy": once("shop.go", "1200ms")}
    story = play(scene(services, flow, faults=fault, **topic("bank.go", commit="after", **group)))
    assert row(story) == {"applied": 1, "doubled": 1, "told_ok": 1}
    services["bank"] = [{"work": "100ms"}, PAID]
    story = play(scene(services, flow, faults=fault, **topic("bank.go", commit="before", **group)))
    assert row(story) == {"undone": 1}


def test_what_waits_at_the_horizon_is_pending(play: Play) -> None:
    """It is neither done nor undone: the message is in hand. Of a request without an answer, nothing is told."""
    services = {"shop": [{"publish": "t"}], "bank": [{"work": "9s"}, PAID]}
    story = play(scene(services, {"buy": once("shop.go", "1200ms")}, **topic("bank.go")))
    assert row(story) == {"pending": 1}
    story = play(scene({"bank": [PAID, {"work": "9s"}]}, {"buy": once("bank.go", "1200ms")}))
    assert row(story) == {"applied": 1, "untold": 1}


@pytest.mark.parametrize(
    "steps",
    [
        [{"choose": [{"weight": 1e-9, "steps": [PAID]}, {"weight": 1e9, "steps": []}]}],
        [{"call": "bank.go", "optional": True}],
        [{"choose": [{"weight": 1e-9, "steps": [{"publish": "t"}]}, {"weight": 1e9, "steps": [{"work": "1ms"}]}]}],
    ],
    ids=["a branch", "an optional call", "an event of a branch"],
)
def test_what_need_not_be_done_is_never_undone(play: Play, steps: list[Any]) -> None:
    """A way that ends well goes without it: the client was promised nothing."""
    services = {"shop": steps, "bank": [{"fail": 0.9999999}, PAID]}
    story = play(scene(services, {"buy": once("shop.go", "1200ms")}, **topic("bank.go")))
    assert [one.required for one in story.record.network.effects] == [False]
    assert row(story) == {}


def test_a_flow_counts_its_own_effects_only(play: Play) -> None:
    """Each flow has a row for what it may have; an effect that several handlers apply is one fact."""
    services = {
        "shop": {"operations": {"buy": [{"call": "bank.go"}, PAID], "look": [{"effect": "seen"}]}},
        "bank": [PAID],
    }
    flows = {"buy": once("shop.buy", "1200ms"), "look": once("shop.look", "1300ms")}
    story = play(scene(services, flows))
    assert [one.name for one in story.record.network.effects] == ["buy: paid", "look: seen"]
    assert story.record.effects.sum(axis=0)[:, : f.effects.EFFECT_ABSORBED].tolist() == [[1, 1], [1, 0]]
