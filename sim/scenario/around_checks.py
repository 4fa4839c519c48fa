"""Can what stands around calls be done as it is declared? Fallbacks, what is tried, quorums and hedges.

error     optional calls of which a quorum is needed, branches called back where none is left, a write in what is tried inside
          of a transaction, a hedge that comes after the timeout
warning   what is tried cannot fail
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.scenario.around_calls import Quorum
from sim.scenario.may_fail import may_fail
from sim.scenario.problems import Location, Problem, field_path
from sim.scenario.row_steps import Outbox, Write
from sim.scenario.step_walks import flat_steps, inner_steps
from sim.scenario.steps import Call, Parallel, Step, Transaction, Try
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.scenario.callgraph import CallGraph
    from sim.scenario.scenario import Scenario


def check_around_calls(_scenario: Scenario, graph: CallGraph) -> Iterator[Problem]:
    """Yield what is wrong with what stands around calls."""
    for handler in graph.handlers.values():
        yield from _check_steps(handler.steps, handler.loc, graph, inside=False)


def _check_steps(steps: Sequence[Step], loc: Location, graph: CallGraph, *, inside: bool) -> Iterator[Problem]:
    for position, step in enumerate(steps):
        here = (*loc, position)
        if isinstance(step, Call):
            yield from _check_hedge(step, here)
        elif isinstance(step, Parallel):
            yield from _check_parallel(step, here)
        elif isinstance(step, Try):
            yield from _check_try(step, here, graph, inside=inside)
        for at, inner in inner_steps(step):
            yield from _check_steps(inner, (*here, *at), graph, inside=inside or isinstance(step, Transaction))


def _check_hedge(call: Call, loc: Location) -> Iterator[Problem]:
    """One that leaves after a fixed time must leave before its first attempt is given up."""
    hedge = call.hedge
    if hedge is None or call.limit is None or hedge.failed_next or hedge.mille:
        return
    if hedge.after >= call.limit:
        given, what = format_duration(call.limit), "timeout" if call.limit == call.timeout else "deadline"
        message = f"an attempt is given up after {given}, so that no other one ever leaves; write less than its {what}"
        yield _error((*loc, "hedge", "after"), message)


def _check_parallel(step: Parallel, loc: Location) -> Iterator[Problem]:
    """Its plain calls; its branches are walked through as all steps that stand in others."""
    for number, call in step.calls.items():
        here = (*loc, "parallel", number)
        yield from _check_hedge(call, here)
        if call.optional and step.until != "all":
            message = "until counts good answers, so that any of these may fail as long as there are enough"
            yield _error((*here, "optional"), f"{message}; remove it")
    if step.cancel and not step.branches:
        message = "there are only calls, and each says itself whether its callee hears that nobody waits any more"
        yield _error((*loc, "cancel"), f"{message}; write cancel: true in the calls")
    elif step.cancel and step.needed == len(step.parallel) and not isinstance(step.until, Quorum):
        yield _error((*loc, "cancel"), "all are waited for, so that none is ever left; add until: any, or a quorum")


def _check_try(step: Try, loc: Location, graph: CallGraph, *, inside: bool) -> Iterator[Problem]:
    if not may_fail(step.steps, graph):
        yield _warning((*loc, "catch"), "nothing in try can fail, so that this is never done; write the steps without try")
    for one in flat_steps(step.steps) if inside else ():
        if isinstance(one, Write | Outbox):
            message = "a write that fails takes its whole transaction back, so that nothing can be caught inside of it"
            yield _error((*loc, "try"), f"{message}; write the transaction inside of try, or the write before it")
            return


def _warning(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc, severity="warning")


def _error(loc: Location, message: str) -> Problem:
    return Problem(field=field_path(loc), message=message, loc=loc)
