"""Where every number of a running record lives: one flat int64 memory.

    header | levels | limits | a table for each family (services, edges, flows, groups, ...), window after window
           | tallies: pages of the histograms of the current window | journal: those of windows past | event log (on demand)

Counters are written into the current window only; totals are sums over windows. A *level* (how many are there now) is
kept apart, with the time of its last change, and its area is added to the window whenever it changes. A histogram gets a page
for an octave when the first value falls there, and keeps it. Pages, journal and log have room for all that could come; they are
filled from the front, and an operating system gives memory only to what is touched.
"""

from sim.record.facts import *  # noqa: F403 - the last part of this memory, in a file of its own
from sim.record.families import FAMILIES, FAMILIES_AT, FAMILY_WORDS, Family, outcomes_from
from sim.record.header import *  # noqa: F403 - and its first

SERVICES = Family("services", one="service")
LEVEL_WAITING = SERVICES.level("waiting")
LEVEL_BUSY = SERVICES.level("busy")
LEVEL_SINCE = SERVICES.since_level()
LEVEL_OPEN_WAITED = SERVICES.level("open_waited")
LEVEL_OPEN_HELD = SERVICES.level("open_held")
SERVICE_ARRIVED = SERVICES.counter("arrived")
SERVICE_STARTED = SERVICES.counter("started")
SERVICE_ENDED = SERVICES.by_outcome("ended")  # + outcome
SERVICE_ORPHANED = SERVICES.counter("orphaned")
SERVICE_WAITING_AREA = SERVICES.area("waiting_area", LEVEL_WAITING)
SERVICE_BUSY_AREA = SERVICES.area("busy_area", LEVEL_BUSY)
SERVICE_WAITED = SERVICES.counter("waited")
SERVICE_HELD = SERVICES.counter("held")
SERVICE_WASTED = SERVICES.counter("wasted")
SERVICE_WAITING_MAX = SERVICES.maximum("waiting_max", LEVEL_WAITING)
SERVICES.balance("service", SERVICE_ARRIVED, outcomes_from(SERVICE_ENDED), [LEVEL_WAITING, LEVEL_BUSY])
SERVICES.balance("Little (waiting) of service", SERVICE_WAITING_AREA, [SERVICE_WAITED], [LEVEL_OPEN_WAITED])
SERVICES.balance("Little (busy) of service", SERVICE_BUSY_AREA, [SERVICE_HELD], [LEVEL_OPEN_HELD])
HELD_WAITING = SERVICES.holding("queues of service", LEVEL_WAITING)
HELD_BUSY = SERVICES.holding("workers of service", LEVEL_BUSY)

EDGES = Family("edges", one="edge")  # caller -> operation
LEVEL_AWAITED = EDGES.level("awaited")
LEVEL_OLDEST_CALL = EDGES.level("oldest_call")
EDGE_CALLS = EDGES.counter("calls")
EDGE_ATTEMPTS = EDGES.counter("attempts")
EDGE_SETTLED = EDGES.by_outcome("settled")  # + outcome
EDGE_LATE = EDGES.counter("late")
EDGE_UNANSWERED = EDGES.counter("unanswered")  # attempts sent in the window that are still awaited at the horizon
EDGES.balance("edge", EDGE_ATTEMPTS, outcomes_from(EDGE_SETTLED), [LEVEL_AWAITED])
HELD_AWAITED = EDGES.holding("attempts awaited of edge", LEVEL_AWAITED, EDGE_UNANSWERED)

