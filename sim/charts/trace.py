"""One trace out of the event log: what it did where, when, and who caused what.

    event log rows of a trace  -->  Span(sent, arrived, started, ended, settled)  -->  a tree, in the order of time

The log names places and occurrences, not parents; a parent is the latest execution that was running and can make the call.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.charts.series import publishers
from sim.record import fields
from sim.record.outcomes import OK, OUTCOMES
from sim.semantics import order

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.network import Network
    from sim.record.record import Record

SHIFT = order.PLACE_BITS + order.OCCURRENCE_BITS
OF_TRACES = frozenset(
    {
        fields.FACT_OFFERED,
        fields.FACT_SENT,
        fields.FACT_ARRIVED,
        fields.FACT_WAITING,
        fields.FACT_REJECTED,
        fields.FACT_REFUSED,
        fields.FACT_STARTED,
        fields.FACT_ENDED,
        fields.FACT_SETTLED,
        fields.FACT_LATE,
        fields.FACT_REPLIED,
        fields.FACT_CLOSED,
        fields.FACT_PUBLISHED,
        fields.FACT_APPENDED,
        fields.FACT_DELIVERED,
        fields.FACT_HANDLED,
        fields.FACT_KILLED,
        fields.FACT_LOST,
    }
)
TIMES: dict[int, tuple[str, ...]] = {
    fields.FACT_SENT: ("sent",),
    fields.FACT_WAITING: ("arrived",),
    fields.FACT_ARRIVED: ("arrived", "started"),
    fields.FACT_DELIVERED: ("arrived", "started"),
    fields.FACT_STARTED: ("started",),
    fields.FACT_APPENDED: ("started",),
    fields.FACT_REJECTED: ("arrived", "ended"),
    fields.FACT_REFUSED: ("arrived", "ended"),
    fields.FACT_ENDED: ("ended",),
    fields.FACT_KILLED: ("ended",),
    fields.FACT_SETTLED: ("settled",),
    fields.FACT_HANDLED: ("settled",),
    fields.FACT_LOST: ("settled",),
}
"""Which times of a span a fact tells."""
OUTCOME_OF = {fields.FACT_REJECTED, fields.FACT_REFUSED, fields.FACT_SETTLED}
Kind = Literal["call", "message", "delivery"]


@dataclass
class Span:
    """An attempt of a call, a message, or a delivery; times in ns, -1 where it did not come to that.

    Attributes:
        kind: ``call``, ``message`` or ``delivery``.
        name: ``service.operation``, or the topic.
        place, occurrence: which they are in the log.
        sent: when the caller sent it, or it was published or delivered.
        arrived, started, ended: at the callee: in the queue, in service, done. Of a message: ``started`` is its append.
            What is turned away, by a full queue or a replica that is down, ends as it arrives: it waits in no queue.
        settled: when the caller knew the outcome, or the message was handled by all its groups.
        attempt: 1, 2, ...
        outcome: in words; '' when the log does not have it.
        children: what it caused.
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
    offered = log[log[:, fields.LOG_FACT] == fields.FACT_OFFERED]
    replied = log[log[:, fields.LOG_FACT] == fields.FACT_REPLIED]
    begins = offered[np.argsort(offered[:, fields.LOG_IDENTITY], kind="stable")]
    at = np.searchsorted(begins[:, fields.LOG_IDENTITY], replied[:, fields.LOG_IDENTITY])
    mine = begins[at]
    number = replied[:, fields.LOG_IDENTITY] >> SHIFT
    took = replied[:, fields.LOG_TIME] - mine[:, fields.LOG_TIME]
    return np.stack([number, mine[:, fields.LOG_VALUE], mine[:, fields.LOG_TIME], took], axis=1)


def trace_of(record: Record, number: int) -> Trace:
    """One trace as a tree. Raises ``ValueError`` when the log does not have it."""
    log = record.log
    facts = log[:, fields.LOG_FACT]
    rows = log[(log[:, fields.LOG_IDENTITY] >> SHIFT == number) & np.isin(facts, list(OF_TRACES))]
    offered = rows[rows[:, fields.LOG_FACT] == fields.FACT_OFFERED]
    if not len(offered):
        raise ValueError(f"the event log has no trace {number}; it has {len(traces(record))} answered ones")
    network = record.network
    spans: dict[int, Span] = {}
    replied = closed = -1
    outcome = ""
    for time, fact, ident, value in rows.tolist():
        if fact == fields.FACT_REPLIED:
            replied, outcome = time, OUTCOMES[value]
        elif fact == fields.FACT_CLOSED:
            closed = time
        elif fact != fields.FACT_OFFERED:
            _apply(spans, network, (time, fact, ident, value))
    flow = network.flows[int(offered[0, fields.LOG_VALUE])].name
    roots = _tree(spans, network)
    return Trace(number, flow, int(offered[0, fields.LOG_TIME]), replied, closed, outcome, roots)


def _apply(spans: dict[int, Span], network: Network, row: tuple[int, int, int, int]) -> None:
    """Write one row of the log into the span that it is about."""
    time, fact, ident, value = row
    place = (ident >> order.OCCURRENCE_BITS) & (order.PLACES_MAX - 1)
    occurrence = ident & (order.OCCURRENCES_MAX - 1)
    span = spans.get(ident)
    if span is None:
        topic = place >= len(network.operations)
        name = network.channels[place - len(network.operations)].name if topic else network.operations[place].name
        kind: Kind = "message" if topic else "delivery" if fact == fields.FACT_DELIVERED else "call"
        span = spans[ident] = Span(kind, name, place, occurrence, time)
    for key in TIMES.get(fact, ()):
        setattr(span, key, time)
    if fact == fields.FACT_SENT:
        span.attempt = value
    elif fact in OUTCOME_OF or (fact == fields.FACT_ENDED and span.kind == "delivery"):
        span.outcome = OUTCOMES[value]
    elif fact == fields.FACT_LOST or (fact == fields.FACT_HANDLED and value in {fields.GROUP_DROPPED, fields.GROUP_EXPIRED}):
        span.outcome = "lost" if fact == fields.FACT_LOST else "dropped"
    elif fact == fields.FACT_HANDLED and value == fields.GROUP_HANDED_ON:
        span.outcome = "handed on"


def _tree(spans: dict[int, Span], network: Network) -> tuple[Span, ...]:
    """Give every span to the one that caused it, as far as that can be told; the rest are roots."""
    operations = {operation.name: number for number, operation in enumerate(network.operations)}
    causes: dict[int, set[int]] = {}
    for edge in network.edges:
        if edge.caller in operations:
            causes.setdefault(edge.operation, set()).add(operations[edge.caller])
    first_topic = len(network.operations)
    for operation, topic in publishers(network):
        causes.setdefault(first_topic + topic, set()).add(operation)
    readers: dict[int, set[int]] = {}
    for group in network.groups:
        readers.setdefault(group.operation, set()).add(first_topic + group.channel)
    ordered = sorted(spans.values(), key=lambda span: (span.sent, span.place, span.occurrence))
    roots = []
    for span in ordered:
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
