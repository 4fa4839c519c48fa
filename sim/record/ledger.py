"""The books of a run: what came in = what went out, by reason, + what is still inside. Asserted on every run.

    service   arrived = ended by outcome + waiting + busy          requests
    edge      attempts = settled by outcome + awaited              attempts
    flow      offered = replied by outcome + open                  requests
              offered = completed + spoiled + open                 traces
    group     appended = applied + dropped + lost + unhandled      messages
    effect    applied = told ok + told failed + mended + untold    first times, of each effect of a flow
              replied ok = told ok + undone + pending              of one that the flow must have; else none is undone

    engine    the recorder's levels at the horizon = what the engine's own queues, workers, offsets and consumers hold,
              and what it finds without an answer, by the window in which each began
    histogram = as many as were answered well, done well, or are without an answer

    Little    area under "how many wait"    = time waited, of everybody (those still waiting included)     exactly, in ns
              area under "how many work"    = time held, of everybody
              area under "how many consume" = time consumed, of every delivery
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.errors import LedgerError
from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

Totals = NDArray[np.int64]


def check(record: Record) -> None:
    """Raise `LedgerError` with every line that does not balance, by name."""
    problems: list[str] = []
    network = record.network
    services = record.services.sum(axis=0)
    levels = record.service_levels
    names = [service.name for service in network.services]
    inside = levels[:, f.LEVEL_WAITING] + levels[:, f.LEVEL_BUSY]
    _balance(problems, "service", names, services[:, f.SERVICE_ARRIVED], _ended(services, f.SERVICE_ENDED) + inside)
    waited = services[:, f.SERVICE_WAITED] + levels[:, f.LEVEL_OPEN_WAITED]
    _balance(problems, "Little (waiting) of service", names, services[:, f.SERVICE_WAITING_AREA], waited)
    held = services[:, f.SERVICE_HELD] + levels[:, f.LEVEL_OPEN_HELD]
    _balance(problems, "Little (busy) of service", names, services[:, f.SERVICE_BUSY_AREA], held)

    edges = record.edges.sum(axis=0)
    settled = _ended(edges, f.EDGE_SETTLED) + record.edge_levels[:, f.LEVEL_AWAITED]
    _balance(problems, "edge", [edge.name for edge in network.edges], edges[:, f.EDGE_ATTEMPTS], settled)

    flows = record.flows.sum(axis=0)
    names = [flow.name for flow in network.flows]
    replied = _ended(flows, f.FLOW_SETTLED) + record.flow_levels[:, f.LEVEL_REQUESTS]
    _balance(problems, "flow (requests)", names, flows[:, f.FLOW_OFFERED], replied)
    closed = flows[:, f.FLOW_COMPLETED] + flows[:, f.FLOW_SPOILED] + record.flow_levels[:, f.LEVEL_TRACES]
    _balance(problems, "flow (traces)", names, flows[:, f.FLOW_OFFERED], closed)

    groups = record.groups.sum(axis=0)
    names = [group.name for group in network.groups]
    done = groups[:, f.GROUP_APPLIED] + groups[:, f.GROUP_DROPPED] + groups[:, f.GROUP_LOST]
    unhandled = record.group_levels[:, f.LEVEL_UNHANDLED]
    _balance(problems, "group", names, groups[:, f.GROUP_APPENDED], done + unhandled)
    held = groups[:, f.GROUP_HELD] + record.group_levels[:, f.LEVEL_GROUP_OPEN_HELD]
    _balance(problems, "Little (consuming) of group", names, groups[:, f.GROUP_BUSY_AREA], held)

    _check_inside(problems, record)
    _check_histograms(problems, record)
    _check_effects(problems, record)
    tables = {"service": levels, "group": record.group_levels, "edge": record.edge_levels, "flow": record.flow_levels}
    for what, table in (*tables.items(), ("effect", record.effect_levels)):
        if (table < 0).any():
            problems.append(f"a {what} holds fewer than nothing at the horizon")
    if problems:
        raise LedgerError("the books do not balance: " + "; ".join(problems))


def _check_inside(problems: list[str], record: Record) -> None:
    """The recorder's levels against what the engine itself holds, and against what began in each window and is open."""
    network, holds = record.network, record.inside
    groups, edges, flows = (table.sum(axis=0) for table in (record.groups, record.edges, record.flows))
    names = [service.name for service in network.services]
    _balance(problems, "queues of service", names, record.service_levels[:, f.LEVEL_WAITING], holds.services[:, 0])
    _balance(problems, "workers of service", names, record.service_levels[:, f.LEVEL_BUSY], holds.services[:, 1])
    names, now = [group.name for group in network.groups], record.group_levels
    _balance(problems, "lag of group", names, now[:, f.LEVEL_LAG], holds.groups[:, 0])
    _balance(problems, "consumers of group", names, now[:, f.LEVEL_CONSUMING], holds.groups[:, 1])
    _balance(problems, "consumers at rest of group", names, now[:, f.LEVEL_RESTING], holds.groups[:, 2])
    _balance(problems, "messages not handled of group", names, now[:, f.LEVEL_UNHANDLED], holds.groups[:, 3])
    _balance(problems, "the same by window, of group", names, now[:, f.LEVEL_UNHANDLED], groups[:, f.GROUP_UNHANDLED])
    names, now = [edge.name for edge in network.edges], record.edge_levels
    _balance(problems, "attempts awaited of edge", names, now[:, f.LEVEL_AWAITED], holds.edges[:, 0])
    _balance(problems, "the same by window, of edge", names, now[:, f.LEVEL_AWAITED], edges[:, f.EDGE_UNANSWERED])
    names, now = [flow.name for flow in network.flows], record.flow_levels
    _balance(problems, "requests without an answer of flow", names, now[:, f.LEVEL_REQUESTS], holds.flows[:, 0])
    _balance(problems, "the same by window, of flow", names, now[:, f.LEVEL_REQUESTS], flows[:, f.FLOW_UNANSWERED])
    _balance(problems, "traces under way of flow", names, now[:, f.LEVEL_TRACES], holds.flows[:, 1])
    _balance(problems, "the same by window, of flow", names, now[:, f.LEVEL_TRACES], flows[:, f.FLOW_UNFINISHED])



