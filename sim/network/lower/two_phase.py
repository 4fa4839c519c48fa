"""Two-phase commit: the synchronous twin of a saga, led by a coordinator that is an orchestrator with another program.

    write STEP, lock all, prepare all at once, write DECIDED, commit all at once, end completed
                              | one fails: write UNDOING, roll all back, end      | one fails: write STUCK, end

A participant prepares with the steps of the operation without its effects, and commits with these. Locks are one for each
service and key; all coordinators ask for them in one order, so that none waits in a circle, and give them back when they end.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sim.network.lower.admission import limit_stream
from sim.network.lower.calls import lower_call
from sim.network.lower.choreography import same_draws
from sim.network.lower.failures import end_failures, lower_failures
from sim.network.lower.services import wait_stream
from sim.network.model import CALL, END, FAILURE, INSTRUCTION, PARALLEL, SAGA_END, SAGA_LOCK, Operation
from sim.scenario.effect_steps import Effect
from sim.semantics.sagas import DECIDED, STEP, STUCK, UNDOING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network.compiler import Compiler
    from sim.scenario.steps import Call, Saga

    Write = Callable[[int], int]


def lower_two_phase(
    saga: Saga, number: int, compiler: Compiler, caller: str, operations: list[Operation], write: Write
) -> None:
    """Append the program of a coordinator, and the operations of its participants behind it."""
    before = write(STEP)
    for service in sorted({compiler.service_of(step.do.call) for step in saga.steps}):
        compiler.emit(SAGA_LOCK, service)
    prepare = _all_at_once(saga, compiler)
    write(DECIDED)
    commit = _all_at_once(saga, compiler)
    compiler.emit(SAGA_END, number, 1)
    compiler.program[before + FAILURE] = compiler.program[prepare + FAILURE] = len(compiler.program)
    write(UNDOING)
    abort = _all_at_once(saga, compiler)
    compiler.program[abort + FAILURE] = compiler.emit(SAGA_END, number, 0)
    compiler.program[commit + FAILURE] = len(compiler.program)
    write(STUCK)
    compiler.emit(SAGA_END, number, 0)
    compiler.emit(END)
    # who was not told to roll back asks, or is told the next time: one attempt is enough
    for phase, at in (("prepare", prepare), ("commit", commit), ("abort", abort)):
        for index, step in enumerate(saga.steps):
            retry = {"prepare": step.do.retry, "commit": saga.undo_retry or step.do.retry, "abort": None}[phase]
            site = _site(step.do.model_copy(update={"retry": retry}), phase, saga, compiler, caller, operations)
            compiler.program[at + INSTRUCTION * (1 + index) + 1] = site


def _all_at_once(saga: Saga, compiler: Compiler) -> int:
    """Emit a call of each participant, all in parallel, whose sites are filled in later; returns the address."""
    count = len(saga.steps)
    at = compiler.emit(PARALLEL, b=count)
    compiler.program[at + 1] = at + INSTRUCTION * (1 + count)
    for _ in saga.steps:
        compiler.emit(CALL)
    return at


def _site(call: Call, phase: str, saga: Saga, compiler: Compiler, caller: str, operations: list[Operation]) -> int:
    """A site that calls a participant in a phase, and the operation that it calls, which is one of the engines only."""
    service, _, operation = call.call.partition(".")
    declared = compiler.scenario.services[service].operations[operation]
    steps = [step for step in declared if isinstance(step, Effect) == (phase == "commit")] if phase != "abort" else []
    site = lower_call(call, compiler, caller)
    prefix = call.call + ("" if phase == "prepare" else f":{phase}")
    request, reply = (compiler.stream(f"{prefix}:hop.{way}") for way in ("request", "reply"))
    here, name = len(operations), f"{service}.{saga.saga}-{operation}-{phase}"
    for number in (site, compiler.sites[site].inner):
        if number >= 0:
            compiler.sites[number] = replace(compiler.sites[number], operation=here, request_stream=request, reply_stream=reply)
    waits, draws = wait_stream(compiler, service, name), limit_stream(compiler, service, name)
    operations.append(Operation(name, compiler.service_numbers[service], len(compiler.program), waits, draws))
    struck = lower_failures(compiler, name, call.call)
    same_draws(call.call, steps, compiler)
    compiler.emit(END)
    end_failures(compiler, struck)
    return site
