"""What metrics of sagas are made of: counts of how they ended, and durations of those that ended, with what is under way.

    order.parked    counted when they end        order.duration.p99    those parked are infinite, those under way are open
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.presence import where_something_came
from sim.metrics.quantiles import Exact, bounded, level, of_which, pooled_level, summarise
from sim.metrics.samples import saga_times
from sim.metrics.unanswered import hanging_sagas, open_at
from sim.record import fields as f

if TYPE_CHECKING:
    from sim.metrics.base import Direction
    from sim.record.record import Record
    from sim.stats.sample import Counted

NO_SAGA = "without a saga in the measured span"
INFINITE = "with sagas that were parked or hang, which count as infinite"


def ended(record: Record, saga: int, column: int, first: int, stop: int) -> int:
    """Return a counter of a saga over the windows ``first`` to ``stop - 1``."""
    return int(record.tables["sagas"][first:stop, saga, column].sum())


def under_way(record: Record, saga: int, stop: int) -> int:
    """Return how many of a saga are under way when the run ends."""
    return open_at(record, stop, int(record.levels["sagas"][saga, f.sagas.LEVEL_SAGAS]))


def hanging(record: Record, saga: int, stop: int) -> int:
    """Return how many of a saga have been under way, when the run ends, for longer than any took that ended unparked."""
    return open_at(record, stop, int(hanging_sagas(record)[:, saga].sum()))


def counted(name: str, label: str, column: int, direction: Direction, meaning: str) -> Metric:
    """Return the metric of how many sagas ended so. Any that is under way may: of bad ends only one that hangs is in doubt."""

    def measure(record: Record, saga: int, first: int, stop: int) -> float:
        return float(ended(record, saga, column, first, stop))

    def bounds(record: Record, saga: int, first: int, stop: int) -> tuple[float, float]:
        known = ended(record, saga, column, first, stop)
        open_ = (under_way if direction == "higher" else hanging)(record, saga, stop)
        return float(known), float(known + open_)

    return Metric(
        name=name,
        label=label,
        unit="1",
        direction=direction,
        measures=where_something_came({"saga": measure}),
        bounds={"saga": bounds},
        meaning=meaning,
        missing=NO_SAGA,
    )


def lasting(name: str, label: str, detail: str, meaning: str, *, exposed: bool) -> Metric:
    """Return the metric of a detail (``mean``, ``max``, ``p99``) of how long sagas took, or were exposed."""
    q = level(detail)
    done, oldest = f.sagas.SAGA_UNPARKED_TIME, f.sagas.LEVEL_OLDEST_SAGA
    left = f.sagas.LEVEL_SAGA_OPEN_TIME
    if exposed:
        done, oldest, left = f.sagas.SAGA_UNPARKED_EXPOSED_TIME, f.sagas.LEVEL_OLDEST_EXPOSED, f.sagas.LEVEL_SAGA_OPEN_EXPOSED

    def sample(record: Record, saga: int, first: int, stop: int) -> Counted:
        return saga_times(record, saga, first, stop, ended(record, saga, f.sagas.SAGA_PARKED, first, stop), exposed=exposed)

    def exact(record: Record, saga: int, first: int, stop: int, open_: int) -> Exact:
        levels = record.levels["sagas"][saga]
        known = ended(record, saga, done, first, stop)
        return Exact(known, int(levels[left]), int(levels[oldest])) if open_ else Exact(known)

    def measure(record: Record, saga: int, first: int, stop: int) -> float:
        found = sample(record, saga, first, stop).sample
        return summarise(found, exact(record, saga, first, stop, found.open), q)

    def bounds(record: Record, saga: int, first: int, stop: int) -> tuple[float, float]:
        found = sample(record, saga, first, stop).sample
        return bounded(found, exact(record, saga, first, stop, found.open), q)

    pooled = pooled_level(q)
    return Metric(
        name=f"{name}.{detail}",
        label=label,
        unit="s",
        direction="lower",
        measures={"saga": measure},
        quantile=pooled,
        samples=None if pooled is None else {"saga": sample},
        bounds=None if pooled is not None else {"saga": bounds},
        meaning=f"{of_which(detail, of_runs=False)} of {meaning}",
        infinite=INFINITE,
        missing="with too few sagas for it",
    )
