"""The age of information of a read model: how long ago the newest event of a key was published that is there, over time.

    age    /|   /|       mean over time of a sawtooth: it grows until the next event is there
          / |  / |       of all keys of which something is there, each for as long as it is

It is high also where nothing happens: with few events it is old as nothing newer was published. Only of keys that traces share
(`keys` of a flow).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.projected import share_of, total
from sim.metrics.spans import SECOND
from sim.record.ages import PART_BITS
from sim.record.fields.projections import VIEW_AGE_HIGH, VIEW_AGE_LOW, VIEW_KNOWN_AREA

if TYPE_CHECKING:
    from sim.record.record import Record


def _age(record: Record, rows: tuple[int, ...], first: int, stop: int) -> tuple[float, float]:
    twice = (total(record, rows, VIEW_AGE_HIGH, first, stop) << PART_BITS) + total(record, rows, VIEW_AGE_LOW, first, stop)
    return twice / (2 * SECOND), float(total(record, rows, VIEW_KNOWN_AREA, first, stop))


AGE_OF_INFORMATION = Metric(
    name="age_of_information",
    label="age of information",
    unit="s",
    direction="lower",
    measures=share_of(_age),
    meaning="mean over time and keys of how long ago the newest event was published that is there",
    missing="where no projection has anything of a key that traces share",
)
