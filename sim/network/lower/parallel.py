"""What is done in parallel: calls are instructions of one step; all else is a branch, which has a program of its own.

    PARALLEL CALL CALL                         only calls, all of which are waited for; QUORUM: not all
    FORK JUMP  steps BRANCH_OVER END  BRANCH_OVER  CALL BRANCH   with branches: first their programs, then one instruction each
          '      '-- fails ------------^                        ^-- the jump leads behind them all

The end of a branch, or its failure, is an instruction, so that the end of a handler costs nothing more. The table of a FORK is
[address behind them all, how many must end well, or 0: all, deadline in ns, or 0, whether branches not needed are called back].
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.network.branch_rows import Branch
from sim.network.lower.calls import lower_call
from sim.network.lower.steps import lead_failures, lower, lower_all
from sim.network.lower.stores import lower_pairs
from sim.network.model import BRANCH, BRANCH_OVER, CALL, END, FORK, INSTRUCTION, JUMP, PARALLEL, QUORUM
from sim.scenario.around_calls import Quorum
from sim.scenario.steps import Parallel

if TYPE_CHECKING:
    from sim.network.compiler import Compiler


@lower.register(Parallel)
def _parallel(step: Parallel, compiler: Compiler, operation: str) -> None:
    """What is done follows; the failure of a call that may fail leads behind them all, as its success does."""
    count, needed, deadline = len(step.parallel), int(step.until == "any"), 0
    if isinstance(step.until, Quorum):
        needed, deadline = step.until.quorum, step.until.deadline or 0
    if step.branches:
        _fork(step, compiler, operation, needed, deadline)
        return
    behind = len(compiler.program) + INSTRUCTION * (1 + count)
    if step.until == "all":
        compiler.emit(PARALLEL, behind, count)
    else:
        compiler.emit(QUORUM, compiler.table([behind, needed, deadline]), count)
    for call in step.calls.values():
        compiler.emit(CALL, lower_call(call, compiler, operation), failure=behind if call.optional else 0)


def _fork(step: Parallel, compiler: Compiler, operation: str, needed: int, deadline: int) -> None:
    """The same where something else than calls is among it; none ``needed``: all are."""
    calls, branches = step.calls, step.branches
    compiler.emit(FORK, compiler.table([0, needed, deadline, int(step.cancel)]), len(step.parallel))
    table = compiler.tables[-1]
    jump = compiler.emit(JUMP)
    programs = {place: _program(steps, compiler, operation) for place, steps in branches.items()}
    behind = len(compiler.program) + INSTRUCTION * len(step.parallel)
    table[0] = compiler.program[jump + 1] = behind
    for place in range(len(step.parallel)):
        if place in calls:
            call = calls[place]
            compiler.emit(CALL, lower_call(call, compiler, operation), failure=behind if call.optional else 0)
        else:
            compiler.emit(BRANCH, *programs[place])


def _program(steps: tuple[object, ...], compiler: Compiler, operation: str) -> tuple[int, int]:
    """Append the program of a branch; returns its number and its address.

    What its handler has loaded it does not know, nor in which fallback that is; nor does that know behind it what it loads.
    """
    loaded, compiler.loaded_at = dict(compiler.loaded_at), {}
    inside, compiler.inside_fallback = compiler.inside_fallback, 0
    count = compiler.next_of(operation, "branch")
    row = Branch(
        f"{operation}: branch {count}", compiler.operation_numbers.get(operation, -1), compiler.service_of(operation)
    )
    compiler.branches.setdefault(row.name, row)
    first = len(compiler.program)
    lower_pairs(compiler, steps)
    lower_all(steps, compiler, operation)
    last = compiler.emit(BRANCH_OVER)
    compiler.emit(END)
    lead_failures(compiler, first, last, compiler.emit(BRANCH_OVER, 1))
    compiler.loaded_at, compiler.inside_fallback = loaded, inside
    return list(compiler.branches).index(row.name), first
