"""Stores of generated scenarios: some handlers do some of their steps in transactions, for few connections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_stores(generator: Generator, whole: dict[str, Any]) -> None:
    """One store or two, and transactions in about half of the handlers."""
    stores = [f"db{n}" for n in range(generator.number(1, 2))]
    used: set[str] = set()
    for handler in generator.programs:
        while generator.chance(40):
            store = generator.pick(stores)
            wrap(generator, handler, store)
            used.add(store)
    if used:
        whole["stores"] = {name: store_of(generator) for name in stores if name in used}


def store_of(generator: Generator) -> dict[str, Any]:
    """A store that is often short of connections."""
    commit = generator.pick(["0s", "1ms", generator.distribution(0, 3)])
    return {"connections": generator.number(1, 3), "commit": commit, "aborts": generator.pick([0.0, 0.1, 0.5, 1.0])}


def wrap(generator: Generator, steps: list[Any], store: str) -> None:
    """Put some steps of a handler that follow each other into a transaction, with writes."""
    first = generator.number(0, len(steps))
    last = first
    longest = generator.number(0, 3)
    while last < len(steps) and last - first < longest and may_stand_inside(steps[last]):
        last += 1
    inner = steps[first:last]
    for _ in range(generator.number(0, 2)):
        inner.insert(generator.number(0, len(inner)), {"write": "row", "rows": generator.number(1, 3)})
    settings: dict[str, Any] = {"store": store}
    wait = generator.pick(["none", "0s", "1ms", generator.ms(1, 8)])
    if wait != "none":
        settings["wait_max"] = wait
    steps[first:last] = [{"transaction": settings, "steps": inner}]


def may_stand_inside(step: dict[str, Any]) -> bool:
    """Whether a step may stand in a transaction: no effect, and no other transaction."""
    if "effect" in step or "transaction" in step:
        return False
    return all(may_stand_inside(one) for branch in step.get("choose", ()) for one in branch["steps"])
