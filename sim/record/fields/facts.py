"""The event log: what happened, one row a fact, where one was asked for."""

LOG_TIME = 0
LOG_FACT = 1
LOG_IDENTITY = 2
LOG_VALUE = 3
LOG_FIELDS = 4

FACTS = (
    "offered", "sent", "arrived", "waiting", "rejected", "refused", "started", "worked", "ended", "settled", "late",
    "retrying", "replied", "closed", "published", "appended", "acknowledged", "delivered", "handled", "committed",
    "rebalancing", "assigned", "session_expired", "paced", "crashed", "ejected", "restarted", "window", "killed", "lost",
    "effect", "kept_back", "engaged", "queue_acknowledged", "queue_expired", "queue_returned", "queue_dead",
    "queue_refused", "queue_ousted", "queue_extended", "queue_redriven", "saga_started", "saga_written", "saga_resumed",
    "saga_overdue", "saga_ended", "transaction_waiting", "transaction_begun", "transaction_refused", "transaction_ended",
    "row_written", "row_published", "row_marked", "dual_write_over", "traffic", "locked_out", "locked", "deadlock",
    "stream_loading", "stream_append", "asked", "answered", "satisfied", "projected", "read", "read_waiting", "read_over",
    "invariant", "broker_down", "broker_up", "held", "let_go", "failing", "rebuilding", "rebuilt", "replayed",
    "lock_timeout", "failover", "commit_lost", "row_lost", "row_unmarked", "voided", "link_disturbed", "link_lost",
    "link_doubled", "chosen", "outlier", "outlier_back", "outlier_spared", "checked", "left_queue", "called_back",
    "preempted", "resumed", "held_back", "went_on", "core_waiting", "core_taken", "core_left", "suspended", "resuming",
    "taken_up", "fell_back", "left", "hedged", "halted", "cores_lost", "leaked", "cache_asked", "cache_loaded",
    "cache_waited", "cache_flushed", "limited", "key_lock_waiting", "key_lock_taken", "key_lock_given_up", "scaled",
    "starting", "came", "leaving", "gone", "withdrawn", "back", "branch_begun", "branch_ended",
    "branch_left", "session_over", "connections_leaked",
)
(
    FACT_OFFERED, FACT_SENT, FACT_ARRIVED, FACT_WAITING, FACT_REJECTED, FACT_REFUSED, FACT_STARTED, FACT_WORKED, FACT_ENDED,
    FACT_SETTLED, FACT_LATE, FACT_RETRYING, FACT_REPLIED, FACT_CLOSED, FACT_PUBLISHED, FACT_APPENDED, FACT_ACKNOWLEDGED,
    FACT_DELIVERED, FACT_HANDLED, FACT_COMMITTED, FACT_REBALANCING, FACT_ASSIGNED, FACT_SESSION_EXPIRED, FACT_PACED,
    FACT_CRASHED, FACT_EJECTED, FACT_RESTARTED, FACT_WINDOW, FACT_KILLED, FACT_LOST, FACT_EFFECT, FACT_KEPT_BACK,
    FACT_ENGAGED, FACT_QUEUE_ACKNOWLEDGED, FACT_QUEUE_EXPIRED, FACT_QUEUE_RETURNED, FACT_QUEUE_DEAD, FACT_QUEUE_REFUSED,
    FACT_QUEUE_OUSTED, FACT_QUEUE_EXTENDED, FACT_QUEUE_REDRIVEN, FACT_SAGA_STARTED, FACT_SAGA_WRITTEN, FACT_SAGA_RESUMED,
    FACT_SAGA_OVERDUE, FACT_SAGA_ENDED, FACT_TRANSACTION_WAITING, FACT_TRANSACTION_BEGUN, FACT_TRANSACTION_REFUSED,
    FACT_TRANSACTION_ENDED, FACT_ROW_WRITTEN, FACT_ROW_PUBLISHED, FACT_ROW_MARKED, FACT_DUAL_WRITE_OVER, FACT_TRAFFIC,
    FACT_LOCKED_OUT, FACT_LOCKED, FACT_DEADLOCK, FACT_STREAM_LOADING, FACT_STREAM_APPEND, FACT_ASKED, FACT_ANSWERED,
    FACT_SATISFIED, FACT_PROJECTED, FACT_READ, FACT_READ_WAITING, FACT_READ_OVER, FACT_INVARIANT, FACT_BROKER_DOWN,
    FACT_BROKER_UP, FACT_HELD, FACT_LET_GO, FACT_FAILING, FACT_REBUILDING, FACT_REBUILT, FACT_REPLAYED, FACT_LOCK_TIMEOUT,
    FACT_FAILOVER, FACT_COMMIT_LOST, FACT_ROW_LOST, FACT_ROW_UNMARKED, FACT_VOIDED, FACT_LINK_DISTURBED, FACT_LINK_LOST,
    FACT_LINK_DOUBLED, FACT_CHOSEN, FACT_OUTLIER, FACT_OUTLIER_BACK, FACT_OUTLIER_SPARED, FACT_CHECKED, FACT_LEFT_QUEUE,
    FACT_CALLED_BACK, FACT_PREEMPTED, FACT_RESUMED, FACT_HELD_BACK, FACT_WENT_ON, FACT_CORE_WAITING, FACT_CORE_TAKEN,
    FACT_CORE_LEFT, FACT_SUSPENDED, FACT_RESUMING, FACT_TAKEN_UP, FACT_FELL_BACK, FACT_LEFT, FACT_HEDGED, FACT_HALTED,
    FACT_CORES_LOST, FACT_LEAKED, FACT_CACHE_ASKED, FACT_CACHE_LOADED, FACT_CACHE_WAITED, FACT_CACHE_FLUSHED, FACT_LIMITED,
    FACT_KEY_LOCK_WAITING, FACT_KEY_LOCK_TAKEN, FACT_KEY_LOCK_GIVEN_UP, FACT_SCALED, FACT_STARTING, FACT_CAME, FACT_LEAVING,
    FACT_GONE, FACT_WITHDRAWN, FACT_BACK, FACT_BRANCH_BEGUN, FACT_BRANCH_ENDED, FACT_BRANCH_LEFT,
    FACT_SESSION_OVER, FACT_CONNECTIONS_LEAKED,
) = range(len(FACTS))
