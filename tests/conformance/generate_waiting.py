"""Who waits and who leaves, in scenarios by the dozen: cancellations, deadlines, rooms of every kind, priorities.

They are put into the numbered examples by choices of their own, so that those stay as they are.
"""

from __future__ import annotations

from typing import Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered, numbered_waits
from tests.conformance.steps_in import calls_in

FIRST = 1_000_000  # of the numbers by which examples get rooms to wait in


def numbered_waiting(n: int) -> dict[str, Any]:
    """The n-th example, in which requests wait in rooms, are cancelled, and have deadlines; a third wait at guards before."""
    whole = numbered_waits(n) if n % 3 == 1 else numbered(n)
    handlers = [steps for service in whole["services"].values() for steps in service["operations"].values()]
    callers = [*(call for handler in handlers for call in calls_in(handler)), *whole["workload"].values()]
    add_waiting(Generator(Numbered(FIRST + n), ties=n % 2 == 0), whole, callers)
    return whole


def add_waiting(generator: Generator, whole: dict[str, Any], callers: list[dict[str, Any]]) -> None:
    """Calls and flows that say so when they give up, or have an end; services that say who waits."""
    add_ends(generator, callers)
    if generator.chance(60):  # more of the same, and more urgent
        first = next(iter(whole["workload"].values()))
        whole["workload"]["urgent"] = {**first, "arrivals": dict(first["arrivals"])}
    for number, flow in enumerate(whole["workload"].values()):
        if generator.chance(70):
            flow["priority"] = generator.number(0, 1 + number)
        if generator.chance(40):
            flow.setdefault("deadline", generator.ms(2, 20))
            flow["propagate_deadline"] = True
    for service in whole["services"].values():
        if generator.chance(75):
            add_room(generator, service)


def add_ends(generator: Generator, callers: list[dict[str, Any]]) -> None:
    """Calls and flows that say so when they give up, or have an end."""
    for caller in callers:
        if generator.chance(60):
            caller["timeout"] = generator.ms(1, 9)
        if generator.chance(70):
            caller["cancel"] = True
    for call in (one for one in callers if "call" in one):
        if generator.chance(30):
            call["deadline"] = generator.ms(1, 12)


def add_room(generator: Generator, service: dict[str, Any]) -> None:
    """A service says who waits at it, and for how long."""
    service["workers"] = generator.pick([1, 1, 2, 3])
    discipline = generator.pick(["priority", "priority", "fifo", "lifo", "adaptive_lifo"])
    queue: dict[str, Any] = {"discipline": discipline}
    if discipline == "adaptive_lifo" and generator.chance(70):
        queue["discipline"] = {"kind": discipline, "after": generator.ms(1, 6)}
    if discipline == "priority":
        queue["preempt"] = generator.chance(60)
    service.pop("discipline", None)
    bound = service.pop("queue_max", None)
    if generator.chance(60):
        queue["max"] = generator.number(0, 3) if bound is None else bound
        if generator.chance(70):
            queue["evict"] = generator.pick(["lowest", "oldest"]) if discipline == "priority" else "oldest"
    if generator.chance(40):
        queue["ttl"] = generator.ms(1, 8)
    if generator.chance(40):
        queue["wait_max"] = generator.pick(["0s", generator.ms(1, 6), generator.distribution(1, 8)])
    if generator.chance(40):
        queue["codel"] = {"target": "1ms", "interval": generator.ms(1, 6)}
    service["queue"] = queue
