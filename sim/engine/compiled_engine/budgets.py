"""Retry budgets: whether a call may try again, and what they learn of attempts. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.family_rows import Budget
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Hook
from sim.record import budgets as recorder
from sim.scenario.kinds import REFUSE
from sim.semantics.hooks import BUDGETS
from sim.shared import Words, entrance

sent = Hook(tuple(kind.sent for kind in BUDGETS))
spend = Hook(tuple(kind.spend for kind in BUDGETS))
ended = Hook(tuple(kind.ended for kind in BUDGETS))
engaged = Hook(tuple(kind.engaged for kind in BUDGETS))


def state_of(budget: Budget, span: Span) -> int:
    """Address of the state that an attempt meets: of the replica that calls, or the one that there is."""
    if budget.per_caller == 0:
        return budget.states
    return budget.states + (span.parent.replica.number - budget.first) * budget.size


@entrance
def attempt_sent(m: World, r: Words, span: Span) -> None:
    """The budget of a call hears that an attempt leaves."""
    budget = span.site.budget
    state = state_of(budget, span)
    before = engaged(budget.code, m, budget.settings, state)
    sent(budget.code, m, budget.settings, state, m.now, span.number == 1)
    recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))


@entrance
def attempt_ended(m: World, r: Words, span: Span, good: bool) -> None:  # noqa: FBT001
    """The budget of a call hears how an attempt ended."""
    budget = span.site.budget
    state = state_of(budget, span)
    before = engaged(budget.code, m, budget.settings, state)
    ended(budget.code, m, budget.settings, state, m.now, span.number == 1, good)
    recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))


@entrance
def may_retry(m: World, r: Words, span: Span) -> bool:
    """Ask the budget of a call whether it may be tried again after this attempt."""
    budget = span.site.budget
    state = state_of(budget, span)
    before = engaged(budget.code, m, budget.settings, state)
    refused = spend(budget.code, m, budget.settings, state, m.now) == REFUSE
    recorder.retry_asked(r, m.now, budget.number, refused)
    recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))
    return not refused


def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its budgets begin anew."""
    service = replica.service
    for index in range(service.budget_count):
        budget = service.budgets[index]
        state = budget.states + (replica.number - budget.first) * budget.size
        before = engaged(budget.code, m, budget.settings, state)
        blank(m, state, budget.size)
        recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))
