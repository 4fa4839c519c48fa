"""Guards outside of the retry of a call, laid over all other mechanics in scenarios by the dozen.

    waits(n), steps(n), together(n), waiting(n)   --calls get guards, a retry and an order-->   with_outer_guards(n)

Calls wait for places and tokens that others hold over their backoff; callers crash, pause and are cancelled meanwhile; calls
are hedged, have fallbacks and deadlines, and are a saga's commands.
``python -m tests.conformance.unlowered FIRST STOP outer_guards`` runs examples with the kernel as plain Python.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.choosers import Numbered
from tests.conformance.generate import Generator, numbered_waits
from tests.conformance.generate_guards import bulkhead, rate_limit
from tests.conformance.generate_learning import breaker, retry
from tests.conformance.generate_steps import numbered_steps
from tests.conformance.generate_strikes import add_strikes
from tests.conformance.generate_together import with_together
from tests.conformance.generate_waiting import numbered_waiting

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Data = dict[str, Any]
FIRST = 45_000_000
KEYS: tuple[tuple[str, int, Callable[[Generator], Any]], ...] = (
    ("bulkhead", 60, bulkhead),
    ("rate_limit", 50, rate_limit),
    ("breaker", 30, breaker),
    ("throttle", 20, lambda make: {"k": make.pick([1, 2]), "window": "8ms", "spans": 2}),
    ("deadline", 30, lambda make: make.ms(1, 20)),
    ("timeout", 60, lambda make: make.ms(1, 8)),
)
"""What calls get, of 100 so many each."""
GUARDS = ("rate_limit", "bulkhead", "breaker", "throttle", "pool")


def with_outer_guards(n: int) -> Data:
    """The n-th example; the even ones have ties everywhere."""
    whole = (numbered_waits, numbered_steps, with_together, numbered_waiting)[n % 4](n // 4)
    make = Generator(Numbered(FIRST + n), ties=n % 2 == 0)
    for service in whole["services"].values():
        for steps in service["operations"].values():
            for call in parts_of(steps):
                if "call" in call and make.chance(80):
                    stand_around(make, call)
            keep_undo_retries(steps)
        if make.chance(50):  # so that calls come while others are under way
            service["workers"] = make.pick([2, 5, 20])
    if make.chance(60):
        add_strikes(make, whole)
    return whole


def parts_of(data: Any) -> Iterator[Data]:
    """All that is in steps, but for sagas by events, whose steps are messages."""
    if isinstance(data, dict) and data.get("by") != "events":
        yield data
        for part in data.values():
            yield from parts_of(part)
    elif isinstance(data, list):
        for part in data:
            yield from parts_of(part)


def keep_undo_retries(steps: Any) -> None:
    """Sagas whose undos all have a retry of their own have none for those that have not."""
    for saga in (part for part in parts_of(steps) if "saga" in part and part.get("by") != "two_phase"):
        if all(step["undo"].get("retry") is not None for step in saga["steps"] if step.get("undo")):
            saga.pop("undo_retry", None)


def stand_around(make: Generator, call: Data) -> None:
    """A call gets a retry, and guards of which some stand outside of it."""
    if call.get("retry") is None or make.chance(30):
        call["retry"] = {"kind": "fixed", "attempts_max": make.pick([2, 3]), "delay": make.pick(["0s", "1ms", make.ms(0, 6)])}
        if make.chance(30):
            call["retry"] = retry(make)
    if "hedge" in call:
        call["retry"].pop("budget", None)
        call["hedge"]["failed_next"] = True  # its timeout may come before any other attempt does
    for key, percent, some in KEYS:
        if make.chance(percent):
            call[key] = some(make)
    call["order"] = order_of(make, call)
    if not call["order"]:
        call["bulkhead"], call["order"] = bulkhead(make), ["bulkhead", "retry"]


def order_of(make: Generator, call: Data) -> Any:
    """An order with guards on both sides of the retry, that of a product, or none at all where there is no guard."""
    guards = [key for key in GUARDS if key in call]
    if guards and make.chance(15):
        return "dotnet"
    order: list[str] = []
    while guards:
        order.append(guards.pop(make.number(0, len(guards) - 1)))
    count = make.number(min(1, len(order)), len(order))
    inner = order[count:]
    if "timeout" in call and make.chance(50):
        inner.insert(make.number(0, len(inner)), "timeout")
    middle = ["deadline", "retry"] if "deadline" in call and make.chance(50) else ["retry"]
    return [*order[:count], *middle, *inner] if order else []
