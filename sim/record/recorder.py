"""The only way an engine reports: one verb for each thing that happens, the same verbs for both engines.

    engine --verb(r, now, who, ...)--> counters of the current window, areas, histograms, the event log

``r`` is the flat int64 memory of `sim.record.fields`. Every verb is a shared function: the SimPy engine calls it as
Python on a memoryview, the compiled engine calls it compiled on the array.
"""

from sim.record import tally
from sim.record.ages import advance_all_ages
from sim.record.families import (
    AREAS,
    AREAS_END,
    COUNT,
    FAMILIES_AT,
    FAMILY_WORDS,
    FIELDS,
    LEVEL,
    LEVELS,
    MAXIMA,
    MAXIMA_END,
    SINCE,
    WINDOW,
)
from sim.record.fields import FAMILY_COUNT
from sim.record.fields.edges import (
    EDGE_ATTEMPTS,
    EDGE_CALLS,
    EDGE_FIELDS,
    EDGE_LATE,
    EDGE_LEVELS,
    EDGE_SETTLED,
    LEVEL_AWAITED,
    R_LEVEL_EDGES,
    R_WINDOW_EDGES,
)
from sim.record.fields.facts import (
    FACT_APPENDED,
    FACT_ARRIVED,
    FACT_CLOSED,
    FACT_COMMITTED,
    FACT_DELIVERED,
    FACT_ENDED,
    FACT_HANDLED,
    FACT_KILLED,
    FACT_LATE,
    FACT_LOST,
    FACT_OFFERED,
    FACT_REBALANCING,
    FACT_REFUSED,
    FACT_REJECTED,
    FACT_REPLIED,
    FACT_RETRYING,
    FACT_SENT,
    FACT_SETTLED,
    FACT_STARTED,
    FACT_WAITING,
    FACT_WINDOW,
    LOG_FACT,
    LOG_FIELDS,
    LOG_IDENTITY,
    LOG_TIME,
    LOG_VALUE,
)
from sim.record.fields.flows import (
    FLOW_COMPLETED,
    FLOW_COMPLETION_LEAST,
    FLOW_COMPLETION_MOST,
    FLOW_COMPLETION_TIME,
    FLOW_FIELDS,
    FLOW_GOOD,
    FLOW_LEVELS,
    FLOW_OFFERED,
    FLOW_REPLY_LEAST,
    FLOW_REPLY_MOST,
    FLOW_REPLY_TIME,
    FLOW_SETTLED,
    FLOW_SPOILED,
    LEVEL_REQUESTS,
    LEVEL_TRACES,
    R_LEVEL_FLOWS,
    R_WINDOW_FLOWS,
)
from sim.record.fields.groups import (
    GROUP_APPENDED,
    GROUP_APPLIED,
    GROUP_APPLY_TIME,
    GROUP_BUSY_AREA,
    GROUP_DELIVERED,
    GROUP_DUPLICATES,
    GROUP_FAILED,
    GROUP_FIELDS,
    GROUP_HANDED_ON_AGAIN,
    GROUP_HELD,
    GROUP_LAG_AREA,
    GROUP_LAG_MAX,
    GROUP_LEVELS,
    GROUP_LOST,
    GROUP_REBALANCES,
    GROUP_REDELIVERED,
    GROUP_RESTING_AREA,
    GROUP_RETRIES,
    LEVEL_CONSUMING,
    LEVEL_GROUP_SINCE,
    LEVEL_LAG,
    LEVEL_RESTING,
    LEVEL_UNHANDLED,
    R_LEVEL_GROUPS,
    R_WINDOW_GROUPS,
)
from sim.record.fields.header import HIST_COMPLETIONS, HIST_REPLIES, HISTOGRAMS, R_LOG_END, R_LOG_LOST, R_LOG_NEXT, R_WINDOW
from sim.record.fields.services import (
    LEVEL_BUSY,
    LEVEL_SINCE,
    LEVEL_WAITING,
    R_LEVEL_SERVICES,
    R_WINDOW_SERVICES,
    SERVICE_ARRIVED,
    SERVICE_BUSY_AREA,
    SERVICE_ENDED,
    SERVICE_FIELDS,
    SERVICE_HELD,
    SERVICE_LEVELS,
    SERVICE_ORPHANED,
    SERVICE_STARTED,
    SERVICE_WAITED,
    SERVICE_WAITING_AREA,
    SERVICE_WAITING_MAX,
    SERVICE_WASTED,
)
from sim.record.outcomes import CRASHED, OK, REJECTED
from sim.shared import Words, rare, shared