FLOWS = Family("flows", one="flow")
LEVEL_REQUESTS = FLOWS.level("requests")
LEVEL_TRACES = FLOWS.level("traces")
LEVEL_OLDEST_REQUEST = FLOWS.level("oldest_request")
LEVEL_OLDEST_TRACE = FLOWS.level("oldest_trace")
FLOW_OFFERED = FLOWS.counter("offered")
FLOW_SETTLED = FLOWS.by_outcome("settled")  # + outcome
FLOW_REPLY_TIME = FLOWS.counter("reply_time")
FLOW_COMPLETED = FLOWS.counter("completed")
FLOW_GOOD = FLOWS.counter("good")
FLOW_SPOILED = FLOWS.counter("spoiled")
FLOW_COMPLETION_TIME = FLOWS.counter("completion_time")
FLOW_REPLY_LEAST = FLOWS.counter("reply_least")  # of the window's ok replies, ns; 0 without one, and so the next three
FLOW_REPLY_MOST = FLOWS.counter("reply_most")
FLOW_COMPLETION_LEAST = FLOWS.counter("completion_least")
FLOW_COMPLETION_MOST = FLOWS.counter("completion_most")
FLOW_UNANSWERED = FLOWS.counter("unanswered")  # requests offered in the window that are without an answer at the horizon
FLOW_UNANSWERED_TIME = FLOWS.counter("unanswered_time")  # how long they have been, all together
FLOW_UNFINISHED = FLOWS.counter("unfinished")  # flows offered in the window that are under way at the horizon
FLOW_UNFINISHED_TIME = FLOWS.counter("unfinished_time")
FLOW_OVERDUE = FLOWS.counter("overdue")  # those of them that are past their deadline
FLOW_DOOMED = FLOWS.counter("doomed")  # those of them of which a part failed for good, and those that are overdue
FLOWS.balance("flow (requests)", FLOW_OFFERED, outcomes_from(FLOW_SETTLED), [LEVEL_REQUESTS])
FLOWS.balance("flow (traces)", FLOW_OFFERED, [FLOW_COMPLETED, FLOW_SPOILED], [LEVEL_TRACES])
HELD_REQUESTS = FLOWS.holding("requests without an answer of flow", LEVEL_REQUESTS, FLOW_UNANSWERED)
HELD_TRACES = FLOWS.holding("traces under way of flow", LEVEL_TRACES, FLOW_UNFINISHED)

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

# what is asked of a run, and not what happens in it: how many values of a histogram are at a limit or below
LIMITS = Family("limits", one="limit", hashed=False)
LIMIT_REACHED = LIMITS.counter("reached")

EFFECTS = Family("effects", one="effect")  # of flows, see `sim.record.effects`
LEVEL_PENDING = EFFECTS.level("pending")
LEVEL_UNTOLD = EFFECTS.level("untold")
EFFECT_APPLIED = EFFECTS.counter("applied")  # for the first time
EFFECT_DOUBLED = EFFECTS.counter("doubled")
EFFECT_ABSORBED = EFFECTS.counter("absorbed")
EFFECT_TOLD_OK = EFFECTS.counter("told_ok")
EFFECT_TOLD_FAILED = EFFECTS.counter("told_failed")
EFFECT_UNDONE = EFFECTS.counter("undone")
EFFECT_MENDED = EFFECTS.counter("mended")
EFFECTS.balance("effect", EFFECT_APPLIED, [EFFECT_TOLD_OK, EFFECT_TOLD_FAILED, EFFECT_MENDED], [LEVEL_UNTOLD])
HELD_PENDING = EFFECTS.holding("pending effect", LEVEL_PENDING)
HELD_UNTOLD = EFFECTS.holding("effect not told yet", LEVEL_UNTOLD)

GUARDS = Family("guards", one="guard")  # of the calls of an edge, see `sim.record.guards`
LEVEL_OUT = GUARDS.level("out")  # attempts that it let go, and that have not ended
LEVEL_ENGAGED = GUARDS.level("engaged")  # its states that keep calls back
LEVEL_GUARD_SINCE = GUARDS.since_level("guard_since")
GUARD_ATTEMPTS = GUARDS.counter("attempts")  # attempts that asked it before any other guard
GUARD_ADMITTED = GUARDS.counter("admitted")
GUARD_REFUSED = GUARDS.counter("refused")
GUARD_WITHDRAWN = GUARDS.counter("withdrawn")  # admitted, and refused by a guard further in
GUARD_SUCCEEDED = GUARDS.counter("succeeded")  # admitted, and ended well
GUARD_FAILED = GUARDS.counter("failed")
GUARD_GIVEN_UP = GUARDS.counter("given_up")  # admitted, and then the caller went down
GUARD_ENGAGED_AREA = GUARDS.area("engaged_area", LEVEL_ENGAGED)
GUARD_ENGAGED_MAX = GUARDS.maximum("engaged_max", LEVEL_ENGAGED)
GUARDS.balance("guard", GUARD_ADMITTED, [GUARD_WITHDRAWN, GUARD_SUCCEEDED, GUARD_FAILED, GUARD_GIVEN_UP], [LEVEL_OUT])
HELD_OUT = GUARDS.holding("attempts let go by guard", LEVEL_OUT)
HELD_ENGAGED = GUARDS.holding("states of guard that keep calls back", LEVEL_ENGAGED)

