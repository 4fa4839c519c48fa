"""Samples of a record: the cells of its histograms, cut at what was counted exactly, with what is still open.

    tallies (buckets)  +  least, most  +  counts at declared limits  +  open ones by age   -->  Counted --> Sample

    bucket      |--------------------|
    limit              ^ 4 of 9 below          two cells:  |------| 4   |-----------| 5
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.once import once
from sim.record import fields as f
from sim.record.fields.flows import (
    FLOW_COMPLETED,
    FLOW_COMPLETION_LEAST,
    FLOW_COMPLETION_MOST,
    FLOW_REPLY_LEAST,
    FLOW_REPLY_MOST,
    FLOW_SETTLED,
    FLOW_UNFINISHED,
)
from sim.record.fields.header import HIST_COMPLETIONS, HIST_FLOWS_OPEN, HIST_REPLIES, HIST_REQUESTS_OPEN
from sim.stats.sample import Counted

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.record.record import Record
    from sim.record.tallies import Tallies


@once
def replies(record: Record, flows: tuple[int, ...], first: int, stop: int, failures: int, *, with_open: bool = True) -> Counted:
    """Times until the answer of some flows over some windows; where these end with the run, also of what is still open."""
    open_ = record.requests_open if with_open and stop == record.network.windows else None
    unanswered = (HIST_REPLIES, HIST_REQUESTS_OPEN)
    extremes = _extremes(record.flows, flows, (first, stop), (FLOW_SETTLED, FLOW_REPLY_LEAST, FLOW_REPLY_MOST))
    return _counted(record, flows, (first, stop), (record.replies, open_), unanswered, extremes, failures)


@once
def completions(record: Record, flows: tuple[int, ...], first: int, stop: int, failures: int) -> Counted:
    """The same of times until all is done."""
    open_ = record.flows_open if stop == record.network.windows else None
    unfinished = (HIST_COMPLETIONS, HIST_FLOWS_OPEN)
    columns = (FLOW_COMPLETED, FLOW_COMPLETION_LEAST, FLOW_COMPLETION_MOST)
    extremes = _extremes(record.flows, flows, (first, stop), columns)
    return _counted(record, flows, (first, stop), (record.completions, open_), unfinished, extremes, failures)


@once
def saga_times(record: Record, saga: int, first: int, stop: int, failures: int, *, exposed: bool) -> Counted:
    """How long one saga took over some windows, or for how long it was exposed; at the run's end also what is under way."""
    last, owner = stop == record.network.windows, len(record.network.flows) + saga
    if exposed:
        tallies, histograms = (record.replies, record.requests_open if last else None), (HIST_REPLIES, HIST_REQUESTS_OPEN)
        columns = (f.sagas.SAGA_EXPOSED, f.sagas.SAGA_EXPOSED_LEAST, f.sagas.SAGA_EXPOSED_MOST)
    else:
        tallies, histograms = (record.completions, record.flows_open if last else None), (HIST_COMPLETIONS, HIST_FLOWS_OPEN)
        columns = (f.sagas.SAGA_UNPARKED, f.sagas.SAGA_TIME_LEAST, f.sagas.SAGA_TIME_MOST)
    extremes = _extremes(record.tables["sagas"], (saga,), (first, stop), columns)
    return _counted(record, (owner,), (first, stop), tallies, histograms, extremes, failures)


def doomed(record: Record, flows: tuple[int, ...]) -> int:
    """How many flows are under way at the run's end though a part of them failed for good."""
    held = record.flows_open.cells(flows, 0, record.network.windows)[1]
    return int(record.flows[:, list(flows), FLOW_UNFINISHED].sum()) - (int(held[-1]) if len(held) else 0)


def _counted(
    record: Record,
    flows: tuple[int, ...],
    span: tuple[int, int],
    tallies: tuple[Tallies, Tallies | None],
    histograms: tuple[int, int],
    extremes: tuple[int, int],
    failures: int,
) -> Counted:
    done = tallies[0].cells(flows, *span)
    left = (np.zeros(0, dtype=np.int64),) * 2 if tallies[1] is None else tallies[1].cells(flows, 0, record.network.windows)
    least, most = extremes
    points, exact = exactly(record, flows, span, histograms, tallies[1] is not None)
    return Counted(done, left, least, most, failures, points, exact, tallies[0].geometry)


def _extremes(
    table: NDArray[np.int64], rows: tuple[int, ...], span: tuple[int, int], fields: tuple[int, int, int]
) -> tuple[int, int]:
    """The smallest and the largest value; -1 without one."""
    of_span = table[span[0] : span[1]][:, list(rows)]
    count, least, most = (of_span[:, :, field] for field in fields)
    some = count > 0
    if not some.any():
        return -1, -1
    return int(least[some].min()), int(most[some].max())


def exactly(
    record: Record,
    flows: tuple[int, ...],
    span: tuple[int, int],
    histograms: tuple[int, int],
    with_open: bool,  # noqa: FBT001
) -> tuple[NDArray[np.int64], tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """Points, ascending, at which all these flows were counted exactly, and the counts of both histograms there."""
    limits = record.network.limits[: record.limits.shape[1]]
    counts = record.limits[span[0] : span[1], :, f.limits.LIMIT_REACHED].sum(axis=0)
    found: list[dict[int, list[int]]] = [{}, {}]
    for limit, count in zip(limits, counts.tolist(), strict=True):
        if limit.flow in flows and limit.histogram in histograms:
            found[histograms.index(limit.histogram)].setdefault(limit.value, []).append(count)
    points = sorted(value for value, parts in found[0].items() if len(parts) == len(flows))
    sums = [[sum(of.get(value, ())) for value in points] for of in found]
    if not with_open:
        sums[1] = [0] * len(points)
    exact = (np.array(sums[0], dtype=np.int64), np.array(sums[1], dtype=np.int64))
    return np.array(points, dtype=np.int64), exact
