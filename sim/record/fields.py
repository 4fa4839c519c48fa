"""Where every number of a running record lives: one flat int64 memory.

    header | levels | limits | services, edges, flows, groups, limits, effects: a table each, window after window
           | tallies: pages of the histograms of the current window | journal: those of windows past | event log (on demand)

Counters are written into the current window only; totals are sums over windows. A *level* (how many are there now) is
kept apart, with the time of its last change, and its area is added to the window whenever it changes. A histogram gets a page
for an octave when the first value falls there, and keeps it. Pages, journal and log have room for all that could come; they are
filled from the front, and an operating system gives memory only to what is touched.
"""

from sim.record.outcomes import OUTCOME_COUNT

# header of the recorder's memory: addresses (int64 words), and sizes
R_WINDOW = 0  # number of the current window
R_WINDOW_LENGTH = 1  # ns
R_SERVICES = 2  # how many there are
R_EDGES = 3
R_FLOWS = 4
R_GROUPS = 5
R_LIMITS = 6
R_FIRST_SERVICES = 7  # where the table begins
R_FIRST_EDGES = 8
R_FIRST_FLOWS = 9
R_FIRST_GROUPS = 10
R_FIRST_LIMITS = 11
R_WINDOW_SERVICES = 12  # where the rows of the current window are
R_WINDOW_EDGES = 13
R_WINDOW_FLOWS = 14
R_WINDOW_GROUPS = 15
R_WINDOW_LIMITS = 16
R_LEVEL_SERVICES = 17
R_LEVEL_EDGES = 18
R_LEVEL_FLOWS = 19
R_LEVEL_GROUPS = 20
R_LIMIT_BEGINS = 21  # for each histogram, and one more: number of its first limit
R_LIMIT_VALUES = 22  # the limits, ns
R_PAGE_OF = 23  # for each histogram and octave: its page, 0: none yet
R_OCTAVES = 24  # for each histogram: a bit for each octave that something fell into in this window
R_JOURNAL = 25
R_JOURNAL_NEXT = 26
R_LOG_NEXT = 27  # 0 without an event log
R_LOG_END = 28
R_LOG_LOST = 29
R_LOG = 30
R_PAGES_NEXT = 31
R_EFFECTS = 32
R_FIRST_EFFECTS = 33
R_WINDOW_EFFECTS = 34
R_LEVEL_EFFECTS = 35
R_HEADER = 40

# histograms: of every flow these, in this order
HIST_REPLIES = 0  # until the answer, of requests that were answered well
HIST_COMPLETIONS = 1  # until everything is done, of flows that were done well
HIST_REQUESTS_OPEN = 2  # at the horizon: how long requests have been without an answer
HIST_FLOWS_OPEN = 3  # at the horizon: how long flows have been under way
HISTOGRAMS = 4

# per window and service
SERVICE_ARRIVED = 0
SERVICE_STARTED = 1
SERVICE_ENDED = 2  # + outcome
SERVICE_ORPHANED = SERVICE_ENDED + OUTCOME_COUNT
SERVICE_WAITING_AREA = SERVICE_ORPHANED + 1
SERVICE_BUSY_AREA = SERVICE_ORPHANED + 2
SERVICE_WAITED = SERVICE_ORPHANED + 3
SERVICE_HELD = SERVICE_ORPHANED + 4
SERVICE_WASTED = SERVICE_ORPHANED + 5
SERVICE_WAITING_MAX = SERVICE_ORPHANED + 6
SERVICE_FIELDS = SERVICE_ORPHANED + 7

# per window and edge (caller -> operation)
EDGE_CALLS = 0
EDGE_ATTEMPTS = 1
EDGE_SETTLED = 2  # + outcome
EDGE_LATE = EDGE_SETTLED + OUTCOME_COUNT
EDGE_UNANSWERED = EDGE_LATE + 1  # attempts sent in the window that are still awaited at the horizon
EDGE_FIELDS = EDGE_LATE + 2

# per window and flow
FLOW_OFFERED = 0
FLOW_SETTLED = 1  # + outcome
FLOW_REPLY_TIME = FLOW_SETTLED + OUTCOME_COUNT
FLOW_COMPLETED = FLOW_REPLY_TIME + 1
FLOW_GOOD = FLOW_REPLY_TIME + 2
FLOW_SPOILED = FLOW_REPLY_TIME + 3
FLOW_COMPLETION_TIME = FLOW_REPLY_TIME + 4
FLOW_REPLY_LEAST = FLOW_REPLY_TIME + 5  # of the window's ok replies, ns; 0 without one, and so the next three
FLOW_REPLY_MOST = FLOW_REPLY_TIME + 6
FLOW_COMPLETION_LEAST = FLOW_REPLY_TIME + 7
FLOW_COMPLETION_MOST = FLOW_REPLY_TIME + 8
FLOW_UNANSWERED = FLOW_REPLY_TIME + 9  # requests offered in the window that are without an answer at the horizon
FLOW_UNANSWERED_TIME = FLOW_REPLY_TIME + 10  # how long they have been, all together
FLOW_UNFINISHED = FLOW_REPLY_TIME + 11  # flows offered in the window that are under way at the horizon
FLOW_UNFINISHED_TIME = FLOW_REPLY_TIME + 12
FLOW_OVERDUE = FLOW_REPLY_TIME + 13  # those of them that are past their deadline
FLOW_DOOMED = FLOW_REPLY_TIME + 14  # those of them of which a part failed for good, and those that are overdue
FLOW_FIELDS = FLOW_REPLY_TIME + 15