QUEUES = Family("queues", one="queue")  # of messages, see `sim.record.queues`
LEVEL_QUEUED = QUEUES.level("queued")
LEVEL_IN_FLIGHT = QUEUES.level("in_flight")  # handed out, and not acknowledged yet
LEVEL_QUEUE_SINCE = QUEUES.since_level("queue_since")
LEVEL_QUEUE_OPEN_WAITED = QUEUES.level("queue_open_waited")
LEVEL_SETTLED = QUEUES.level("settled")  # at the horizon: messages in it that were applied, and may be once more, or die
LEVEL_AGAIN = QUEUES.level("again")  # at the horizon: messages handed out in vain that may be handed out in vain once more
QUEUE_ARRIVED = QUEUES.counter("arrived")  # published to it, or dead letters of another one
QUEUE_DELIVERED = QUEUES.counter("delivered")
QUEUE_ACKNOWLEDGED = QUEUES.counter("acknowledged")  # in time
QUEUE_ACKNOWLEDGED_LATE = QUEUES.counter("acknowledged_late")  # when its time was over, and nobody had it again yet
QUEUE_UNHEARD = QUEUES.counter("unheard")  # acknowledgements of deliveries that were not the latest: without effect
QUEUE_EXPIRED = QUEUES.counter("expired")  # deliveries that were not acknowledged in time
QUEUE_RETURNED = QUEUES.counter("returned")  # deliveries that were handed back
QUEUE_DEAD = QUEUES.counter("dead")  # messages that were handed out in vain too often
QUEUE_REFUSED = QUEUES.counter("refused")  # messages that found it full
QUEUE_OUSTED = QUEUES.counter("ousted")  # messages that were dropped for others
QUEUE_WAITED = QUEUES.counter("waited")
QUEUE_WAITING_AREA = QUEUES.area("queued_area", LEVEL_QUEUED)
QUEUE_IN_FLIGHT_AREA = QUEUES.area("in_flight_area", LEVEL_IN_FLIGHT)
QUEUE_EXTENDED = QUEUES.counter("extended", rare=True)  # deliveries that got more time: how often
QUEUE_EXTENSION_UNHEARD = QUEUES.counter("extension_unheard", rare=True)  # consumers that asked when their time was over
QUEUE_REDRIVEN = QUEUES.counter("redriven", rare=True)  # dead letters that left it, to go back
QUEUE_BACK = QUEUES.counter("back", rare=True)  # dead letters of its own that came back
QUEUE_WAITING_MAX = QUEUES.maximum("queued_max", LEVEL_QUEUED)
QUEUE_IN_FLIGHT_MAX = QUEUES.maximum("in_flight_max", LEVEL_IN_FLIGHT)
_LEFT = [QUEUE_ACKNOWLEDGED, QUEUE_ACKNOWLEDGED_LATE, QUEUE_DEAD, QUEUE_OUSTED, QUEUE_REDRIVEN]
QUEUES.balance("queue", QUEUE_ARRIVED, _LEFT, [LEVEL_QUEUED, LEVEL_IN_FLIGHT])
QUEUES.balance(
    "deliveries of queue", QUEUE_DELIVERED, [QUEUE_ACKNOWLEDGED, QUEUE_EXPIRED, QUEUE_RETURNED], [LEVEL_IN_FLIGHT]
)
QUEUES.balance("Little (queued) of queue", QUEUE_WAITING_AREA, [QUEUE_WAITED], [LEVEL_QUEUE_OPEN_WAITED])
HELD_QUEUED = QUEUES.holding("messages that wait in queue", LEVEL_QUEUED)
HELD_IN_FLIGHT = QUEUES.holding("messages in flight of queue", LEVEL_IN_FLIGHT)

SAGAS = Family("sagas", one="saga")  # see `sim.record.sagas`
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
STORES = Family("stores", one="store")  # transactions, see `sim.record.stores`
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

