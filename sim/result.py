"""What the replications of a scenario say, in figures with intervals.

    records --metric--> one value for each replication --interval--> Estimate: mean [low, high], n

A result keeps the records: every figure is a function of them, worked out when it is asked for.
"""

from __future__ import annotations

import hashlib
import html
import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sim.metrics.paths import measure, metrics, resolve, subjects
from sim.plots import Plots
from sim.stats.figures import format_value
from sim.stats.intervals import Estimate, estimate
from sim.stats.paired import sign_test

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.metrics.base import Direction, Metric, Scope, Unit
    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.objectives import Objective
    from sim.scenario.scenario import Scenario

SECOND = 1e9

SUMMARY: dict[Scope, tuple[str, ...]] = {
    "system": (
        "offered",
        "goodput",
        "errors",
        "spoiled",
        "amplification",
        "retries",
        "waste",
        "blast_radius",
        "blast_radius_requests",
        "time_to_recover",
        "resilience_loss",
        "backlog_peak",
        "queue_peak",
        "drain_time",
        "lost",
        "dropped",
        "duplicates",
    ),
    "flow": (
        "goodput",
        "errors",
        "latency.p50",
        "latency.p95",
        "latency.p99",
        "completion.p50",
        "completion.p95",
        "completion.p99",
    ),
    "group": ("lag_peak", "drain_time", "apply_time", "redelivered", "duplicates", "dropped", "lost"),
    "service": ("errors", "utilisation", "queue_peak", "amplification"),
}
"""What a summary shows of each scope, in this order."""

Outcome = Literal["pass", "fail", "unsure"]


@dataclass(frozen=True)
class SummaryRow:
    """One figure of a summary: ``path`` is what ``Result.estimate`` takes."""

    path: str
    scope: Scope
    subject: str
    metric: str
    label: str
    unit: Unit
    direction: Direction
    estimate: Estimate

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "path": self.path,
            "scope": self.scope,
            "subject": self.subject,
            "metric": self.metric,
            "label": self.label,
            "direction": self.direction,
            **self.estimate.to_dict(),
        }


