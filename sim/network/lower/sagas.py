"""Sagas: the step that begins one is an instruction, what its orchestrator does is a program of its own.

    do:    write STEP 1, call do 1, write DONE 1, write STEP 2, call do 2, write DONE 2, end completed
                            | fails: failed? --in doubt--> undo 2      otherwise --> undo 1
    undo:  write UNDOING 2, call undo 2, write UNDONE 2, write UNDOING 1, call undo 1, write UNDONE 1, end
                              | fails for good: write STUCK 2, on with undo 1

After a step that cannot be undone all failures lead to `write STUCK, end`. Where a store keeps what is written and is down, a
write is tried again, until it is there; the first one is not: then there is no saga.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from sim.network.lower.calls import lower_call
from sim.network.lower.choreography import lower_telling
from sim.network.lower.steps import lower
from sim.network.lower.stores import begin_transaction, end_transaction
from sim.network.lower.two_phase import lower_two_phase
from sim.network.model import (
    CALL,
    END,
    FAILURE,
    INSTRUCTION,
    JUMP,
    SAGA,
    SAGA_END,
    SAGA_FAILED,
    SAGA_REFUSED,
    SAGA_SEEN,
    SAGA_STATE,
    WORK,
    Operation,
)
from sim.network.model import Saga as SagaRow
from sim.scenario.distributions.constant import Constant
from sim.scenario.steps import Saga
from sim.semantics.sagas import DONE, STEP, STUCK, UNDOING, UNDONE

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network.compiler import Compiler


class _Failing(NamedTuple):
    """A step that may fail: the addresses of what fails, and of the write before it."""

    call: int
    before: int
    after: int


@lower.register(Saga)
def _saga(step: Saga, compiler: Compiler, operation: str) -> None:
    number = compiler.saga_numbers[step.saga]
    if step.by == "events":
        lower_telling(step, compiler)
    else:
        compiler.emit(SAGA, number, int(step.answer == "when_done"))
    compiler.sagas.setdefault(number, (step, operation))  # a participant of another saga may begin it too


def lower_sagas(compiler: Compiler, operations: list[Operation]) -> tuple[SagaRow, ...]:
    """Return the rows of all sagas, append their programs, and for each the operation that its orchestrator runs."""
    rows = []
    for number, (step, operation) in sorted(compiler.sagas.items(), key=lambda one: one[0]):
        service = operation.partition(".")[0]
        if step.by == "events":
            rows.append(SagaRow(step.saga, -1, compiler.service_numbers[service], step.deadline or 0))
            continue
        name = f"{service}.{step.saga}"
        rows.append(SagaRow(step.saga, len(operations), compiler.service_numbers[service], step.deadline or 0))
        operations.append(Operation(name, compiler.service_numbers[service], len(compiler.program)))
        writes: list[_Transaction] = []
        write = partial(_write, saga=step, compiler=compiler, caller=operation, writes=writes)
        if step.by == "two_phase":
            lower_two_phase(step, number, compiler, operation, operations, write)
        else:
            _program(step, number, compiler, operation, write)
        _try_again(step, number, compiler, operation, writes)
    return tuple(rows)


class _Transaction(NamedTuple):
    """A write in a store: the addresses of what fails while that is down."""

    begin: int
    commit: int


def _program(saga: Saga, number: int, compiler: Compiler, caller: str, write: Callable[[int], int]) -> None:
    """Forward, then backward; where failures lead is filled in once it is known where the undos are."""
    steps = []
    for step in saga.steps:
        before = write(STEP)
        call = compiler.emit(CALL, lower_call(step.do, compiler, caller))
        compiler.emit(SAGA_SEEN)
        steps.append(_Failing(call, before, write(DONE)))
    compiler.emit(SAGA_END, number, 1)
    undos = _undos(saga, number, compiler, caller, write)
    park = len(compiler.program)
    write(STUCK)
    compiler.emit(SAGA_END, number, 0)
    kept = False
    for index, (step, at) in enumerate(zip(saga.steps, steps, strict=True)):
        known = park if kept else undos[index]
        doubt = park if kept or step.undo is None else undos[index + 1]
        compiler.program[at.before + FAILURE] = doubt
        compiler.program[at.call + FAILURE] = compiler.emit(SAGA_FAILED, number, failure=doubt)
        compiler.emit(JUMP, known)
        kept = kept or step.pivot or step.undo is None
        compiler.program[at.after + FAILURE] = park if kept else undos[index + 1]
    compiler.emit(END)


def _undos(saga: Saga, number: int, compiler: Compiler, caller: str, write: Callable[[int], int]) -> list[int]:
    """Emit the undos, the last first. Returns where they begin that undo the first so many steps: none, one, two, ..."""
    begins = [0] * (len(saga.steps) + 1)
    lost = []
    for index in reversed(range(len(saga.steps))):
        begins[index + 1] = len(compiler.program)
        undo = saga.undo_of(saga.steps[index])
        if undo is not None:
            write(UNDOING)
            call = compiler.emit(CALL, lower_call(undo, compiler, caller))
            write(UNDONE)
            lost.append((index, call))
    begins[0] = compiler.emit(SAGA_END, number, 0)
    for index, call in lost:
        compiler.program[call + FAILURE] = len(compiler.program)
        write(STUCK)
        compiler.emit(JUMP, begins[index])
    return begins


def _write(what: int, *, saga: Saga, compiler: Compiler, caller: str, writes: list[_Transaction]) -> int:
    """Emit that it is written what was done, or will be: in a transaction where a store keeps it.

    Returns the address of the instruction by which it is known; that knows the address behind it, where a saga is resumed.
    """
    if saga.state is not None:
        leader = f"{caller.partition('.')[0]}.{saga.saga}"
        begin = begin_transaction(compiler, saga.state.store, None)
        compiler.emit(WORK, compiler.distribution(saga.state.write), compiler.draw_stream(leader, "write"))
        writes.append(_Transaction(begin, end_transaction(compiler, leader, begin)))
    return compiler.emit(SAGA_STATE, what, len(compiler.program) + INSTRUCTION)


def _try_again(saga: Saga, number: int, compiler: Compiler, caller: str, writes: list[_Transaction]) -> None:
    """Emit what becomes of writes while their store is down: a pause and another try, but of the first one the end."""
    for index, (begin, commit) in enumerate(writes):
        compiler.program[begin + FAILURE] = compiler.program[commit + FAILURE] = len(compiler.program)
        if index == 0 or saga.state is None:
            compiler.emit(SAGA_REFUSED, number)
        else:
            leader = f"{caller.partition('.')[0]}.{saga.saga}"
            pause = Constant(value=f"{saga.state.retry}ns")
            compiler.emit(WORK, compiler.distribution(pause), compiler.draw_stream(leader, "write"))
            compiler.emit(JUMP, begin)
