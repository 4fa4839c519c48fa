"""What a fault does to each architecture, in a sentence; figures with their intervals, and what is not known said so.

    With payment down, synchronous loses 18.6 [18.2, 19] % of its goodput, recovers 200 ms after it, holds workers for 737 s
    and sends 24 462 messages; event-driven loses no goodput that is proven, recovers 7 s after it, lets 904 [879, 920] messages
    wait at its peak, ...: synchronous recovers sooner, event-driven loses less.

Of more than two it says who is better than whom: "event-driven loses less than both others".
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.exercised import not_exercised
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.results.cells import Cells, Side
    from sim.results.matrix import Matrix
    from sim.stats.intervals import Estimate

SAYS = {
    "goodput_lost": "loses less",
    "blast_radius": "breaks fewer other services",
    "time_to_recover": "recovers sooner",
    "lost_or_stuck": "leaves fewer orders lost or stuck",
    "failed_after_ok": "fails fewer that it had told ok",
    "effects_told_failed": "does less for those whom it told of a failure",
}
"""What is claimed of the side that is better in a measure."""
COUNTED = {
    "blast_radius": "breaks {} of the other services",
    "backlog_peak": "lets {} wait at its peak",
    "fallbacks": "does something else {} times in place of what failed, which counts as done well",
    "effects_doubled": "applies {} effects twice",
    "lost_or_stuck": "leaves {} orders lost or stuck",
    "failed_after_ok": "fails {} after it had told the client ok",
    "effects_told_failed": "applies {} effects though the client was told it failed",
    "invariants_broken": "breaks an invariant {} times",
}
"""What is said of a figure that is not 0."""


PAIR = 2


def sentence_of(matrix: Matrix, fault: str) -> str:
    """Return the sentence of one fault; without one, of what each takes."""
    said = _fate if fault else _cost
    parts = [f"{label} {said(matrix, fault, side)}" for label, side in zip(matrix.labels, matrix.sides, strict=True)]
    if not fault:
        return f"Without a fault, {'; '.join(parts)}."
    return f"With {fault.replace('-', ' ')}, {'; '.join(parts)}{_claims(matrix, fault)}."


def headline_of(matrix: Matrix) -> str:
    """How often each architecture is proven to lose less, and to recover sooner, than every other one, in a sentence."""
    struck = [fault for fault in matrix.faults if matrix.cells(fault, "goodput_lost").compared]
    two = len(matrix.sides) == PAIR
    faults = f"{len(struck)} fault{'' if len(struck) == 1 else 's'}"
    if len(struck) < len(matrix.faults):
        faults += f" that strike{'s' if len(struck) == 1 else ''} {'both' if two else 'all'}"
    said = []
    for name, words in (("goodput_lost", "loses less" if two else "loses least"), ("time_to_recover", _sooner(two=two))):
        for side, label in zip(matrix.sides, matrix.labels, strict=True):
            won = sum(matrix.cells(fault, name).better == side for fault in matrix.faults)
            if won:
                said.append(f"{label} {words} under {won} of {faults}")
    return "; ".join(said)[:1].upper() + "; ".join(said)[1:] if said else f"Nothing is proven under any of {faults}"


def _sooner(*, two: bool) -> str:
    return "recovers sooner" if two else "recovers soonest"


def differences_of(matrix: Matrix) -> tuple[str, ...]:
    """What the differences of a row are called, in the order of `Cells.contrasts`."""
    labels = dict(zip(matrix.sides, matrix.labels, strict=True))
    if len(labels) == PAIR:
        return ("difference",)
    one = matrix.cells("", "goodput_lost")
    return tuple(f"{labels[each.other]} less {labels[each.one]}" for each in one.contrasts)


def proven_of(matrix: Matrix, cells: Cells) -> str:
    """Who is proven to be better, of more than two than whom; '' where nothing is."""
    if len(matrix.sides) == PAIR:
        return matrix.label(cells.better) if cells.better else ""
    found = [(matrix.label(side), cells.beaten(side)) for side in cells.sides]
    return "; ".join(f"{label} than {_others(matrix, cells, beaten)}" for label, beaten in found if beaten)


def _others(matrix: Matrix, cells: Cells, beaten: Sequence[Side]) -> str:
    """Whom a side is better than."""
    if len(beaten) == len(cells.sides) - 1:
        return "both others" if len(beaten) == PAIR else "all others"
    return " and ".join(matrix.label(side) for side in beaten)


def figure(found: Estimate) -> str:
    """A figure with its interval, without how many it is of."""
    return str(found).rpartition(" (n")[0] or str(found)


def bounds_of(cells: Cells, side: Side) -> str:
    """What a count may be where it is not known exactly: `` (between 3 and 5)``; else ''."""
    found = cells.between(side)
    if found is None:
        return ""
    least, most = (format_value(value, cells.unit) for value in found)
    return f" (between {least} and {most})"


def _fate(matrix: Matrix, fault: str, side: Side) -> str:
    """What became of one side, as a chain of short clauses."""
    records = matrix.result(fault, side).records
    missed = sum(fault in not_exercised(record) for record in records)
    if not matrix.exercised(fault, side):
        return "is not struck by it (not exercised)"
    found = {name: matrix.cells(fault, name) for name in matrix.measures}
    said = [_lost(found["goodput_lost"].of(side)), _recovered(found["time_to_recover"], side)]
    for name, words in COUNTED.items():
        cell = found[name].of(side) if name in found else None
        if cell is not None and math.isfinite(cell.mean) and cell.mean != 0.0:
            said.append(words.format(figure(cell) + bounds_of(found[name], side)))
    said.append(_cost(matrix, fault, side))
    if missed:
        said.append(f"is not struck in {missed} of {len(records)} runs")
    return ", ".join(said)


def _cost(matrix: Matrix, fault: str, side: Side) -> str:
    """What it takes: workers and messages."""
    held, sent = (matrix.cells(fault, name).of(side) for name in ("worker_seconds", "messages_sent"))
    return f"holds workers for {figure(held)} and sends {figure(sent)}"


def _lost(found: Estimate) -> str:
    if not math.isfinite(found.mean):
        return "loses a share of its goodput that is not known"
    if not found.estimable or found.low <= 0.0 <= found.high:
        return "loses no goodput that is proven"
    return f"loses {figure(found)} of its goodput" if found.mean > 0 else "loses no goodput"


def _recovered(cells: Cells, side: Side) -> str:
    """When it recovered; where some runs ended before, in how many."""
    found = cells.of(side)
    if found.infinite:
        return f"has not recovered when the run ends in {found.infinite} of {found.n}"
    if not math.isfinite(found.mean):
        return "cannot be seen to recover"
    return "is well as soon as it ends" if found.mean == 0.0 else f"recovers {figure(found)} after it"


def _claims(matrix: Matrix, fault: str) -> str:
    """Who is proven to do better in what, and of more than two than whom."""
    if not any(each.compared for each in matrix.cells(fault, "goodput_lost").contrasts):
        return ": nothing is compared"
    won: dict[tuple[Side, tuple[Side, ...]], list[str]] = {}
    for side in matrix.sides:
        for name in filter(matrix.measures.__contains__, SAYS):
            beaten = matrix.cells(fault, name).beaten(side)
            if beaten:
                won.setdefault((side, beaten), []).append(SAYS[name])
    two = len(matrix.sides) == PAIR
    if not won:
        return ": neither is proven to do better" if two else ": none is proven to do better than another"
    if two:
        return ": " + ", ".join(f"{matrix.label(side)} {' and '.join(words)}" for (side, _), words in won.items())
    cells = matrix.cells(fault, "goodput_lost")
    said: dict[Side, list[str]] = {}
    for (side, beaten), words in won.items():
        said.setdefault(side, []).append(f"{' and '.join(words)} than {_others(matrix, cells, beaten)}")
    return ": " + "; ".join(f"{matrix.label(side)} {', '.join(clauses)}" for side, clauses in said.items())
