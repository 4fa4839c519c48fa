"""Steps: each kind of step becomes one instruction, a choice becomes one with the programs of its branches in line.

    [work, choose: [[call], [fail]], effect]  ->  WORK CHOOSE (CALL JUMP) (FAIL JUMP) EFFECT
                                                         `-----------^            ^-- both jumps lead behind the branches

`lower` is dispatched on the step's class. A new step registers its function here or in the file of its own family.
"""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING

from sim.draws import share_to_threshold
from sim.errors import UnsupportedError
from sim.network.call_rows import Fallback
from sim.network.lower.calls import lower_call
from sim.network.model import (
    BY_TRACE,
    CALL,
    CHOOSE,
    EFFECT,
    FAIL,
    FAILURE,
    FALLEN,
    FELL_BACK,
    FORK,
    INSTRUCTION,
    JUMP,
    PARALLEL,
    PUBLISH,
    QUORUM,
    RECOVERED,
    SIZE_AT,
    WAIT,
    WAITS_FOR_BROKER,
    WORK,
    YIELD,
)
from sim.record.effects import EFFECT_BITS, WINDOW_BITS, WINDOWED
from sim.scenario.effect_steps import Deduplication, Effect
from sim.scenario.steps import Call, Choose, Fail, Publish, Try, Wait, Work

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.network.compiler import Compiler


def lower_all(steps: Iterable[object], compiler: Compiler, operation: str) -> None:
    """Append the instructions of steps that follow each other."""
    for step in steps:
        lower(step, compiler, operation)


def lead_failures(compiler: Compiler, first: int, last: int, to: int) -> None:
    """Let the failures of instructions lead to an address, of those from ``first`` to before ``last`` that lead nowhere yet.

    What goes in parallel is no instruction of its own: what its failure means is left as it is, also that of a branch's steps.
    """
    program, at = compiler.program, first
    while at < last:
        if program[at + FAILURE] == 0:
            program[at + FAILURE] = to
        if program[at] == FORK:
            at = program[at + INSTRUCTION + 1]
        else:
            together = program[at + 2] if program[at] in {PARALLEL, QUORUM} else 0
            at += INSTRUCTION * (1 + together)


@singledispatch
def lower(step: object, compiler: Compiler, operation: str) -> None:  # noqa: ARG001 - what is registered uses the compiler
    """Append the instructions of an operation's step. Raises `UnsupportedError` for a class that nothing is registered for."""
    message = f"{operation}: no engine knows the step {type(step).__name__!r}"
    raise UnsupportedError(message)


@lower.register(Work)
def _work(step: Work, compiler: Compiler, operation: str) -> None:
    service = compiler.scenario.services.get(operation.partition(".")[0])
    if service is not None and service.room is not None and service.room.preempt:
        compiler.emit(YIELD)
    compiler.emit(WORK, compiler.distribution(step.work), compiler.draw_stream(operation, "work"))


@lower.register(Call)
def _call(step: Call, compiler: Compiler, operation: str) -> None:
    at = compiler.emit(CALL, lower_call(step, compiler, operation))
    if step.fallback:
        edge = compiler.sites[compiler.program[at + 1]].edge
        behind = catch(step.fallback, compiler, operation, at, fallback(compiler, operation, edge))
        if step.optional:
            lead_failures(compiler, at + INSTRUCTION, behind, behind)
    elif step.optional:
        compiler.program[at + FAILURE] = len(compiler.program)


@lower.register(Try)
def _try(step: Try, compiler: Compiler, operation: str) -> None:
    """What is loaded in there may not be known behind it."""
    loaded, first = dict(compiler.loaded_at), len(compiler.program)
    number = fallback(compiler, operation, -1)
    lower_all(step.steps, compiler, operation)
    compiler.loaded_at = dict(loaded)
    catch(step.catch, compiler, operation, first, number)
    compiler.loaded_at = loaded


