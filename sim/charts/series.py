"""The numbers behind the curves: one row for each replication, one column for each window.

    records --goodput, errors, backlog--> (n, windows) --band--> mean, low, high (windows,)

Everything is counted in the record's own windows; nothing is smoothed. The last window may be shorter than the others, and
rates are taken over its own length.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.breach import flow_requests
from sim.metrics.samples import completions, doomed, replies
from sim.metrics.spans import measured
from sim.metrics.unanswered import hanging_attempts, hanging_messages
from sim.record import fields as f
from sim.record.fields.groups import GROUP_DELIVERED, GROUP_EXPIRED, GROUP_FAILED, GROUP_LAG_AREA, GROUP_LOST
from sim.record.outcomes import OUTCOME_COUNT

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sim.network import Network
    from sim.record.record import Record
    from sim.stats.sample import Sample

Floats = NDArray[np.float64]
SECOND = 1e9
CONFIDENCE = 0.95


@dataclass(frozen=True)
class Band:
    """Mean over replications, and its pointwise 95 % interval by Student's t; equal to the mean for one replication."""

    mean: Floats
    low: Floats
    high: Floats


def band(values: Floats) -> Band:
    """The band of an array of shape (n, ...); replications without a value (nan) are left out where they have none."""
    counted = np.isfinite(values)
    n = counted.sum(axis=0)
    kept = np.where(counted, values, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(n > 0, kept.sum(axis=0) / np.maximum(n, 1), np.nan)
        spread = np.where(counted, (values - mean) ** 2, 0.0).sum(axis=0) / np.maximum(n - 1, 1)
    half = np.where(n > 1, student_t(n) * np.sqrt(spread / np.maximum(n, 1)), 0.0)
    return Band(mean, mean - half, mean + half)


def student_t(n: NDArray[np.int64]) -> Floats:
    """The two-sided 95 % quantile of Student's t for samples of size n."""
    from scipy.special import stdtrit  # loaded by the first band only

    quantile: Floats = stdtrit(np.maximum(n - 1, 1), 0.5 + CONFIDENCE / 2)
    return quantile


def edges_of(network: Network) -> Floats:
    """Borders of the windows in seconds, shape (windows + 1,)."""
    borders = np.arange(network.windows + 1, dtype=np.float64) * network.window
    borders[-1] = network.horizon
    return borders / SECOND


def flow_numbers(network: Network, flow: str | Collection[str] | None) -> list[int]:
    """Numbers of the flows named, of all flows for None. Raises ``ValueError`` with the known names."""
    names = [entry.name for entry in network.flows]
    if flow is None:
        return list(range(len(names)))
    wanted = [flow] if isinstance(flow, str) else list(flow)
    unknown = [name for name in wanted if name not in names]
    if unknown:
        raise ValueError(f"there is no flow {unknown[0]!r} in {network.scenario.name}; flows: {', '.join(names)}")
    return [names.index(name) for name in wanted]


def business_flows(network: Network) -> list[str]:
    """The flows with a deadline: those whose completion matters, not only their answer; all flows when none has one."""
    return [flow.name for flow in network.flows if flow.deadline >= 0] or [flow.name for flow in network.flows]


def goodput(records: Sequence[Record], flows: Sequence[int]) -> Floats:
    """Unique successes within their deadline per second, (n, windows)."""
    width = np.diff(edges_of(records[0].network))
    return np.array([record.flows[:, flows, f.flows.FLOW_GOOD].sum(axis=1) / width for record in records])


def offered(records: Sequence[Record], flows: Sequence[int]) -> Floats:
    """Arrivals per second, (n, windows)."""
    width = np.diff(edges_of(records[0].network))
    return np.array([record.flows[:, flows, f.flows.FLOW_OFFERED].sum(axis=1) / width for record in records])


def errors(records: Sequence[Record], flows: Sequence[int]) -> Floats:
    """Share of the requests answered in a window that were answered by a failure, (n, windows); nan without answers.

    Those that hang when the run ends count in the window in which they arrived.
    """
    rows = []
    for record in records:
        total, failed = (counts[:, flows].sum(axis=1) for counts in flow_requests(record))
        rows.append(np.where(total > 0, failed / np.maximum(total, 1), np.nan))
    return np.array(rows)


def backlog(records: Sequence[Record]) -> Floats:
    """Requests that wait in queues and messages not yet committed, mean over each window, (n, windows)."""
    width = np.diff(edges_of(records[0].network)) * SECOND
    waiting = [record.services[:, :, f.services.SERVICE_WAITING_AREA].sum(axis=1) for record in records]
    lag = [record.groups[:, :, GROUP_LAG_AREA].sum(axis=1) for record in records]
    levels: Floats = (np.array(waiting) + np.array(lag)) / width
    return levels


def latency_quantiles(records: Sequence[Record], flows: Sequence[int], share: float) -> Floats:
    """Time in seconds that a share of a window's ok answers took at most, (n, windows); nan without answers."""
    found = np.full((len(records), records[0].network.windows), np.nan)
    for number, record in enumerate(records):
        upper = record.replies.bounds()[1]
        rows = record.replies.rows(flows)
        keys, place = np.unique(rows[:, 0] * len(upper) + rows[:, 2], return_inverse=True)
        counts = np.zeros(len(keys), dtype=np.int64)
        np.add.at(counts, place.reshape(-1), rows[:, 3])
        reached = np.cumsum(counts)
        most = record.flows[:, flows, f.flows.FLOW_REPLY_MOST].max(axis=1)
        for window, first, stop in _runs(keys // len(upper)):
            before = int(reached[first - 1]) if first else 0
            rank = max(1, int(np.ceil(share * (reached[stop - 1] - before) - 1e-9)))
            at = first + int(np.searchsorted(reached[first:stop] - before, rank))
            found[number, window] = min(upper[keys[at] % len(upper)], most[window]) / SECOND
    return found


def _runs(values: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(value, first, stop) of each run of equal values."""
    borders = [*np.flatnonzero(np.diff(values, prepend=-1)), len(values)]
    return [(int(values[a]), int(a), int(b)) for a, b in pairwise(borders)]


def attempts_a_call(records: Sequence[Record]) -> Floats:
    """Attempts sent in a window for each call begun in it, over all edges, (n, windows); nan without calls."""
    rows = []
    for record in records:
        calls, attempts = (record.edges[:, :, field].sum(axis=1) for field in (f.edges.EDGE_CALLS, f.edges.EDGE_ATTEMPTS))
        rows.append(np.where(calls > 0, attempts / np.maximum(calls, 1), np.nan))
    return np.array(rows)


def failed_by_service(records: Sequence[Record]) -> Floats:
    """Share of attempts and deliveries at each service that failed or hang, replications pooled, (services, windows)."""
    network = records[0].network
    failed = np.zeros((len(network.services), network.windows))
    total = np.zeros_like(failed)
    for record in records:
        settled = record.edges[:, :, f.edges.EDGE_SETTLED : f.edges.EDGE_SETTLED + OUTCOME_COUNT]
        hanging = hanging_attempts(record)
        for number, edge in enumerate(network.edges):
            total[edge.service] += settled[:, number].sum(axis=1) + hanging[:, number]
            failed[edge.service] += settled[:, number, 1:].sum(axis=1) + hanging[:, number]
        unhandled = hanging_messages(record)
        for number, group in enumerate(network.groups):
            lost = record.groups[:, number, GROUP_LOST] + record.groups[:, number, GROUP_EXPIRED] + unhandled[:, number]
            total[group.service] += record.groups[:, number, GROUP_DELIVERED] + lost
            failed[group.service] += record.groups[:, number, GROUP_FAILED] + lost
    return np.where(total > 0, failed / np.maximum(total, 1), np.nan)


def backlog_by_service(records: Sequence[Record]) -> Floats:
    """Waiting requests and uncommitted messages at each service, mean over windows and replications, (services, windows)."""
    network = records[0].network
    area = np.zeros((len(network.services), network.windows))
    for record in records:
        area += record.services[:, :, f.services.SERVICE_WAITING_AREA].T
        for number, group in enumerate(network.groups):
            area[group.service] += record.groups[:, number, GROUP_LAG_AREA]
    return area / (np.diff(edges_of(network)) * SECOND * len(records))


@dataclass(frozen=True)
class Tail:
    """How many took longer: the share of all requests, failures counted as infinite, above each duration.

    Attributes:
        begins, seconds: bounds of the cells that hold something, from the shortest value seen to the longest.
        above: shares of shape (n, len(seconds)): one row for each replication.
        failed: shares that never succeeded, of shape (n,): where the curves end.
        count: how many requests there were in all.
    """

    begins: Floats
    seconds: Floats
    above: Floats
    failed: Floats
    count: int = 0


def tail(records: Sequence[Record], flows: Sequence[int], *, of: str = "replies") -> Tail:
    """The tail of ``replies`` (until the client has an answer) or ``completions`` (until everything is done).

    Counted after the warm-up, as the metrics do. What was open at the horizon for longer than the slowest answer took never
    succeeded; what was open for less is not counted, as nobody knows yet how it ends.
    """
    asked = [_sample(record, tuple(flows), of) for record in records]
    failed = np.array([one.total - one.waiting - one.answered for one in asked], dtype=np.int64)
    total = np.array([one.total - one.waiting for one in asked], dtype=np.int64)
    shares = np.maximum(total, 1)
    points = np.unique(np.concatenate([one.highs[one.highs <= one.most] for one in asked]))
    if len(points) == 0:
        return Tail(np.zeros(0), np.zeros(0), np.zeros((len(records), 0)), failed / shares, int(total.sum()))
    begins = points.copy()
    for one in asked:
        answered = one.highs <= one.most
        np.minimum.at(begins, points.searchsorted(one.highs[answered]), one.lows[answered])
    reached = np.array([np.concatenate([[0], one.reached])[one.highs.searchsorted(points, side="right")] for one in asked])
    above = (total[:, None] - reached) / shares[:, None]
    return Tail(begins / SECOND, points / SECOND, above, failed / shares, int(total.sum()))


def _sample(record: Record, flows: tuple[int, ...], of: str) -> Sample:
    """What some flows answered after the warm-up."""
    first, stop = measured(record.network)
    if of == "replies":
        failures = record.flows[first:stop, flows, f.flows.FLOW_SETTLED + 1 : f.flows.FLOW_SETTLED + OUTCOME_COUNT].sum()
        return replies(record, flows, first, stop, int(failures)).sample
    failures = record.flows[first:stop, flows, f.flows.FLOW_SPOILED].sum()
    return completions(record, flows, first, stop, int(failures) + doomed(record, flows)).sample


def callers_first(network: Network) -> list[int]:
    """Services in topological order: those that clients call on top, consumers below their publishers."""
    followers: dict[int, list[int]] = {number: [] for number in range(len(network.services))}
    service_of = {operation.name: operation.service for operation in network.operations}
    roots = []
    for edge in network.edges:
        caller = service_of.get(edge.caller)
        if caller is None:
            roots.append(edge.service)
        elif edge.service != caller:
            followers[caller].append(edge.service)
    for publisher, topic in publishes(network):
        followers[publisher] += [network.groups[group].service for group in network.channels[topic].groups]
    done: list[int] = []
    seen: set[int] = set()
    for root in [*roots, *followers]:
        _visit(root, followers, seen, done)
    return done[::-1]


def _visit(root: int, followers: dict[int, list[int]], seen: set[int], done: list[int]) -> None:
    """Depth first, the last follower first, so that reversing gives the order of declaration; iterative."""
    stack = [(root, False)]
    while stack:
        service, left = stack.pop()
        if left:
            done.append(service)
        elif service not in seen:
            seen.add(service)
            stack.append((service, True))
            stack += [(follower, False) for follower in followers[service]]


def publishes(network: Network) -> list[tuple[int, int]]:
    """Pairs of (service, topic) for every publish step."""
    return [(network.operations[operation].service, topic) for operation, topic in publishers(network)]


def branch_causes(network: Network) -> list[tuple[int, int]]:
    """Pairs of places: of a branch, and of an operation that it calls, or a topic that it publishes to."""
    from sim.network import BRANCH, BRANCH_OVER, CALL, FORK, INSTRUCTION, OUTBOX, PUBLISH  # the same

    program, first_topic = network.program, len(network.operations)
    first_branch = first_topic + len(network.channels)
    pairs = []
    for begin in range(0, len(program), INSTRUCTION):
        at, going = program[begin + 2], program[begin] == BRANCH
        while going:
            code, a, b = program[at : at + 3]
            if code == FORK:  # what its own branches do is theirs
                at = program[at + INSTRUCTION + 1] - (b + 1) * INSTRUCTION
            elif code == CALL:
                pairs.append((first_branch + program[begin + 1], network.sites[a].operation))
            elif code in {PUBLISH, OUTBOX}:
                pairs.append((first_branch + program[begin + 1], first_topic + a))
            going = code != BRANCH_OVER or a == 0
            at += INSTRUCTION
    return pairs


def publishers(network: Network) -> list[tuple[int, int]]:
    """Pairs of (operation, topic) for every publish step."""
    from sim.network import INSTRUCTION, OUTBOX, PUBLISH  # the compiler is not needed for anything else here

    entries = sorted((operation.entry, number) for number, operation in enumerate(network.operations))
    pairs = []
    for (entry, number), stop in zip(entries, [entry for entry, _ in entries[1:]] + [len(network.program)], strict=True):
        steps = range(entry, stop, INSTRUCTION)
        pairs += [(number, network.program[at + 1]) for at in steps if network.program[at] in {PUBLISH, OUTBOX}]
    return pairs
