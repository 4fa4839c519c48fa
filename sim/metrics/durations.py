"""A mean, a maximum or a quantile of durations of flows as a metric: of the system and of each flow, with what is still open.

    sample (cells, failures, open ones) + exact sums and the oldest  -->  value of a run, its bounds, pooled over runs
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import all_flows_or, flow_count
from sim.metrics.quantiles import Exact, bounded, level, of_which, pooled_level, summarise, words

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.record.record import Record
    from sim.stats.sample import Counted

    Sampled = Callable[[Record, int | None, int, int], Counted]


@dataclass(frozen=True)
class Kept:
    """Where a record keeps durations: a flow's fields with the sums of those done and still open, its level with the oldest."""

    done: int
    left: int
    oldest: int


def duration(
    name: str, label: str, detail: str, meaning: str, sample: Sampled, kept: Kept, *, of_runs: bool = False
) -> Metric:
    """Return the metric of a detail (``mean``, ``max``, ``p99``) of durations in seconds; ``of_runs``: of each run by itself.

    ``sample`` gives those of one flow, or of all for None, over some windows; ``meaning`` says of what they are.
    """
    q = level(detail)
    infinite, missing = words(detail)
    pooled = None if of_runs else pooled_level(q)

    def exact(record: Record, flow: int | None, first: int, stop: int, open_: int) -> Exact:
        done = flow_count(record, flow, kept.done, first, stop)
        if open_ == 0:
            return Exact(done)
        oldest = int(record.flow_levels[list(all_flows_or(record, flow)), kept.oldest].max())
        return Exact(done, flow_count(record, flow, kept.left, 0, record.network.windows), oldest)

    def measure(record: Record, flow: int | None, first: int, stop: int) -> float:
        found = sample(record, flow, first, stop).sample
        return summarise(found, exact(record, flow, first, stop, found.open), q)

    def bounds(record: Record, flow: int | None, first: int, stop: int) -> tuple[float, float]:
        found = sample(record, flow, first, stop).sample
        return bounded(found, exact(record, flow, first, stop, found.open), q)

    def of_system(record: Record, _: int, first: int, stop: int) -> float:
        return measure(record, None, first, stop)

    def sample_of_system(record: Record, _: int, first: int, stop: int) -> Counted:
        return sample(record, None, first, stop)

    def bounds_of_system(record: Record, _: int, first: int, stop: int) -> tuple[float, float]:
        return bounds(record, None, first, stop)

    return Metric(
        name=f"{name}.{detail}",
        label=label,
        unit="s",
        direction="lower",
        measures={"system": of_system, "flow": measure},
        quantile=pooled,
        samples=None if pooled is None else {"system": sample_of_system, "flow": sample},
        bounds=None if pooled_level(q) is not None else {"system": bounds_of_system, "flow": bounds},
        meaning=f"{of_which(detail, of_runs=of_runs)} of {meaning}",
        infinite=infinite,
        missing=missing,
    )