@lower.register(Wait)
def _wait(step: Wait, compiler: Compiler, operation: str) -> None:
    compiler.emit(WAIT, compiler.distribution(step.wait), compiler.draw_stream(operation, "wait"))


def fallback(compiler: Compiler, operation: str, edge: int) -> int:
    """Number of the fallback of a call over an edge, or of steps that are tried; those of the same name are one."""
    callee = "" if edge < 0 else f" -> {list(compiler.edges)[edge][1]}"
    count = compiler.next_of(operation, f"try{callee}")
    name = f"{operation}{callee}: {'fallback' if callee else 'catch'}" + ("" if count == 1 else f" {count}")
    number, service = compiler.operation_numbers.get(operation, -1), compiler.service_of(operation)
    row = Fallback(name, number, service, edge, compiler.inside_fallback)
    compiler.fallbacks.setdefault(name, row)
    return list(compiler.fallbacks).index(name)


def catch(steps: Iterable[object], compiler: Compiler, operation: str, first: int, number: int) -> int:
    """Append what follows when what was appended from ``first`` on fails; returns the address behind it.

    calls, ... JUMP  FELL_BACK  steps ...  RECOVERED  JUMP  FALLEN
       '-- fails ----^             '-- fails -------------^     '--> where the failure of all this leads
    """
    inside = compiler.inside_fallback
    last = len(compiler.program)
    jump = compiler.emit(JUMP)
    lead_failures(compiler, first, last, compiler.emit(FELL_BACK, number))
    compiler.inside_fallback = number + 1
    begin = len(compiler.program)
    lower_all(steps, compiler, operation)
    compiler.inside_fallback = inside
    end = compiler.emit(RECOVERED, number, inside)
    over = compiler.emit(JUMP)
    lead_failures(compiler, begin, end, compiler.emit(FALLEN, number, inside))
    behind = compiler.program[jump + 1] = compiler.program[over + 1] = len(compiler.program)
    return behind


@lower.register(Publish)
def _publish(step: Publish, compiler: Compiler, _operation: str) -> None:
    broker = compiler.scenario.brokers[compiler.channel_brokers[step.publish]]
    how = WAITS_FOR_BROKER * broker.confirms(step) + BY_TRACE * (step.key == "trace") + ((step.size or 0) << SIZE_AT)
    compiler.emit(PUBLISH, compiler.channel_numbers[step.publish], how)


@lower.register(Choose)
def _choose(step: Choose, compiler: Compiler, operation: str) -> None:
    """The table of a choice is [n, n thresholds, n program addresses]."""
    stream = compiler.draw_stream(operation, "choose")
    count = len(step.choose)
    compiler.emit(CHOOSE, compiler.table([count] + [0] * (2 * count)), stream)
    table = compiler.tables[-1]
    total, below = sum(branch.weight for branch in step.choose), 0.0
    jumps = []
    for index, branch in enumerate(step.choose):
        below += branch.weight
        table[1 + index] = share_to_threshold(min(1.0, below / total))
        table[1 + count + index] = len(compiler.program)
        lower_all(branch.steps, compiler, operation)
        jumps.append(compiler.emit(JUMP))
    for jump in jumps:
        compiler.program[jump + 1] = len(compiler.program)


@lower.register(Fail)
def _fail(step: Fail, compiler: Compiler, operation: str) -> None:
    compiler.emit(FAIL, share_to_threshold(step.fail), compiler.draw_stream(operation, "fail"))


@lower.register(Effect)
def _effect(step: Effect, compiler: Compiler, _operation: str) -> None:
    absorbs = int(step.idempotent is True)
    if isinstance(step.idempotent, Deduplication):
        window = min(step.idempotent.window, compiler.scenario.run.horizon)
        absorbs = (window << WINDOW_BITS) + WINDOWED + int(step.idempotent.sliding)
    numbers = compiler.effect_numbers
    undone = 0 if step.undoes is None else 1 + numbers[step.undoes]
    compiler.emit(EFFECT, numbers[step.effect] + (undone << EFFECT_BITS), absorbs)
