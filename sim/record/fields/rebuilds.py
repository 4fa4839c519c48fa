"""What is counted of projections that a fault rebuilds (`sim.record.rebuilds`)."""

from sim.record.families import Family

REBUILDS = Family("rebuilds", one="rebuild")
LEVEL_REBUILDING = REBUILDS.level("rebuilding")  # whether one is under way
LEVEL_UNREAD = REBUILDS.level("unread")  # events ahead of its reader
LEVEL_TAKEN_OUT = REBUILDS.level("taken_out")  # keys of which what was there is not there again, nor anything newer
LEVEL_WHOLE = REBUILDS.level("whole")  # the other keys of which something is there
LEVEL_REBUILD_SINCE = REBUILDS.since_level("rebuild_since")
LEVEL_REBUILD_OPEN_TIME = REBUILDS.level("rebuild_open_time")  # at the horizon, how long it has been under way
REBUILD_BEGUN = REBUILDS.counter("begun")
REBUILD_DONE = REBUILDS.counter("done")
REBUILD_BROKEN_OFF = REBUILDS.counter("broken_off")  # as another one began
REBUILD_TIME = REBUILDS.counter("done_time")  # from the begin of those that are done
REBUILD_BROKEN_OFF_TIME = REBUILDS.counter("broken_off_time")
REBUILD_MOST = REBUILDS.counter("done_most")  # of the window, ns
REBUILD_DUE = REBUILDS.counter("due")  # events that were to be read: all that ever came, and those that come meanwhile
REBUILD_READ = REBUILDS.counter("read")
REBUILD_GONE = REBUILDS.counter("gone")  # events that their topic kept no more when the reader came to them
REBUILD_LEFT = REBUILDS.counter("left")  # events ahead of readers that gave up
REBUILD_TAKEN_OUT = REBUILDS.counter("taken_out_keys")
REBUILD_PUT_BACK = REBUILDS.counter("put_back")
REBUILD_KEYS_LOST = REBUILDS.counter("keys_lost")  # that were taken out and are not back when a rebuild is done
REBUILD_AREA = REBUILDS.area("rebuilding_area", LEVEL_REBUILDING)
REBUILD_UNREAD_AREA = REBUILDS.area("unread_area", LEVEL_UNREAD)
REBUILD_TAKEN_OUT_AREA = REBUILDS.area("taken_out_area", LEVEL_TAKEN_OUT)
REBUILD_TAKEN_OUT_MAX = REBUILDS.maximum("taken_out_max", LEVEL_TAKEN_OUT)
REBUILDS.balance("rebuilds of projection", REBUILD_BEGUN, [REBUILD_DONE, REBUILD_BROKEN_OFF], [LEVEL_REBUILDING])
REBUILDS.balance("events to be read of projection", REBUILD_DUE, [REBUILD_READ, REBUILD_GONE, REBUILD_LEFT], [LEVEL_UNREAD])
REBUILDS.balance("keys taken out of projection", REBUILD_TAKEN_OUT, [REBUILD_PUT_BACK], [LEVEL_TAKEN_OUT])
REBUILDS.balance(
    "Little (rebuilds) of projection", REBUILD_AREA, [REBUILD_TIME, REBUILD_BROKEN_OFF_TIME], [LEVEL_REBUILD_OPEN_TIME]
)
HELD_REBUILDING = REBUILDS.holding("rebuilds under way of projection", LEVEL_REBUILDING)
HELD_UNREAD = REBUILDS.holding("events ahead of the reader of projection", LEVEL_UNREAD)
HELD_TAKEN_OUT = REBUILDS.holding("keys that are not back in projection", LEVEL_TAKEN_OUT)