RELAYS = Family("relays", one="relay")  # rows of outboxes, see `sim.record.relays`
LEVEL_BACKLOG = RELAYS.level("backlog")  # rows that are committed and not marked
LEVEL_UNPUBLISHED = RELAYS.level("unpublished")  # of them, those that were never published
LEVEL_RELAY_SINCE = RELAYS.since_level("relay_since")
LEVEL_OLDEST_ROW = RELAYS.level("oldest_row")  # at the horizon: age of the oldest row that was never published
LEVEL_RESENT = RELAYS.level("resent")  # at the horizon: rows that wait to be published again
LEVEL_OPEN_DELAY = RELAYS.level("open_delay")  # at the horizon: ages of those rows together
RELAY_WRITTEN = RELAYS.counter("written")  # rows committed
RELAY_PUBLISHED = RELAYS.counter("published")  # rows, for the first time
RELAY_AGAIN = RELAYS.counter("published_again")
RELAY_MARKED = RELAYS.counter("marked")
RELAY_REFUSED = RELAYS.counter("refused")  # publishes that the broker did not take
RELAY_POLLS = RELAYS.counter("polls")
RELAY_POLLS_EMPTY = RELAYS.counter("polls_empty")
RELAY_DELAY = RELAYS.counter("delay")  # from commit to the first confirmation, of all rows together
RELAY_OLDEST = RELAYS.counter("oldest")  # the longest of those
RELAY_BACKLOG_AREA = RELAYS.area("backlog_area", LEVEL_BACKLOG)
RELAY_BACKLOG_MAX = RELAYS.maximum("backlog_max", LEVEL_BACKLOG)
RELAY_LOST = RELAYS.counter("lost", rare=True)  # rows that their store has lost, and that were not marked
RELAY_LOST_UNPUBLISHED = RELAYS.counter("lost_unpublished", rare=True)  # those of them that had not been published
RELAY_UNMARKED = RELAYS.counter("unmarked", rare=True)  # rows of which their store has lost the mark
RELAYS.balance("rows of relay", [RELAY_WRITTEN, RELAY_UNMARKED], [RELAY_MARKED, RELAY_LOST], [LEVEL_BACKLOG])
RELAYS.balance("published rows of relay", RELAY_WRITTEN, [RELAY_PUBLISHED, RELAY_LOST_UNPUBLISHED], [LEVEL_UNPUBLISHED])
HELD_BACKLOG = RELAYS.holding("rows before relay", LEVEL_BACKLOG)
HELD_UNPUBLISHED = RELAYS.holding("unpublished rows before relay", LEVEL_UNPUBLISHED)

DUAL_WRITES = Family("dual_writes", one="dual_write")  # by topic, see `sim.stores.dual_writes`
LEVEL_DUAL_OPEN = DUAL_WRITES.level("dual_open")  # executions of which it is not known
DUAL_BEGUN = DUAL_WRITES.counter("begun")  # executions that may commit and publish
DUAL_WHOLE = DUAL_WRITES.counter("whole")  # did both, or neither
DUAL_LOST = DUAL_WRITES.counter("lost")  # committed, and never published
DUAL_PHANTOMS = DUAL_WRITES.counter("phantoms")  # published, and never committed
DUAL_UNDONE = DUAL_WRITES.counter("undone", rare=True)  # published, and their store has lost the commit since
DUAL_WRITES.balance("dual writes of", DUAL_BEGUN, [DUAL_WHOLE, DUAL_LOST, DUAL_PHANTOMS], [LEVEL_DUAL_OPEN])
HELD_DUAL_OPEN = DUAL_WRITES.holding("dual writes under way of", LEVEL_DUAL_OPEN)

EVENT_STREAMS = Family("event_streams", one="event_stream")  # loads and appends, see `sim.record.streams`
LEVEL_STORED = EVENT_STREAMS.level("stored")  # events that were appended, and are there
STREAM_LOADS = EVENT_STREAMS.counter("loads")  # begun
STREAM_REPLAYED = EVENT_STREAMS.counter("replayed")  # events, by them
STREAM_LOAD_TIME = EVENT_STREAMS.counter("load_time")  # that they take with their connections, ns
STREAM_APPENDS = EVENT_STREAMS.counter("appends")  # that came to their end
STREAM_APPENDED = EVENT_STREAMS.counter("appended")
STREAM_CONFLICTS = EVENT_STREAMS.counter("conflicts")  # another append came in between
STREAM_ABORTS = EVENT_STREAMS.counter("append_aborts")  # by the store, at the end of the commit
STREAM_RELOADS = EVENT_STREAMS.counter("reloads")  # after a conflict
STREAM_GAVE_UP = EVENT_STREAMS.counter("gave_up")  # after a conflict: the step failed
STREAM_EVENTS = EVENT_STREAMS.counter("stream_events")  # appended
STREAM_SNAPSHOTS = EVENT_STREAMS.counter("snapshots")  # begun
EVENT_STREAMS.balance("appends of stream", STREAM_APPENDS, [STREAM_APPENDED, STREAM_CONFLICTS, STREAM_ABORTS])
STREAM_EVENTS_LOST = EVENT_STREAMS.counter("stream_events_lost", rare=True)  # by their store
EVENT_STREAMS.balance("events of stream", STREAM_EVENTS, [STREAM_EVENTS_LOST], [LEVEL_STORED])
HELD_STORED = EVENT_STREAMS.holding("events in stream", LEVEL_STORED)
EVENT_STREAMS.balance("conflicts of stream", STREAM_CONFLICTS, [STREAM_RELOADS, STREAM_GAVE_UP])