@shared
def note(r: Words, now: int, fact: int, ident: int, value: int) -> None:
    """Write one row of the event log, when there is one."""
    if r[R_LOG_END] > 0:
        write_down(r, now, fact, ident, value)


@shared
@rare
def write_down(r: Words, now: int, fact: int, ident: int, value: int) -> None:
    """Write one row of the event log, or count that it has no room for it."""
    at = r[R_LOG_NEXT]
    if at < r[R_LOG_END]:
        r[at + LOG_TIME] = now
        r[at + LOG_FACT] = fact
        r[at + LOG_IDENTITY] = ident
        r[at + LOG_VALUE] = value
        r[R_LOG_NEXT] = at + LOG_FIELDS
    else:
        r[R_LOG_LOST] += 1


# -- areas and windows


@shared
def advance_service(r: Words, now: int, service: int) -> int:
    """Bring the areas of a service up to ``now``; returns the addresses of its window fields."""
    w = r[R_WINDOW_SERVICES] + service * SERVICE_FIELDS
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    elapsed = now - r[level + LEVEL_SINCE]
    if elapsed > 0:
        r[w + SERVICE_WAITING_AREA] += r[level + LEVEL_WAITING] * elapsed
        r[w + SERVICE_BUSY_AREA] += r[level + LEVEL_BUSY] * elapsed
        r[level + LEVEL_SINCE] = now
    return w


@shared
def advance_group(r: Words, now: int, group: int) -> int:
    """Bring the areas of a consumer group up to ``now``; returns the addresses of its window fields."""
    w = r[R_WINDOW_GROUPS] + group * GROUP_FIELDS
    level = r[R_LEVEL_GROUPS] + group * GROUP_LEVELS
    elapsed = now - r[level + LEVEL_GROUP_SINCE]
    if elapsed > 0:
        r[w + GROUP_LAG_AREA] += r[level + LEVEL_LAG] * elapsed
        r[w + GROUP_BUSY_AREA] += r[level + LEVEL_CONSUMING] * elapsed
        r[w + GROUP_RESTING_AREA] += r[level + LEVEL_RESTING] * elapsed
        r[level + LEVEL_GROUP_SINCE] = now
    return w


@shared
def advance(r: Words, now: int, family: int, entity: int) -> int:
    """Bring the areas of an entity of any family up to ``now``; returns the address of its window fields.

    ``family`` is where the family's words are in the header. `advance_service` and `advance_group` are the same for theirs.
    """
    w = r[family + WINDOW] + entity * r[family + FIELDS]
    level = r[family + LEVEL] + entity * r[family + LEVELS]
    elapsed = now - r[level + r[family + SINCE]]
    if elapsed > 0:
        at = r[family + AREAS]
        while at < r[family + AREAS_END]:
            r[w + r[at + 1]] += r[level + r[at]] * elapsed
            at += 2
        r[level + r[family + SINCE]] = now
    return w


@shared
def flush(r: Words, now: int) -> None:
    """Bring every area up to ``now``: at the end of a window, and at the horizon."""
    advance_all_ages(r, now)
    for number in range(FAMILY_COUNT):
        family = FAMILIES_AT + number * FAMILY_WORDS
        if r[family + SINCE] >= 0:
            for entity in range(r[family + COUNT]):
                advance(r, now, family, entity)


