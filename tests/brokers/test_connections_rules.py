"""What is under way between a queue and a consumer, against an oracle that keeps every journey in a list."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from sim.brokers import connections as rules
from sim.brokers.connections import Connection
from sim.semantics.order import OCCURRENCES_MAX, delivery_drawn


@dataclass
class Naive:
    """All journeys that ever began: over which connection, which way, when each was there at the soonest; none is forgotten."""

    number: int = 0
    journeys: list[dict[str, Any]] = field(default_factory=list)
    refused_at: int | None = None

    def begin(self, way: str, now: int, takes: int) -> int:
        """It is there after its own time, and not before what left earlier the same way."""
        before = [one["due"] for one in self.journeys if one["number"] == self.number and one["way"][:4] == way[:4]]
        due = max([now + takes, *before])
        self.journeys.append({"number": self.number, "way": way, "due": due, "over": False})
        return due

    def end(self, way: str, number: int) -> bool:
        """The first one under way is over; whether it was over the connection that there is."""
        next(one for one in self.journeys if (one["way"], one["number"], one["over"]) == (way, number, False))["over"] = True
        return number == self.number

    def count(self, way: str) -> int:
        """How many are under way over the connection that there is."""
        return sum((one["way"], one["number"], one["over"]) == (way, self.number, False) for one in self.journeys)


ACTS = st.tuples(st.sampled_from(["send", "receive", "answer", "hear", "ask", "refuse", "take", "crash"]), st.integers(0, 9))


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(ACTS, max_size=60))
def test_a_connection_knows_what_is_under_way(acts: list[tuple[str, int]]) -> None:  # noqa: C901 - a choice of acts
    """Random histories with crashes in between: the same counts, the same times, in order, as from the list of all journeys."""
    one: Any = Connection.plain()
    naive, now = Naive(), 0
    for act, takes in acts:
        now += takes % 3
        if act == "send":
            assert rules.send(one, now, takes) == naive.begin("there", now, takes)
        elif act == "answer":
            assert rules.answer(one, now, takes) == naive.begin("back", now, takes)
        elif act == "ask":
            assert rules.ask(one, now, takes) == naive.begin("back, a question", now, takes)
        elif act in {"receive", "hear"}:
            rule, way = (rules.receive, "there") if act == "receive" else (rules.hear, "back")
            numbers = [it["number"] for it in naive.journeys if it["way"] == way and not it["over"]]
            if numbers:
                number = random.Random(takes).choice(numbers)
                assert rule(one, number) == naive.end(way, number)
        elif act == "refuse" and naive.refused_at is None:
            naive.refused_at = naive.begin("there, too late", now, takes)
            rules.refuse(one, now, takes)
        elif act == "take":
            naive.refused_at = None
            rules.take_up(one)
        elif act == "crash":
            naive.number += 1
            naive.refused_at = None
            rules.break_off(one)
        assert (one.number, one.under_way, one.coming_back) == (naive.number, naive.count("there"), naive.count("back"))
        for later in (now, now + 3, now + 12):
            assert rules.refused(one, later) == (naive.refused_at is not None and 0 < naive.refused_at <= later)


def test_each_way_of_each_delivery_has_a_draw_of_its_own() -> None:
    """No two messages of a trace, deliveries of a message or questions about a delivery share the draw of their time."""
    found = {
        delivery_drawn((7 << 40) | (place << 13) | occurrence, receipt, asks)
        for place in (3,)
        for occurrence in (0, 1, OCCURRENCES_MAX - 1)
        for receipt in (1, 2, 9000)
        for asks in (0, 1, 70)
    }
    assert len(found) == 27
