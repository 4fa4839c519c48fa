"""Which of the swept inputs matters, from a sweep whose points were laid out for that question.

    --over a=1..20:log --over b=10ms..1s --sample morris:20          (2 + 1) x 20 points     --> which matter at all
                                         --sample sobol-indices:256  (2 + 2) x 256 points    --> how much of the variance

Inputs go through their ranges evenly, or evenly in the logarithm where the axis says so; a list takes its values in turn.
"""

from __future__ import annotations

import html
import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics.paths import resolve
from sim.stats.figures import format_interval, format_value
from sim.stats.sensitivity import BASE_MIN, PATHS_MIN, Effect, Index, morris, morris_design, saltelli_design, sobol
from sim.sweeps.axes import parse_axis
from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from sim.sweeps.axes import Axis
    from sim.sweeps.result import Sweep

_DESIGN = re.compile(r"(morris|sobol-indices):([0-9]{1,6})")
BASE_LEAST = 16
STEADY = 0.9
"""From which part of the mean absolute effect on the mean effect says that it goes one way."""
UNKNOWN = "whose noise is not known; run at least 2 a point to prove that an input matters"
NAMES_MAX = 6
UNCLEAR = 0.5
"""An index whose interval is wider than that, of a range from 0 to 1, is known too little to be stated."""