@dataclass(frozen=True)
class Verdict:
    """What the replications say about an objective: ``pass``, ``fail``, or ``unsure`` when they are too few to tell."""

    objective: Objective
    path: str
    outcome: Outcome
    estimate: Estimate
    reason: str

    def __str__(self) -> str:
        """Return ``PASS checkout.errors < 1%: 0.2 [0.1, 0.3] % (n = 10)``."""
        return f"{self.outcome.upper()} {self.objective}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "objective": str(self.objective),
            "path": self.path,
            "outcome": self.outcome,
            "reason": self.reason,
            "estimate": self.estimate.to_dict(),
        }


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The replications of one scenario.

    Attributes:
        scenario: what was run.
        records: one for each replication, replication 0 first.
        seed: the number that all random draws followed from.
        engine: the engine that ran them; both give the same records.
    """

    scenario: Scenario
    records: tuple[Record, ...]
    seed: int
    engine: str
    _values: dict[str, tuple[float, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a result of nothing."""
        object.__setattr__(self, "records", tuple(self.records))
        if not self.records:
            message = "a result needs at least one record; run at least one replication"
            raise ValueError(message)

    @property
    def name(self) -> str:
        """Name of the scenario."""
        return self.scenario.name

    @property
    def network(self) -> Network:
        """The network that was run."""
        return self.records[0].network

    @property
    def replications(self) -> int:
        """How many replications there are."""
        return len(self.records)

    @property
    def plot(self) -> Plots:
        """The charts: ``result.plot.goodput(ax=None)`` draws the chart of ``sim/charts/goodput.py``."""
        return Plots(self)

    def metric(self, path: str) -> Metric:
        """Return the metric that a path means."""
        return resolve(path, self.scenario)[0]

    def values(self, path: str) -> list[float]:
        """Return a metric's value in each replication, such as ``values("checkout.latency.p99")``, in seconds.

        ``inf`` is a value without an end, nan one without an observation; see the metric. Raises `UnknownMetricError`.
        """
        if path not in self._values:
            metric, subject = resolve(path, self.scenario)
            self._values[path] = tuple(measure(record, metric, subject) for record in self.records)
        return list(self._values[path])

    def estimate(self, path: str) -> Estimate:
        """Return the mean of a metric over the replications with its 95 % interval. Raises `UnknownMetricError`."""
        metric, _ = resolve(path, self.scenario)
        return estimate(
            self.values(path),
            unit=metric.unit,
            least=metric.least,
            most=metric.most,
            infinite=metric.infinite,
            missing=metric.missing,
        )

    def summary(self, *scopes: Scope) -> list[SummaryRow]:
        """Return the figures that matter, of the system, flows and groups, or of the scopes that are named."""
        return list(self._rows(scopes or ("system", "flow", "group")))

    def _rows(self, scopes: Sequence[Scope]) -> Iterator[SummaryRow]:
        names = subjects(self.scenario)
        known = metrics()
        for scope in scopes:
            for subject in names[scope]:
                for name in SUMMARY[scope]:
                    path = f"{subject}.{name}" if subject else name
                    metric, found = resolve(path, self.scenario)
                    if found.scope == scope:
                        label, unit = known[name].label, metric.unit
                        direction = metric.direction
                        yield SummaryRow(path, scope, subject, name, label, unit, direction, self.estimate(path))

    def objectives(self) -> list[Verdict]:
        """Judge the scenario's objectives, each by its interval, in their order."""
        return [self.judge(objective) for objective in self.scenario.objectives]

    def judge(self, objective: Objective) -> Verdict:
        """Judge one objective: ``pass`` or ``fail`` when the interval is on one side of the limit, else ``unsure``.

        Where values are infinite there is no interval: then all of them are, or a sign test over replications tells.
        """
        path = f"{objective.subject}.{objective.metric}" if objective.subject else objective.metric
        limit = objective.limit / SECOND if objective.unit == "duration" else objective.limit
        found = self.estimate(path)
        values = self.values(path)
        if any(math.isnan(value) for value in values) or found.n < 3:  # noqa: PLR2004 - as intervals need
            return Verdict(objective, path, "unsure", found, f"{found}; run more replications, or longer ones")
        met = sum(_holds(value, objective.op, limit) for value in values)
        if found.estimable:
            low, high = _holds(found.low, objective.op, limit), _holds(found.high, objective.op, limit)
            outcome: Outcome = "pass" if low and high else "unsure" if low or high else "fail"
            return Verdict(objective, path, outcome, found, str(found))
        outcome = "unsure"
        if found.infinite == found.n or sign_test(met, found.n - met) <= 1.0 - found.level:
            outcome = "pass" if 2 * met > found.n else "fail"
        return Verdict(objective, path, outcome, found, f"{found}; holds in {met} of {found.n} replications")

    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, over the records' fingerprints: equal runs have equal ones, on any machine."""
        digest = hashlib.sha256(b"eventflow result")
        for record in self.records:
            digest.update(record.fingerprint().encode())
        return digest.hexdigest()

    @cached_property
    def events(self) -> int:
        """How many events all replications fired together."""
        return sum(record.events for record in self.records)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a file: the run, the summary of all scopes, and the verdicts."""
        return {
            "scenario": self.name,
            "title": self.scenario.title,
            "architecture": self.scenario.architecture,
            "digest": self.scenario.digest(),
            "fingerprint": self.fingerprint(),
            "seed": self.seed,
            "replications": self.replications,
            "horizon_s": self.scenario.run.horizon / SECOND,
            "warmup_s": self.scenario.run.warmup / SECOND,
            "window_s": self.scenario.run.window / SECOND,
            "events": self.events,
            "summary": [row.to_dict() for row in self.summary("system", "flow", "group", "service")],
            "objectives": [verdict.to_dict() for verdict in self.objectives()],
        }

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each replication and figure: replication, path, unit, value."""
        pandas = import_pandas()
        rows = [
            {"replication": number, "path": row.path, "unit": row.unit, "value": value}
            for row in self.summary("system", "flow", "group", "service")
            for number, value in enumerate(self.values(row.path))
        ]
        return pandas.DataFrame(rows, columns=["replication", "path", "unit", "value"])

    def __repr__(self) -> str:
        """Return at most ten lines: what was run, and the figures to look at first."""
        run = self.scenario.run
        head = (
            f"Result of {self.name} ({self.scenario.architecture}): {self.replications} replications of "
            f"{format_value(run.horizon / SECOND, 's')}, seed {self.seed}, {self.engine} engine"
        )
        paths = ["goodput", "errors", "amplification", "blast_radius", "time_to_recover", "backlog_peak"]
        lines = [f"  {path:<16} {self.estimate(path)}" for path in paths]
        verdicts = self.objectives()
        if verdicts:
            counts = {word: sum(one.outcome == word for one in verdicts) for word in ("pass", "fail", "unsure")}
            said = ", ".join(f"{count} {word}" for word, count in counts.items() if count)
            lines.append(f"  objectives       {said}")
        return "\n".join([head, *lines])

    def _repr_html_(self) -> str:
        """Return the summary as an HTML table, for notebooks."""
        rows = [(row.path, row.label, str(row.estimate)) for row in self.summary()]
        rows += [(str(one.objective), one.outcome, one.reason) for one in self.objectives()]
        caption = f"{self.name} ({self.scenario.architecture}), {self.replications} replications, seed {self.seed}"
        return html_table(caption, ("path", "what", "mean [95 % interval] (n)"), rows)


def _holds(value: float, op: str, limit: float) -> bool:
    if op == "<":
        return value < limit
    if op == "<=":
        return value <= limit
    if op == ">":
        return value > limit
    return value >= limit


def html_table(caption: str, head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return an HTML table; every text is escaped."""
    titles = "".join(f"<th>{html.escape(text)}</th>" for text in head)
    body = "".join("<tr>" + "".join(f"<td>{html.escape(text)}</td>" for text in row) + "</tr>" for row in rows)
    head_row = f"<thead><tr>{titles}</tr></thead>"
    return f"<table><caption>{html.escape(caption)}</caption>{head_row}<tbody>{body}</tbody></table>"


def import_pandas() -> Any:
    """Return pandas, or raise ``ImportError`` that says how to get it."""
    try:
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]  # noqa: PLC0415 - only wanted here
    except ImportError as error:
        message = "pandas is not installed; run: pip install 'eventflow-sim[notebook]'"
        raise ImportError(message) from error
    return pd
