"""Where everything lives: one int64 memory, rows at addresses, named fields at offsets.

    m[frame + F_OUTCOME]        a row is its address; 0 is "none"
    header | services, replicas, ... (fixed rows) | tables | program | pools: heap, agenda, frames, traces, messages

Pools grow at the end of the memory, between events; addresses never change. See `reports/decisions/0004-state-layout.md`.
"""

# header
H_NOW = 0
H_HORIZON = 1
H_STATUS = 2
H_BUDGET = 3
H_EVENTS = 4
H_INSTANT_EVENTS = 5
H_KEYS = 6
H_TABLES = 7
H_PROGRAM = 8
H_OPERATIONS = 9
H_SITES = 10
H_SERVICES = 11
H_FLOWS = 12
H_TOPICS = 13
H_GROUPS = 14
H_LANES = 15
H_LANES_END = 16
H_WINDOW = 17
H_TRACES = 18
H_OPERATION_COUNT = 19
H_PLACES = 20
H_HEAP = 21
H_HEAP_SIZE = 22
H_HEAP_CAPACITY = 23
H_AGENDA = 24
H_AGENDA_HEAD = 25
H_AGENDA_TAIL = 26
H_AGENDA_MASK = 27
H_FRAMES_FREE = 28
H_FRAMES_LEFT = 29
H_FRAMES_LIVE = 30
H_TRACES_FREE = 31
H_TRACES_LEFT = 32
H_TRACE_SIZE = 33
H_MESSAGES_FREE = 34
H_MESSAGES_LEFT = 35
H_RESERVE = 36
H_REFILL = 37
H_CONSUMERS = 38
H_CONSUMERS_END = 39
H_LAST_RANK = 40
H_FRAMES_CHUNK = 41  # newest chunk of rows: it begins with the address of the one before, and how many rows it has
H_TRACES_CHUNK = 42
H_MESSAGES_CHUNK = 43
H_INSIDE = 44  # address of what is inside at the horizon: services x 2, groups x 4, edges x 1, flows x 2, effects x 2
H_SERVICE_COUNT = 45
H_GROUP_COUNT = 46
H_FLOW_COUNT = 47
H_EDGE_COUNT = 48
H_REPLICAS = 49
H_REPLICA_COUNT = 50
HEADER = 56
CHUNK_HEAD = 2

NEVER = (1 << 63) - 1  # no time: of an empty lane
ROWS_SPARE = 2  # traces that must be left before an event, which takes one at most

# statuses: why the loop came back
RUNNING = 0
DONE = 1
GROW = 2
REFILL = 3
PAUSE = 4
RUNAWAY = 5
CROWDED = 6  # a trace came to one place too often
LONG_JOURNAL = 7  # the host takes the journal of the recording

# service
S_WORKERS = 0
S_QUEUE_MAX = 1
S_BALANCE = 2
S_BALANCE_DRAWS = 3
S_TURN = 4
S_LISTED = 5  # how many replicas are listed
S_LIST = 6  # address of the list
S_NUMBER = 7
S_SIZE = 8

# replica
R_SERVICE = 0
R_BUSY = 1
R_QUEUE_HEAD = 2
R_QUEUE_TAIL = 3
R_QUEUE_LENGTH = 4
R_RESIDENT_HEAD = 5
R_RESIDENT_TAIL = 6
R_UP = 7
R_PACE = 8
R_CONSUMERS = 9  # address of the list of its consumers
R_CONSUMER_COUNT = 10
R_GROUPS_LIST = 11  # address of the list of their groups, each once
R_GROUP_COUNT = 12
R_NUMBER = 13
R_SILENT = 14
R_SIZE = 15

# operation
O_SERVICE = 0
O_ENTRY = 1
O_NUMBER = 2
O_SIZE = 3

# site
C_OPERATION = 0
C_SERVICE = 1
C_EDGE = 2
C_TIMEOUT = 3
C_HOP = 4
C_REQUEST_STREAM = 5
C_REPLY_STREAM = 6
C_RETRY = 7
C_RETRY_AT = 8
C_RETRY_STREAM = 9
C_OPTIONAL = 10
C_HOP_LANE = 11  # 0: the heap
C_TIMEOUT_LANE = 12
C_BALANCE_STREAM = 13
C_SIZE = 14

# flow
W_SITE = 0
W_STREAM = 1
W_KEYS = 2
W_KEY_STREAM = 3
W_DEADLINE = 4
W_TIMES = 5  # address of the chunk of arrival times
W_NEXT = 6
W_END = 7
W_INDEX = 8
W_NUMBER = 9
W_OVER = 10
W_EFFECTS = 11  # how many effects it may have
W_EFFECT_ROW = 12  # the first one's row in the record; those of the others follow
W_EFFECT_REQUIRED = 13  # address of a list: whether it must have each
W_EFFECT_PLACE = 14  # address of a list: the place of each effect of the scenario among them
W_SIZE = 15

