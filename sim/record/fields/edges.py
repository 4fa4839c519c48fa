"""What is counted of edges: the calls of a caller to an operation, their attempts, and how those were settled."""

from sim.record.families import Family, outcomes_from

EDGES = Family("edges", one="edge")  # caller -> operation
LEVEL_AWAITED = EDGES.level("awaited")
LEVEL_OLDEST_CALL = EDGES.level("oldest_call")
EDGE_CALLS = EDGES.counter("calls")
EDGE_ATTEMPTS = EDGES.counter("attempts")
EDGE_SETTLED = EDGES.by_outcome("settled")  # + outcome
EDGE_LATE = EDGES.counter("late")
EDGE_UNANSWERED = EDGES.counter("unanswered")  # attempts sent in the window that are still awaited at the horizon
EDGE_LEFT = EDGES.counter("left", rare=True)  # attempts whose answer nobody needs any more, as enough others came
EDGES.balance("edge", EDGE_ATTEMPTS, [*outcomes_from(EDGE_SETTLED), EDGE_LEFT], [LEVEL_AWAITED])
HELD_AWAITED = EDGES.holding("attempts awaited of edge", LEVEL_AWAITED, EDGE_UNANSWERED)

# how wide its rows are, and where it stands in the header where they are
EDGE_FIELDS, EDGE_LEVELS = len(EDGES.counters), len(EDGES.levels)
R_EDGES, R_FIRST_EDGES, R_WINDOW_EDGES, R_LEVEL_EDGES = EDGES.count_at, EDGES.first_at, EDGES.window_at, EDGES.level_at
