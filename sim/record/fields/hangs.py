"""What is counted of handlers that hang (`sim.record.leaks`)."""

from sim.record.families import Family

HANGS = Family("hangs", one="hang", printed=False)
LEVEL_HUNG = HANGS.level("hung")  # handlers that hang, of all replicas together
LEVEL_HANG_SINCE = HANGS.since_level("hang_since")
HANG_BEGUN = HANGS.counter("begun")
HANG_OVER = HANGS.counter("over")  # until the end of the fault
HANG_KILLED = HANGS.counter("killed")  # went down with the replica
HANG_AREA = HANGS.area("hung_area", LEVEL_HUNG)
HANG_MAX = HANGS.maximum("hung_max", LEVEL_HUNG)
HANGS.balance("handlers that hang", HANG_BEGUN, [HANG_OVER, HANG_KILLED], [LEVEL_HUNG])
HELD_HUNG = HANGS.holding("handlers that hang", LEVEL_HUNG)
