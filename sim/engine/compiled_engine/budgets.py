"""Retry budgets: whether a call may try again, and what they learn of attempts. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.codes import BY_GUARDS, WITH_BUDGET
from sim.engine.compiled_engine.family_rows import Budget
from sim.engine.compiled_engine.guards import ask, tell_guards
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Hook
from sim.record import budgets as recorder
from sim.record.outcomes import OK
from sim.scenario.kinds import GO, REFUSE
from sim.semantics.hooks import BUDGETS
from sim.shared import Words, entrance

sent = Hook(tuple(kind.sent for kind in BUDGETS))
spend = Hook(tuple(kind.spend for kind in BUDGETS))
ended = Hook(tuple(kind.ended for kind in BUDGETS))
lapses = Hook(tuple(kind.lapsed for kind in BUDGETS))
engaged = Hook(tuple(kind.engaged for kind in BUDGETS))


def state_of(budget: Budget, span: Span) -> int:
    """Address of the state that an attempt meets: of the replica that calls, or the one that there is."""
    if budget.per_caller == 0:
        return budget.states
    return budget.states + (span.parent.replica.number - budget.first) * budget.size


@entrance
def may_leave(m: World, r: Words, span: Span) -> int:
    """The budget and the guards of a call hear that an attempt would leave; whether it may: GO, REFUSE, or HOLD."""
    if span.site.budget and span.number != 0:  # one that a hedge sent is no retry
        hear(m, r, span)
    return GO if span.site.guard_count == 0 else ask(m, r, span, 0)


@entrance
def tell(m: World, r: Words, span: Span, outcome: int) -> None:
    """The guards and the budget of a call hear how an attempt ended."""
    budget = span.admitted & WITH_BUDGET != 0
    if span.admitted & BY_GUARDS != 0 or span.held_back:
        tell_guards(m, r, span, outcome)
    span.admitted = 0
    if budget:
        attempt_ended(m, r, span, outcome == OK)


def hear(m: World, r: Words, span: Span) -> None:
    """The budget of a call hears that an attempt leaves, or would have if its deadline were not over."""
    span.admitted = WITH_BUDGET
    budget = span.site.budget
    state = state_of(budget, span)
    before = engaged(budget.code, m, budget.settings, state)
    sent(budget.code, m, budget.settings, state, m.now, span.number == 1)
    recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))


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


@entrance
def lapsed(m: World, r: Words, span: Span) -> None:
    """The budget of a call hears that a retry is not made after all, as its caller was stopped."""
    budget = span.site.budget
    state = state_of(budget, span)
    before = engaged(budget.code, m, budget.settings, state)
    lapses(budget.code, m, budget.settings, state, m.now)
    recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))


def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its budgets begin anew."""
    service = replica.service
    for index in range(service.budget_count):
        budget = service.budgets[index]
        state = budget.states + (replica.number - budget.first) * budget.size
        before = engaged(budget.code, m, budget.settings, state)
        blank(m, state, budget.size)
        recorder.budget_changed(r, m.now, budget.number, before, engaged(budget.code, m, budget.settings, state))