@shared
def window(r: Words, now: int) -> None:
    """The current window ends at ``now``: close its areas and histograms, and go on in the next one."""
    flush(r, now)
    tally.put_away(r)
    r[R_WINDOW] += 1
    for number in range(FAMILY_COUNT):
        family = FAMILIES_AT + number * FAMILY_WORDS
        r[family + WINDOW] += r[family + COUNT] * r[family + FIELDS]
        at = r[family + MAXIMA]
        while at < r[family + MAXIMA_END]:
            for entity in range(r[family + COUNT]):
                w = r[family + WINDOW] + entity * r[family + FIELDS]
                r[w + r[at + 1]] = r[r[family + LEVEL] + entity * r[family + LEVELS] + r[at]]
            at += 2
    note(r, now, FACT_WINDOW, 0, 0)


# -- flows


@shared
def offered(r: Words, now: int, flow: int, ident: int) -> None:
    """A request of a flow arrived at the system's door: one more trace."""
    r[r[R_WINDOW_FLOWS] + flow * FLOW_FIELDS + FLOW_OFFERED] += 1
    level = r[R_LEVEL_FLOWS] + flow * FLOW_LEVELS
    r[level + LEVEL_REQUESTS] += 1
    r[level + LEVEL_TRACES] += 1
    note(r, now, FACT_OFFERED, ident, flow)


@shared
def replied(r: Words, now: int, flow: int, ident: int, outcome: int, elapsed: int) -> None:
    """The client knows its final outcome, ``elapsed`` ns after it arrived (all attempts included)."""
    w = r[R_WINDOW_FLOWS] + flow * FLOW_FIELDS
    r[w + FLOW_SETTLED + outcome] += 1
    if outcome == OK:
        r[w + FLOW_REPLY_TIME] += elapsed
        if r[w + FLOW_SETTLED + OK] == 1 or elapsed < r[w + FLOW_REPLY_LEAST]:
            r[w + FLOW_REPLY_LEAST] = elapsed
        r[w + FLOW_REPLY_MOST] = max(r[w + FLOW_REPLY_MOST], elapsed)
        tally.tally(r, flow * HISTOGRAMS + HIST_REPLIES, elapsed)
    r[r[R_LEVEL_FLOWS] + flow * FLOW_LEVELS + LEVEL_REQUESTS] -= 1
    note(r, now, FACT_REPLIED, ident, outcome)


@shared
def closed(r: Words, now: int, flow: int, ident: int, good: int, elapsed: int, deadline: int) -> None:
    """Everything the trace caused is done; ``good`` when every part of it succeeded. No deadline is -1."""
    w = r[R_WINDOW_FLOWS] + flow * FLOW_FIELDS
    if good:
        r[w + FLOW_COMPLETED] += 1
        r[w + FLOW_COMPLETION_TIME] += elapsed
        if r[w + FLOW_COMPLETED] == 1 or elapsed < r[w + FLOW_COMPLETION_LEAST]:
            r[w + FLOW_COMPLETION_LEAST] = elapsed
        r[w + FLOW_COMPLETION_MOST] = max(r[w + FLOW_COMPLETION_MOST], elapsed)
        tally.tally(r, flow * HISTOGRAMS + HIST_COMPLETIONS, elapsed)
        if deadline < 0 or elapsed <= deadline:
            r[w + FLOW_GOOD] += 1
    else:
        r[w + FLOW_SPOILED] += 1
    r[r[R_LEVEL_FLOWS] + flow * FLOW_LEVELS + LEVEL_TRACES] -= 1
    note(r, now, FACT_CLOSED, ident, good)


# -- calls, seen from the caller


@shared
def sent(r: Words, now: int, edge: int, ident: int, attempt: int) -> None:
    """An attempt of a call left the caller; the first attempt is the call."""
    w = r[R_WINDOW_EDGES] + edge * EDGE_FIELDS
    r[w + EDGE_ATTEMPTS] += 1
    if attempt == 1:
        r[w + EDGE_CALLS] += 1
    r[r[R_LEVEL_EDGES] + edge * EDGE_LEVELS + LEVEL_AWAITED] += 1
    note(r, now, FACT_SENT, ident, attempt)


