"""Goodput against offered load, from a sweep over a load: how much it carries, where it stops to follow, what is left beyond.

    --over workload.buy.arrivals.rate=10/s..90/s:lin:9     offered  10 20 30 ...
                                                           goodput  10 20 28 ...   knee at 20/s

One curve for each variant and each setting of the other axes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.stats.figures import format_interval, rounded
from sim.stats.knee import FOLLOWS, find_knee
from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from sim.stats.intervals import Estimate
    from sim.stats.knee import Knee
    from sim.sweeps.plan import Point
    from sim.sweeps.result import Sweep

_LOAD = re.compile(r"workload\.(?P<flow>.+)\.arrivals\.rate")
LOADS_MIN = 3
"""Loads that make a curve."""


@dataclass(frozen=True, kw_only=True)
class LoadCurve:
    """Goodput of one flow at each load.

    Attributes:
        flow: the flow whose load is varied.
        variant, settings: what the curve is of besides: the scenario, and the values of the other axes.
        points: numbers of the sweep's points, in the order of the loads.
        offered, goodput: at each load, with intervals over the replications, per second.
        knee: the last load that goodput follows, with its interval; peak and collapse.
    """

    flow: str
    variant: str
    settings: tuple[tuple[str, str], ...]
    points: tuple[int, ...]
    offered: tuple[Estimate, ...]
    goodput: tuple[Estimate, ...]
    knee: Knee

    @property
    def name(self) -> str:
        """What the curve is of."""
        return ", ".join([self.variant, *(f"{path}={value}" for path, value in self.settings)])

    def __str__(self) -> str:
        """Return one sentence: how far goodput follows the load, in each replication, and what is left beyond."""
        each = self.knee.knees
        between = ""
        if self.knee.beyond and each.estimable and each.low < each.high:
            between = f" (the knee of each replication by itself: {format_interval(each.mean, each.low, each.high, '1/s')})"
        return f"{self.name}: {self.flow} {self.knee}{between}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data: a point for each load, and the knee."""
        rows = zip(self.points, self.knee.loads, self.offered, self.goodput, strict=True)
        return {
            "flow": self.flow,
            "variant": self.variant,
            "settings": dict(self.settings),
            "loads": [
                {"point": point, "load": rounded(load), "offered": offered.to_dict(), "goodput": goodput.to_dict()}
                for point, load, offered, goodput in rows
            ],
            "knee": rounded(self.knee.knee),
            "knees": self.knee.knees.to_dict(),
            "beyond": self.knee.beyond,
            "capacity": self.knee.capacity.to_dict(),
            "peak": self.knee.peak.to_dict(),
            "peak_load": rounded(self.knee.peak_load),
            "collapse": self.knee.collapse.to_dict(),
            "sentence": str(self),
        }


def load_axis(sweep: Sweep) -> str | None:
    """Return the one axis that is the load of a flow; None when there is none, or several."""
    found = [axis for axis in sweep.plan.axes if _LOAD.fullmatch(axis)]
    return found[0] if len(found) == 1 else None


def load_curves(sweep: Sweep, axis: str = "", *, follows: float = FOLLOWS) -> list[LoadCurve]:
    """Return the curves over an axis that is a load; '' is the only one there is.

    ``follows`` is the share of the offered load that may be missing while goodput still follows it. Raises `SweepError` when
    no axis is a load, a curve has fewer than 3 loads, or a run of it is missing.
    """
    path = axis or load_axis(sweep)
    match = _LOAD.fullmatch(path or "")
    if path is None or match is None or path not in sweep.plan.axes:
        known = ", ".join(one for one in sweep.plan.axes if _LOAD.fullmatch(one)) or "none of the axes is"
        raise SweepError(f"a load is a path such as workload.orders.arrivals.rate; {known}; name one as axis")
    groups: dict[tuple[str, tuple[tuple[str, str], ...]], list[Point]] = {}
    for point in sweep.points:
        rest = tuple(setting for setting in point.settings if setting[0] != path)
        groups.setdefault((point.variant, rest), []).append(point)
    return [_curve(sweep, match["flow"], name, points, follows) for name, points in groups.items()]


def _curve(
    sweep: Sweep, flow: str, name: tuple[str, tuple[tuple[str, str], ...]], points: list[Point], follows: float
) -> LoadCurve:
    ordered = sorted((_rate(point, flow), point.number) for point in points)
    loads, numbers = [load for load, _ in ordered], [number for _, number in ordered]
    what = ", ".join([name[0], *(f"{path}={value}" for path, value in name[1])])
    if len(set(loads)) < max(LOADS_MIN, len(loads)):
        raise SweepError(f"{what}: a curve takes {LOADS_MIN} loads that differ; it has {len(set(loads))}")
    goodput, offered = ([sweep.values(one, f"{flow}.{metric}") for one in numbers] for metric in ("goodput", "offered"))
    if any(math.isnan(value) for column in (*goodput, *offered) for value in column):
        raise SweepError(f"{what}: some runs of the curve are missing; finish the sweep first")
    try:
        knee = find_knee(loads, _rows(goodput), offered=_rows(offered), follows=follows)
    except ValueError as error:
        raise SweepError(f"{what}: {error}") from None
    return LoadCurve(
        flow=flow,
        variant=name[0],
        settings=name[1],
        points=tuple(numbers),
        offered=tuple(sweep.estimate(one, f"{flow}.offered") for one in numbers),
        goodput=tuple(sweep.estimate(one, f"{flow}.goodput") for one in numbers),
        knee=knee,
    )


def _rows(columns: list[list[float]]) -> list[list[float]]:
    """Values by load as values by replication."""
    return [list(row) for row in zip(*columns, strict=True)]


def _rate(point: Point, flow: str) -> float:
    """The declared rate of a point's flow, per second."""
    return float(point.scenario.workload[flow].arrivals.rate)  # type: ignore[attr-defined]