@dataclass(frozen=True, kw_only=True)
class Sensitivity:
    """What each input does to a metric.

    Attributes:
        method: ``morris`` or ``sobol-indices``.
        path, unit: the metric and its unit; of a difference of shares, percentage points.
        variant: the scenario.
        names: the inputs, in the order of the axes.
        rows: `Effect` (Morris) or `Index` (Sobol) of each.
        design: number of paths, or of base points.
        replications: of each point.
        noise: of Sobol's: share of the variance that was noise of the replications, subtracted; nan with a single one.
        variance: of Sobol's: variance of the metric over the inputs, in the square of its unit.
    """

    method: str
    path: str
    unit: str
    variant: str
    names: tuple[str, ...]
    rows: tuple[Effect | Index, ...]
    design: int
    replications: int
    noise: float = math.nan
    variance: float = math.nan

    @property
    def bars(self) -> dict[str, tuple[tuple[float, float, float], ...]]:
        """What a bar chart draws: (value, low, high) of each input: ``mu_star``; or ``first`` and ``total``."""
        kinds = ("mu_star",) if self.method == "morris" else ("first", "total")
        found = {}
        for kind in kinds:
            bars = [getattr(row, kind) for row in self.rows]
            found[kind] = tuple((bar.value, bar.low, bar.high) for bar in bars)
        return found

    @property
    def ranked(self) -> tuple[int, ...]:
        """Places of the inputs, the one that matters most first."""
        main = self.bars["mu_star" if self.method == "morris" else "total"]
        return tuple(sorted(range(len(self.names)), key=lambda at: (-np.nan_to_num(main[at][0]), at)))

    def sentences(self) -> list[str]:
        """Return what is found in plain sentences: what matters, how much, what does not, and what it rests on."""
        order = [at for at in self.ranked if self.rows[at].matters]
        rest = [self.names[at] for at in self.ranked if not self.rows[at].matters]
        told = [self._told(self.names[at], self.rows[at]) for at in order[:NAMES_MAX]]
        if len(order) > NAMES_MAX:
            told.append(f"{', '.join(self.names[at] for at in order[NAMES_MAX:])}: less than these")
        if rest:
            told.append(f"not proven to matter to {self.path}: {', '.join(rest)}")
        return [*told, self._ground()]

    def _told(self, name: str, row: Effect | Index) -> str:
        """One input in words."""
        if isinstance(row, Index):
            return self._blamed(name, row)
        unit = "points" if self.unit == "share" else self.unit
        size = format_interval(row.mu_star.value, row.mu_star.low, row.mu_star.high, unit)
        steady = abs(row.mu) > STEADY * row.mu_star.value
        way = ("up" if row.mu > 0.0 else "down") if steady else "either way"
        bent = "; how much depends on the inputs" if row.sigma > row.mu_star.value / 2.0 else ""
        return f"{self.path} changes by {size} ({way}) when {name} goes through its range{bent}"

    def _blamed(self, name: str, row: Index) -> str:
        """An input in words of Sobol's indices, no more than the base points tell."""
        cut = _cut(row)
        alone, whole = (format_interval(value, low, high, "share") for value, low, high in cut)
        if _unclear(row):
            few = f"too few base points to tell how much of the variance of {self.path} {name} is to blame for"
            return f"{few}: {alone} by itself, {whole} with interactions"
        if row.total.value < row.first.value:
            alike = f"{self.design} base points do not tell them apart"
            return f"{name} is to blame for {alone} of the variance of {self.path}, by itself and with interactions: {alike}"
        return f"{name} is to blame for {alone} of the variance of {self.path} by itself, for {whole} with interactions"

    @property
    def unclear(self) -> tuple[bool, ...]:
        """Of which inputs too few base points tell how much they explain."""
        return tuple(isinstance(row, Index) and _unclear(row) for row in self.rows)

    @property
    def counted(self) -> str:
        """What the intervals are over."""
        what = "paths" if self.method == "morris" else "base points"
        return f"95 % interval by resampling the {self.design} {what} (n = {self.replications} a point)"

    def _ground(self) -> str:
        """What the figures rest on."""
        of = f"{self.replications} replication{'' if self.replications == 1 else 's'} a point"
        if self.method == "morris":
            floor = [row.noise for row in self.rows if isinstance(row, Effect) and math.isfinite(row.noise)]
            unit = "points" if self.unit == "share" else self.unit
            noise = f"noise alone would show up to {format_value(max(floor), unit)}" if floor else UNKNOWN
            return f"{self.variant}: Morris' effects of {self.design} paths, scaled to the whole range, {of}, {noise}"
        known = f"their noise of {format_value(self.noise, 'share')} subtracted"
        noise = (UNKNOWN if self.replications == 1 else "whose noise is in it") if math.isnan(self.noise) else known
        few = "" if self.design >= BASE_MIN else f"; fewer than the {BASE_MIN} base points it should have"
        return f"{self.variant}: Sobol's indices of {self.design} base points, {of}, {noise}{few}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "method": self.method,
            "path": self.path,
            "unit": self.unit,
            "variant": self.variant,
            "design": self.design,
            "replications": self.replications,
            "noise": None if math.isnan(self.noise) else self.noise,
            "inputs": {name: row.to_dict() for name, row in zip(self.names, self.rows, strict=True)},
            "sentences": self.sentences(),
        }

    def to_frame(self) -> Any:
        """Return a pandas DataFrame: a row for each input and index, with value, low and high."""
        try:
            import pandas as pd  # type: ignore[import-untyped, unused-ignore]
        except ImportError as error:
            raise ImportError("pandas is not installed; run: pip install 'eventflow-sim[notebook]'") from error
        rows = [
            {"input": name, "index": kind, "value": bar[0], "low": bar[1], "high": bar[2]}
            for kind, bars in self.bars.items()
            for name, bar in zip(self.names, bars, strict=True)
        ]
        return pd.DataFrame(rows, columns=["input", "index", "value", "low", "high"])

    def __repr__(self) -> str:
        """Return the sentences."""
        return "\n".join(self.sentences())

    def _repr_html_(self) -> str:
        """Return the sentences as a list, for notebooks."""
        return "<ul>" + "".join(f"<li>{html.escape(text)}</li>" for text in self.sentences()) + "</ul>"


def _cut(row: Index) -> list[list[float]]:
    """Value, low and high of both indices, cut to what a share can be."""
    return [[min(1.0, max(0.0, one)) for one in (bar.value, bar.low, bar.high)] for bar in (row.first, row.total)]


def _unclear(row: Index) -> bool:
    """Whether an interval is too wide to state its index."""
    return any(high - low > UNCLEAR for _, low, high in _cut(row))


