"""What is counted of groups, which read topics and queues: messages, deliveries, and the consumers that handle them."""

from sim.record.families import Family

GROUPS = Family("groups", one="group")
LEVEL_LAG = GROUPS.level("lag")
LEVEL_CONSUMING = GROUPS.level("consuming")
LEVEL_GROUP_SINCE = GROUPS.since_level("group_since")
LEVEL_GROUP_OPEN_HELD = GROUPS.level("group_open_held")
LEVEL_UNHANDLED = GROUPS.level("unhandled")
LEVEL_RESTING = GROUPS.level("resting")
LEVEL_OLDEST_MESSAGE = GROUPS.level("oldest_message")  # how long the oldest one has not been handled, ns; at the horizon
GROUP_APPENDED = GROUPS.counter("appended")
GROUP_DELIVERED = GROUPS.counter("delivered")
GROUP_REDELIVERED = GROUPS.counter("redelivered")
GROUP_APPLIED = GROUPS.counter("applied")
GROUP_DUPLICATES = GROUPS.counter("duplicates")
GROUP_DROPPED = GROUPS.counter("dropped")
GROUP_LOST = GROUPS.counter("lost")
GROUP_FAILED = GROUPS.counter("failed")
GROUP_REBALANCES = GROUPS.counter("rebalances")
GROUP_LAG_AREA = GROUPS.area("lag_area", LEVEL_LAG)
GROUP_BUSY_AREA = GROUPS.area("busy_area", LEVEL_CONSUMING)
GROUP_HELD = GROUPS.counter("held")
GROUP_LAG_MAX = GROUPS.maximum("lag_max", LEVEL_LAG)
GROUP_APPLY_TIME = GROUPS.counter("apply_time")
GROUP_RETRIES = GROUPS.counter("retries")  # executions in place for a message that failed
GROUP_RESTING_AREA = GROUPS.area("resting_area", LEVEL_RESTING)  # consumers that wait between two of them, or hand on
GROUP_UNHANDLED = GROUPS.counter("unhandled")  # messages appended in the window that are not handled at the horizon
GROUP_EXPIRED = GROUPS.counter("expired", rare=True)  # messages that were gone from the log before the group had handled them
GROUP_REPEATING = GROUPS.outlook("repeating")  # at the horizon: deliveries of what was handled, in hand or to come
GROUP_HANDED_ON = GROUPS.counter("handed_on", rare=True)  # messages that failed for good, and are in the topic for those
GROUP_HANDED_ON_AGAIN = GROUPS.counter("handed_on_again", rare=True)  # times that the same became of what was handled before
_BEHIND = [GROUP_APPLIED, GROUP_DROPPED, GROUP_LOST, GROUP_EXPIRED, GROUP_HANDED_ON]
GROUPS.balance("group", GROUP_APPENDED, _BEHIND, [LEVEL_UNHANDLED])
GROUPS.balance("Little (consuming) of group", GROUP_BUSY_AREA, [GROUP_HELD], [LEVEL_GROUP_OPEN_HELD])
HELD_LAG = GROUPS.holding("lag of group", LEVEL_LAG)
HELD_CONSUMING = GROUPS.holding("consumers of group", LEVEL_CONSUMING)
HELD_RESTING = GROUPS.holding("consumers at rest of group", LEVEL_RESTING)
HELD_UNHANDLED = GROUPS.holding("messages not handled of group", LEVEL_UNHANDLED, GROUP_UNHANDLED)

# how wide its rows are, and where it stands in the header where they are
GROUP_FIELDS, GROUP_LEVELS = len(GROUPS.counters), len(GROUPS.levels)
R_GROUPS, R_FIRST_GROUPS = GROUPS.count_at, GROUPS.first_at
R_WINDOW_GROUPS, R_LEVEL_GROUPS = GROUPS.window_at, GROUPS.level_at
