"""One trace out of the event log: what it did where, when, and who caused what.

    event log rows of a trace  -->  Span(sent, arrived, started, ended, settled)  -->  a tree, in the order of time

The log names places and occurrences, not parents; a parent is the latest execution that was running and can make the call. Of
a branch it names the handler.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.charts.series import branch_causes, publishers
from sim.network import place_names
from sim.record.fields.facts import (
    FACT_APPENDED,
    FACT_ARRIVED,
    FACT_BRANCH_BEGUN,
    FACT_BRANCH_ENDED,
    FACT_BRANCH_LEFT,
    FACT_CLOSED,
    FACT_DELIVERED,
    FACT_ENDED,
    FACT_HANDLED,
    FACT_KILLED,
    FACT_LATE,
    FACT_LEFT,
    FACT_LEFT_QUEUE,
    FACT_LOST,
    FACT_OFFERED,
    FACT_PUBLISHED,
    FACT_REFUSED,
    FACT_REJECTED,
    FACT_REPLIED,
    FACT_SENT,
    FACT_SETTLED,
    FACT_STARTED,
    FACT_WAITING,
    LOG_FACT,
    LOG_IDENTITY,
    LOG_TIME,
    LOG_VALUE,
)
from sim.record.fields.groups import GROUP_DROPPED, GROUP_EXPIRED, GROUP_HANDED_ON
from sim.record.outcomes import OK, OUTCOMES
from sim.semantics import order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.network import Network
    from sim.record.record import Record

SHIFT = order.PLACE_BITS + order.OCCURRENCE_BITS
OF_TRACES = frozenset(
    {
        FACT_OFFERED,
        FACT_SENT,
        FACT_ARRIVED,
        FACT_WAITING,
        FACT_REJECTED,
        FACT_REFUSED,
        FACT_STARTED,
        FACT_ENDED,
        FACT_SETTLED,
        FACT_LATE,
        FACT_LEFT,
        FACT_REPLIED,
        FACT_CLOSED,
        FACT_PUBLISHED,
        FACT_APPENDED,
        FACT_DELIVERED,
        FACT_HANDLED,
        FACT_KILLED,
        FACT_LEFT_QUEUE,
        FACT_LOST,
        FACT_BRANCH_BEGUN,
        FACT_BRANCH_ENDED,
        FACT_BRANCH_LEFT,
    }
)
TIMES: dict[int, tuple[str, ...]] = {
    FACT_SENT: ("sent",),
    FACT_WAITING: ("arrived",),
    FACT_ARRIVED: ("arrived", "started"),
    FACT_DELIVERED: ("arrived", "started"),
    FACT_STARTED: ("started",),
    FACT_APPENDED: ("started",),
    FACT_REJECTED: ("arrived", "ended"),
    FACT_REFUSED: ("arrived", "ended"),
    FACT_ENDED: ("ended",),
    FACT_KILLED: ("ended",),
    FACT_LEFT_QUEUE: ("ended",),
    FACT_SETTLED: ("settled",),
    FACT_LEFT: ("settled",),
    FACT_HANDLED: ("settled",),
    FACT_LOST: ("settled",),
    FACT_BRANCH_BEGUN: ("arrived", "started"),
    FACT_BRANCH_LEFT: ("settled",),
    FACT_BRANCH_ENDED: ("ended",),
}
"""Which times of a span a fact tells."""
OUTCOME_OF = {FACT_REJECTED, FACT_REFUSED, FACT_SETTLED}
Kind = Literal["call", "message", "delivery", "branch"]


@dataclass
class Span:
    """An attempt of a call, a message, or a delivery; times in ns, -1 where it did not come to that.

    Attributes:
        kind: ``call``, ``message``, ``delivery`` or ``branch``.
        name: ``service.operation``, or the topic, or the branch.
        place, occurrence: which they are in the log.
        sent: when the caller sent it, or it was published or delivered.
        arrived, started, ended: at the callee: in the queue, in service, done. Of a message: ``started`` is its append.
            What is turned away, by a full queue or a replica that is down, ends as it arrives: it waits in no queue.
        settled: when the caller knew the outcome, or the message was handled by all its groups. Of a branch, when it ended
            or was left.
        attempt: 1, 2, ...
        outcome: in words; '' when the log does not have it.
        children: what it caused.
        handler: of a branch, the identity of the execution that it belongs to; else -1.
    """

    kind: Kind
    name: str
    place: int
    occurrence: int
    sent: int
    arrived: int = -1
    started: int = -1
    ended: int = -1
    settled: int = -1
    attempt: int = 1
    outcome: str = ""
    children: list[Span] = field(default_factory=list)
    handler: int = -1

    @property
    def last(self) -> int:
        """The latest time that is known of it."""
        return max(self.sent, self.arrived, self.started, self.ended, self.settled)


@dataclass(frozen=True)
class Trace:
    """A trace: ``begin`` is when its client called, ``replied`` and ``closed`` are -1 when the log does not have them."""

    number: int
    flow: str
    begin: int
    replied: int
    closed: int
    outcome: str
    roots: tuple[Span, ...]

    @property
    def end(self) -> int:
        """When the last thing that is known of it happened."""
        return max([self.replied, self.closed, self.begin, *(span.last for span, _ in rows_of(self))])


def rows_of(trace: Trace) -> list[tuple[Span, int]]:
    """Every span with its depth: causes before what they caused, in the order of time."""
    found: list[tuple[Span, int]] = []
    stack = [(span, 0) for span in reversed(trace.roots)]
    while stack:
        span, depth = stack.pop()
        found.append((span, depth))
        stack += [(child, depth + 1) for child in reversed(span.children)]
    return found


def traces(record: Record) -> NDArray[np.int64]:
    """What the log has of every answered trace, int64 of shape (n, 4): number, flow, begin, time to the answer (ns)."""
    log = record.log
    offered = log[log[:, LOG_FACT] == FACT_OFFERED]
    replied = log[log[:, LOG_FACT] == FACT_REPLIED]
    begins = offered[np.argsort(offered[:, LOG_IDENTITY], kind="stable")]
    at = np.searchsorted(begins[:, LOG_IDENTITY], replied[:, LOG_IDENTITY])
    mine = begins[at]
    number = replied[:, LOG_IDENTITY] >> SHIFT
    took = replied[:, LOG_TIME] - mine[:, LOG_TIME]
    return np.stack([number, mine[:, LOG_VALUE], mine[:, LOG_TIME], took], axis=1)


def trace_of(record: Record, number: int) -> Trace:
    """One trace as a tree. Raises ``ValueError`` when the log does not have it."""
    log = record.log
    facts = log[:, LOG_FACT]
    rows = log[(log[:, LOG_IDENTITY] >> SHIFT == number) & np.isin(facts, list(OF_TRACES))]
    offered = rows[rows[:, LOG_FACT] == FACT_OFFERED]
    if not len(offered):
        raise ValueError(f"the event log has no trace {number}; it has {len(traces(record))} answered ones")
    network = record.network
    spans: dict[int, Span] = {}
    replied = closed = -1
    outcome = ""
    for time, fact, ident, value in rows.tolist():
        if fact == FACT_REPLIED:
            replied, outcome = time, OUTCOMES[value]
        elif fact == FACT_CLOSED:
            closed = time
        elif fact != FACT_OFFERED:
            _apply(spans, network, (time, fact, ident, value))
    flow = network.flows[int(offered[0, LOG_VALUE])].name
    roots = _tree(spans, network)
    return Trace(number, flow, int(offered[0, LOG_TIME]), replied, closed, outcome, roots)


def _apply(spans: dict[int, Span], network: Network, row: tuple[int, int, int, int]) -> None:
    """Write one row of the log into the span that it is about."""
    time, fact, ident, value = row
    place = (ident >> order.OCCURRENCE_BITS) & (order.PLACES_MAX - 1)
    occurrence = ident & (order.OCCURRENCES_MAX - 1)
    span = spans.get(ident)
    if span is None:
        kind: Kind = "delivery" if fact == FACT_DELIVERED else "call"
        if place >= len(network.operations):
            kind = "message" if place < len(network.operations) + len(network.channels) else "branch"
        span = spans[ident] = Span(kind, place_names(network)[place], place, occurrence, time)
    for key in TIMES.get(fact, ()):
        setattr(span, key, time)
    if fact == FACT_SENT:
        span.attempt = value
    elif fact == FACT_BRANCH_BEGUN:
        span.handler = value
    elif fact == FACT_BRANCH_ENDED:
        span.outcome = OUTCOMES[value]
        span.settled = time if span.settled < 0 else span.settled
    elif fact in OUTCOME_OF or (fact == FACT_ENDED and span.kind == "delivery"):
        span.outcome = OUTCOMES[value]
    elif fact == FACT_LOST or (fact == FACT_HANDLED and value in {GROUP_DROPPED, GROUP_EXPIRED}):
        span.outcome = "lost" if fact == FACT_LOST else "dropped"
    elif fact == FACT_HANDLED and value == GROUP_HANDED_ON:
        span.outcome = "handed on"


def _tree(spans: dict[int, Span], network: Network) -> tuple[Span, ...]:
    """Give every span to the one that caused it, as far as that can be told; the rest are roots."""
    operations = {operation.name: number for number, operation in enumerate(network.operations)}
    causes: dict[int, set[int]] = {}
    for edge in network.edges:
        if edge.caller in operations:
            causes.setdefault(edge.operation, set()).add(operations[edge.caller])
    first_topic = len(network.operations)
    for place, caused in branch_causes(network):
        causes.setdefault(caused, set()).add(place)
    for operation, topic in publishers(network):
        causes.setdefault(first_topic + topic, set()).add(operation)
    readers: dict[int, set[int]] = {}
    for group in network.groups:
        readers.setdefault(group.operation, set()).add(first_topic + group.channel)
    ordered = sorted(spans.values(), key=lambda span: (span.sent, span.place, span.occurrence))
    roots = []
    for span in ordered:
        if span.handler in spans:
            spans[span.handler].children.append(span)
            continue
        wanted = readers.get(span.place, set()) if span.kind == "delivery" else causes.get(span.place, set())
        able = [one for one in ordered if one is not span and one.place in wanted and _may_cause(one, span)]
        if able:
            max(able, key=lambda one: (one.started, -len(one.children))).children.append(span)
        else:
            roots.append(span)
    return tuple(roots)


def _may_cause(one: Span, other: Span) -> bool:
    """Whether an execution was at work, or a message was in the log, when the other span began."""
    if one.started < 0 or one.started > other.sent:
        return False
    return one.kind == "message" or one.ended < 0 or one.ended >= other.sent


def failed(span: Span) -> bool:
    """Whether it ended otherwise than well."""
    return span.outcome not in {"", OUTCOMES[OK]}
