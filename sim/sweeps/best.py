"""The best point of a sweep, with a guarantee; or who is left, and how many more replications decide.

    replications of every point --Kim and Nelson--> best, or within delta of the best, with 95 % confidence

The rule is `sim.stats.selection`; it looks at the replications that the sweep has, one after the other, as if they came in.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.metrics.estimates import numbers, ranges
from sim.metrics.limits import example, size_of
from sim.metrics.paths import resolve
from sim.stats.figures import format_number, format_value, rounded
from sim.stats.intervals import LEVEL, N_MIN
from sim.stats.selection import N_FIRST, SYSTEMS_MAX, select_best
from sim.sweeps.errors import SweepError
from sim.sweeps.multiple_comparisons import name_of, unlike

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.estimates import Figures
    from sim.stats.selection import Better, Selection
    from sim.sweeps.result import Sweep

NAMES_MAX = 8
RUNS_MAX = 100_000


@dataclass(frozen=True, kw_only=True)
class Best:
    """Which point is best in a metric.

    Attributes:
        path: the metric; ``better`` is ``lower`` or ``higher``.
        point: number of the best point; None when the replications there are do not decide.
        name: what the point is called.
        left: numbers of the points that may be best.
        selection: the procedure's account: every point's mean, and how many replications of it were looked at.
        sentence: what is guaranteed, or what to do.
    """

    path: str
    better: Better
    point: int | None
    name: str
    left: tuple[int, ...]
    selection: Selection
    sentence: str

    def __str__(self) -> str:
        """Return the sentence."""
        return self.sentence

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        candidates = [{"point": int(one.name), "mean": rounded(one.mean), "n": one.n} for one in self.selection.candidates]
        return {
            "path": self.path,
            "better": self.better,
            "point": self.point,
            "left": list(self.left),
            "delta": rounded(self.selection.delta),
            "level": self.selection.level,
            "runs": self.selection.runs,
            "decided_by": self.selection.decided_by,
            "candidates": candidates,
            "sentence": self.sentence,
        }


def best(sweep: Sweep, path: str, delta: float | str, *, better: Better | None = None, level: float = LEVEL) -> Best:
    """Select the best point by the mean of a metric.

    ``delta`` is the smallest difference that matters: a number in the metric's unit, or a text such as ``2/s``, ``10ms``,
    ``1pp``. ``better`` defaults to the metric's direction. Raises `SweepError` when a point has no finite value in some
    replication, or fewer than 3 of them, when it hangs on what is open when the runs end, or for arguments that cannot be used;
    `UnknownMetricError`.
    """
    sweep.check([path])
    points = [point.number for point in sweep.points if path in point.paths]
    metric, _ = resolve(path, sweep.points[points[0]].scenario)
    way: Better | None = better or (None if metric.direction == "neither" else metric.direction)
    if way is None:
        raise SweepError(f"neither more nor less of '{path}' is better; say which: better='lower' or 'higher'")
    if not 2 <= len(points) <= SYSTEMS_MAX or sweep.runs < N_MIN:  # noqa: PLR2004 - one point is no choice
        raise SweepError(f"the best is selected from 2 to {SYSTEMS_MAX} points of at least {N_MIN} replications each")
    apart = next((why for point in points[1:] if (why := unlike(sweep, points[0], point, path))), "")
    if apart:
        what = "are held to different deadlines" if "deadline" in apart else "run over different times"
        remedy = "vary something else, or choose by another metric"
        raise SweepError(f"the best of points that {what} cannot be told: {apart}; {remedy}")
    try:
        matters = size_of(metric, delta) if isinstance(delta, str) else float(delta)
    except ValueError as error:
        raise SweepError(f"the difference that matters in '{path}': {error}") from None
    figures = {str(point): sweep.figures(point, path) for point in points}
    values = {name: numbers(one) for name, one in figures.items()}
    odd = next((name for name, one in values.items() if not all(map(math.isfinite, one))), None)
    if odd is not None:
        raise SweepError(f"point {odd} has replications without a finite '{path}'; select by a metric that every run has")

    def more(name: str, start: int, count: int) -> Sequence[float]:
        return values[name][start : start + count]

    try:
        found = select_best(
            more,
            list(values),
            delta=matters,
            better=way,
            level=level,
            n_first=min(N_FIRST, sweep.runs),
            n_max=sweep.runs,
            unit=metric.unit,
        )
    except ValueError as error:
        raise SweepError(f"{error}; the difference that matters is written as {example(metric)}") from None
    rival = _rival(figures, found.best, way, matters) if found.best else ""
    if rival:
        raise SweepError(
            f"which point has the best '{path}' hangs on what is still open when the runs end: point {found.best} seems to, "
            f"and point {rival} may be better by more than the difference that matters; let it time out, or run longer"
        )
    chosen = int(found.best) if found.best else None
    left = tuple(int(name) for name in found.survivors)
    name = "" if chosen is None else name_of(sweep, sweep.points[chosen])
    sentence = _sentence(sweep, path, way, found, left)
    return Best(path=path, better=way, point=chosen, name=name, left=left, selection=found, sentence=sentence)


def _rival(figures: dict[str, Figures], best: str, better: Better, delta: float) -> str:
    """A point that may be better than the best by more than ``delta``, as what is open may turn out; '' for none."""
    means = {name: tuple(math.fsum(end) / len(end) for end in ranges(one)) for name, one in figures.items()}
    least, most = means.pop(best)
    for name, (other_least, other_most) in means.items():
        unknown = least < most or other_least < other_most
        if unknown and (most - other_least if better == "lower" else other_most - least) > delta:
            return name
    return ""


def _sentence(sweep: Sweep, path: str, way: Better, found: Selection, left: Sequence[int]) -> str:
    most, delta = {"higher": "highest", "lower": "lowest"}[way], format_value(found.delta, found.unit)
    delta = delta.replace(" %", " points") if found.unit == "share" else delta
    if found.best:
        mean = next(one.mean for one in found.candidates if one.name == found.best)
        name, sure = name_of(sweep, sweep.points[int(found.best)]), format_number(100 * found.level)
        looked = f"{found.runs} of {len(found.candidates) * sweep.runs} runs looked at"
        without = len(sweep.points) - len(found.candidates)
        looked += f"; points without it: {without}" if without else ""
        return (
            f"With {sure} % confidence {name} has the {most} {path} of {len(found.candidates)} points, or is within {delta} of "
            f"it: {format_value(mean, found.unit)} in the mean (Kim and Nelson, {looked}; it takes means over a run to be near "
            "normal)"
        )
    names = ", ".join(name_of(sweep, sweep.points[number]) for number in left[:NAMES_MAX])
    more = f" and {len(left) - NAMES_MAX} more" if len(left) > NAMES_MAX else ""
    enough = f"at most {found.decided_by} replications decide (--runs {found.decided_by}), or "
    enough = enough if found.decided_by <= RUNS_MAX else ""
    return (
        f"Not decided which point has the {most} {path}: after {sweep.runs} replications it may be {names}{more}; "
        f"{enough}let a larger difference than {delta} not matter"
    )
