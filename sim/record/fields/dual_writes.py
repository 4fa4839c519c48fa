"""What is counted of dual writes, by topic: what was committed and published, or only one (`sim.stores.dual_writes`)."""

from sim.record.families import Family

DUAL_WRITES = Family("dual_writes", one="dual_write")
LEVEL_DUAL_OPEN = DUAL_WRITES.level("dual_open")  # executions of which it is not known
DUAL_BEGUN = DUAL_WRITES.counter("begun")  # executions that may commit and publish
DUAL_WHOLE = DUAL_WRITES.counter("whole")  # did both, or neither
DUAL_LOST = DUAL_WRITES.counter("lost")  # committed, and never published
DUAL_PHANTOMS = DUAL_WRITES.counter("phantoms")  # published, and never committed
DUAL_UNDONE = DUAL_WRITES.counter("undone", rare=True)  # published, and their store has lost the commit since
DUAL_WRITES.balance("dual writes of", DUAL_BEGUN, [DUAL_WHOLE, DUAL_LOST, DUAL_PHANTOMS], [LEVEL_DUAL_OPEN])
HELD_DUAL_OPEN = DUAL_WRITES.holding("dual writes under way of", LEVEL_DUAL_OPEN)
