"""What is counted of projections: the events that they miss, and how old what is read is (`sim.record.projections`)."""

from sim.record.families import Family

PROJECTIONS = Family("projections", one="projection")
LEVEL_MISSING = PROJECTIONS.level("missing")  # events that were published and are not there
LEVEL_READS_WAITING = PROJECTIONS.level("reads_waiting")
LEVEL_KNOWN = PROJECTIONS.level("known")  # keys of which something is there; of flows whose traces share keys
LEVEL_AGE = PROJECTIONS.level("age")  # how long ago the newest was published that is there of each, together, at `since`
LEVEL_VIEW_SINCE = PROJECTIONS.since_level("view_since")
LEVEL_READS_OPEN_WAITED = PROJECTIONS.level("reads_open_waited")
LEVEL_OLDEST_MISSING = PROJECTIONS.level("oldest_missing")
VIEW_MISSED = PROJECTIONS.counter("missed")  # events that were published
VIEW_THERE = PROJECTIONS.counter("there")  # events that are missing no more
VIEW_SUPERSEDED = PROJECTIONS.counter("superseded")  # those of them before which a newer one was projected
VIEW_OUTDATED = PROJECTIONS.counter("outdated")  # projected, though it or a newer one was there
VIEW_DELAY = PROJECTIONS.counter("delay")  # from publishing until it was there
VIEW_DELAY_LEAST = PROJECTIONS.counter("delay_least")  # of the window, ns; 0 without one
VIEW_DELAY_MOST = PROJECTIONS.counter("delay_most")
VIEW_READS = PROJECTIONS.counter("reads")
VIEW_STALE = PROJECTIONS.counter("stale")  # reads of a key of which something was missing
VIEW_STALENESS = PROJECTIONS.counter("staleness")  # how long ago the oldest that was missing was published, of all reads
VIEW_STALENESS_LEAST = PROJECTIONS.counter("staleness_least")
VIEW_STALENESS_MOST = PROJECTIONS.counter("staleness_most")
VIEW_OWN_READS = PROJECTIONS.counter("own_reads")  # reads of traces that had published something for the view
VIEW_OWN_MISSED = PROJECTIONS.counter("own_missed")  # those of them that did not find it
VIEW_WAITS = PROJECTIONS.counter("waits")  # reads that had to wait for it
VIEW_WAITS_SERVED = PROJECTIONS.counter("waits_served")
VIEW_WAITS_OVER = PROJECTIONS.counter("waits_over")  # those that waited as long as they may
VIEW_WAITS_KILLED = PROJECTIONS.counter("waits_killed")  # those that went down with their replica
VIEW_WAITED = PROJECTIONS.counter("waited")
VIEW_MISSING_TIME = PROJECTIONS.counter("missing_time")  # at the horizon, how long ago what is missing was published
VIEW_MISSING_AREA = PROJECTIONS.area("missing_area", LEVEL_MISSING)
VIEW_WAITING_AREA = PROJECTIONS.area("waiting_area", LEVEL_READS_WAITING)
VIEW_KNOWN_AREA = PROJECTIONS.area("known_area", LEVEL_KNOWN)
VIEW_AGE_HIGH = PROJECTIONS.counter("age_high")  # twice the area under the ages of all known keys, ns^2: in 2^31
VIEW_AGE_LOW = PROJECTIONS.counter("age_low")  # and the rest
VIEW_MISSING_MAX = PROJECTIONS.maximum("missing_max", LEVEL_MISSING)
PROJECTIONS.balance("events of projection", VIEW_MISSED, [VIEW_THERE], [LEVEL_MISSING])
PROJECTIONS.balance(
    "waiting reads of projection", VIEW_WAITS, [VIEW_WAITS_SERVED, VIEW_WAITS_OVER, VIEW_WAITS_KILLED], [LEVEL_READS_WAITING]
)
PROJECTIONS.balance("Little (missing) of projection", VIEW_MISSING_AREA, [VIEW_DELAY, VIEW_MISSING_TIME])
PROJECTIONS.balance("Little (waiting) of projection", VIEW_WAITING_AREA, [VIEW_WAITED], [LEVEL_READS_OPEN_WAITED])
PROJECTIONS.summed(VIEW_STALENESS, count=VIEW_READS, longest=VIEW_STALENESS_MOST)
HELD_MISSING = PROJECTIONS.holding("events missing in projection", LEVEL_MISSING)
HELD_READS_WAITING = PROJECTIONS.holding("reads that wait for projection", LEVEL_READS_WAITING)
