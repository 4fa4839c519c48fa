"""What is counted of stores: transactions, their connections and their locks (`sim.record.stores`)."""

from sim.record.families import Family

STORES = Family("stores", one="store")
LEVEL_STORE_WAITING = STORES.level("store_waiting")  # transactions that wait for a connection
LEVEL_IN_USE = STORES.level("in_use")  # connections
LEVEL_STORE_SINCE = STORES.since_level("store_since")
LEVEL_STORE_OPEN_WAITED = STORES.level("store_open_waited")
LEVEL_STORE_OPEN_HELD = STORES.level("store_open_held")
LEVEL_LOCKED_OUT = STORES.level("locked_out")  # open transactions that wait for a lock
LEVEL_OPEN_LOCKED_OUT = STORES.level("open_locked_out")
STORE_ASKED = STORES.counter("asked")  # transactions that wanted a connection
STORE_BEGUN = STORES.counter("begun")  # and got it
STORE_REFUSED = STORES.counter("refused")  # waited too long for it
STORE_LEFT = STORES.counter("left")  # went down while they waited
STORE_COMMITTED = STORES.counter("committed")
STORE_ABORTED = STORES.counter("aborted")  # by the store, at the end of the commit
STORE_ROLLED_BACK = STORES.counter("rolled_back")  # as a step failed
STORE_BROKEN_OFF = STORES.counter("broken_off")  # as the replica went down
STORE_ROWS = STORES.counter("rows")  # of committed transactions
STORE_WAITED = STORES.counter("waited")
STORE_HELD = STORES.counter("held")
STORE_LOCK_WAITS = STORES.counter("lock_waits")  # writes that waited for a lock
STORE_LOCK_WAITED = STORES.counter("lock_waited")
STORE_DEADLOCKS = STORES.counter("deadlocks")  # writes that would have waited for themselves
STORE_LOCK_TIMEOUTS = STORES.counter("lock_timeouts", rare=True)  # writes that waited for a lock as long as they may
STORE_CONFLICTED = STORES.counter("conflicted", rare=True)  # at the end of the commit: a row was written in between
STORE_LOCKED_OUT_AREA = STORES.area("locked_out_area", LEVEL_LOCKED_OUT)
STORE_WAITING_AREA = STORES.area("waiting_area", LEVEL_STORE_WAITING)
STORE_IN_USE_AREA = STORES.area("in_use_area", LEVEL_IN_USE)
STORE_WAITING_MAX = STORES.maximum("waiting_max", LEVEL_STORE_WAITING)
STORE_IN_USE_MAX = STORES.maximum("in_use_max", LEVEL_IN_USE)
STORE_WAIT_MOST = STORES.outlook("wait_most")  # the longest that one waited for a connection, and does no more
STORE_WAITING_OLDEST = STORES.outlook("waiting_oldest")  # at the horizon: how long one has waited that still does, at most
STORES.balance(
    "transactions of store", STORE_ASKED, [STORE_BEGUN, STORE_REFUSED, STORE_LEFT], [LEVEL_STORE_WAITING]
)
STORES.balance(
    "open transactions of store",
    STORE_BEGUN,
    [STORE_COMMITTED, STORE_ABORTED, STORE_ROLLED_BACK, STORE_BROKEN_OFF, STORE_CONFLICTED],
    [LEVEL_IN_USE],
)
STORES.balance("Little (waiting) of store", STORE_WAITING_AREA, [STORE_WAITED], [LEVEL_STORE_OPEN_WAITED])
STORES.balance("Little (locks) of store", STORE_LOCKED_OUT_AREA, [STORE_LOCK_WAITED], [LEVEL_OPEN_LOCKED_OUT])
STORES.balance("Little (connections) of store", STORE_IN_USE_AREA, [STORE_HELD], [LEVEL_STORE_OPEN_HELD])
HELD_STORE_WAITING = STORES.holding("transactions that wait at store", LEVEL_STORE_WAITING)
HELD_IN_USE = STORES.holding("connections in use of store", LEVEL_IN_USE)
HELD_LOCKED_OUT = STORES.holding("transactions locked out of store", LEVEL_LOCKED_OUT)
