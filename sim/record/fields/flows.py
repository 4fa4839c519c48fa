"""What is counted of flows: requests and what came of them, and traces until everything is done."""

from sim.record.families import Family, outcomes_from
from sim.record.outcomes import OK

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
FLOWS.summed(FLOW_REPLY_TIME, count=FLOW_SETTLED + OK, longest=FLOW_REPLY_MOST)
FLOWS.summed(FLOW_COMPLETION_TIME, count=FLOW_COMPLETED, longest=FLOW_COMPLETION_MOST)
FLOWS.summed(FLOW_UNANSWERED_TIME, count=LEVEL_REQUESTS, longest=LEVEL_OLDEST_REQUEST, in_levels=True)
FLOWS.summed(FLOW_UNFINISHED_TIME, count=LEVEL_TRACES, longest=LEVEL_OLDEST_TRACE, in_levels=True)
HELD_REQUESTS = FLOWS.holding("requests without an answer of flow", LEVEL_REQUESTS, FLOW_UNANSWERED)
HELD_TRACES = FLOWS.holding("traces under way of flow", LEVEL_TRACES, FLOW_UNFINISHED)

# how wide its rows are, and where it stands in the header where they are
FLOW_FIELDS, FLOW_LEVELS = len(FLOWS.counters), len(FLOWS.levels)
R_FLOWS, R_FIRST_FLOWS, R_WINDOW_FLOWS, R_LEVEL_FLOWS = FLOWS.count_at, FLOWS.first_at, FLOWS.window_at, FLOWS.level_at