FOLLOW_UPS = Family("follow_ups", one="follow_up")  # of a flow's users, see `sim.record.follow_ups`
LEVEL_FOLLOWING = FOLLOW_UPS.level("following")  # users that are not done with following up
LEVEL_ASKING = FOLLOW_UPS.level("asking")  # those of them that wait for an answer
FOLLOW_UP_BEGUN = FOLLOW_UPS.counter("begun")  # users that were answered well, and follow up
FOLLOW_UP_ASKED = FOLLOW_UPS.counter("asked")
FOLLOW_UP_SETTLED = FOLLOW_UPS.by_outcome("settled")  # + outcome
FOLLOW_UP_REPLY_TIME = FOLLOW_UPS.counter("reply_time")
FOLLOW_UP_REPLY_LEAST = FOLLOW_UPS.counter("reply_least")  # of the window's ok answers, ns; 0 without one
FOLLOW_UP_REPLY_MOST = FOLLOW_UPS.counter("reply_most")
FOLLOW_UP_SATISFIED = FOLLOW_UPS.counter("satisfied")  # users that asked as often as they would, or know
FOLLOW_UP_KNOW_TIME = FOLLOW_UPS.counter("know_time")  # from their arrival until then
FOLLOW_UP_KNOW_LEAST = FOLLOW_UPS.counter("know_least")
FOLLOW_UP_KNOW_MOST = FOLLOW_UPS.counter("know_most")
FOLLOW_UP_GAVE_UP = FOLLOW_UPS.counter("gave_up")  # users whose deadline came first
FOLLOW_UP_UNANSWERED_TIME = FOLLOW_UPS.counter("unanswered_time")  # at the horizon, how long those that ask have waited
FOLLOW_UP_UNKNOWING_TIME = FOLLOW_UPS.counter("unknowing_time")  # and how long ago those that follow up arrived
LEVEL_OLDEST_ASKING = FOLLOW_UPS.level("oldest_asking")
LEVEL_OLDEST_FOLLOWING = FOLLOW_UPS.level("oldest_following")
FOLLOW_UPS.balance("follow-ups", FOLLOW_UP_ASKED, outcomes_from(FOLLOW_UP_SETTLED), [LEVEL_ASKING])
FOLLOW_UPS.balance("users who follow up", FOLLOW_UP_BEGUN, [FOLLOW_UP_SATISFIED, FOLLOW_UP_GAVE_UP], [LEVEL_FOLLOWING])
HELD_FOLLOWING = FOLLOW_UPS.holding("users who follow up on flow", LEVEL_FOLLOWING)
HELD_ASKING = FOLLOW_UPS.holding("follow-ups without an answer of flow", LEVEL_ASKING)

PROJECTIONS = Family("projections", one="projection")  # read models, see `sim.record.projections`
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
HELD_MISSING = PROJECTIONS.holding("events missing in projection", LEVEL_MISSING)
HELD_READS_WAITING = PROJECTIONS.holding("reads that wait for projection", LEVEL_READS_WAITING)

REBUILDS = Family("rebuilds", one="rebuild")  # of projections that a fault rebuilds, see `sim.record.rebuilds`
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

INVARIANTS = Family("invariants", one="invariant")  # of the effects of a flow's traces, see `sim.record.invariants`
LEVEL_INVARIANT_OPEN = INVARIANTS.level("invariant_open")  # at the horizon: traces that are not closed
INVARIANT_HELD = INVARIANTS.counter("held")  # of traces when they were closed
INVARIANT_BROKEN = INVARIANTS.counter("broken")
INVARIANT_LATER_HELD = INVARIANTS.counter("later_held")  # broken ones that an effect after the end set right
INVARIANT_LATER_BROKEN = INVARIANTS.counter("later_broken")  # held ones that an effect after the end broke
INVARIANT_PARKED = INVARIANTS.counter("parked")  # of traces with a parked saga when they were closed: not judged
INVARIANT_HELD_PARKED = INVARIANTS.counter("held_parked")  # held ones of whose traces a saga was parked after the end
INVARIANT_BROKEN_PARKED = INVARIANTS.counter("broken_parked")  # and broken ones
HELD_INVARIANT_OPEN = INVARIANTS.holding("traces whose invariant is open", LEVEL_INVARIANT_OPEN)

