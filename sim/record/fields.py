"""Where every number of a running record lives: one flat int64 memory.

    header | levels of services, flows, edges, groups | effects | window 0 | window 1 | ... | event log (on demand)

    effects   =  levels of effects, then window by window effects x EFFECT_FIELDS
    a window  =  services x SERVICE_FIELDS, edges x EDGE_FIELDS, flows x (FLOW_FIELDS + 2 histograms), groups x GROUP_FIELDS

Counters are written into the current window only; totals are sums over windows. A *level* (how many are there now) is
kept apart, with the time of its last change, and its area is added to the window whenever it changes.
"""

from sim.record.histogram import BUCKETS
from sim.record.outcomes import OUTCOME_COUNT

# header of the recorder's memory: addresses (int64 words)
R_WINDOW_SERVICES = 0
R_WINDOW_EDGES = 1
R_WINDOW_FLOWS = 2
R_WINDOW_GROUPS = 3
R_STRIDE = 4
R_LEVEL_SERVICES = 5
R_LEVEL_GROUPS = 6
R_LEVEL_EDGES = 7
R_LEVEL_FLOWS = 8
R_SERVICES = 9
R_GROUPS = 10
R_LOG_NEXT = 11
R_LOG_END = 12
R_LOG_LOST = 13
R_EVENTS = 14
R_EDGES = 15
R_FLOWS = 16
R_WINDOWS = 17
R_FIRST_FLOWS = 18  # where the flows of the first window are
R_REPLIES_HELD = 19  # cells of the histograms that are not empty, where an engine counts them
R_COMPLETIONS_HELD = 20
R_WINDOW_EFFECTS = 24
R_LEVEL_EFFECTS = 25
R_EFFECT_STRIDE = 26
R_HEADER = 32

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
EDGE_FIELDS = EDGE_LATE + 1

# per window and flow, then the two histograms
FLOW_OFFERED = 0
FLOW_SETTLED = 1  # + outcome
FLOW_REPLY_TIME = FLOW_SETTLED + OUTCOME_COUNT
FLOW_COMPLETED = FLOW_REPLY_TIME + 1
FLOW_GOOD = FLOW_REPLY_TIME + 2
FLOW_SPOILED = FLOW_REPLY_TIME + 3
FLOW_COMPLETION_TIME = FLOW_REPLY_TIME + 4
FLOW_FIELDS = FLOW_REPLY_TIME + 5
FLOW_REPLIES = FLOW_FIELDS  # histogram of replies that were ok
FLOW_COMPLETIONS = FLOW_FIELDS + BUCKETS  # histogram of completed flows
FLOW_BLOCK = FLOW_FIELDS + 2 * BUCKETS

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
GROUP_FIELDS = 14

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
GROUP_LEVELS = 5

LEVEL_AWAITED = 0
EDGE_LEVELS = 1

LEVEL_REQUESTS = 0
LEVEL_TRACES = 1
FLOW_LEVELS = 2

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
