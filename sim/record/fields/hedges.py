"""What is counted of hedged calls (`sim.record.around_calls`). Of one that is tried again each try counts as a call."""

from sim.record.families import Family

HEDGES = Family("hedges", one="hedge")
LEVEL_HEDGED = HEDGES.level("open")
HEDGE_CALLS = HEDGES.counter("calls")
HEDGE_SENT = HEDGES.counter("sent")  # attempts beyond the first
HEDGE_DENIED = HEDGES.counter("denied")  # those that the budget did not let go
HEDGE_WON = HEDGES.counter("won")  # calls whose good answer was not that of the first attempt
HEDGE_WASTED = HEDGES.counter("wasted")  # attempts that were left as another one had won
HEDGE_ANSWERED = HEDGES.counter("answered")
HEDGE_FAILED = HEDGES.counter("failed")
HEDGE_GONE = HEDGES.counter("gone")  # calls whose handler went down, or needed no answer any more
HEDGES.balance("hedged call", HEDGE_CALLS, [HEDGE_ANSWERED, HEDGE_FAILED, HEDGE_GONE], [LEVEL_HEDGED])