BROKERS = Family("brokers", one="broker")  # that go down, see `sim.record.brokers`
LEVEL_HELD = BROKERS.level("held")  # messages that wait for it at their publishers
LEVEL_DOWN = BROKERS.level("down")
LEVEL_BROKER_SINCE = BROKERS.since_level("broker_since")
BROKER_HELD = BROKERS.counter("held")  # messages that came to it while it was down
BROKER_RESENT = BROKERS.counter("resent")  # taken when it was back
BROKER_UNDELIVERED = BROKERS.counter("undelivered")  # given up by their publishers
BROKER_LOST = BROKERS.counter("lost")  # that went down with their publishers
BROKER_TURNED_BACK = BROKERS.counter("turned_back")  # rows that relays will publish again
BROKER_HELD_AREA = BROKERS.area("held_area", LEVEL_HELD)
BROKER_DOWN_AREA = BROKERS.area("down_area", LEVEL_DOWN)
BROKER_HELD_MAX = BROKERS.maximum("held_max", LEVEL_HELD)
BROKERS.balance("broker", BROKER_HELD, [BROKER_RESENT, BROKER_UNDELIVERED, BROKER_LOST], [LEVEL_HELD])
HELD_AT_PUBLISHERS = BROKERS.holding("messages that wait at publishers for broker", LEVEL_HELD)

FAILOVERS = Family("failovers", one="failover")  # of stores that lose commits, see `sim.record.failovers`
LEVEL_ABANDONED = FAILOVERS.level("abandoned")  # lost rows of its outbox that its relay holds still
FAILOVER_COUNT = FAILOVERS.counter("failovers")
FAILOVER_COMMITS = FAILOVERS.counter("commits_lost")
FAILOVER_ROWS = FAILOVERS.counter("rows_lost")  # of those commits
FAILOVER_ABANDONED = FAILOVERS.counter("abandoned")  # rows of its outbox that were lost while its relay held them
FAILOVER_LET_GO = FAILOVERS.counter("let_go")  # those of them that it holds no more
FAILOVERS.balance("lost rows that a relay holds, of store", FAILOVER_ABANDONED, [FAILOVER_LET_GO], [LEVEL_ABANDONED])
HELD_ABANDONED = FAILOVERS.holding("lost rows held by the relay of store", LEVEL_ABANDONED)

# how wide the rows are, and where they are: all columns are declared
FAMILY_COUNT = len(FAMILIES)
R_HEADER = FAMILIES_AT + FAMILY_WORDS * FAMILY_COUNT
SERVICE_FIELDS, SERVICE_LEVELS = len(SERVICES.counters), len(SERVICES.levels)
EDGE_FIELDS, EDGE_LEVELS = len(EDGES.counters), len(EDGES.levels)
FLOW_FIELDS, FLOW_LEVELS = len(FLOWS.counters), len(FLOWS.levels)
GROUP_FIELDS, GROUP_LEVELS = len(GROUPS.counters), len(GROUPS.levels)
SAGA_FIELDS, LIMIT_FIELDS = len(SAGAS.counters), len(LIMITS.counters)
EFFECT_FIELDS, EFFECT_LEVELS = len(EFFECTS.counters), len(EFFECTS.levels)
R_SERVICES, R_FIRST_SERVICES = SERVICES.count_at, SERVICES.first_at
R_WINDOW_SERVICES, R_LEVEL_SERVICES = SERVICES.window_at, SERVICES.level_at
R_EDGES, R_FIRST_EDGES, R_WINDOW_EDGES, R_LEVEL_EDGES = EDGES.count_at, EDGES.first_at, EDGES.window_at, EDGES.level_at
R_FLOWS, R_FIRST_FLOWS, R_WINDOW_FLOWS, R_LEVEL_FLOWS = FLOWS.count_at, FLOWS.first_at, FLOWS.window_at, FLOWS.level_at
R_GROUPS, R_FIRST_GROUPS = GROUPS.count_at, GROUPS.first_at
R_WINDOW_GROUPS, R_LEVEL_GROUPS = GROUPS.window_at, GROUPS.level_at
R_WINDOW_LIMITS, R_WINDOW_EFFECTS, R_LEVEL_EFFECTS = LIMITS.window_at, EFFECTS.window_at, EFFECTS.level_at
