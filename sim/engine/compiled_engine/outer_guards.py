"""Guards outside of the retry of a call: they are asked once, before its first attempt, and hear once how it has ended.

The readable engine's verbs; how the call goes on is among the other steps (`sim.engine.compiled_engine.steps`).
"""

from sim.engine.compiled_engine.budgets import may_leave
from sim.engine.compiled_engine.hedge_rows import join
from sim.engine.compiled_engine.state import Span, World
from sim.engine.compiled_engine.whole_calls import hold
from sim.semantics.waiting import due_of
from sim.shared import Words, entrance


@entrance
def enter(m: World, r: Words, span: Span) -> int:
    """The guards outside of the retry have let a call go: its first attempt asks the others. GO, REFUSE or HOLD."""
    outer = span.site
    site = outer.inner
    hold(m, span)
    span.site = site
    if outer.deadline < 0 and site.deadline >= 0:  # it begins now
        span.due = due_of(site.deadline, span.parent.due, m.now)
    if site.hedge:
        join(m, r, span)
        span.hedge.deadline = span.due
    return may_leave(m, r, span)
