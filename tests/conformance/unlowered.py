"""The kernel as plain Python, with guards: ``EVENTFLOW_UNLOWERED=1 python -m tests.conformance.unlowered FIRST STOP``.

With ``pace`` behind it, of the examples of `tests.conformance.generate_pace`, with ``strikes`` of `generate_strikes`, with
``caches`` of `generate_caches`.

compiled   an address out of bounds is a crash, or a wrong number somewhere else
here       it is an error that says where: memory views check bounds, and rows run out at once
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Any

from sim.engine import compiled_engine
from sim.engine.compiled_engine import beginning, calendar, host
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered
from tests.conformance.generate_pace import with_pace
from tests.conformance.generate_users import numbered_users
from tests.conformance.generate_waiting import numbered_waiting

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.compiled_engine.state import World

MODULES = tuple(import_module(f"{compiled_engine.__name__}.{one.name}") for one in iter_modules(compiled_engine.__path__))


def replace(original: Callable[..., Any], function: Callable[..., Any]) -> None:
    """Put a function in place of one of the kernel's, wherever it is called; others may have its name."""
    for module in MODULES:
        if vars(module).get(original.__name__) is original:
            setattr(module, original.__name__, function)


def guard() -> None:
    """Refuse an event in the past, and begin with so little room that rows run out within an event."""
    push = calendar.heap_push

    def heap_push(m: World, time: int, rank: int, argument: int) -> None:
        assert (time, rank) > (m.now, m.last_rank), "heap_push: an event in the past"
        push(m, time, rank, argument)

    replace(push, heap_push)
    host.ROOM, host.ROOM_FACTOR, host.CHUNK_WORDS, beginning.HEAP_EVENTS, beginning.AGENDA_ITEMS = 1, 0, 1, 1, 1


def main(first: int, stop: int, make: Callable[[int], dict[str, Any]] = numbered) -> None:
    """Run the numbered examples on both engines."""
    assert os.environ.get("EVENTFLOW_UNLOWERED") == "1", "set EVENTFLOW_UNLOWERED=1"
    from tests.conformance.generate_caches import numbered_caches  # of examples that come from files which need this one
    from tests.conformance.generate_steps import numbered_steps  # the same

    guard()
    for n in range(first, stop):
        assert_conform(Scenario.model_validate(make(n)), seed=n)
        if n % 4 == 0 and make is numbered:
            assert_conform(Scenario.model_validate(numbered_waiting(n)), seed=n)
            assert_conform(Scenario.model_validate(numbered_users(n)), seed=n)
    for n in range(first, stop, 30):
        assert_conform(Scenario.model_validate(numbered_steps(n)), seed=n)
        assert_conform(Scenario.model_validate(numbered_caches(n)), seed=n)
    print(stop - first)  # noqa: T201 - read by the test


if __name__ == "__main__":
    from tests.conformance.generate_caches import numbered_caches  # as above
    from tests.conformance.generate_strikes import with_strikes

    makers: dict[str, Callable[[int], dict[str, Any]]]
    makers = {"pace": with_pace, "strikes": with_strikes, "caches": numbered_caches}
    main(int(sys.argv[1]), int(sys.argv[2]), *(makers[name] for name in sys.argv[3:]))
