"""Effects that undo others: any of those that a generated scenario applies, and sometimes one that its flow never has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.conformance.steps_in import effects_in

if TYPE_CHECKING:
    from tests.conformance.generate import Generator


def add_undoing(generator: Generator, whole: dict[str, Any]) -> None:
    """Let some of the effects of all handlers undo another one."""
    handlers = [steps for service in whole["services"].values() for steps in service["operations"].values()]
    found = [step for steps in handlers for step in effects_in(steps)]
    names = sorted({step["effect"] for step in found})
    if len(names) < 2 or not generator.chance(40):
        return
    for step in found:
        if generator.chance(40):
            step["undoes"] = generator.pick([name for name in names if name != step["effect"]])
