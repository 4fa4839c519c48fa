"""What is counted of places that are taken by nobody: workers and connections that leak (`sim.record.leaks`)."""

from sim.record.families import Family

LEAKS = Family("leaks", one="leak", printed=False)
LEVEL_LEAKED = LEAKS.level("leaked")  # places that are lost, of all replicas together
LEVEL_LEAK_SINCE = LEAKS.since_level("leak_since")
LEAK_LOST = LEAKS.counter("lost")
LEAK_BACK = LEAKS.counter("back")  # given back as the fault ended
LEAK_RESTARTED = LEAKS.counter("restarted")  # there again as the replica, or the store, went down
LEAK_AREA = LEAKS.area("leaked_area", LEVEL_LEAKED)
LEAK_MAX = LEAKS.maximum("leaked_max", LEVEL_LEAKED)
LEAKS.balance("leaked places", LEAK_LOST, [LEAK_BACK, LEAK_RESTARTED], [LEVEL_LEAKED])
HELD_LEAKED = LEAKS.holding("places that leaked", LEVEL_LEAKED)
