"""What is counted of invariants: whether the effects of a flow's traces hold them (`sim.record.invariants`)."""

from sim.record.families import Family

INVARIANTS = Family("invariants", one="invariant")
LEVEL_INVARIANT_OPEN = INVARIANTS.level("invariant_open")  # at the horizon: traces that are not closed
INVARIANT_HELD = INVARIANTS.counter("held")  # of traces when they were closed
INVARIANT_BROKEN = INVARIANTS.counter("broken")
INVARIANT_LATER_HELD = INVARIANTS.counter("later_held")  # broken ones that an effect after the end set right
INVARIANT_LATER_BROKEN = INVARIANTS.counter("later_broken")  # held ones that an effect after the end broke
INVARIANT_PARKED = INVARIANTS.counter("parked")  # of traces with a parked saga when they were closed: not judged
INVARIANT_HELD_PARKED = INVARIANTS.counter("held_parked")  # held ones of whose traces a saga was parked after the end
INVARIANT_BROKEN_PARKED = INVARIANTS.counter("broken_parked")  # and broken ones
HELD_INVARIANT_OPEN = INVARIANTS.holding("traces whose invariant is open", LEVEL_INVARIANT_OPEN)