@shared
def settled(r: Words, now: int, edge: int, ident: int, outcome: int) -> None:
    """The caller no longer waits for this attempt, and knows why."""
    r[r[R_WINDOW_EDGES] + edge * EDGE_FIELDS + EDGE_SETTLED + outcome] += 1
    r[r[R_LEVEL_EDGES] + edge * EDGE_LEVELS + LEVEL_AWAITED] -= 1
    note(r, now, FACT_SETTLED, ident, outcome)


@shared
def late(r: Words, now: int, edge: int, ident: int) -> None:
    """A reply came back to a caller that no longer waits."""
    r[r[R_WINDOW_EDGES] + edge * EDGE_FIELDS + EDGE_LATE] += 1
    note(r, now, FACT_LATE, ident, 0)


# -- work, seen from the service


@shared
def waiting(r: Words, now: int, service: int, ident: int) -> None:
    """A request arrived and waits in the queue of its replica."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ARRIVED] += 1
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    r[level + LEVEL_WAITING] += 1
    r[w + SERVICE_WAITING_MAX] = max(r[w + SERVICE_WAITING_MAX], r[level + LEVEL_WAITING])
    note(r, now, FACT_WAITING, ident, r[level + LEVEL_WAITING])


@shared
def started_at_once(r: Words, now: int, service: int, ident: int) -> None:
    """A request arrived and found a free worker."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ARRIVED] += 1
    r[w + SERVICE_STARTED] += 1
    r[r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS + LEVEL_BUSY] += 1
    note(r, now, FACT_ARRIVED, ident, 0)


@shared
def started_after(r: Words, now: int, service: int, ident: int, waited: int) -> None:
    """A waiting request got a worker after ``waited`` ns."""
    w = advance_service(r, now, service)
    r[w + SERVICE_STARTED] += 1
    r[w + SERVICE_WAITED] += waited
    level = r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS
    r[level + LEVEL_WAITING] -= 1
    r[level + LEVEL_BUSY] += 1
    note(r, now, FACT_STARTED, ident, waited)


@shared
def turned_away(r: Words, now: int, service: int, ident: int, outcome: int) -> None:
    """A request arrived and was not let in: rejected by a full queue, or refused by a replica that is down."""
    w = r[R_WINDOW_SERVICES] + service * SERVICE_FIELDS
    r[w + SERVICE_ARRIVED] += 1
    r[w + SERVICE_ENDED + outcome] += 1
    note(r, now, FACT_REJECTED if outcome == REJECTED else FACT_REFUSED, ident, outcome)