# topic
T_PARTITIONS = 0
T_BY_KEY = 1
T_LATENCY = 2
T_PUBLISH_STREAM = 3
T_ACK_STREAM = 4
T_GROUP_COUNT = 5
T_GROUP_LIST = 6
T_TURN = 7
T_LOGS = 8  # address of its partitions
T_NUMBER = 9
T_SIZE = 10

# partition of a topic
L_END = 0
L_TAIL = 1
L_SIZE = 2

# group
G_TOPIC = 0
G_OPERATION = 1
G_BEFORE = 2
G_EVERY = 3
G_SESSION = 4
G_PAUSE = 5
G_RETRY = 6
G_RETRY_AT = 7
G_RETRY_STREAM = 8
G_REBALANCING = 9
G_ELAPSED = 10
G_SEQUENCE = 11
G_CONSUMERS = 12  # address of its first consumer
G_CONSUMER_COUNT = 13
G_PARTITIONS = 14  # address of its view of each partition
G_NUMBER = 15
G_BEGAN = 16
G_SIZE = 17

# a group's view of a partition
P_OWNER = 0
P_POSITION = 1
P_COMMITTED = 2
P_HANDLED = 3
P_DELIVERED = 4
P_POSITION_MESSAGE = 5
P_COMMITTED_MESSAGE = 6
P_SIZE = 7

# consumer
K_GROUP = 0
K_REPLICA = 1
K_ALIVE = 2
K_INCARNATION = 3
K_MESSAGE = 4  # 0: idle
K_PARTITION = 5
K_OFFSET = 6
K_ATTEMPT = 7
K_FRAME = 8
K_NUMBER = 9
K_SIZE = 10

# alteration
A_VERB = 0
A_REPLICA = 1
A_VALUE = 2
A_SIZE = 3

# lane: events of one constant delay, sorted by construction
Q_HEAD = 0
Q_TAIL = 1
Q_TIME = 2
Q_RANK = 3
Q_SIZE = 4

# node of a lane, inside a frame
N_TIME = 0
N_RANK = 1
N_NEXT = 2
N_PREVIOUS = 3

# frame: an attempt of a call and the span that it causes, or a delivery
F_IDENT = 0
F_TRACE = 1
F_OPERATION = 2
F_SITE = 3
F_PARENT = 4
F_CALLER = 5
F_NUMBER = 6
F_OUTCOME = 7
F_STATE = 8
F_REPLICA = 9
F_ARRIVED_AT = 10
F_STARTED_AT = 11
F_AT = 12
F_PENDING = 13
F_FAILURES = 14
F_CHILD = 15
F_SIBLING = 16
F_QUEUE_NEXT = 17
F_RESIDENT_NEXT = 18
F_RESIDENT_PREVIOUS = 19
F_TIMER = 20  # node of the timeout
F_TRAVEL = 24  # node of the hop; what works does not travel, so that the same words hold
F_WORK_ENDS = 24  # when the work under way ends, if its pace stays; not after now: none is under way
F_WORK = 25  # ns of it, at the declared pace, that were left at the last change of pace, or when it began
F_WORK_PART = 26  # and their fraction
F_BRANCH = 28
F_CONSUMER = 29
F_OCCURRENCE = 30
F_KEY = 31
F_SENT_AT = 32
F_SIZE = 33

FREE = -1  # the identity of a frame that is not in use

# F_CALLER: does somebody wait?
GONE = 0
AWAITED = 1
SETTLED = 2  # about to go on with the outcome
RETRYING = 3  # waiting to send the next attempt

# F_STATE: where the execution is
OVER = 0
TRAVELLING = 1
WAITING = 2
WORKING = 3
REPLYING = 4
RESTING = 5  # a delivery between two attempts

# trace
X_NUMBER = 0
X_KEY = 1
X_FLOW = 2
X_STARTED_AT = 3
X_PARTITION_KEY = 4
X_OPEN = 5
X_REFERENCES = 6
X_FAILED = 7
X_CLOSED = 8
X_ANSWERED = 9  # what the client knows: 0 nothing, TOLD_OK or TOLD_FAILED
X_COUNTS = 10  # then a state for each effect of its flow, from X_COUNTS + places on

# message
M_TRACE = 0
M_IDENT = 1
M_APPENDED_AT = 2
M_NEXT = 3
M_KEEP = 4  # groups that have not committed it, and deliveries that hold it
M_TOPIC = 5
M_LOG = 6
M_SIZE = 7

# agenda: what follows without delay, first caused first
DO_LOAD = 0  # a flow's first arrival is put on the calendar
DO_ARRIVE = 1
DO_CLIENT = 2
DO_START = 3
DO_RESUME = 4
DO_BRANCH = 5
DO_JOIN = 6
DO_EVENT = 7  # a calendar event without delay: its rank and argument
AGENDA_ITEM = 3