def is_design(sample: str) -> bool:
    """Whether a sample lays its points out for a sensitivity analysis."""
    return _DESIGN.fullmatch(sample) is not None


def designed(axes: Sequence[Axis], sample: str, seed: int) -> list[tuple[str, ...]]:
    """Return the settings of every point of a design, in its order. Raises `SweepError` for a size that will not do."""
    points = _design(len(axes), sample, seed)
    rows = points.reshape(-1, len(axes)).tolist()
    steps = sample.startswith("morris")  # goes to the ends; the other draws
    return [
        tuple(axis.at(share) if steps else axis.drawn(share) for axis, share in zip(axes, row, strict=True)) for row in rows
    ]


def sensitivity(sweep: Sweep, path: str, variant: str = "") -> Sensitivity:
    """Return what each input of a sweep does to a metric; ``variant`` names the scenario, by default the first.

    Raises `SweepError` when the sweep was not laid out for that, is not complete, or a run has no finite value of the metric.
    """
    sample, names = sweep.plan.sample, sweep.plan.axes
    if not is_design(sample):
        how = "sweep with --sample morris:20 or sobol-indices:256"
        raise SweepError(f"the points are not laid out for a sensitivity analysis; {how}")
    which = variant or sweep.plan.variants[0]
    numbers = [point.number for point in sweep.points if point.variant == which]
    if not numbers:
        raise SweepError(f"there is no variant '{which}'; there are {', '.join(sweep.plan.variants)}")
    values = np.array([sweep.values(number, path) for number in numbers]).T
    strays = np.argwhere(~np.isfinite(values))
    if len(strays):
        at = f"replication {strays[0][0]} of point {numbers[strays[0][1]]}"
        remedy = "finish the sweep, or analyse a metric that every run has, such as goodput"
        raise SweepError(f"{at} has no finite '{path}'; {remedy}")
    method, _, size = sample.partition(":")
    design, seed = int(size), sweep.plan.seed
    known: dict[str, Any] = {
        "method": method,
        "path": path,
        "unit": resolve(path, sweep.points[numbers[0]].scenario)[0].unit,
        "variant": which,
        "names": names,
        "design": design,
        "replications": sweep.runs,
    }
    if method == "morris":
        layout, taken = morris_design(len(names), design, seed), _taken(sweep, numbers)
        rows = morris(layout, values.reshape(sweep.runs, design, -1), taken=taken.reshape(layout.shape), seed=seed)
        return Sensitivity(rows=rows, **known)
    found = sobol(values.reshape(sweep.runs, design, -1), seed=seed)
    indices = tuple(replace(row, noisy=sweep.runs == 1) for row in found.rows)
    return Sensitivity(rows=indices, noise=found.noise, variance=found.variance, **known)


def _taken(sweep: Sweep, numbers: Sequence[int]) -> NDArray[np.float64]:
    """Where points lie in fact, as shares of their axes, shape (points, axes): lists and whole numbers lack most shares."""
    points = [sweep.points[number] for number in numbers]
    over = sweep.plan.over
    if len(over) != len(sweep.plan.axes):
        remedy = "repeat its command, which finds its runs"
        raise SweepError(f"the sweep is of an earlier version, which did not note its ranges; {remedy}")
    axes = [parse_axis(text, points[0].scenario) for text in over]
    rows = [[axis.share_of(value) for axis, (_, value) in zip(axes, one.settings, strict=True)] for one in points]
    return np.array(rows)


def _design(inputs: int, sample: str, seed: int) -> NDArray[np.float64]:
    kind, _, size = sample.partition(":")
    count = int(size)
    if kind == "morris":
        if count < PATHS_MIN:
            raise SweepError(f"Morris' effects take {PATHS_MIN} paths at least; write morris:{PATHS_MIN}")
        return morris_design(inputs, count, seed)
    if count < BASE_LEAST or count & (count - 1):
        raise SweepError(f"Sobol's indices take a power of 2 of base points, {BASE_LEAST} at least; write sobol-indices:256")
    return saltelli_design(inputs, count, seed)
