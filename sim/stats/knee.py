r"""Goodput against offered load: where it stops to follow, how high it gets, what is left beyond, and the way back.

    goodput            . offered           up      ----------.
      |        peak  .                     down    -----.     \
      |         /\ .                                     \     \
      |       /.  \____ left                               \____\__   the area between: hysteresis
      |     /   |
      +---------|------------ offered      offered
               knee

The knee is the last load at which goodput follows the offered line within a share; capacity is the goodput there. A
system that is still down at a load it carried on the way up has a state of its own: hysteresis, in share of what it did
on the way up. Whether that state stays (metastable) or only lasts (slow recovery) is told by waiting twice as long.

Source: Huang et al., OSDI 2022, for metastable failures; the area of the loop after the usual hysteresis measure.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from sim.stats.figures import format_value
from sim.stats.intervals import LEVEL, Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

FOLLOWS = 0.05
"""Share of the offered load that may be missing while goodput still follows it."""
HYSTERESIS_MIN = 0.1
"""Share of the way up that must be lost on the way down to call it hysteresis: slow queues alone lose some."""
HYSTERESIS_REPLICATIONS = 20
"""Replications a judgement of hysteresis should have."""

State = Literal["metastable", "slow recovery", "hysteresis", "none", "unsure"]


@dataclass(frozen=True, kw_only=True)
class Knee:
    """A goodput curve in four figures. Rates are per second.

    Attributes:
        loads: the offered loads, ascending.
        goodput: at each load, with its interval over the replications.
        knee: last load at which, and below which, the mean goodput follows the offered load; 0 when even the first does not.
        knees: the same for each replication by itself, as a figure with an interval.
        capacity: goodput at the knee; nan when there is none.
        peak: goodput at the load where its mean is highest, which is ``peak_load``.
        collapse: share of the peak's goodput that is lost at the highest load.
        follows: share of the offered load that may be missing at the knee.
    """

    loads: tuple[float, ...]
    goodput: tuple[Estimate, ...]
    knee: float
    knees: Estimate
    capacity: Estimate
    peak: Estimate
    peak_load: float
    collapse: Estimate
    follows: float = FOLLOWS

    @property
    def beyond(self) -> bool:
        """Whether the knee was passed: else it lies beyond the highest load that was tried."""
        return self.knee < self.loads[-1]

    def __str__(self) -> str:
        """Return the curve in one or two sentences."""
        within = format_value(self.follows, "share")
        if not self.beyond:
            return f"goodput follows the offered load within {within} up to the highest, {format_value(self.knee, '1/s')}"
        if self.knee:
            head = f"goodput follows the offered load within {within} up to {format_value(self.knee, '1/s')}"
        else:
            head = f"goodput misses the offered load by more than {within} from the lowest on"
        peak = f"peak {self.peak} at {format_value(self.peak_load, '1/s')} offered"
        return f"{head}; {peak}; at {format_value(self.loads[-1], '1/s')} {self.collapse} of the peak is lost"


@dataclass(frozen=True, kw_only=True)
class Hysteresis:
    """Whether the way down is the way up.

    Attributes:
        state: ``none``, ``hysteresis`` (not yet known of which kind), ``metastable``, ``slow recovery`` or ``unsure``.
        area: share of the goodput on the way up that is missing on the way down, over all loads, with its interval.
        doubled: the same with twice the time at each load; None when that was not run.
        threshold: share from which it counts.
    """

    state: State
    area: Estimate
    doubled: Estimate | None = None
    threshold: float = HYSTERESIS_MIN

    def __str__(self) -> str:
        """Return one sentence, and what to do when it is open."""
        limit = format_value(self.threshold, "share")
        said = {
            "none": f"it comes back the way it went: less than {limit} is missing",
            "unsure": f"it is open whether {limit} or more is missing on the way down; run more replications",
            "hysteresis": "it does not come back the way it went; double the time at each load to tell whether it ever does",
            "metastable": f"it is metastable: {limit} or more is missing on the way down, with twice the time as well",
            "slow recovery": "it recovers slowly: with twice the time at each load it comes back",
        }[self.state]
        twice = "" if self.doubled is None else f"; with twice the time {self.doubled}"
        enough = self.area.n >= HYSTERESIS_REPLICATIONS
        few = "" if enough else f"; fewer than the {HYSTERESIS_REPLICATIONS} replications it should have"
        return f"{said} (missing {self.area}{twice}{few})"


def find_knee(
    loads: Sequence[float],
    goodput: ArrayLike,
    *,
    offered: ArrayLike | None = None,
    follows: float = FOLLOWS,
    level: float = LEVEL,
) -> Knee:
    """Return the knee, peak and collapse of goodput of shape (replications, loads), in 1/s.

    ``offered`` is what was really offered, of the same shape; else the loads are taken. Raises ``ValueError`` for loads that
    do not ascend from above 0, shapes that do not suit, values that are not finite, or ``follows`` outside 0 to 1.
    """
    curve = _curve(loads, goodput, "goodput")
    line = np.broadcast_to(np.asarray(loads, dtype=np.float64), curve.shape) if offered is None else offered
    line = _curve(loads, line, "offered load")
    if not 0.0 <= follows < 1.0:
        raise ValueError(f"follows is {follows:g}; give the share that may be missing, such as 0.05")
    columns = [estimate(column, unit="1/s", level=level, least=0.0) for column in curve.T.tolist()]
    means = [one.mean for one in columns]
    at = _last_following(means, [math.fsum(column) / len(curve) for column in line.T.tolist()], follows)
    each = [_last_following(row, mine, follows) for row, mine in zip(curve.tolist(), line.tolist(), strict=True)]
    top = means.index(max(means))
    highest = float(loads[-1])
    losses = [1.0 - row[-1] / row[top] if row[top] else 0.0 for row in curve.tolist()]
    return Knee(
        loads=tuple(map(float, loads)),
        goodput=tuple(columns),
        knee=float(loads[at]) if at >= 0 else 0.0,
        knees=estimate(
            [float(loads[one]) if one >= 0 else 0.0 for one in each], unit="1/s", level=level, least=0.0, most=highest
        ),
        capacity=columns[at] if at >= 0 else estimate([math.nan] * len(curve), unit="1/s", missing="without a knee"),
        peak=columns[top],
        peak_load=float(loads[top]),
        collapse=estimate(losses, unit="share", level=level, most=1.0),
        follows=follows,
    )


def hysteresis_area(loads: Sequence[float], up: ArrayLike, down: ArrayLike, *, level: float = LEVEL) -> Estimate:
    """Return the share of the way up that is missing on the way down: area of up - down over the loads / area of up.

    Both of shape (replications, loads), in the order of the loads, from the same seeds. Raises ``ValueError`` as `find_knee`
    does, and when a replication got nothing done on the way up.
    """
    if len(loads) < 2:  # noqa: PLR2004 - one load has no area
        raise ValueError("hysteresis needs at least two loads")
    rises, falls = _curve(loads, up, "goodput on the way up"), _curve(loads, down, "goodput on the way down")
    if rises.shape != falls.shape:
        raise ValueError(f"{len(rises)} replications up and {len(falls)} down; run both with the same seeds")
    shares = []
    for at, (rise, fall) in enumerate(zip(rises.tolist(), falls.tolist(), strict=True)):
        whole = _area(loads, rise)
        if whole <= 0.0:
            raise ValueError(f"replication {at} has no goodput on the way up; start at a load it can carry")
        shares.append(_area(loads, [x - y for x, y in zip(rise, fall, strict=True)]) / whole)
    return estimate(shares, unit="share", level=level, most=1.0)


def judge_hysteresis(area: Estimate, doubled: Estimate | None = None, *, threshold: float = HYSTERESIS_MIN) -> Hysteresis:
    """Judge hysteresis by the interval of the area, and by that of a second one with twice the time at each load."""
    state: State = _judge_area(area, threshold)
    if state == "hysteresis" and doubled is not None:
        again: dict[State, State] = {"hysteresis": "metastable", "none": "slow recovery", "unsure": "unsure"}
        state = again[_judge_area(doubled, threshold)]
    return Hysteresis(state=state, area=area, doubled=doubled, threshold=threshold)


def _judge_area(area: Estimate, threshold: float) -> State:
    if area.low > threshold:
        return "hysteresis"
    return "none" if area.high <= threshold else "unsure"


def _curve(loads: Sequence[float], values: ArrayLike, what: str) -> Floats:
    grid = np.asarray(loads, dtype=np.float64)
    if grid.ndim != 1 or not len(grid) or not grid[0] > 0.0 or not np.all(np.diff(grid) > 0.0) or np.isinf(grid[-1]):
        raise ValueError("loads ascend from above 0, each named once")
    curve = np.asarray(values, dtype=np.float64)
    if curve.ndim != 2 or curve.shape[1] != len(grid) or not len(curve):  # noqa: PLR2004 - replications and loads
        raise ValueError(f"{what} has the shape {curve.shape}; it needs one row a replication, of {len(grid)} loads")
    strays = np.argwhere(~np.isfinite(curve))
    if len(strays):
        where = f"replication {strays[0][0]} at load {grid[strays[0][1]]:g}"
        raise ValueError(f"{what} of {where} is not finite; leave that load out")
    return curve


def _last_following(goodput: Sequence[float], offered: Sequence[float], follows: float) -> int:
    """Place of the last load before the first that goodput does not follow; -1 when that is the first of all."""
    for at, (got, asked) in enumerate(zip(goodput, offered, strict=True)):
        if got < (1.0 - follows) * asked:
            return at - 1
    return len(goodput) - 1


def _area(loads: Sequence[float], values: Sequence[float]) -> float:
    """Area under straight lines between the loads."""
    spans = zip(loads[:-1], loads[1:], values[:-1], values[1:], strict=True)
    return math.fsum((right - left) * (one + other) / 2.0 for left, right, one, other in spans)
