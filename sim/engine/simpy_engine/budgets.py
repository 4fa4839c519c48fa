"""Retry budgets: whether a call may try again, and what they learn of attempts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import budgets as recorder
from sim.record.outcomes import CRASHED
from sim.scenario.kinds import REFUSE
from sim.semantics.hooks import BUDGETS

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Budget, Network

BY_HEDGE = 0
"""The number of an attempt among those of its call, if a hedge has sent it."""


class BudgetStates:
    """A budget at work: its rules, its settings, and a state for each replica that calls, or one for all."""

    __slots__ = ("kind", "number", "settings", "spec", "states")

    def __init__(self, number: int, spec: Budget, network: Network) -> None:
        self.number, self.spec = number, spec
        self.kind = BUDGETS[spec.code]
        self.settings = network.settings[spec.settings]
        self.states = [self.kind.State.roomy(spec.tail) for _ in range(spec.states)]

    def state_for(self, attempt: Span) -> Any:
        """The state that an attempt meets: of the replica that calls, or the one that there is."""
        if not self.spec.per_caller or attempt.parent is None:
            return self.states[0]
        return self.states[attempt.parent.replica.number - self.spec.first]

    def engaged(self, state: Any) -> int:
        """Whether a state would refuse a retry, as a number."""
        return int(self.kind.engaged(self.settings, state))


def begin(run: Run) -> None:
    """At time 0: how many states of each budget would refuse a retry from the first on."""
    for number, budget in enumerate(run.budgets):
        recorder.budget_changed(run.r, 0, number, 0, sum(map(budget.engaged, budget.states)))


def attempt_sent(run: Run, attempt: Span, *, first: bool) -> None:
    """The budget of a call hears that an attempt leaves, unless a hedge has sent it: that is no retry."""
    if attempt.attempt == BY_HEDGE:
        return
    budget, now = run.budgets[attempt.site.budget], run.clock.now
    state = budget.state_for(attempt)
    before = budget.engaged(state)
    budget.kind.sent(budget.settings, state, now, first)
    recorder.budget_changed(run.r, now, budget.number, before, budget.engaged(state))


def attempt_ended(run: Run, attempt: Span, *, first: bool, good: bool) -> None:
    """The budget of a call hears how an attempt ended, unless a hedge had sent it."""
    if attempt.attempt == BY_HEDGE:
        return
    budget, now = run.budgets[attempt.site.budget], run.clock.now
    state = budget.state_for(attempt)
    before = budget.engaged(state)
    budget.kind.ended(budget.settings, state, now, first, good)
    recorder.budget_changed(run.r, now, budget.number, before, budget.engaged(state))


def may_retry(run: Run, attempt: Span) -> bool:
    """Ask the budget of a call whether it may be tried again after this attempt."""
    budget, now = run.budgets[attempt.site.budget], run.clock.now
    state = budget.state_for(attempt)
    before = budget.engaged(state)
    refused = budget.kind.spend(budget.settings, state, now) == REFUSE
    recorder.retry_asked(run.r, now, budget.number, refused)
    recorder.budget_changed(run.r, now, budget.number, before, budget.engaged(state))
    return not refused


def back_off(run: Run, caller: Span | None, attempt: Span) -> None:
    """A retry waits that the budget of a call has let go, for as long as its caller is there."""
    if caller is not None and attempt.site.budget >= 0:
        run.backing_off.setdefault(caller.ident, {})[attempt.ident] = attempt


def back(run: Run, caller: Span | None, attempt: Span) -> None:
    """It has waited."""
    if caller is not None and attempt.site.budget >= 0:
        run.backing_off[caller.ident].pop(attempt.ident)


def lapse(run: Run, caller: Span, outcome: int) -> None:
    """The budgets of a handler's calls hear that retries are not made after all, as it was stopped; in a crash it forgets."""
    for attempt in run.backing_off.pop(caller.ident, {}).values():
        budget = run.budgets[attempt.site.budget]
        state = budget.state_for(attempt)
        before = budget.engaged(state)
        if outcome != CRASHED:
            budget.kind.lapsed(budget.settings, state, run.clock.now)
            recorder.budget_changed(run.r, run.clock.now, budget.number, before, budget.engaged(state))


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its budgets begin anew."""
    for number, budget in enumerate(run.budgets):
        if budget.spec.per_caller and budget.spec.service == replica.service:
            place = replica.number - budget.spec.first
            before = budget.engaged(budget.states[place])
            budget.states[place] = budget.kind.State.roomy(budget.spec.tail)
            recorder.budget_changed(run.r, run.clock.now, number, before, budget.engaged(budget.states[place]))
