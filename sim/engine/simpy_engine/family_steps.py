"""The steps of families of mechanics, each in a file of its own: generators that give the outcome of the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import effects, projections, stores
from sim.network import BEGIN, COMMIT, EFFECT, PROJECT, READ, ROLL_BACK, WRITE
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Span


def apply(run: Run, span: Span, a: int, b: int) -> Steps:
    """Apply an effect."""
    effects.apply(run, span, a, b)
    return OK
    yield


FAMILY_STEPS: dict[int, Callable[[Run, Span, int, int], Steps]] = {
    EFFECT: apply,
    BEGIN: stores.begin,
    WRITE: stores.write,
    COMMIT: stores.commit,
    ROLL_BACK: stores.roll_back,
    PROJECT: projections.project,
    READ: projections.read,
}
"""What an instruction's code means: what is done with its two operands."""
