"""Sagas led by events: a service does its step in a handler that looks up what it knows of the saga, and tells the others.

    open? --no--> end        new? --no--> told before: the same again        in time? --no--> as if it failed
      the steps (or a fault of the operation), whose failures lead to: tried again? --yes--> fail
      note done, publish to the next, end                  '--no--> note failed, publish to the undo of the step before, end

What it notes is kept with its work, so that a message that comes twice is answered twice, and nothing is done twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.lower.failures import end_failures, lower_failures
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.model import (
    END,
    FAILURE,
    JUMP,
    PUBLISH,
    SAGA_ASK,
    SAGA_NOTE,
    SAGA_OVER,
    SAGA_STEP_BITS,
    SAGA_TELL,
    SAGA_TOLD,
    SAGA_TRIED,
)
from sim.scenario.choreography import Participant, first_topic
from sim.semantics.sagas import (
    IN_TIME,
    IS_NEW,
    IS_NEW_UNDO,
    IS_OPEN,
    NOTE_DONE,
    NOTE_FAILED,
    NOTE_STUCK,
    NOTE_UNDONE,
    WAS_DONE,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network.compiler import Compiler
    from sim.scenario.steps import Saga, Step


def lower_telling(saga: Saga, compiler: Compiler) -> None:
    """Append what the handler does that begins a saga: it tells the first service, unless that was told before."""
    at = compiler.emit(SAGA_TELL, compiler.saga_numbers[saga.saga])
    compiler.emit(PUBLISH, compiler.channel_numbers[first_topic(saga)], 1)
    compiler.emit(SAGA_TOLD, compiler.saga_numbers[saga.saga])
    compiler.program[at + FAILURE] = len(compiler.program)


@lower.register(Participant)
def _participant(step: Participant, compiler: Compiler, operation: str) -> None:
    number = compiler.saga_numbers[step.saga]
    what = (number << SAGA_STEP_BITS) + step.step
    asks = [compiler.emit(SAGA_ASK, what, IS_OPEN), compiler.emit(SAGA_ASK, what, IS_NEW_UNDO if step.undoes else IS_NEW)]
    late = None if step.undoes else compiler.emit(SAGA_ASK, what, IN_TIME)
    first = len(compiler.program)
    struck = lower_failures(compiler, operation, step.operation)
    same_draws(step.operation, step.steps, compiler)
    behind = len(compiler.program)
    compiler.emit(SAGA_NOTE, what, NOTE_UNDONE if step.undoes else NOTE_DONE)
    then = len(compiler.program)
    _tell(step.then, compiler, number, completed=not step.undoes)
    failed = compiler.emit(SAGA_TRIED, list(compiler.scenario.subscriptions).index(step.subscription))
    noted = compiler.emit(SAGA_NOTE, what, NOTE_STUCK if step.undoes else NOTE_FAILED)
    if step.parks:
        compiler.emit(SAGA_NOTE, what, NOTE_STUCK)
    otherwise = len(compiler.program)
    _tell(step.otherwise, compiler, number, completed=False)
    known = then
    if not step.undoes:
        known = compiler.emit(SAGA_ASK, what, WAS_DONE, failure=otherwise)
        compiler.emit(JUMP, then)
    end = compiler.emit(END)
    compiler.program[asks[0] + FAILURE], compiler.program[asks[1] + FAILURE] = end, known
    if late is not None:
        compiler.program[late + FAILURE] = noted
    apart = len(compiler.program)
    end_failures(compiler, struck)
    for begin, stop in ((first, behind), (apart, len(compiler.program))):
        lead_failures(compiler, begin, stop, failed)


def same_draws(operation: str, steps: Sequence[Step], compiler: Compiler) -> None:
    """The steps of an operation, whose draws are those that a call of it would have."""
    known = {key: count for key, count in compiler.counts.items() if key[0] == operation}
    for key in known:
        del compiler.counts[key]
    lower_all(steps, compiler, operation)
    compiler.counts.update(known)


def _tell(topic: str, compiler: Compiler, number: int, *, completed: bool) -> None:
    """Tell the next service, or end the saga; and with that the handler."""
    if topic:
        compiler.emit(PUBLISH, compiler.channel_numbers[topic], 1)
    else:
        compiler.emit(SAGA_OVER, number, int(completed))
    compiler.emit(END)
