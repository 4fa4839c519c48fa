"""The books of a run: what came in = what went out, by reason, + what is still inside. Asserted on every run.

The identities of each family stand where its columns are declared (`sim.record.fields`):

    service   arrived = ended by outcome + waiting + busy          requests
    edge      attempts = settled by outcome + awaited              attempts
    flow      offered = replied by outcome + open                  requests
              offered = completed + spoiled + open                 traces
    group     appended = applied + dropped + lost + expired
                         + handed on + unhandled               messages
    saga      started = completed + compensated + parked + open    sagas
    effect    applied = told ok + told failed + mended + untold    first times, of each effect of a flow
              replied ok = told ok + undone + pending              of one that the flow must have; else none is undone
    invariant offered = held + broken + parked + open              traces, of each invariant of a flow

    engine    the recorder's levels at the horizon = what the engine's own queues, workers, offsets and consumers hold,
              and what it finds without an answer, by the window in which each began
    follow-up asked = answered by outcome + asking                 requests of users who were answered well
              begun = satisfied + gave up + following              users

    relay     written + unmarked = marked + lost + backlog         rows of an outbox
    projection missed = there + missing                          events
              waiting reads = served + over + killed + waiting     and Little's law of them

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
from sim.record.families import FAMILIES, Family
from sim.record.fields.effects import (
    EFFECT_MENDED,
    EFFECT_TOLD_FAILED,
    EFFECT_TOLD_OK,
    EFFECT_UNDONE,
    LEVEL_PENDING,
    LEVEL_UNTOLD,
)
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_OFFERED, FLOW_SETTLED, LEVEL_REQUESTS
from sim.record.fields.projections import LEVEL_MISSING, PROJECTIONS, VIEW_READS, VIEW_THERE
from sim.record.fields.sagas import LEVEL_EXPOSED, SAGA_COMPENSATED, SAGA_COMPLETED, SAGA_EXPOSED
from sim.record.magnitude import check_magnitude
from sim.record.outcomes import OK, OUTCOME_COUNT
from sim.record.session_books import session_problems

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

Totals = NDArray[np.int64]
HISTOGRAMS_OF_FOLLOW_UPS = ("answers", "satisfied users", "open follow-ups", "users who follow up")
HISTOGRAMS_OF_PROJECTIONS = ("reads", "events there", "nothing", "missing events")


def check(record: Record) -> None:
    """Raise `LedgerError` with every line that does not balance, by name; `RunawayError` where times add up to too much."""
    check_magnitude(record)
    problems: list[str] = []
    for family in FAMILIES:
        _check_family(problems, record, family)
    _check_histograms(problems, record)
    _check_effects(problems, record)
    _check_invariants(problems, record)
    if problems:
        raise LedgerError("the books do not balance: " + "; ".join(problems))


def _check_family(problems: list[str], record: Record, family: Family) -> None:
    """The identities of a family, and its levels against what the engine itself holds, by window where that is counted."""
    names, levels = family.names(record.network) if family.hashed else [], record.levels.get(family.name)
    if levels is None or not names:
        return
    totals = record.tables[family.name].sum(axis=0)
    for one in family.balances:
        out = totals[:, list(one.went_out)].sum(axis=1) + levels[:, list(one.levels)].sum(axis=1)
        _balance(problems, one.what, names, totals[:, list(one.came_in)].sum(axis=1), out)
    for column, holding in enumerate(family.holdings):
        now = levels[:, holding.level]
        _balance(problems, holding.what, names, now, record.inside[family.name][:, column])
        if holding.by_window is not None:
            _balance(problems, f"the same by window, of {family.one}", names, now, totals[:, holding.by_window])
    if (levels < 0).any():
        problems.append(f"a {family.one} holds fewer than nothing at the horizon")


def _check_histograms(problems: list[str], record: Record) -> None:
    """What the histograms hold against what was counted."""
    flows, names = record.flows.sum(axis=0), [flow.name for flow in record.network.flows]
    all_held = [tallies.by_flow(record.network.tallied) for tallies in record.histograms]
    count, sagas = len(names), len(record.network.sagas)
    held = [counts[:count] for counts in all_held]
    if record.network.sagas:
        _check_saga_histograms(problems, record, [counts[count : count + sagas] for counts in all_held])
    _balance(problems, "histogram of replies of flow", names, flows[:, FLOW_SETTLED + OK], held[0])
    _balance(problems, "histogram of completions of flow", names, flows[:, FLOW_COMPLETED], held[1])
    _balance(problems, "histogram of open requests of flow", names, record.flow_levels[:, LEVEL_REQUESTS], held[2])
    _check_follow_ups(problems, record, [counts[count + sagas :] for counts in all_held])


def _check_follow_ups(problems: list[str], record: Record, held: list[Totals]) -> None:
    """What the histograms of follow-ups hold against what was counted."""
    rows, names = record.network.follow_ups, [row.name for row in record.network.follow_ups]
    counts, levels = record.tables[f.follow_ups.FOLLOW_UPS.name].sum(axis=0), record.levels[f.follow_ups.FOLLOW_UPS.name]
    counted = (
        counts[:, f.follow_ups.FOLLOW_UP_SETTLED + OK],
        counts[:, f.follow_ups.FOLLOW_UP_SATISFIED],
        levels[:, f.follow_ups.LEVEL_ASKING],
        levels[:, f.follow_ups.LEVEL_FOLLOWING],
    )
    for what, one, other in zip(HISTOGRAMS_OF_FOLLOW_UPS, counted, held, strict=True):
        _balance(problems, f"histogram of {what} of", names, one, other[: len(rows)])
    _check_projections(problems, record, [counts[len(rows) :] for counts in held])


def _check_projections(problems: list[str], record: Record, held: list[Totals]) -> None:
    """What the histograms of projections hold against what was counted; none of their reads is open."""
    names = [row.name for row in record.network.projections]
    counts, levels = record.tables[PROJECTIONS.name].sum(axis=0), record.levels[PROJECTIONS.name]
    none = np.zeros(len(names), dtype=np.int64)
    counted = (counts[:, VIEW_READS], counts[:, VIEW_THERE], none, levels[:, LEVEL_MISSING])
    for what, one, other in zip(HISTOGRAMS_OF_PROJECTIONS, counted, held, strict=True):
        _balance(problems, f"histogram of {what} of projection", names, one, other[: len(names)])
    if record.network.sessions:
        problems += session_problems(record, held[1][len(names) :], held[3][len(names) :])


def _check_saga_histograms(problems: list[str], record: Record, held: Sequence[Totals]) -> None:
    """The same of sagas: those that ended unparked, all of them and those that were exposed; and those that are exposed."""
    sagas, names = record.tables["sagas"].sum(axis=0), [saga.name for saga in record.network.sagas]
    _balance(problems, "histogram of exposure of saga", names, sagas[:, SAGA_EXPOSED], held[0])
    _balance(
        problems, "histogram of durations of saga", names, sagas[:, [SAGA_COMPLETED, SAGA_COMPENSATED]].sum(axis=1), held[1]
    )
    _balance(problems, "histogram of exposed sagas", names, record.levels["sagas"][:, LEVEL_EXPOSED], held[2])


def _check_effects(problems: list[str], record: Record) -> None:
    """What was applied is what clients were told of; what they were told is done, undone, or still to come."""
    rows, totals, levels = record.network.effects, record.effects.sum(axis=0), record.effect_levels
    if not rows:
        return
    names = [row.name for row in rows]
    missing = totals[:, EFFECT_UNDONE] + levels[:, LEVEL_PENDING]
    flows = record.flows.sum(axis=0)[[row.flow for row in rows]]
    required = np.array([row.required for row in rows], dtype=bool)
    well = np.where(required, flows[:, FLOW_SETTLED + OK], totals[:, EFFECT_TOLD_OK])
    _balance(problems, "requests answered ok with the effect", names, well, totals[:, EFFECT_TOLD_OK] + missing)
    failed = _ended(flows, FLOW_SETTLED) - flows[:, FLOW_SETTLED + OK]
    open_ = record.flow_levels[[row.flow for row in rows], LEVEL_REQUESTS]
    beyond = (totals[:, EFFECT_TOLD_OK] > flows[:, FLOW_SETTLED + OK]) | (totals[:, EFFECT_TOLD_FAILED] > failed)
    beyond |= (levels[:, LEVEL_UNTOLD] > open_) | (totals[:, EFFECT_MENDED] > totals[:, EFFECT_UNDONE])
    problems += [f"effect {names[row]!r} was done for more requests than there are" for row in np.flatnonzero(beyond)]


def _check_invariants(problems: list[str], record: Record) -> None:
    """Of every trace that was offered an invariant held or not when it was closed, or a saga was parked, or it is open."""
    rows, totals = record.network.invariants, record.invariants.sum(axis=0)
    if not rows:
        return
    names, flows = [row.name for row in rows], [row.flow for row in rows]
    offered = record.flows.sum(axis=0)[flows, FLOW_OFFERED]
    closed = totals[:, [f.invariants.INVARIANT_HELD, f.invariants.INVARIANT_BROKEN, f.invariants.INVARIANT_PARKED]].sum(axis=1)
    open_ = record.invariant_levels[:, f.invariants.LEVEL_INVARIANT_OPEN]
    _balance(problems, "traces of invariant", names, offered, closed + open_)
    turned = totals[:, f.invariants.INVARIANT_LATER_BROKEN] - totals[:, f.invariants.INVARIANT_LATER_HELD]
    held = totals[:, f.invariants.INVARIANT_HELD] - turned - totals[:, f.invariants.INVARIANT_HELD_PARKED]
    broken = totals[:, f.invariants.INVARIANT_BROKEN] + turned - totals[:, f.invariants.INVARIANT_BROKEN_PARKED]
    beyond = (held < 0) | (broken < 0)
    problems += [f"invariant {names[row]!r} was turned round for more traces than there are" for row in np.flatnonzero(beyond)]


def _ended(totals: Totals, at: int) -> Totals:
    """Everything that ended, over all outcomes."""
    ended: Totals = totals[:, at : at + OUTCOME_COUNT].sum(axis=1)
    return ended


def _balance(problems: list[str], what: str, names: Sequence[str], left: Totals, right: Totals) -> None:
    for name, a, b in zip(names, left.tolist(), right.tolist(), strict=True):
        if a != b:
            problems.append(f"{what} {name!r}: {a} in, {b} out or inside")
