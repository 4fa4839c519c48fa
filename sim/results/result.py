"""What the replications of a scenario say, in figures with intervals.

    records --metric--> one value for each replication --interval--> Estimate: mean [low, high], n

A result keeps the records: every figure is a function of them, worked out when it is asked for.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.former_names import warn
from sim.metrics.base import SCOPES, TITLES
from sim.metrics.estimates import Figures, estimate_of, figures_from, numbers, some_unseen
from sim.metrics.invariants import judge_invariant
from sim.metrics.judged import judge_by
from sim.metrics.paths import measure, resolve, subjects
from sim.metrics.spans import measured
from sim.metrics.summary import summarised
from sim.notebook import Part, judged, page
from sim.plots import Plots
from sim.record.record import SEMANTICS
from sim.stats.figures import format_value
from sim.stats.judging import path_of

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from sim.judgements.hysteresis import LoadHysteresis
    from sim.judgements.warm_up_check import WarmUpCheck
    from sim.metrics.base import Direction, Metric, Scope, Unit
    from sim.network import Network
    from sim.record.record import Record
    from sim.saved.origin import Origin
    from sim.saved.results import Parts
    from sim.scenario.objectives import Objective
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.judging import Verdict
    from sim.stats.sequential import Precision

SECOND = 1e9
ALWAYS_SHOWN = ("system", "flow", "group", "service")


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


@dataclass(frozen=True, repr=False, eq=False)
class Result:
    """The replications of one scenario.

    Attributes:
        scenario: what was run.
        records: one for each replication, replication 0 first.
        seed: the number that all random draws followed from.
        engine: the engine that ran them; both give the same records.
        origin: what wrote the file it was loaded from; None: it was run here.
        precision: whether it is as precise as was asked for; None when nothing was.
    """

    scenario: Scenario
    records: tuple[Record, ...]
    seed: int
    engine: str
    _values: dict[str, tuple[float, ...]] = field(default_factory=dict)
    _figures: dict[tuple[str, int | None], Figures] = field(default_factory=dict, init=False, repr=False)
    origin: Origin | None = field(default=None, kw_only=True)
    precision: Precision | None = field(default=None, kw_only=True)

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

    @property
    def at_hand(self) -> Mapping[str, tuple[float, ...]]:
        """The values that have been worked out so far, by path."""
        return self._values

    def first(self, n: int) -> Result:
        """Return the result of the first ``n`` replications."""
        return replace(self, records=self.records[:n], _values={path: values[:n] for path, values in self._values.items()})

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

    def figures(self, path: str, n: int | None = None) -> Figures:
        """Return what estimates and comparisons of a metric are made of, of the first ``n`` replications or of all.

        One value for each replication; of a quantile that of all answers together. Raises `UnknownMetricError`.
        """
        metric, subject = resolve(path, self.scenario)
        if metric.quantile is None and metric.bounds is None:
            return self.values(path)[:n]
        if (path, n) not in self._figures:
            self._figures[path, n] = figures_from(self.records[:n], metric, subject)
        return self._figures[path, n]

    def estimate(self, path: str) -> Estimate:
        """Return the mean of a metric over the replications with its 95 % interval; a quantile is one of all answers together.

        Of a time that some replications ended before there is no mean, but a median and a mean up to the time that all
        were watched: ``Estimate.survival``. Raises `UnknownMetricError`.
        """
        metric, _ = resolve(path, self.scenario)
        values = self.figures(path)
        unseen = metric.watched is not None and some_unseen(numbers(values))
        return estimate_of(metric, values, watched=self.watched(path) if unseen else None)

    def watched(self, path: str) -> list[float]:
        """Return for how long each replication was watched, in seconds, for a time that a run may end before.

        Raises ``ValueError`` for a metric that is no such time, `UnknownMetricError`.
        """
        metric, subject = resolve(path, self.scenario)
        if metric.watched is None:
            message = f"'{path}' is no time that a run may end before; time_to_recover and drain_time are"
            raise ValueError(message)
        first, stop = measured(self.network)
        return [metric.watched[subject.scope](record, subject.index, first, stop) for record in self.records]

    def summary(self, *scopes: Scope) -> list[SummaryRow]:
        """Return the figures that matter, of all but services, or of the scopes that are named."""
        return list(self._rows(scopes or [scope for scope in SCOPES if scope != "service"]))

    def _rows(self, scopes: Sequence[Scope]) -> Iterator[SummaryRow]:
        for path, scope, subject, name in summarised(self.scenario, scopes):
            metric = self.metric(path)
            yield SummaryRow(path, scope, subject, name, metric.label, metric.unit, metric.direction, self.estimate(path))

    def objectives(self) -> list[Verdict]:
        """Judge the scenario's objectives, each by its interval, in their order; then its invariants, by every trace."""
        invariants = enumerate(self.scenario.invariants)
        judged = [judge_invariant(self.records, number, one) for number, one in invariants]
        return [*(self.judge(objective) for objective in self.scenario.objectives), *judged]

    def judge(self, objective: Objective) -> Verdict:
        """Judge one objective: ``pass`` or ``fail`` when the interval is on one side of the limit, else ``unsure``.

        Where values are infinite there is no interval: then all of them are, or a sign test over replications tells. A time
        that was not seen because a replication was watched for less than the limit is open; so is what hangs on requests that
        are without an answer when a replication ends.
        """
        path = path_of(objective)
        metric, figures = self.metric(path), self.figures(path)
        unseen = metric.watched is not None and some_unseen(numbers(figures))
        watched = self.watched(path) if unseen else None
        return judge_by(objective, metric, figures, self.estimate(path), watched=watched)

    def warm_up(self, path: str = "waiting") -> WarmUpCheck:
        """Return when a metric settles (MSER-5 on the mean over replications) beside the warm-up that is declared.

        By default of the requests and messages that wait. Raises ``ValueError`` with fewer than 10 replications, or where a
        window has no value, and `UnknownMetricError`.
        """
        from sim.judgements.warm_up_check import check_warm_up  # it comes after the result

        return check_warm_up(self, path)

    def load_hysteresis(self, flow: str = "", doubled: Result | None = None) -> LoadHysteresis:
        """Return goodput up and down a staircase of loads (arrivals of kind ``step``), and whether it comes back.

        ``doubled``: a result with steps twice as long, which tells metastable from slow. Raises ``ValueError``.
        """
        from sim.judgements.hysteresis import load_hysteresis  # it comes after the result

        return load_hysteresis(self, flow, doubled)

    def load_loop(self, flow: str = "", doubled: Result | None = None) -> LoadHysteresis:
        """The former name of `load_hysteresis`."""
        warn("Result.load_loop", "Result.load_hysteresis")
        return self.load_hysteresis(flow, doubled)

    def fingerprint(self) -> str:
        """Return a SHA-256, in hex, over the records' fingerprints: equal runs have equal ones, on any machine.

        A result that was loaded and had been run with other semantics keeps the one it had.
        """
        if self.origin is not None and self.origin.semantics != SEMANTICS:
            return self.origin.fingerprint
        digest = hashlib.sha256(b"eventflow result")
        for record in self.records:
            digest.update(record.fingerprint().encode())
        return digest.hexdigest()

    @cached_property
    def events(self) -> int:
        """How many events all replications fired together."""
        return sum(record.events for record in self.records)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a file: the run, the summary of all scopes, and the verdicts.

        ``warm_up`` is there only when there is something to say: see `sim.judgements.warm_up_check.doubtful_warm_up`.
        """
        from sim.judgements.fallbacks import fallback_notes
        from sim.judgements.faults import fault_notes  # these come after the result
        from sim.judgements.hysteresis import load_hysteresis, staircases
        from sim.judgements.warm_up_check import doubtful_warm_up

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
            "summary": [row.to_dict() for row in self.summary(*SCOPES)],
            "objectives": [verdict.to_dict() for verdict in self.objectives()],
            "precision": None if self.precision is None else self.precision.to_dict(),
            "load_loops": [load_hysteresis(self, flow).to_dict() for flow in staircases(self.scenario)],
            "warm_up": None if (found := doubtful_warm_up(self)) is None else found.to_dict(),
            "fault_notes": [*fault_notes(self), *fallback_notes(self)],
        }

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each replication and figure: replication, path, unit, value."""
        pandas = import_pandas()
        rows = [
            {"replication": number, "path": row.path, "unit": row.unit, "value": value}
            for row in self.summary(*SCOPES)
            for number, value in enumerate(self.values(row.path))
        ]
        return pandas.DataFrame(rows, columns=["replication", "path", "unit", "value"])

    def to_xarray(self) -> Any:
        """Return an xarray Dataset: every count by replication, window and entity, and every figure by replication.

        Coordinates are names, and the starts of windows in s; each variable's unit is in its ``attrs``. Raises
        ``ImportError`` that says what to install.
        """
        from sim.saved.labelled import of_result

        return of_result(self)

    def to_parquet(self, path: str | os.PathLike[str]) -> Path:
        """Write what `to_frame` returns as a Parquet file; returns its path. Raises ``ImportError``, ``OSError``."""
        from sim.saved.parquet import write_result

        return write_result(self, path)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write everything to one file that `load` reads, whole or not at all; returns its path. Raises ``OSError``."""
        from sim.saved.container import save
        from sim.saved.results import packed
        from sim.sweeps.summary import METRICS

        return save(path, *packed("run", {"a": self}, METRICS))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Result:
        """Read a file that `save` wrote: figures and charts are the same. Raises `SavedError`, ``OSError``."""
        from sim.saved.container import Container
        from sim.saved.results import refusing, unpacked
        from sim.sweeps.summary import METRICS

        container = Container.open(path)
        with refusing(container.name):
            return cls.of_parts(unpacked(container, "run", METRICS)["a"])

    @classmethod
    def of_parts(cls, parts: Parts) -> Result:
        """Return the result that a saved file holds."""
        from sim.saved.precise import restored

        found = cls(parts.scenario, parts.records, parts.seed, parts.engine, origin=parts.origin)
        precision = restored(parts.precision, lambda path: estimate_of(found.metric(path), found.values(path)))
        return found if precision is None else replace(found, precision=precision)

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
        """Return the verdicts and the summary as HTML, for notebooks."""
        run = f"{self.replications} replications of {format_value(self.scenario.run.horizon / SECOND, 's')}"
        title = f"{self.name} ({self.scenario.architecture}): {run}, seed {self.seed}, {self.engine} engine"
        verdicts = [judged(one.outcome, str(one.objective), one.reason) for one in self.objectives()]
        heads = ("path", "what", "mean [95 % interval] (n)")
        there = subjects(self.scenario)
        named = {scope: title.lower() for scope, title in TITLES.items() if scope in ALWAYS_SHOWN or there[scope]}
        parts = [
            Part(name, heads, [(row.path, row.label, str(row.estimate)) for row in self.summary(scope)], scope != "system")
            for scope, name in named.items()
        ]
        return page(title, verdicts, parts)


def joined(parts: Sequence[Result]) -> Result:
    """Return the replications of results that go on from one another as one result, with what all have worked out."""
    known = set.intersection(*(set(part.at_hand) for part in parts))
    values = {path: tuple(value for part in parts for value in part.at_hand[path]) for path in known}
    return replace(parts[0], records=tuple(record for part in parts for record in part.records), _values=values)


def import_pandas() -> Any:
    """Return pandas, or raise ``ImportError`` that says how to get it."""
    try:
        import pandas as pd  # type: ignore[import-untyped, unused-ignore]
    except ImportError as error:
        message = "pandas is not installed; run: pip install 'eventflow-sim[notebook]'"
        raise ImportError(message) from error
    return pd