@shared
def ended(r: Words, now: int, service: int, ident: int, outcome: int, held: int, orphan: int) -> None:
    """A handler ended and gave its worker back after ``held`` ns; an orphan's caller had stopped waiting."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ENDED + outcome] += 1
    r[w + SERVICE_HELD] += held
    if orphan:
        r[w + SERVICE_ORPHANED] += 1
        r[w + SERVICE_WASTED] += held
    r[r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS + LEVEL_BUSY] -= 1
    note(r, now, FACT_ENDED, ident, outcome)


@shared
def killed_waiting(r: Words, now: int, service: int, ident: int, waited: int) -> None:
    """A crash took a request out of the queue."""
    w = advance_service(r, now, service)
    r[w + SERVICE_ENDED + CRASHED] += 1
    r[w + SERVICE_WAITED] += waited
    r[r[R_LEVEL_SERVICES] + service * SERVICE_LEVELS + LEVEL_WAITING] -= 1
    note(r, now, FACT_KILLED, ident, waited)


# -- messages, seen from a consumer group


@shared
def appended(r: Words, now: int, group: int, ident: int, offset: int) -> None:
    """A message that this group will have to handle is in the log."""
    w = advance_group(r, now, group)
    r[w + GROUP_APPENDED] += 1
    level = r[R_LEVEL_GROUPS] + group * GROUP_LEVELS
    r[level + LEVEL_LAG] += 1
    r[level + LEVEL_UNHANDLED] += 1
    r[w + GROUP_LAG_MAX] = max(r[w + GROUP_LAG_MAX], r[level + LEVEL_LAG])
    note(r, now, FACT_APPENDED, ident, offset)


@shared
def delivered(r: Words, now: int, group: int, ident: int, offset: int, again: int) -> None:
    """A consumer of the group starts on a message; ``again`` when the message had been handed over before."""
    w = advance_group(r, now, group)
    r[w + GROUP_DELIVERED] += 1
    if again:
        r[w + GROUP_REDELIVERED] += 1
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_CONSUMING] += 1
    note(r, now, FACT_DELIVERED, ident, offset)


@shared
def consumed(r: Words, now: int, group: int, ident: int, outcome: int, held: int) -> None:
    """The handler of a delivery ended after ``held`` ns."""
    w = advance_group(r, now, group)
    r[w + GROUP_HELD] += held
    if outcome != OK:
        r[w + GROUP_FAILED] += 1
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_CONSUMING] -= 1
    note(r, now, FACT_ENDED, ident, outcome)


@shared
def handled(r: Words, now: int, group: int, ident: int, field: int, age: int) -> None:
    """The group is done with a message for the first time: applied, dropped or lost, ``age`` ns after its append."""
    w = r[R_WINDOW_GROUPS] + group * GROUP_FIELDS
    r[w + field] += 1
    if field == GROUP_APPLIED:
        r[w + GROUP_APPLY_TIME] += age
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_UNHANDLED] -= 1
    note(r, now, FACT_LOST if field == GROUP_LOST else FACT_HANDLED, ident, field)


@shared
def duplicated(r: Words, now: int, group: int, ident: int) -> None:
    """A message that the group had handled before was applied again."""
    r[r[R_WINDOW_GROUPS] + group * GROUP_FIELDS + GROUP_DUPLICATES] += 1
    note(r, now, FACT_HANDLED, ident, GROUP_DUPLICATES)


@shared
def committed(r: Words, now: int, group: int, partition: int, offset: int, count: int) -> None:
    """The group's committed offset of a partition moved on by ``count`` messages."""
    advance_group(r, now, group)
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_LAG] -= count
    note(r, now, FACT_COMMITTED, partition, offset)


@shared
def rebalancing(r: Words, now: int, group: int, sequence: int) -> None:
    """The whole group stops to share out its partitions anew."""
    r[r[R_WINDOW_GROUPS] + group * GROUP_FIELDS + GROUP_REBALANCES] += 1
    note(r, now, FACT_REBALANCING, group, sequence)


@shared
def resting(r: Words, now: int, group: int, ident: int, delay: int) -> None:
    """A message failed in a consumer's hands; it holds the message for ``delay`` ns, then tries again."""
    w = advance_group(r, now, group)
    r[w + GROUP_RETRIES] += 1
    if delay > 0:
        r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_RESTING] += 1
    note(r, now, FACT_RETRYING, ident, delay)


@shared
def handing_on(r: Words, now: int, group: int) -> None:
    """A message failed for good in a consumer's hands; it holds the message until the topic for those has it."""
    advance_group(r, now, group)
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_RESTING] += 1


@shared
def handed_on_again(r: Words, now: int, group: int, ident: int) -> None:
    """A message that the group had handled before failed for good, and was handed on once more."""
    r[r[R_WINDOW_GROUPS] + group * GROUP_FIELDS + GROUP_HANDED_ON_AGAIN] += 1
    note(r, now, FACT_HANDLED, ident, GROUP_HANDED_ON_AGAIN)


@shared
def rested(r: Words, now: int, group: int) -> None:
    """The consumer no longer waits: it tries again, has handed on what it failed at, or went down meanwhile."""
    advance_group(r, now, group)
    r[r[R_LEVEL_GROUPS] + group * GROUP_LEVELS + LEVEL_RESTING] -= 1
