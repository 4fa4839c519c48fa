"""Every point against its baseline, all together: what is proven of a metric when all verdicts are to be right at once.

    point 1 - baseline  p = 0.001  --Holm-->  0.004  worse
    point 2 - baseline  p = 0.03   --Holm-->  0.09   not proven, though alone it would have been

Of a hundred equal points five would be "better" by chance. The family is all differences of one metric in the sweep.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.metrics.estimates import Bounded, Figures, compare_of, numbers, seen_by_both, untold
from sim.metrics.paths import resolve
from sim.scenario.units import format_duration
from sim.stats.figures import format_interval, format_number, format_value, rounded
from sim.stats.intervals import LEVEL
from sim.stats.multiple import format_p, holm
from sim.stats.paired import pairs_p_value, variance_reduction_words
from sim.stats.pooled import Pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric
    from sim.stats.paired import Paired
    from sim.sweeps.plan import Point
    from sim.sweeps.result import Sweep

ALPHA = 1.0 - LEVEL
IN_TIME = ("spoiled", "late", "goodput", "resilience_loss")
"""Metrics that a deadline is the yardstick of."""
SENTENCES_MAX = 8
"""Proven differences that are told one by one."""
POINTS_MAX = 12
"""Numbers of points that are listed."""


@dataclass(frozen=True)
class Difference:
    """A metric at a point, minus the same at its baseline, replication by replication.

    Attributes:
        point, baseline: numbers of the points.
        paired: the difference with its own interval, the ratio, and what pairing gave.
        better: ``point`` or ``baseline`` when one is proven better, with all others of the family; else ''. It takes both: the
            adjusted p, and an interval without 0, as the two are of different statistics and are shown side by side.
        p: probability of a difference at least this clear when there is none.
        adjusted: the same for the family as a whole, after Holm; what ``better`` goes by.
        family: how many differences are judged together.
        higher: ``point`` or ``baseline`` when one is proven higher; as ``better``, also where neither is better.
    """

    point: int
    baseline: int
    path: str
    paired: Paired
    better: str
    p: float = 1.0
    adjusted: float = 1.0
    family: int = 1
    higher: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        judged = {"better": self.better, "p": rounded(self.p), "adjusted": rounded(self.adjusted), "family": self.family}
        return {"baseline": self.baseline, **self.paired.to_dict(), **judged}


def differences_of(sweep: Sweep, path: str) -> dict[int, Difference]:
    """Return the difference of every point from its baseline, by the point's number.

    Points without the metric are left out, and those that run over another time than their baseline (see `unlike`).
    """
    pairs: list[tuple[int, int]] = []
    if sweep.plan.sample:  # points of a sensitivity analysis: point 0 is where a path begins, and nobody's baseline
        return {}
    for point in sweep.points:
        base = sweep.baseline(point.number)
        both = path in point.paths and path in sweep.points[base].paths
        if base != point.number and both and not unlike(sweep, base, point.number, path):
            pairs.append((base, point.number))
    raw = [p_value_of(sweep, path, pair) for pair in pairs]
    adjusted = holm(raw)
    return {
        point: judged(sweep, path, (base, point), (p, after), len(pairs))
        for (base, point), p, after in zip(pairs, raw, adjusted, strict=True)
    }


def unlike(sweep: Sweep, one: int, other: int, path: str = "") -> str:
    """Return in what times two points differ, in words; '' where they can be compared.

    Of a longer run more is lost, and its peaks are higher: a difference would be one of the question. So would one of another
    deadline be, in a metric (``path``) that counts what is done in time.
    """
    scenarios = [sweep.points[number].scenario for number in (one, other)]
    runs = [scenario.run for scenario in scenarios]
    pairs = {what: [format_duration(getattr(run, what)) for run in runs] for what in ("horizon", "warmup", "window")}
    if path.rpartition(".")[2] in IN_TIME:
        for flow in (flow for flow in scenarios[0].workload if flow in scenarios[1].workload):
            limits = [scenario.workload[flow].deadline for scenario in scenarios]
            pairs[f"{flow}.deadline"] = ["none" if limit is None else format_duration(limit) for limit in limits]
    return "; ".join(f"{what} {first} and {second}" for what, (first, second) in pairs.items() if first != second)


def judged(sweep: Sweep, path: str, pair: tuple[int, int], p_values: tuple[float, float], family: int) -> Difference:
    """Return the difference of (baseline, point) with its p value, and that for the family."""
    base, point = pair
    of_base, metric = _metrics(sweep, path, pair)
    paired = compare_of((of_base, metric), *_values(sweep, path, pair), missing=sweep.missing(metric.missing, base, point))
    higher = "" if p_values[1] > ALPHA or paired.open else "point" if paired.leaning == "a" else "baseline"
    other = {"point": "baseline", "baseline": "point", "": ""}[higher]
    better = {"higher": higher, "lower": other, "neither": ""}[metric.direction]
    return Difference(point, base, path, paired, better, *p_values, family, higher)


def p_value_of(sweep: Sweep, path: str, pair: tuple[int, int]) -> float:
    """Return the probability of a difference between two points at least this clear when there is none."""
    one, other = _values(sweep, path, pair)
    if untold(one, other):
        return 1.0
    return pairs_p_value(numbers(one), numbers(other))


def _values(sweep: Sweep, path: str, pair: tuple[int, int]) -> tuple[Figures, Figures]:
    one, other = (sweep.figures(number, path) for number in pair)
    if isinstance(one, Bounded | Pooled) or isinstance(other, Bounded | Pooled):
        return one, other
    return seen_by_both(_metrics(sweep, path, pair), numbers(one), numbers(other))


def _metrics(sweep: Sweep, path: str, pair: tuple[int, int]) -> tuple[Metric, Metric]:
    one, other = (resolve(path, sweep.points[number].scenario)[0] for number in pair)
    return one, other


def verdict(sweep: Sweep, path: str) -> list[str]:
    """Return what a sweep says of a metric, in sentences: how many points differ, which, how; and what pairing saved."""
    family = sweep.differences(path)
    apart = _apart(sweep, path)
    if not family:
        return apart
    metric, _ = resolve(path, sweep.points[next(iter(family))].scenario)
    found = [one for one in family.values() if one.higher]
    base = f"{sweep.plan.variants[0]} at the same settings" if len(sweep.plan.variants) > 1 else "point 0"
    together = f" for all {len(family)} comparisons together (Holm)" if len(family) > 1 else ""
    verb = "is" if len(found) == 1 else "are"
    head = f"{path}: {len(found)} of {len(family)} points {verb} proven to differ from {base}"
    head += f", at {format_number(100 * ALPHA)} %{together}"
    told = [_sentence(sweep, metric, one) for one in found[:SENTENCES_MAX]]
    if len(found) > SENTENCES_MAX:
        told.append(f"and {len(found) - SENTENCES_MAX} more points that differ: {_numbers(found[SENTENCES_MAX:])}")
    open_ = [one for one in family.values() if not one.higher]
    if open_:
        told.append(f"no proven difference in {path}: {_numbers(open_)}")
    saved = variance_reduction_words([one.paired.vrf for one in family.values()], "points")
    return [head, *told, *apart, *([saved] if saved else [])]


def _apart(sweep: Sweep, path: str) -> list[str]:
    """Which points are compared with nothing, as they run over another time."""
    found = {point.number: unlike(sweep, sweep.baseline(point.number), point.number, path) for point in sweep.points}
    numbers = [number for number, why in found.items() if why]
    if not numbers or sweep.plan.sample:
        return []
    which = "is not compared: it runs" if len(numbers) == 1 else "are not compared: they run"
    time = "over another time" if "deadline" not in found[numbers[0]] else "to another deadline"
    return [f"{_listed(numbers)} {which} {time} than the baseline ({found[numbers[0]]})"]


def name_of(sweep: Sweep, point: Point) -> str:
    """Return what a point is called: its number, its variant where there are several, its settings."""
    several = len(sweep.plan.variants) > 1
    about = ", ".join([*([point.variant] if several else []), *(f"{path}={value}" for path, value in point.settings)])
    return f"point {point.number} ({about})" if about else f"point {point.number}"


def _sentence(sweep: Sweep, metric: Metric, one: Difference) -> str:
    """One proven difference."""
    words = {"point": "better", "baseline": "worse", "": "higher" if one.higher == "point" else "lower"}
    word = words[one.better]
    here, there = (sweep.estimate(number, one.path) for number in (one.point, one.baseline))
    values = f"{_typical(here.mean, here.median, metric)} against {_typical(there.mean, there.median, metric)}"
    difference, unit = one.paired.difference, "points" if metric.unit == "share" else metric.unit
    if difference.estimable:
        shown = f"difference {format_interval(difference.mean, difference.low, difference.high, unit)} (n = {difference.n})"
    else:
        shown = f"lower in {max(one.paired.a_lower, one.paired.b_lower)} of {difference.n} pairs"
    names = (name_of(sweep, sweep.points[number]) for number in (one.point, one.baseline))
    together = " for all together" if one.family > 1 else ""
    return f"{next(names)} is {word} than {next(names)} in {one.path}: {values}, {shown}, {format_p(one.adjusted)}{together}"


def _typical(mean: float, median: float, metric: Metric) -> str:
    return format_value(mean, metric.unit) if math.isfinite(mean) else f"{format_value(median, metric.unit)} in the median"


def _numbers(found: Sequence[Difference]) -> str:
    return _listed([one.point for one in found])


def _listed(points: Sequence[int]) -> str:
    shown = ", ".join(map(str, points[:POINTS_MAX]))
    more = f" and {len(points) - POINTS_MAX} more" if len(points) > POINTS_MAX else ""
    return f"{'point' if len(points) == 1 else 'points'} {shown}{more}"