def _check_histograms(problems: list[str], record: Record) -> None:
    """What the histograms hold against what was counted."""
    flows, names = record.flows.sum(axis=0), [flow.name for flow in record.network.flows]
    held = [tallies.by_flow(len(names)) for tallies in (record.replies, record.completions, record.requests_open)]
    _balance(problems, "histogram of replies of flow", names, flows[:, f.FLOW_SETTLED + OK], held[0])
    _balance(problems, "histogram of completions of flow", names, flows[:, f.FLOW_COMPLETED], held[1])
    _balance(problems, "histogram of open requests of flow", names, record.flow_levels[:, f.LEVEL_REQUESTS], held[2])


def _check_effects(problems: list[str], record: Record) -> None:
    """What was applied is what clients were told of; what they were told is done, undone, or still to come."""
    rows, totals, levels = record.network.effects, record.effects.sum(axis=0), record.effect_levels
    if not rows:
        return
    names = [row.name for row in rows]
    told = totals[:, f.EFFECT_TOLD_OK] + totals[:, f.EFFECT_TOLD_FAILED] + totals[:, f.EFFECT_MENDED]
    _balance(problems, "effect", names, totals[:, f.EFFECT_APPLIED], told + levels[:, f.LEVEL_UNTOLD])
    missing = totals[:, f.EFFECT_UNDONE] + levels[:, f.LEVEL_PENDING]
    flows = record.flows.sum(axis=0)[[row.flow for row in rows]]
    required = np.array([row.required for row in rows], dtype=bool)
    _balance(problems, "pending effect", names, levels[:, f.LEVEL_PENDING], record.inside.effects[:, 0])
    _balance(problems, "effect not told yet", names, levels[:, f.LEVEL_UNTOLD], record.inside.effects[:, 1])
    well = np.where(required, flows[:, f.FLOW_SETTLED + OK], totals[:, f.EFFECT_TOLD_OK])
    _balance(problems, "requests answered ok with the effect", names, well, totals[:, f.EFFECT_TOLD_OK] + missing)
    failed = _ended(flows, f.FLOW_SETTLED) - flows[:, f.FLOW_SETTLED + OK]
    open_ = record.flow_levels[[row.flow for row in rows], f.LEVEL_REQUESTS]
    beyond = (totals[:, f.EFFECT_TOLD_OK] > flows[:, f.FLOW_SETTLED + OK]) | (totals[:, f.EFFECT_TOLD_FAILED] > failed)
    beyond |= (levels[:, f.LEVEL_UNTOLD] > open_) | (totals[:, f.EFFECT_MENDED] > totals[:, f.EFFECT_UNDONE])
    problems += [f"effect {names[row]!r} was done for more requests than there are" for row in np.flatnonzero(beyond)]


def _ended(totals: Totals, at: int) -> Totals:
    """Everything that ended, over all outcomes."""
    ended: Totals = totals[:, at : at + OUTCOME_COUNT].sum(axis=1)
    return ended


def _balance(problems: list[str], what: str, names: Sequence[str], left: Totals, right: Totals) -> None:
    for name, a, b in zip(names, left.tolist(), right.tolist(), strict=True):
        if a != b:
            problems.append(f"{what} {name!r}: {a} in, {b} out or inside")
