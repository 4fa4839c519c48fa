"""What is counted of sagas: how they end, how long their effects are seen, and their locks (`sim.record.sagas`)."""

from sim.record.families import Family

SAGAS = Family("sagas", one="saga")
LEVEL_SAGAS = SAGAS.level("under_way")
LEVEL_EXPOSED = SAGAS.level("exposed")  # of them, those of which an effect may be seen
LEVEL_SAGA_SINCE = SAGAS.since_level("saga_since")
LEVEL_SAGA_OPEN_TIME = SAGAS.level("saga_open_time")
LEVEL_SAGA_OPEN_EXPOSED = SAGAS.level("saga_open_exposed")
LEVEL_OLDEST_SAGA = SAGAS.level("oldest_saga")
LEVEL_OLDEST_EXPOSED = SAGAS.level("oldest_exposed")
LEVEL_SAGAS_OVERDUE = SAGAS.level("overdue")  # of those under way at the horizon, those whose deadline is over
LEVEL_LOCK_WAITING = SAGAS.level("lock_waiting")  # sagas that wait for a lock, by two phases
LEVEL_LOCKS = SAGAS.level("locks")  # that they have
LEVEL_LOCK_OPEN_WAITED = SAGAS.level("lock_open_waited")
LEVEL_LOCK_OPEN_HELD = SAGAS.level("lock_open_held")
SAGA_STARTED = SAGAS.counter("started")
SAGA_COMPLETED = SAGAS.counter("completed")
SAGA_COMPENSATED = SAGAS.counter("compensated")
SAGA_PARKED = SAGAS.counter("parked")
SAGA_JOINED = SAGAS.counter("joined")  # begun once more for the same arrival
SAGA_STEPS = SAGAS.counter("steps_done")
SAGA_UNDOS = SAGAS.counter("undos")
SAGA_RESUMED = SAGAS.counter("resumed")
SAGA_OVERDUE = SAGAS.counter("overdue")
SAGA_AREA = SAGAS.area("under_way_area", LEVEL_SAGAS)
SAGA_EXPOSED_AREA = SAGAS.area("exposed_area", LEVEL_EXPOSED)
SAGA_TIME = SAGAS.counter("saga_time")  # from begin to end, of those that ended
SAGA_EXPOSED_TIME = SAGAS.counter("exposed_time")
SAGA_UNPARKED_TIME = SAGAS.counter("unparked_time")  # the same of those that ended unparked
SAGA_UNPARKED_EXPOSED_TIME = SAGAS.counter("unparked_exposed_time")
SAGA_UNPARKED = SAGAS.counter("unparked")  # that ended so
SAGA_EXPOSED = SAGAS.counter("exposed")  # that ended unparked, and had been exposed
SAGA_TIME_LEAST = SAGAS.counter("saga_time_least")  # of the window's unparked ones, ns; 0 without one, and so the next three
SAGA_TIME_MOST = SAGAS.counter("saga_time_most")
SAGA_EXPOSED_LEAST = SAGAS.counter("exposed_least")
SAGA_EXPOSED_MOST = SAGAS.counter("exposed_most")
SAGA_UNFINISHED = SAGAS.counter("unfinished")  # begun in the window, and under way at the horizon
SAGA_LOCK_ASKED = SAGAS.counter("lock_asked")
SAGA_LOCK_GRANTED = SAGAS.counter("lock_granted")
SAGA_LOCK_LEFT = SAGAS.counter("lock_left")  # the coordinator went down, or the deadline was over, while it waited
SAGA_LOCK_RELEASED = SAGAS.counter("lock_released")
SAGA_LOCK_WAITED = SAGAS.counter("lock_waited")
SAGA_LOCK_HELD = SAGAS.counter("lock_held")
SAGA_LOCK_WAITING_AREA = SAGAS.area("lock_waiting_area", LEVEL_LOCK_WAITING)
SAGA_LOCKS_AREA = SAGAS.area("locks_area", LEVEL_LOCKS)
SAGAS.balance("locks wanted by saga", SAGA_LOCK_ASKED, [SAGA_LOCK_GRANTED, SAGA_LOCK_LEFT], [LEVEL_LOCK_WAITING])
SAGAS.balance("locks of saga", SAGA_LOCK_GRANTED, [SAGA_LOCK_RELEASED], [LEVEL_LOCKS])
SAGAS.balance("Little (locks wanted) of saga", SAGA_LOCK_WAITING_AREA, [SAGA_LOCK_WAITED], [LEVEL_LOCK_OPEN_WAITED])
SAGAS.balance("Little (locks) of saga", SAGA_LOCKS_AREA, [SAGA_LOCK_HELD], [LEVEL_LOCK_OPEN_HELD])
SAGAS_MAX = SAGAS.maximum("under_way_max", LEVEL_SAGAS)
SAGAS.balance("saga", SAGA_STARTED, [SAGA_COMPLETED, SAGA_COMPENSATED, SAGA_PARKED], [LEVEL_SAGAS])
SAGAS.balance("Little (under way) of saga", SAGA_AREA, [SAGA_TIME], [LEVEL_SAGA_OPEN_TIME])
SAGAS.balance("Little (exposed) of saga", SAGA_EXPOSED_AREA, [SAGA_EXPOSED_TIME], [LEVEL_SAGA_OPEN_EXPOSED])
HELD_SAGAS = SAGAS.holding("sagas under way", LEVEL_SAGAS, SAGA_UNFINISHED)
HELD_EXPOSED = SAGAS.holding("sagas exposed", LEVEL_EXPOSED)
HELD_LOCK_WAITING = SAGAS.holding("sagas that wait for a lock", LEVEL_LOCK_WAITING)
HELD_LOCKS = SAGAS.holding("locks held by saga", LEVEL_LOCKS)

# how wide its rows are, and where it stands in the header where they are
SAGA_FIELDS = len(SAGAS.counters)
