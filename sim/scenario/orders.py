"""In which order the policies of a call are asked, outermost first: by default, by a list, or as a product has it.

    default        rate_limit  breaker  ...  bulkhead  pool  timeout                each attempt is asked by all
    resilience4j   retry  breaker  rate_limit  timeout  bulkhead  pool              the timeout has begun before the bulkhead
    dotnet         rate_limit  bulkhead | deadline  retry  breaker  timeout         the call asks those before the bar, once

What stands after `timeout` keeps an attempt waiting within its timeout, and what stands before it does not count for it. A
guard that stands before `retry` is outside of it: the call asks it before its first attempt, and it hears once, how the call
has ended. `deadline` stands first, where waits outside of the retry count for it, or right before `retry`, where they do not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, StringConstraints
from pydantic_core import PydanticCustomError

from sim.scenario.guards import slots
from sim.scenario.model import told
from sim.scenario.other_words import policy
from sim.scenario.problems import did_you_mean
from sim.scenario.shapes import Shapes

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sim.scenario.kinds import Guard

RETRY, TIMEOUT, DEADLINE, POOL = "retry", "timeout", "deadline", "pool"

ORDERS: dict[str, tuple[str, ...]] = {
    "resilience4j": (RETRY, "breaker", "rate_limit", TIMEOUT, "bulkhead"),
    "dotnet": ("rate_limit", "bulkhead", DEADLINE, RETRY, "breaker", TIMEOUT),
    "microprofile": (RETRY, "breaker", TIMEOUT, "bulkhead"),
}
"""Orders of products. In MicroProfile Fault Tolerance the timeout of an execution begins when it is added to the queue of the
bulkhead. The rate limiter of .NET's standard handler is a concurrency limiter by default, and around its total timeout."""
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


@dataclass(frozen=True)
class Arrangement:
    """The guards of a call, outermost first: those ``outside`` of its retry, and those that each attempt asks.

    The timeout begins before so many of the latter, -1: after all. ``deadline_outside``: the deadline of the call begins before
    any guard is asked, and not when those outside have let it go.
    """

    outside: tuple[Guard, ...]
    inside: tuple[Guard, ...]
    early_before: int = -1
    deadline_outside: bool = True


def arranged(guards: Sequence[Guard], order: str | Sequence[str] | None, *, retried: bool) -> Arrangement:
    """Return how guards, which come in their usual order, are asked of a call; ``retried``: it has a retry.

    Those that a product's order does not name come after those that it does.
    """
    if order is None:
        return Arrangement((), tuple(guards))
    names = list(ORDERS[order] if isinstance(order, str) else order)
    places = {name: place for place, name in enumerate(names)}
    found = sorted(guards, key=lambda one: places.get(one.slot, len(names)))  # which keeps those that are alike in theirs
    retry = places.get(RETRY, 0) if retried else 0
    count = sum(places.get(one.slot, len(names)) < retry for one in found)
    outside, inside = tuple(found[:count]), tuple(found[count:])
    before = -1
    if TIMEOUT in places:
        ahead = sum(places.get(one.slot, len(names)) < places[TIMEOUT] for one in inside)
        before = ahead if ahead < len(inside) else -1
    return Arrangement(outside, inside, before, not outside or places.get(DEADLINE, 0) == 0)


def check_order(order: str | Sequence[str] | None, has: Sequence[str], retry: Any, *, deadline: bool) -> None:
    """Refuse an order of what a call does not have, or that leaves a guard out, or has an end of time where it has no meaning.

    ``has``: keys of its guards, and timeout. Raises ``PydanticCustomError``, at the key ``order``.
    """
    if order is None or isinstance(order, str):
        return
    names = tuple(order)
    may = {*has, *((RETRY,) if retry is not None else ()), *((DEADLINE,) if deadline else ())}
    wrong = _wrong_names(names, has, may)
    if wrong:
        _refuse("{wrong}", wrong=wrong)
    retry_at = names.index(RETRY) if RETRY in names else 0
    if TIMEOUT in names[:retry_at]:
        why = "it is that of one attempt; what ends the call as a whole is its deadline"
        _refuse("{name} stands before the retry: {why}; let it stand after retry, or declare a deadline", name=TIMEOUT, why=why)
    if DEADLINE in names[1:] and names[names.index(DEADLINE) + 1 :][:1] != (RETRY,):
        why = "the deadline is that of the whole call"
        _refuse("{name} stands in between: {why}; let it be the first, or stand right before retry", name=DEADLINE, why=why)


def _wrong_names(names: Sequence[str], has: Sequence[str], may: set[str]) -> str:
    """All that is wrong with the names of an order, in a sentence or several; '' when nothing is."""
    called = {name: policy(name) for name in dict.fromkeys(names) if name not in may and policy(name)}
    meant = [called.get(name, name) for name in names]
    twice = [name for place, name in enumerate(meant) if name in meant[:place]]
    lacking = [name for name in dict.fromkeys(meant) if name not in may]
    known = [*slots(), POOL, RETRY, TIMEOUT, DEADLINE]
    absent = [name for name in lacking if name in known]
    left_out = [name for name in has if name not in meant and name != TIMEOUT]
    told = [f"{_listed(list(called))} {_is(called)} called {_listed(list(called.values()))} here"] if called else []
    told += [f"{_listed(twice)} {'stands' if len(twice) == 1 else 'stand'} there twice; remove one"] if twice else []
    told += [f"{name} is nothing that an order has; {did_you_mean(name, known)}" for name in lacking if name not in known]
    if absent:
        it = "it" if len(absent) == 1 else "them"
        told.append(f"the call has no {_listed(absent, 'or')}; declare {it}, or remove {it} from the order")
    if left_out:
        stands = "it stands" if len(left_out) == 1 else "they stand"
        told.append(f"{_listed(left_out)} {_is(left_out)} left out; write where {stands}")
    if called and len(told) == 1:
        told = [f"{told[0]}; write [{', '.join(meant)}]"]
    return ". ".join(told)


def _is(names: Collection[str]) -> str:
    return "is" if len(names) == 1 else "are"


def _listed(names: Sequence[str], last: str = "and") -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}"


def _refuse(message: str, **said: str) -> None:
    raise PydanticCustomError("order", message, {"at": "order", **said})
