"""What a handler does in parallel where not all of it are calls: fork, ended, leave, end, give up."""

from __future__ import annotations

from typing import TYPE_CHECKING

from simpy.events import Event

from sim.engine.simpy_engine import branches
from sim.engine.simpy_engine.calls import call
from sim.engine.simpy_engine.clock import Process
from sim.engine.simpy_engine.leaving import abandon_branch
from sim.engine.simpy_engine.left import leave_all
from sim.engine.simpy_engine.quorums import Together
from sim.network import CALL, INSTRUCTION
from sim.record.outcomes import CANCELLED, DEPENDENCY, OK
from sim.semantics.order import QUORUM_WAIT, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Activity, Run, Steps
    from sim.engine.simpy_engine.state import Span


class Fork(Together):
    """The same with branches, of which all are waited for where none is ``needed``. ``failed_with``: as the first one did."""

    __slots__ = ("cancels", "failed", "failed_with")

    def __init__(self, run: Run, span: Span, count: int, needed: int, cancels: int) -> None:
        super().__init__(run, span, count, needed)
        self.cancels, self.failed, self.failed_with = cancels, 0, OK


def fork(run: Run, span: Span, table: int, count: int) -> Steps:
    """Do several things at once, and wait until all have ended, or enough have ended well, or cannot any more."""
    behind, needed, deadline, cancels = run.tables[table : table + 4]
    together = Fork(run, span, count, needed, cancels)
    for number in range(count):
        Process(run.clock, one_of(run, together, behind - (count - number) * INSTRUCTION))
    if deadline > 0:
        run.clock.after(deadline, rank_of(QUORUM_WAIT, span.ident), give_up, run, together)
    outcome: int = yield together.joined
    return outcome


def one_of(run: Run, together: Fork, at: int) -> Activity:
    """Process: one of the calls, or of the branches."""
    span = together.span
    if span.dead:
        return
    code, a, b, failure = run.instructions[at]
    if code == CALL:
        answer = yield from call(run, span, span.trace, run.network.sites[a], together)
        if not span.dead and not together.over:
            ended(run, together, OK if answer == OK else DEPENDENCY, counts=failure == 0)
        return
    one = branches.begin(run, span, a, b)
    outcome = yield from run.handlers[one.operation](run, one)
    if one.dead:
        return
    branches.over(run, one, outcome)
    if one.awaited:
        heard = Event(run.clock)
        heard.succeed(outcome)
        yield heard
    if one.awaited:  # and not left meanwhile
        branches.heard(run, one)
        ended(run, together, outcome, counts=True)


def ended(run: Run, together: Fork, outcome: int, *, counts: bool) -> None:
    """One of them has ended; unless its failure ``counts``, it is as if it had ended well where all are waited for."""
    together.pending -= 1
    together.good += outcome == OK
    if outcome != OK and counts:
        if together.failed == 0:
            together.failed_with = outcome
        together.failed += 1
    if together.needed == 0:
        decided, well = together.pending == 0, together.failed == 0
    else:
        well = together.good == together.needed
        decided = well or together.good + together.pending < together.needed
    if decided:
        end(run, together, OK if well else together.failed_with)


def leave(run: Run, together: Fork) -> None:
    """A handler needs nothing any more of what it does at once."""
    for one in branches.taken(run, together.span):
        if not branches.running(run, one):
            one.awaited = False
        elif together.cancels:
            abandon_branch(run, one, CANCELLED, tells=True)
        else:
            branches.left(run, one)
    leave_all(run, together.span)


def end(run: Run, together: Fork, outcome: int) -> None:
    """It is known how it ends: the handler goes on, and needs none of the others."""
    together.over = True
    leave(run, together)
    together.joined.succeed(outcome)


def give_up(run: Run, together: Fork) -> None:
    """The deadline is over."""
    if not together.over and not together.span.dead:
        end(run, together, DEPENDENCY)
