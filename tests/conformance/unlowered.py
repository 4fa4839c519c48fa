"""The kernel as plain Python, with guards: ``EVENTFLOW_UNLOWERED=1 python -m tests.conformance.unlowered FIRST STOP``.

compiled   an address out of bounds is a crash, or a wrong number somewhere else
here       it is an error that says where: memory views check bounds, the guards check that no pool is overdrawn
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING, Any

from sim.engine.compiled_engine import broker, calls, effects, faults, host, loop, memory, steps
from sim.engine.compiled_engine import layout as at
from sim.scenario.scenario import Scenario
from tests.conformance.diverge import assert_conform
from tests.conformance.generate import numbered

if TYPE_CHECKING:
    from collections.abc import Callable

MODULES = (broker, calls, effects, faults, host, loop, memory, steps)


def replace(name: str, function: Callable[..., Any]) -> None:
    """Put a function in place of the kernel's function of that name, wherever it is called."""
    for module in MODULES:
        if hasattr(module, name):
            setattr(module, name, function)


def guard() -> None:
    """Refuse to take a row from an empty pool, and to fill the heap or the agenda beyond their ends."""
    taken = {name: getattr(memory, name) for name in ("take_frame", "take_trace", "take_message")}
    left = {"take_frame": at.H_FRAMES_LEFT, "take_trace": at.H_TRACES_LEFT, "take_message": at.H_MESSAGES_LEFT}
    for name, function in taken.items():

        def take(m: Any, name: str = name, function: Callable[..., Any] = function) -> int:
            assert m[left[name]] > 0, f"{name}: the pool is empty"
            return int(function(m))

        replace(name, take)
    push, then = memory.heap_push, memory.then

    def heap_push(m: Any, time: int, rank: int, argument: int) -> None:
        assert m[at.H_HEAP_SIZE] < m[at.H_HEAP_CAPACITY], "heap_push: the heap is full"
        assert (time, rank) > (m[at.H_NOW], m[at.H_LAST_RANK]), "heap_push: an event in the past"
        push(m, time, rank, argument)

    def on_agenda(m: Any, action: int, a: int, b: int) -> None:
        assert m[at.H_AGENDA_TAIL] - m[at.H_AGENDA_HEAD] <= m[at.H_AGENDA_MASK], "then: the agenda is full"
        then(m, action, a, b)

    replace("heap_push", heap_push)
    replace("then", on_agenda)


def main(first: int, stop: int) -> None:
    """Run the numbered examples on both engines."""
    assert os.environ.get("EVENTFLOW_UNLOWERED") == "1", "set EVENTFLOW_UNLOWERED=1"
    guard()
    for n in range(first, stop):
        assert_conform(Scenario.model_validate(numbered(n)), seed=n)
    print(stop - first)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
