"""What is counted of the locks of services: who takes one, who waits for it, and for how long (`sim.record.key_locks`)."""

from sim.record.families import Family

KEY_LOCKS = Family("key_locks", one="key_lock")
LEVEL_KEY_WAITING = KEY_LOCKS.level("key_waiting")  # handlers that wait
LEVEL_KEY_HELD = KEY_LOCKS.level("key_held")  # locks that a handler has
LEVEL_KEY_SINCE = KEY_LOCKS.since_level("key_since")
LEVEL_KEY_OPEN_WAITED = KEY_LOCKS.level("key_open_waited")
KEY_LOCK_ASKED = KEY_LOCKS.counter("asked")
KEY_LOCK_TAKEN = KEY_LOCKS.counter("taken")
KEY_LOCK_TIMED_OUT = KEY_LOCKS.counter("timed_out")  # waited as long as they may, or may not wait
KEY_LOCK_DEADLOCKED = KEY_LOCKS.counter("deadlocked")  # would have waited for themselves
KEY_LOCK_LEFT = KEY_LOCKS.counter("left")  # went down, or were called back, while they waited
KEY_LOCK_RELEASED = KEY_LOCKS.counter("released")
KEY_LOCK_WAITS = KEY_LOCKS.counter("waits")  # that waited, and wait no longer
KEY_LOCK_WAITED = KEY_LOCKS.counter("waited")
KEY_LOCK_WAITING_AREA = KEY_LOCKS.area("waiting_area", LEVEL_KEY_WAITING)
KEY_LOCK_HELD_AREA = KEY_LOCKS.area("held_area", LEVEL_KEY_HELD)
KEY_LOCK_WAITING_MAX = KEY_LOCKS.maximum("waiting_max", LEVEL_KEY_WAITING)
KEY_LOCK_HELD_MAX = KEY_LOCKS.maximum("held_max", LEVEL_KEY_HELD)
KEY_LOCK_ENDS = (KEY_LOCK_TAKEN, KEY_LOCK_TIMED_OUT, KEY_LOCK_DEADLOCKED, KEY_LOCK_LEFT)
KEY_LOCKS.balance("lock", KEY_LOCK_ASKED, KEY_LOCK_ENDS, [LEVEL_KEY_WAITING])
KEY_LOCKS.balance("holders of lock", KEY_LOCK_TAKEN, [KEY_LOCK_RELEASED], [LEVEL_KEY_HELD])
KEY_LOCKS.balance("Little (waiting) of lock", KEY_LOCK_WAITING_AREA, [KEY_LOCK_WAITED], [LEVEL_KEY_OPEN_WAITED])
HELD_KEY_WAITING = KEY_LOCKS.holding("handlers that wait for lock", LEVEL_KEY_WAITING)
HELD_KEY_HELD = KEY_LOCKS.holding("holders of lock", LEVEL_KEY_HELD)
