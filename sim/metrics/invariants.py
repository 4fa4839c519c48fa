"""What became of the invariants of a run: of how many traces each held, was broken or is open; and the verdict on them.

    broken in any trace of any replication  -->  fail        no interval is asked: one trace disproves it
    else open in some                       -->  unsure      a trace that has not ended when a run ends may break it yet
    else                                    -->  pass

A trace with a parked saga is not judged: it is half done until a person sees to it. The verdict says how many there are, and
`stuck` of the saga counts them. All traces of a run count, those of the warm-up too: what is broken there is broken.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

from sim.record.fields.invariants import (
    INVARIANT_BROKEN,
    INVARIANT_BROKEN_PARKED,
    INVARIANT_HELD,
    INVARIANT_HELD_PARKED,
    INVARIANT_LATER_BROKEN,
    INVARIANT_LATER_HELD,
    INVARIANT_PARKED,
    LEVEL_INVARIANT_OPEN,
)
from sim.stats.intervals import estimate
from sim.stats.judging import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.record.record import Record
    from sim.scenario.invariants import Invariant
    from sim.scenario.objectives import Objective
    from sim.stats.judging import Outcome

PATH = "invariants_broken"
NO_INVARIANT = "without an invariant of its effects"


class Ended(NamedTuple):
    """Traces for which an invariant held, and was broken, when the run ended; of some a saga is parked, some had not ended."""

    held: int
    broken: int
    parked: int
    open: int


def ended(record: Record, rows: Iterable[int]) -> Ended:
    """Return what became of some rows of a record's invariants together, over the whole run."""
    held = broken = parked = still = 0
    totals = record.invariants.sum(axis=0)
    for row in rows:
        counts = totals[row].tolist()
        turned = counts[INVARIANT_LATER_BROKEN] - counts[INVARIANT_LATER_HELD]
        held += counts[INVARIANT_HELD] - turned - counts[INVARIANT_HELD_PARKED]
        broken += counts[INVARIANT_BROKEN] + turned - counts[INVARIANT_BROKEN_PARKED]
        parked += counts[INVARIANT_PARKED] + counts[INVARIANT_HELD_PARKED] + counts[INVARIANT_BROKEN_PARKED]
        still += int(record.invariant_levels[row, LEVEL_INVARIANT_OPEN])
    return Ended(held, broken, parked, still)


def rows_of(record: Record, flow: int | None) -> Sequence[int]:
    """Return the rows of a flow's invariants, or of all flows'."""
    network = record.network
    return range(len(network.invariants)) if flow is None else network.flow_invariants[flow]


def broken_of(record: Record, flow: int | None) -> float:
    """Return how many broken invariants a flow's traces have, or all; nan where there is none to break."""
    rows = rows_of(record, flow)
    return float(ended(record, rows).broken) if rows else math.nan


def judge_invariant(records: Sequence[Record], number: int, invariant: Invariant) -> Verdict:
    """Judge one invariant over the traces of all flows that have some of its effects, in all replications."""
    rows = [row for row, one in enumerate(records[0].network.invariants) if one.invariant == number]
    found = [ended(record, rows) for record in records]
    held, broken, parked, still = (sum(column) for column in zip(*found, strict=True))
    said = [f"held in {held:,} traces that ended", f"broken in {broken:,}"]
    if broken and len(records) > 1:
        said[1] += f" ({sum(one.broken > 0 for one in found)} of {len(records)} replications)"
    if parked:
        said.append(f"not judged in {parked:,} whose saga was parked (stuck)")
    if still:
        said.append(f"open in {still:,} that had not ended")
    reason = ", ".join(said)
    if not held + broken + parked + still:
        reason = "no trace ended that may have its effects"
    outcome = _outcome(broken=broken > 0, open_=still > 0 or not held)
    if outcome == "unsure" and still:
        reason += "; let arrivals end before run.horizon, so that every trace ends"
    return Verdict(invariant, PATH, outcome, estimate([float(one.broken) for one in found], unit="1"), reason)


def judge_all(objective: Objective, values: Sequence[float], most: Sequence[float]) -> Verdict:
    """Judge all invariants together, of runs of which only the numbers of broken ones are kept, and what they may become."""
    found = estimate([value for value in values if not math.isnan(value)], unit="1")
    broken, open_ = any(value > 0 for value in values), any(not value <= 0 for value in most)
    reason = f"broken in {int(sum(value for value in values if value > 0)):,} traces"
    if open_ and not broken:
        reason += ", and open in some that had not ended"
    return Verdict(objective, PATH, _outcome(broken=broken, open_=open_ or not values), found, reason)


def _outcome(*, broken: bool, open_: bool) -> Outcome:
    """One that is broken decides, then one that is open."""
    return "fail" if broken else "unsure" if open_ else "pass"
