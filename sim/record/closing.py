"""The recorder's verbs when the books are closed: what is still inside, and for how long it has been.

Each is counted in the window in which it began.
"""

from sim.record import tally
from sim.record.fields.edges import (
    EDGE_FIELDS,
    EDGE_LEVELS,
    EDGE_UNANSWERED,
    LEVEL_OLDEST_CALL,
    R_EDGES,
    R_FIRST_EDGES,
    R_LEVEL_EDGES,
)
from sim.record.fields.flows import (
    FLOW_DOOMED,
    FLOW_FIELDS,
    FLOW_LEVELS,
    FLOW_OVERDUE,
    FLOW_UNANSWERED,
    FLOW_UNANSWERED_TIME,
    FLOW_UNFINISHED,
    FLOW_UNFINISHED_TIME,
    LEVEL_OLDEST_REQUEST,
    LEVEL_OLDEST_TRACE,
    R_FIRST_FLOWS,
    R_FLOWS,
    R_LEVEL_FLOWS,
)
from sim.record.fields.groups import (
    GROUP_FIELDS,
    GROUP_LEVELS,
    GROUP_REPEATING,
    GROUP_UNHANDLED,
    LEVEL_GROUP_OPEN_HELD,
    LEVEL_OLDEST_MESSAGE,
    R_FIRST_GROUPS,
    R_GROUPS,
    R_LEVEL_GROUPS,
    R_WINDOW_GROUPS,
)
from sim.record.fields.header import HIST_FLOWS_OPEN, HIST_REQUESTS_OPEN, HISTOGRAMS, R_WINDOW_LENGTH
from sim.record.fields.services import LEVEL_OPEN_HELD, LEVEL_OPEN_WAITED, R_LEVEL_SERVICES, SERVICE_LEVELS
from sim.shared import Words, shared


@shared
def still_inside(r: Words, service: int, running: int, elapsed: int) -> None:
    """A request is still in service, or waiting, when the books are closed."""
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    r[level + (LEVEL_OPEN_HELD if running else LEVEL_OPEN_WAITED)] += elapsed


@shared
def still_consuming(r: Words, group: int, elapsed: int) -> None:
    """A delivery is still in hand when the books are closed."""
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_GROUP_OPEN_HELD] += elapsed


@shared
def still_unanswered(r: Words, flow: int, since: int, age: int) -> None:
    """A request that arrived at ``since`` is without an answer, ``age`` ns later, when the books are closed."""
    w = r[R_FIRST_FLOWS] + (since // r[R_WINDOW_LENGTH] * r[R_FLOWS] + flow) * FLOW_FIELDS
    r[w + FLOW_UNANSWERED] += 1
    r[w + FLOW_UNANSWERED_TIME] += age
    level = r[R_LEVEL_FLOWS] + flow * FLOW_LEVELS
    r[level + LEVEL_OLDEST_REQUEST] = max(r[level + LEVEL_OLDEST_REQUEST], age)
    tally.tally(r, flow * HISTOGRAMS + HIST_REQUESTS_OPEN, age)


@shared
def still_under_way(r: Words, flow: int, since: int, age: int, failed: int, deadline: int) -> None:
    """Something that a trace caused is not done when the books are closed; ``failed`` when a part of it failed for good."""
    w = r[R_FIRST_FLOWS] + (since // r[R_WINDOW_LENGTH] * r[R_FLOWS] + flow) * FLOW_FIELDS
    r[w + FLOW_UNFINISHED] += 1
    r[w + FLOW_UNFINISHED_TIME] += age
    overdue = 1 if deadline >= 0 and age > deadline else 0
    r[w + FLOW_OVERDUE] += overdue
    r[w + FLOW_DOOMED] += 1 if failed != 0 or overdue != 0 else 0
    level = r[R_LEVEL_FLOWS] + flow * FLOW_LEVELS
    r[level + LEVEL_OLDEST_TRACE] = max(r[level + LEVEL_OLDEST_TRACE], age)
    if failed == 0:
        tally.tally(r, flow * HISTOGRAMS + HIST_FLOWS_OPEN, age)


@shared
def still_awaited(r: Words, edge: int, since: int, age: int) -> None:
    """A caller still waits for an attempt that it sent at ``since`` when the books are closed."""
    r[r[R_FIRST_EDGES] + (since // r[R_WINDOW_LENGTH] * r[R_EDGES] + edge) * EDGE_FIELDS + EDGE_UNANSWERED] += 1
    level = r[R_LEVEL_EDGES] + edge * EDGE_LEVELS
    r[level + LEVEL_OLDEST_CALL] = max(r[level + LEVEL_OLDEST_CALL], age)


@shared
def still_unhandled(r: Words, group: int, since: int, age: int) -> None:
    """A message that was appended at ``since`` is neither applied nor dropped nor lost when the books are closed."""
    r[r[R_FIRST_GROUPS] + (since // r[R_WINDOW_LENGTH] * r[R_GROUPS] + group) * GROUP_FIELDS + GROUP_UNHANDLED] += 1
    level = r[R_LEVEL_GROUPS] + group * GROUP_LEVELS
    r[level + LEVEL_OLDEST_MESSAGE] = max(r[level + LEVEL_OLDEST_MESSAGE], age)


@shared
def still_repeated(r: Words, group: int, deliveries: int) -> None:
    """So many deliveries of messages that were handled, or will be by another one, are in hand or to come at the horizon."""
    r[r[R_WINDOW_GROUPS] + group * GROUP_FIELDS + GROUP_REPEATING] += deliveries