# per window and consumer group
GROUP_APPENDED = 0
GROUP_DELIVERED = 1
GROUP_REDELIVERED = 2
GROUP_APPLIED = 3
GROUP_DUPLICATES = 4
GROUP_DROPPED = 5
GROUP_LOST = 6
GROUP_FAILED = 7
GROUP_REBALANCES = 8
GROUP_LAG_AREA = 9
GROUP_BUSY_AREA = 10
GROUP_HELD = 11
GROUP_LAG_MAX = 12
GROUP_APPLY_TIME = 13
GROUP_RETRIES = 14  # executions in place for a message that failed
GROUP_RESTING_AREA = 15  # consumers that wait between two of them
GROUP_UNHANDLED = 16  # messages appended in the window that are not handled at the horizon
GROUP_FIELDS = 17

# per window and limit: how many values of its histogram are at the limit or below
LIMIT_REACHED = 0
LIMIT_FIELDS = 1

# levels: how many there are now
LEVEL_WAITING = 0
LEVEL_BUSY = 1
LEVEL_SINCE = 2
LEVEL_OPEN_WAITED = 3
LEVEL_OPEN_HELD = 4
SERVICE_LEVELS = 5

LEVEL_LAG = 0
LEVEL_CONSUMING = 1
LEVEL_GROUP_SINCE = 2
LEVEL_GROUP_OPEN_HELD = 3
LEVEL_UNHANDLED = 4
LEVEL_RESTING = 5
LEVEL_OLDEST_MESSAGE = 6  # how long the oldest one has not been handled, ns; at the horizon, and so the next ones
GROUP_LEVELS = 7

LEVEL_AWAITED = 0
LEVEL_OLDEST_CALL = 1
EDGE_LEVELS = 2

LEVEL_REQUESTS = 0
LEVEL_TRACES = 1
LEVEL_OLDEST_REQUEST = 2
LEVEL_OLDEST_TRACE = 3
FLOW_LEVELS = 4

# per window and effect of a flow, see `sim.record.effects`
EFFECT_APPLIED = 0  # for the first time
EFFECT_DOUBLED = 1
EFFECT_ABSORBED = 2
EFFECT_TOLD_OK = 3
EFFECT_TOLD_FAILED = 4
EFFECT_UNDONE = 5
EFFECT_MENDED = 6
EFFECT_FIELDS = 7

LEVEL_PENDING = 0
LEVEL_UNTOLD = 1
EFFECT_LEVELS = 2

# the event log: what happened, one row a fact
LOG_TIME = 0
LOG_FACT = 1
LOG_IDENTITY = 2
LOG_VALUE = 3
LOG_FIELDS = 4

FACTS = (
    "offered",
    "sent",
    "arrived",
    "waiting",
    "rejected",
    "refused",
    "started",
    "worked",
    "ended",
    "settled",
    "late",
    "retrying",
    "replied",
    "closed",
    "published",
    "appended",
    "acknowledged",
    "delivered",
    "handled",
    "committed",
    "rebalancing",
    "assigned",
    "session_expired",
    "paced",
    "crashed",
    "ejected",
    "restarted",
    "window",
    "killed",
    "lost",
    "effect",
)
(
    FACT_OFFERED,
    FACT_SENT,
    FACT_ARRIVED,
    FACT_WAITING,
    FACT_REJECTED,
    FACT_REFUSED,
    FACT_STARTED,
    FACT_WORKED,
    FACT_ENDED,
    FACT_SETTLED,
    FACT_LATE,
    FACT_RETRYING,
    FACT_REPLIED,
    FACT_CLOSED,
    FACT_PUBLISHED,
    FACT_APPENDED,
    FACT_ACKNOWLEDGED,
    FACT_DELIVERED,
    FACT_HANDLED,
    FACT_COMMITTED,
    FACT_REBALANCING,
    FACT_ASSIGNED,
    FACT_SESSION_EXPIRED,
    FACT_PACED,
    FACT_CRASHED,
    FACT_EJECTED,
    FACT_RESTARTED,
    FACT_WINDOW,
    FACT_KILLED,
    FACT_LOST,
    FACT_EFFECT,
) = range(31)
