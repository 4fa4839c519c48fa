"""What is counted of the guards of the calls of an edge: what they let go, and what they keep back (`sim.record.guards`)."""

from sim.record.families import Family

GUARDS = Family("guards", one="guard")
LEVEL_OUT = GUARDS.level("out")  # attempts that it let go, and that have not ended
LEVEL_ENGAGED = GUARDS.level("engaged")  # its states that keep calls back
LEVEL_GUARD_SINCE = GUARDS.since_level("guard_since")
GUARD_ATTEMPTS = GUARDS.counter("attempts")  # attempts that asked it before any other guard; or calls, outside of their retry
GUARD_ADMITTED = GUARDS.counter("admitted")
GUARD_REFUSED = GUARDS.counter("refused")
GUARD_WITHDRAWN = GUARDS.counter("withdrawn")  # admitted, and refused by a guard further in
GUARD_SUCCEEDED = GUARDS.counter("succeeded")  # admitted, and ended well
GUARD_FAILED = GUARDS.counter("failed")
GUARD_GIVEN_UP = GUARDS.counter("given_up")  # admitted, and then the caller went down
GUARD_IGNORED = GUARDS.counter("ignored", rare=True)  # admitted, and ended as what it learns nothing from
GUARD_ENGAGED_AREA = GUARDS.area("engaged_area", LEVEL_ENGAGED)
GUARD_ENGAGED_MAX = GUARDS.maximum("engaged_max", LEVEL_ENGAGED)
GUARD_LEFT = GUARDS.counter("left", rare=True)  # admitted, and then the caller needed no answer any more
GUARD_ENDS = (GUARD_WITHDRAWN, GUARD_SUCCEEDED, GUARD_FAILED, GUARD_GIVEN_UP, GUARD_IGNORED, GUARD_LEFT)
GUARDS.balance("guard", GUARD_ADMITTED, GUARD_ENDS, [LEVEL_OUT])
HELD_OUT = GUARDS.holding("attempts let go by guard", LEVEL_OUT)
HELD_ENGAGED = GUARDS.holding("states of guard that keep calls back", LEVEL_ENGAGED)
