"""What a sweep says: every metric at every point with its interval, and paired differences against a baseline.

    values of the replications of a point  --interval-->  Estimate
    point and baseline, replication by replication  --paired-->  Difference

The baseline of a point is the first point; with several variants it is the first variant at the same settings.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.former_names import warn
from sim.metrics.estimates import Bounded, Figures, estimate_of
from sim.metrics.headline import watched
from sim.metrics.invariants import PATH as BROKEN
from sim.metrics.invariants import judge_all
from sim.metrics.judged import judge_by
from sim.metrics.paths import resolve
from sim.notebook import Part, page
from sim.plots import Plots
from sim.scenario.objectives import parse_objective
from sim.scenario.yaml_reader import read_value
from sim.stats.intervals import LEVEL
from sim.stats.judging import path_of
from sim.stats.pooled import Pooled, pooled_quantile
from sim.stats.sample import Counted
from sim.sweeps.best import best
from sim.sweeps.errors import SweepError
from sim.sweeps.load import load_axis, load_curves
from sim.sweeps.multiple_comparisons import Difference, differences_of, judged, p_value_of, unlike, verdict
from sim.sweeps.plan import listed
from sim.sweeps.sensitivity import sensitivity

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.metrics.base import Metric
    from sim.saved.origin import Origin
    from sim.scenario.objectives import Objective
    from sim.stats.intervals import Estimate
    from sim.stats.judging import Verdict
    from sim.stats.selection import Better
    from sim.sweeps.best import Best
    from sim.sweeps.load import LoadCurve
    from sim.sweeps.plan import Plan, Point
    from sim.sweeps.sensitivity import Sensitivity
    from sim.sweeps.summary import Summary

SHOWN = 20
"""Metrics that a table shows when none are named."""
SHOWN_OF_SAMPLE = 6
"""The same of a sensitivity analysis, which has several figures for each."""
ALWAYS = ("goodput", "errors")
"""Metrics that are shown though there is nothing to be seen of them."""
ROWS = 8
"""Points that the text of a sweep shows."""
UNFOLDED = 40
"""A sweep of more points is folded at first, in a notebook."""


@dataclass(frozen=True, repr=False, eq=False)
class Sweep:
    """A sweep, as far as it has been run.

    Attributes:
        plan: its points, replications and seed.
        found: what is kept of each run, by the task's key.
        failures: runs that ended in an error, by the task's key: they are in no figure, and counted as missing.
        ran: how many runs were made now; the others were stored already.
        damaged: names of files that did not match their checksums, and were run again.
        folder: where it is stored; None: in memory only.
        origin: what wrote the file it was loaded from; None: it was run here, or read from its folder.
    """

    plan: Plan
    found: Mapping[str, Summary]
    failures: Mapping[str, str] = field(default_factory=dict)
    ran: int = 0
    damaged: tuple[str, ...] = ()
    folder: Path | None = None
    origin: Origin | None = field(default=None, kw_only=True)
    _differences: dict[str, dict[int, Difference]] = field(default_factory=dict, kw_only=True)
    _pooled: dict[tuple[int, str, int | None], Pooled] = field(default_factory=dict, kw_only=True)

    @property
    def points(self) -> tuple[Point, ...]:
        """The points, point 0 first."""
        return self.plan.points

    @property
    def runs(self) -> int:
        """Replications of each point."""
        return self.plan.runs

    @property
    def done(self) -> int:
        """How many runs there are results of."""
        return sum(task.key in self.found for task in self.plan.tasks)

    @property
    def complete(self) -> bool:
        """Whether there is a result of every run."""
        return self.done == len(self.plan.tasks)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics to look at first: those of the objectives, goodput, errors, and what `sim.metrics.headline` has.

        What is 0, or has no value, at every point is left out; of a sensitivity analysis there are fewer.
        """
        first = [point.scenario for point in self.points[: len(self.plan.variants)]]
        judged = [path_of(one) for one in first[0].objectives]
        if self.plan.sample:
            paths = [*judged, *ALWAYS, *(f"{flow}.latency.p99" for flow in first[0].workload)]
            return tuple(dict.fromkeys(paths))[:SHOWN_OF_SAMPLE]
        more = dict.fromkeys(path for one in first for path in watched(one))
        paths = [*judged, *ALWAYS, *(path for path in more if self._told(path))]
        return tuple(dict.fromkeys(paths))[:SHOWN]

    def _told(self, path: str) -> bool:
        """Whether there is anything to be seen of a metric at some point."""
        having = (point.number for point in self.points if path in point.paths)
        return any(value and not math.isnan(value) for number in having for value in self.values(number, path))

    def point(self, number: int) -> Point:
        """Return a point by its number. Raises `SweepError` when there is none."""
        if not 0 <= number < len(self.points):
            raise SweepError(f"there is no point {number}; points are numbered from 0 to {len(self.points) - 1}")
        return self.points[number]

    def values(self, point: int, path: str) -> list[float]:
        """Return a metric's value in each replication of a point; nan where a run is missing, failed or has no value.

        Raises `UnknownMetricError` when the point has no such metric, `SweepError` when the sweep does not keep it.
        """
        one = self.point(point)
        if path not in one.paths:
            resolve(path, one.scenario)
            raise SweepError(f"the sweep does not keep '{path}'; name it among its metrics and run it again")
        place = one.paths.index(path)
        tasks = self.plan.tasks[point * self.runs : (point + 1) * self.runs]
        found = (self.found.get(task.key) for task in tasks)
        return [math.nan if summary is None else summary.values[place] for summary in found]

    def figures(self, point: int, path: str, n: int | None = None) -> Figures:
        """Return what estimates and comparisons of a metric are made of: one value a replication, or a pooled quantile.

        Of the first ``n`` replications, or of all.

        The values where a run is missing, and where the sweep was run before it kept what quantiles are ones of. Raises as
        `values` does.
        """
        values, scenario = self.values(point, path)[:n], self.point(point).scenario
        metric, subject = resolve(path, scenario)
        if metric.bounds is not None:
            return self._bounded(point, path, values)
        if metric.quantile is None:
            return values
        known = self._pooled.get((point, path, n))
        if known is None:
            tasks = self.plan.tasks[point * self.runs : (point + 1) * self.runs][:n]
            flows = [subject.name] if subject.name else list(scenario.workload)
            names = [f"{flow}.{metric.name.rpartition('.p')[0]}" for flow in flows]
            found = [self.found.get(task.key) for task in tasks]
            if any(one is None or not one.samples.keys() >= set(names) for one in found):
                return values
            texts = [[one.samples[name] for name in names] for one in found if one is not None]
            samples = [Counted.added([Counted.of_text(text) for text in each]).sample for each in texts]
            known = self._pooled[point, path, n] = pooled_quantile(samples, metric.quantile)
        return known

    def check(self, metrics: Sequence[str]) -> None:
        """Raise `UnknownMetricError` or `SweepError` for a metric that no point has or keeps; one text is a list of one."""
        for path in listed(metrics):
            if not any(path in point.paths for point in self.points):
                self.values(0, path)

    def paths(self, metrics: Sequence[str] = ()) -> tuple[str, ...]:
        """Return metrics as they are asked for, all that any point keeps when none are; raises as `check` does."""
        self.check(metrics)
        return tuple(listed(metrics)) or tuple(dict.fromkeys(path for point in self.points for path in point.paths))

    def estimate(self, point: int, path: str) -> Estimate:
        """Return the mean of a metric over a point's replications with its 95 % interval."""
        metric, _ = resolve(path, self.point(point).scenario)
        found = self.figures(point, path)
        missing = "" if isinstance(found, Pooled) else self.missing(metric.missing, point)
        return estimate_of(metric, found, missing=missing)

    def baseline(self, point: int) -> int:
        """Return the number of the point that a point is compared with."""
        variants, point = len(self.plan.variants), self.point(point).number
        return point - point % variants if variants > 1 else 0

    def difference(self, point: int, path: str, against: int | None = None) -> Difference:
        """Return a metric of a point minus that of another point, by default its baseline, with its 95 % interval.

        Against its baseline it is judged with all other points of the sweep (see `differences`); against another point, alone.
        Raises `SweepError` for two points that run over different times.
        """
        base = self.baseline(point) if against is None else self.point(against).number
        why = unlike(self, base, point)
        if why:
            raise SweepError(f"points {base} and {point} cannot be paired: {why}")
        if base == self.baseline(point) and point in self.differences(path):
            return self.differences(path)[point]
        p = p_value_of(self, path, (base, point))
        return judged(self, path, (base, point), (p, p), 1)

    def differences(self, path: str) -> dict[int, Difference]:
        """Return the differences of a metric from the baseline at all other points, judged together after Holm, by point."""
        if path not in self._differences:
            self._differences[path] = differences_of(self, path)
        return self._differences[path]

    def family(self, path: str) -> dict[int, Difference]:
        """The former name of `differences`."""
        warn("Sweep.family", "Sweep.differences")
        return self.differences(path)

    def verdict(self, path: str = "") -> list[str]:
        """Return what the sweep says of a metric (default: the first of `metrics`), in sentences; [] with a single point."""
        return verdict(self, path or self.metrics[0])

    def best(self, path: str, delta: float | str, *, better: Better | None = None, level: float = LEVEL) -> Best:
        """Select the best point by a metric, with a guarantee; ``delta`` is the smallest difference that matters (``2/s``).

        The best, or one within ``delta`` of it, is selected with confidence ``level``; or nothing is, and `Best` says how
        many replications decide. Raises `SweepError`, `UnknownMetricError`; see `sim.sweeps.best`.
        """
        return best(self, path, delta, better=better, level=level)

    def load_curves(self, axis: str = "") -> list[LoadCurve]:
        """Return goodput against the load that an axis varies, one curve for each variant and setting of the other axes.

        Raises `SweepError` when no axis is a load, such as ``workload.orders.arrivals.rate``.
        """
        return load_curves(self, axis)

    def sensitivity(self, path: str = "", variant: str = "") -> Sensitivity:
        """Return what each axis does to a metric (default: the first of `metrics`), of points laid out for that.

        That is what ``sample="morris:20"`` and ``sample="sobol-indices:256"`` do. Raises `SweepError`.
        """
        return sensitivity(self, path or self.metrics[0], variant)

    def objectives(self, point: int) -> list[Verdict]:
        """Judge the objectives of a point, each by its interval; of a time that was not seen the shortest watch counts."""
        scenario = self.point(point).scenario
        found = [(one, path_of(one)) for one in scenario.objectives]
        judged = [self._judged(point, one, path, resolve(path, scenario)[0]) for one, path in found]
        if not scenario.invariants:
            return judged
        broken = self._bounded(point, BROKEN, self.values(point, BROKEN))
        return [*judged, judge_all(parse_objective(f"{BROKEN} <= 0"), broken.values, broken.most)]

    def _judged(self, point: int, objective: Objective, path: str, metric: Metric) -> Verdict:
        watched = [metric.watched_min] * self.runs
        return judge_by(objective, metric, self.figures(point, path), self.estimate(point, path), watched=watched)

    def _bounded(self, point: int, path: str, values: list[float]) -> Bounded:
        """Values of the first replications of a point, with what each can turn out to be."""
        tasks = self.plan.tasks[point * self.runs : (point + 1) * self.runs][: len(values)]
        kept = [self.found[task.key].bounds if task.key in self.found else {} for task in tasks]
        return Bounded.of(values, [one.get(path, (value, value)) for one, value in zip(kept, values, strict=True)])

    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, over the fingerprints of all runs: equal sweeps have equal ones, on any machine."""
        if self.origin is not None:
            return self.origin.fingerprint
        digest = hashlib.sha256(b"eventflow sweep")
        for task in self.plan.tasks:
            summary = self.found.get(task.key)
            digest.update(f"{task.key} {summary.fingerprint if summary else '-'}\n".encode())
        return digest.hexdigest()

    def to_dict(self, metrics: Sequence[str] = ()) -> dict[str, Any]:
        """Return plain data: each point with its settings, estimates and differences; raises as `check` does."""
        self.check(metrics)
        shown = tuple(listed(metrics)) or self.metrics
        return {
            "axes": list(self.plan.axes),
            "variants": list(self.plan.variants),
            "seed": self.plan.seed,
            "replications": self.runs,
            "complete": self.complete,
            "done": self.done,
            "total": len(self.plan.tasks),
            "fingerprint": self.fingerprint(),
            "failures": [
                {"point": task.point.number, "label": task.point.label, "replication": task.replication, "reason": why}
                for task in self.plan.tasks
                if (why := self.failures.get(task.key)) is not None
            ],
            "points": [self._point(point, shown) for point in self.points],
            "verdicts": {path: self.verdict(path) for path in shown},
            "load_curves": [] if load_axis(self) is None or not self.complete else self._load_dicts(),
        }

    def _load_dicts(self) -> list[dict[str, Any]]:
        """The load curves as plain data; none where there are too few loads."""
        try:
            return [curve.to_dict() for curve in self.load_curves()]
        except SweepError:
            return []

    def _point(self, point: Point, metrics: Sequence[str]) -> dict[str, Any]:
        kept = [path for path in metrics if path in point.paths]
        paired = [path for path in kept if point.number in self.differences(path)]
        return {
            "point": point.number,
            "variant": point.variant,
            "settings": dict(point.settings),
            "metrics": {path: self.estimate(point.number, path).to_dict() for path in kept},
            "differences": {path: self.difference(point.number, path).to_dict() for path in paired},
            "objectives": [verdict.to_dict() for verdict in self.objectives(point.number)],
        }

    def to_frame(self, metrics: Sequence[str] = ()) -> Any:
        """Return a pandas DataFrame, one row for each run: point, variant, a column for each axis and each metric.

        Values of axes are as a file has them: numbers are numbers, quantities are texts with their units. Raises
        `UnknownMetricError` or `SweepError` for a metric that no point has or keeps.
        """
        paths = self.paths(metrics)
        try:
            import pandas as pd  # type: ignore[import-untyped, unused-ignore]
        except ImportError as error:
            message = "pandas is not installed; run: pip install 'eventflow-sim[notebook]'"
            raise ImportError(message) from error
        rows: list[dict[str, Any]] = []
        for point in self.points:
            columns = {path: self.values(point.number, path) for path in paths if path in point.paths}
            settings = {path: read_value(value) for path, value in point.settings}
            head = {"point": point.number, "variant": point.variant, **settings}
            rows.extend(
                {**head, "replication": number, **{path: values[number] for path, values in columns.items()}}
                for number in range(self.runs)
            )
        return pd.DataFrame(rows, columns=["point", "variant", *self.plan.axes, "replication", *paths])

    def to_xarray(self, metrics: Sequence[str] = ()) -> Any:
        """Return an xarray Dataset: a variable for each metric, by axes (a grid) or by point (a sample) and replication.

        Raises ``ImportError`` that says what to install.
        """
        from sim.saved.labelled import of_sweep

        return of_sweep(self, metrics)

    def to_parquet(self, path: str | os.PathLike[str], metrics: Sequence[str] = ()) -> Path:
        """Write what `to_frame` returns as a Parquet file; returns its path. Raises ``ImportError``, ``OSError``."""
        from sim.saved.parquet import write_sweep

        return write_sweep(self, path, metrics)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the sweep, as far as it has been run, to one file; returns its path. Raises ``OSError``, `SavedError`."""
        from sim.sweeps.saved import write_sweep

        return write_sweep(self, path)

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Sweep:
        """Read a file that `save` wrote: every figure is the same. Raises `SavedError`, ``OSError``."""
        from sim.sweeps.saved import read_sweep

        return cls(**read_sweep(path))

    @property
    def plot(self) -> Plots:
        """The charts: ``sweep.plot.heatmap(ax=None)`` draws the chart of ``sim/charts/heatmap.py``."""
        return Plots(self)

    def __repr__(self) -> str:
        """Return at most ten lines: what was swept, and the first points."""
        state = "complete" if self.complete else f"{self.done} of {len(self.plan.tasks)} runs"
        head = f"Sweep of {len(self.points)} points x {self.runs} replications, seed {self.plan.seed}, {state}"
        path = self.metrics[0]
        lines = [
            f"  {point.label}: {path} {self.estimate(point.number, path) if path in point.paths else '-'}"
            for point in self.points[:ROWS]
        ]
        if len(self.points) > ROWS:
            lines.append(f"  ... and {len(self.points) - ROWS} more points")
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        """Return every point as a row of an HTML table, for notebooks."""
        rows = []
        for point in self.points:
            found = [str(self.estimate(point.number, path)) if path in point.paths else "-" for path in self.metrics]
            rows.append((str(point.number), point.variant, *(value for _, value in point.settings), *found))
        state = "complete" if self.complete else f"{self.done} of {len(self.plan.tasks)} runs"
        title = f"Sweep of {len(self.points)} points, {self.runs} replications each, seed {self.plan.seed}, {state}"
        heads = ("point", "variant", *self.plan.axes, *self.metrics)
        return page(title, [], [Part("points", heads, rows, len(rows) > UNFOLDED)])

    def missing(self, words: str, *points: int) -> str:
        """Return what nan means at some points: ``words``, ended in an error or at a limit, not run, or one of these."""
        keys = [task.key for point in points for task in self.plan.tasks[point * self.runs : (point + 1) * self.runs]]
        gone = [key for key in keys if key not in self.found]
        failed = sum(key in self.failures for key in gone)
        parts = [words] if len(gone) < len(keys) else []
        parts += ["ended in an error or at a limit"] if failed else []
        return " or ".join([*parts, *(["not run"] if failed < len(gone) else [])])
