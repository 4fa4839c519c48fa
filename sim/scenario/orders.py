"""In which order the policies of a call are asked, outermost first: by default, by a list, or as a product has it.

    default        rate_limit  (retry)  breaker  ...  bulkhead  pool  timeout       each attempt is asked by all
    resilience4j   retry  breaker  rate_limit  timeout  bulkhead  pool              the timeout has begun before the bulkhead

What stands after `timeout` keeps an attempt waiting within its timeout, and what stands before it does not count for it. A
guard outside of the retry would see the call as a whole, with all its attempts; none does here, and an order that wants it is
refused.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic_core import PydanticCustomError

from sim.scenario.model import told
from sim.scenario.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.kinds import Guard

RETRY, TIMEOUT = "retry", "timeout"

ORDERS: dict[str, tuple[str, ...]] = {
    "resilience4j": (RETRY, "breaker", "rate_limit", TIMEOUT, "bulkhead"),
    "dotnet": ("rate_limit", "bulkhead", RETRY, "breaker", TIMEOUT),
    "microprofile": (RETRY, "breaker", TIMEOUT, "bulkhead"),
}
"""Orders of products. In MicroProfile Fault Tolerance the timeout of an execution begins when it is added to the queue of the
bulkhead."""
SOURCES = {
    "resilience4j": "the order of its Spring aspects (2.x)",
    "dotnet": "AddStandardResilienceHandler of .NET",
    "microprofile": "MicroProfile Fault Tolerance 4",
}

Profile = Annotated[
    Literal["resilience4j", "dotnet", "microprofile"],
    told({name: f"{', '.join(order)}. Source: {SOURCES[name]}" for name, order in ORDERS.items()}),
]
Key = Annotated[str, StringConstraints(min_length=1, max_length=64)]
Names = Annotated[tuple[Key, ...], Field(min_length=1, max_length=20)]
Order = Annotated[Profile | Names, Shapes((Profile, Names), lambda value: int(not isinstance(value, str)))]
"""The name of a product, or the keys of the policies of a call."""


def arranged(guards: Sequence[Guard], order: str | Sequence[str] | None) -> tuple[list[Guard], int]:
    """Return guards, which come in their usual order, in another one, and before how many of them the timeout begins: -1 none.

    Those that a product's order does not name come after those that it does.
    """
    if order is None:
        return list(guards), -1
    names = list(ORDERS[order] if isinstance(order, str) else order)
    places = {name: place for place, name in enumerate(names)}
    found = sorted(guards, key=lambda one: places.get(one.slot, len(names)))  # which keeps those that are alike in theirs
    if TIMEOUT not in places:
        return found, -1
    before = sum(places.get(one.slot, len(names)) < places[TIMEOUT] for one in found)
    return found, before if before < len(found) else -1


def check_order(order: str | Sequence[str] | None, has: Sequence[str], retry: Any) -> None:
    """Refuse an order of what a call does not have (``has``: keys of its guards, and timeout), or that leaves a guard out.

    Raises ``PydanticCustomError``, at the key ``order``.
    """
    if order is None:
        return
    names = ORDERS[order] if isinstance(order, str) else tuple(order)
    outside = [name for name in names[: names.index(RETRY)] if name in has] if RETRY in names and retry is not None else []
    if outside:
        why = "outside of the retry it would see the call as a whole, with all its attempts, which is not run"
        _refuse("{name} stands before the retry: {why}; let retry be the first", name=outside[0], why=why)
    if isinstance(order, str):
        return
    for place, name in enumerate(names):
        if name in names[:place]:
            _refuse("{name} stands there twice; remove one", name=name)
        if name not in has and not (name == RETRY and retry is not None):
            _refuse("the call has no {name}; declare it, or remove it from the order", name=name)
    for name in has:
        if name not in names and name != TIMEOUT:
            _refuse("{name} is left out; write where it stands", name=name)


def _refuse(message: str, **said: str) -> None:
    raise PydanticCustomError("order", message, {"at": "order", **said})
