"""Effects that were done, and not undone, though the client was told that its request failed: it may well ask again.

    charged 3, refunded (undoes charged) 2      -->  1 of them stands

An effect that says which one it undoes takes that away, as it is applied only where that was. One that does not say so
counts as any other. What is still at work for a request that failed when the run ends may yet do more of them.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.carriers import may_come_late
from sim.metrics.effects import NONE_COUNTED, effect_count
from sim.metrics.once import once_a_network
from sim.metrics.presence import where_something_came
from sim.metrics.unanswered import open_at
from sim.record.fields.effects import EFFECT_TOLD_FAILED
from sim.scenario.effects import undoing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.network import Network
    from sim.record.record import Record


@once_a_network
def undos(network: Network) -> frozenset[int]:
    """The rows of effects that undo others."""
    names = undoing(network.scenario)
    return frozenset(row for row, one in enumerate(network.effects) if network.effect_names[one.effect] in names)


def standing(record: Record, rows: Iterable[int], first: int, stop: int) -> float:
    """What was applied of some rows, less what was undone; nan where there are none."""
    of_rows = tuple(rows)
    undone = tuple(row for row in of_rows if row in undos(record.network))
    known = effect_count(record, of_rows, EFFECT_TOLD_FAILED, first, stop)
    if not undone or math.isnan(known):
        return known
    return max(0.0, known - 2.0 * effect_count(record, undone, EFFECT_TOLD_FAILED, first, stop))


def of_flow(record: Record, flow: int, first: int, stop: int) -> float:
    """Of one flow."""
    return standing(record, record.network.flow_effects[flow], first, stop)


def of_system(record: Record, _subject: int, first: int, stop: int) -> float:
    """Of all flows together."""
    return standing(record, range(len(record.network.effects)), first, stop)


def bounds_of_flow(record: Record, flow: int, first: int, stop: int) -> tuple[float, float]:
    """How many if of what failed only undos come any more, and if all that may be done is, and nothing undone."""
    return _bounds(record, of_flow(record, flow, first, stop), record.network.flow_effects[flow], stop)


def bounds_of_system(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
    """The same of all flows together."""
    return _bounds(record, of_system(record, subject, first, stop), range(len(record.network.effects)), stop)


def _bounds(record: Record, known: float, rows: Iterable[int], stop: int) -> tuple[float, float]:
    undoing_rows = undos(record.network)
    late = {row: open_at(record, stop, may_come_late(record, row)) for row in rows}
    least = known - sum(count for row, count in late.items() if row in undoing_rows)
    return max(0.0, least), known + sum(count for row, count in late.items() if row not in undoing_rows)


EFFECTS_TOLD_FAILED = Metric(
    name="effects_told_failed",
    label="done though told failed",
    unit="1",
    direction="lower",
    measures=where_something_came({"system": of_system, "flow": of_flow}),
    bounds={"system": bounds_of_system, "flow": bounds_of_flow},
    meaning="effects that were applied, and not undone by one that says so, though the client was told that its request "
    "failed, before or after it was told",
    missing=NONE_COUNTED,
)
