"""Durations of what has histograms beside flows, as metrics: answers of follow-ups, and what is like them.

    histograms of a record    flows | follow-ups          a row of the family is a subject: so many flows, then its number

Means, maxima and quantiles are what they are of flows (`sim.metrics.durations`): with failures as infinite, and what is open.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.base import Metric
from sim.metrics.once import once
from sim.metrics.quantiles import Exact, bounded, level, of_which, pooled_level, summarise, words
from sim.metrics.samples import exactly
from sim.stats.sample import Counted

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from sim.metrics.base import Scope
    from sim.network import Network
    from sim.record.record import Record

    Rows = Callable[[Network, int], tuple[int, ...]]
    """(network, number of a subject) -> rows of the family."""


@dataclass(frozen=True)
class Kept:
    """Where a record keeps durations of a family.

    Attributes:
        family: its table, by the family's name.
        behind: the families whose rows have histograms before this one's.
        histogram: kind of the histogram of those done.
        open_histogram: kind of that of those still open; -1 where nothing of them is open.
        count, done, least, most: the family's columns: how many are done, their sum, the extremes of a window.
        left, oldest: the column with the sum of those still open, and the level with the oldest.
        failures: columns of what counts as infinite.
    """

    family: str
    behind: tuple[str, ...]
    histogram: int
    open_histogram: int
    count: int
    done: int
    least: int
    most: int
    left: int = -1
    oldest: int = -1
    failures: tuple[int, ...] = ()


@once
def counted(record: Record, kept: Kept, rows: tuple[int, ...], first: int, stop: int) -> Counted:
    """Durations of some rows over some windows; where these end with the run, also of what is still open."""
    offset = sum(len(getattr(record.network, name)) for name in kept.behind)
    subjects = tuple(offset + row for row in rows)
    with_open = kept.open_histogram >= 0 and stop == record.network.windows
    tallies = record.histograms
    done = tallies[kept.histogram].cells(subjects, first, stop)
    left = (np.zeros(0, dtype=np.int64),) * 2
    if with_open:
        left = tallies[kept.open_histogram].cells(subjects, 0, record.network.windows)
    table = record.tables[kept.family][first:stop][:, list(rows)]
    some = table[:, :, kept.count] > 0
    least = int(table[:, :, kept.least][some].min()) if some.any() else -1
    most = int(table[:, :, kept.most][some].max()) if some.any() else -1
    failures = int(table[:, :, list(kept.failures)].sum()) if kept.failures else 0
    points, exact = exactly(record, subjects, (first, stop), (kept.histogram, kept.open_histogram), with_open)
    return Counted(done, left, least, most, failures, points, exact, tallies[kept.histogram].geometry)


def duration_of(
    name: str, label: str, detail: str, meaning: str, kept: Kept, rows: Mapping[Scope, Rows], missing: str
) -> Metric:
    """Return the metric of a detail (``mean``, ``max``, ``p99``) of durations in seconds; ``missing``: where there are none."""
    q = level(detail)
    infinite, too_few = words(detail)
    pooled = pooled_level(q)

    def exact(record: Record, which: Sequence[int], first: int, stop: int, open_: int) -> Exact:
        table = record.tables[kept.family]
        done = int(table[first:stop, which, kept.done].sum())
        if open_ == 0:
            return Exact(done)
        oldest = int(record.levels[kept.family][which, kept.oldest].max(initial=0))
        return Exact(done, int(table[:, which, kept.left].sum()), oldest)

    def sampled(scope: Scope) -> Callable[[Record, int, int, int], Counted]:
        return lambda record, subject, first, stop: counted(record, kept, rows[scope](record.network, subject), first, stop)

    def measured(scope: Scope) -> Callable[[Record, int, int, int], float]:
        def measure(record: Record, subject: int, first: int, stop: int) -> float:
            which = rows[scope](record.network, subject)
            found = counted(record, kept, which, first, stop).sample
            return summarise(found, exact(record, which, first, stop, found.open), q)

        return measure

    def bounds(scope: Scope) -> Callable[[Record, int, int, int], tuple[float, float]]:
        def bound(record: Record, subject: int, first: int, stop: int) -> tuple[float, float]:
            which = rows[scope](record.network, subject)
            found = counted(record, kept, which, first, stop).sample
            return bounded(found, exact(record, which, first, stop, found.open), q)

        return bound

    return Metric(
        name=f"{name}.{detail}",
        label=label,
        unit="s",
        direction="lower",
        measures={scope: measured(scope) for scope in rows},
        quantile=pooled,
        samples=None if pooled is None else {scope: sampled(scope) for scope in rows},
        bounds=None if pooled is not None else {scope: bounds(scope) for scope in rows},
        meaning=f"{of_which(detail, of_runs=False)} of {meaning}",
        infinite=infinite,
        missing=missing if pooled is None else f"{missing}, or {too_few}",
    )
