"""What a sweep says: every metric at every point with its interval, and paired differences against a baseline.

    values of the replications of a point  --interval-->  Estimate
    point and baseline, replication by replication  --paired-->  Difference

The baseline of a point is the first point; with several variants it is the first variant at the same settings.
"""

from __future__ import annotations

import hashlib
import html
import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.metrics.paths import resolve
from sim.scenario.yaml_reader import read_value
from sim.stats.intervals import Estimate, estimate
from sim.stats.paired import Paired, compare_pairs
from sim.sweep.errors import SweepError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.sweep.plan import Plan, Point
    from sim.sweep.summary import Summary

SHOWN = 6
"""Metrics that a table shows when none are named."""
ROWS = 8
"""Points that the text of a sweep shows."""


@dataclass(frozen=True)
class Difference:
    """A metric at a point, minus the same at its baseline, replication by replication.

    Attributes:
        point, baseline: numbers of the points.
        paired: the difference with its interval, the ratio, and what pairing gave.
        better: ``point`` or ``baseline`` when one is proven better, else ''.
    """

    point: int
    baseline: int
    path: str
    paired: Paired
    better: str

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"baseline": self.baseline, **self.paired.to_dict(), "better": self.better}


@dataclass(frozen=True, repr=False, eq=False)
class Sweep:
    """A sweep, as far as it has been run.

    Attributes:
        plan: its points, replications and seed.
        found: what is kept of each run, by the task's key.
        failures: runs that ended in an error, by the task's key: they are in no figure, and counted as missing.
        ran: how many runs were made now; the others were filed already.
        damaged: names of files that did not match their checksums, and were run again.
        folder: where it is filed; None: in memory only.
    """

    plan: Plan
    found: Mapping[str, Summary]
    failures: Mapping[str, str] = field(default_factory=dict)
    ran: int = 0
    damaged: tuple[str, ...] = ()
    folder: Path | None = None

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
        """The metrics to look at first: those of the objectives, then goodput, errors and each flow's 99th percentile."""
        first = self.points[0].scenario
        judged = [f"{one.subject}.{one.metric}" if one.subject else one.metric for one in first.objectives]
        paths = [*judged, "goodput", "errors", *(f"{flow}.latency.p99" for flow in first.workload)]
        return tuple(dict.fromkeys(paths))[:SHOWN]

    def values(self, point: int, path: str) -> list[float]:
        """Return a metric's value in each replication of a point; nan where a run is missing, failed or has no value.

        Raises `UnknownMetricError` when the point has no such metric, `SweepError` when the sweep does not keep it.
        """
        one = self.points[point]
        if path not in one.paths:
            resolve(path, one.scenario)
            raise SweepError(f"the sweep does not keep '{path}'; name it among its metrics and run it again")
        place = one.paths.index(path)
        tasks = self.plan.tasks[point * self.runs : (point + 1) * self.runs]
        found = (self.found.get(task.key) for task in tasks)
        return [math.nan if summary is None else summary.values[place] for summary in found]

    def check(self, metrics: Sequence[str]) -> None:
        """Raise `UnknownMetricError` or `SweepError` for a metric that no point has or keeps."""
        for path in metrics:
            if not any(path in point.paths for point in self.points):
                self.values(0, path)

    def estimate(self, point: int, path: str) -> Estimate:
        """Return the mean of a metric over a point's replications with its 95 % interval."""
        metric, _ = resolve(path, self.points[point].scenario)
        return estimate(
            self.values(point, path),
            unit=metric.unit,
            least=metric.least,
            most=metric.most,
            infinite=metric.infinite,
            missing=self._missing(metric.missing),
        )

    def baseline(self, point: int) -> int:
        """Return the number of the point that a point is compared with."""
        variants = len(self.plan.variants)
        return point - point % variants if variants > 1 else 0

    def difference(self, point: int, path: str, against: int | None = None) -> Difference:
        """Return a metric of a point minus that of another point, by default its baseline, with its 95 % interval."""
        base = self.baseline(point) if against is None else against
        metric, _ = resolve(path, self.points[point].scenario)
        pair = compare_pairs(
            self.values(base, path),
            self.values(point, path),
            unit=metric.unit,
            infinite=metric.infinite,
            missing=self._missing(metric.missing),
        )
        lower = {"a": "baseline", "b": "point", "": ""}[pair.lower]
        higher = {"a": "point", "b": "baseline", "": ""}[pair.lower]
        better = {"lower": lower, "higher": higher, "neither": ""}[metric.direction]
        return Difference(point, base, path, pair, better)

    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, over the fingerprints of all runs: equal sweeps have equal ones, on any machine."""
        digest = hashlib.sha256(b"eventflow sweep")
        for task in self.plan.tasks:
            summary = self.found.get(task.key)
            digest.update(f"{task.key} {summary.fingerprint if summary else '-'}\n".encode())
        return digest.hexdigest()

    def to_dict(self, metrics: Sequence[str] = ()) -> dict[str, Any]:
        """Return plain data: each point with its settings, estimates and differences."""
        return {
            "axes": list(self.plan.axes),
            "variants": list(self.plan.variants),
            "seed": self.plan.seed,
            "replications": self.runs,
            "complete": self.complete,
            "done": self.done,
            "total": len(self.plan.tasks),
            "fingerprint": self.fingerprint(),
            "failures": {key: self.failures[key] for key in sorted(self.failures)},
            "points": [self._point(point, tuple(metrics) or self.metrics) for point in self.points],
        }

    def _point(self, point: Point, metrics: Sequence[str]) -> dict[str, Any]:
        base = self.baseline(point.number)
        kept = [path for path in metrics if path in point.paths]
        paired = [path for path in kept if path in self.points[base].paths and base != point.number]
        return {
            "point": point.number,
            "variant": point.variant,
            "settings": dict(point.settings),
            "metrics": {path: self.estimate(point.number, path).to_dict() for path in kept},
            "differences": {path: self.difference(point.number, path).to_dict() for path in paired},
        }

    def to_frame(self, metrics: Sequence[str] = ()) -> Any:
        """Return a pandas DataFrame, one row for each run: point, variant, a column for each axis and each metric.

        Values of axes are as a file has them: numbers are numbers, quantities are texts with their units.
        """
        try:
            import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - only wanted here
        except ImportError as error:
            message = "pandas is not installed; run: pip install 'eventflow-sim[notebook]'"
            raise ImportError(message) from error
        paths = tuple(metrics) or tuple(dict.fromkeys(path for point in self.points for path in point.paths))
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
        metrics = self.metrics
        heads = "".join(f"<th>{html.escape(text)}</th>" for text in ("point", "variant", *self.plan.axes, *metrics))
        body = []
        for point in self.points:
            found = [str(self.estimate(point.number, path)) if path in point.paths else "-" for path in metrics]
            cells = (str(point.number), point.variant, *(value for _, value in point.settings), *found)
            body.append("<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in cells) + "</tr>")
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{''.join(body)}</tbody></table>"

    def _missing(self, words: str) -> str:
        """What nan means here: a run that is not there tells nothing either."""
        return words if self.complete else f"{words} or not run"
