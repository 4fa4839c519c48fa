r"""Two wirings of one business flow, replication by replication under the same random numbers.

    Result a --\
                > pairs (same seed, same replication) -> rows: a, b, difference b - a [interval], who is better
    Result b --/

Only what is alike is paired: same seed, number of replications, horizon, warm-up and windows; anything else is refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import ComparisonError
from sim.judgements.effects_words import effect_paths
from sim.judgements.wiring import differing_flow
from sim.metrics.estimates import compare_of, numbers, some_unseen
from sim.metrics.headline import compared, compared_of
from sim.metrics.paths import resolve_in_all
from sim.notebook import Part, page
from sim.plots import Plots
from sim.results.labels import labels_of, names_of
from sim.results.result import Result, import_pandas
from sim.scenario.problems import did_you_mean
from sim.scenario.units import format_duration
from sim.stats.figures import format_number, rounded
from sim.stats.paired import Paired, standing, variance_reduction_words
from sim.stats.survival import Sooner, sooner

if TYPE_CHECKING:
    import os
    from collections.abc import Sequence
    from pathlib import Path

    from sim.judgements.non_inferiority import NonInferiority
    from sim.metrics.base import Direction, Unit
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.sequential import Precision

Side = Literal["a", "b"]
ASKED = "as asked for"


@dataclass(frozen=True)
class Row:
    """One metric of both sides.

    Attributes:
        path: what ``Result.estimate`` takes.
        label: the metric in words; ``subject`` is '' for the whole system.
        a, b: the two sides, each with its own interval.
        paired: the difference b - a with its interval, the ratio, and the variance reduction that pairing gave.
        better: ``a`` or ``b`` when the difference is proven at the interval's level, by itself, else ''. What is proven of
            several rows together says the verdict.
        p: two-sided probability of a difference at least this clear when there is none; 1 where nothing can be told. What
            the verdict goes by.
        survival: for a time that some replications ended before: the difference up to the time that all were watched, which
            is then what ``better`` goes by; None otherwise.
    """

    path: str
    subject: str
    metric: str
    label: str
    unit: Unit
    direction: Direction
    a: Estimate
    b: Estimate
    paired: Paired
    better: Side | Literal[""]
    survival: Sooner | None = None
    p: float = 1.0

    @property
    def difference(self) -> Estimate:
        """Mean of b - a over the pairs, with its interval."""
        return self.paired.difference

    @property
    def shown(self) -> Estimate:
        """The difference that ``better`` goes by: up to the time that all were watched, where some ended before."""
        return self.difference if self.survival is None else self.survival.restricted.difference

    @property
    def leaning(self) -> Side | Literal[""]:
        """Which side looks better, proven or not."""
        return _better((self.paired if self.survival is None else self.survival.restricted).leaning, self.direction)

    def standing(self, labels: tuple[str, str]) -> str:
        """Return who is better in a word for tables."""
        return standing(self.better, labels, self.paired.ties, self.difference, sided=self.direction != "neither")

    @property
    def n(self) -> int:
        """How many pairs there are."""
        return self.paired.difference.n

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "path": self.path,
            "label": self.label,
            "unit": self.unit,
            "direction": self.direction,
            "a": self.a.to_dict(),
            "b": self.b.to_dict(),
            **self.paired.to_dict(),
            "better": self.better,
            "p": rounded(self.p),
            **({} if self.survival is None else {"survival": self.survival.to_dict()}),
        }


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """Result ``a`` beside result ``b``; differences are b minus a.

    ``flow`` is the flow that the headline is about; '' chooses the flow of both that is wired differently. Raises
    `ComparisonError` when the results cannot be paired. ``precision`` says whether the differences are as precise as was
    asked for; None when nothing was. ``claims`` are the claims that b is no worse, as `claiming` judged them, and ``margins``
    what it was given for each: a saved file keeps these, and whoever loads it judges again.
    """

    a: Result
    b: Result
    flow: str = ""
    flow_reason: str = field(default="", init=False)
    precision: Precision | None = None
    claims: tuple[NonInferiority, ...] = ()
    margins: tuple[float | str, ...] = ()

    def __post_init__(self) -> None:
        """Check that both can be paired, and choose the headline flow."""
        _check_alike(self.a, self.b)
        if len(self.claims) != len(self.margins):
            raise ComparisonError(f"{len(self.claims)} claims with {len(self.margins)} margins; make them by claiming(...)")
        common = [name for name in self.a.scenario.workload if name in self.b.scenario.workload]
        if self.flow and self.flow not in common:
            known = did_you_mean(self.flow, dict.fromkeys(common), noun="there are")
            message = f"no flow '{self.flow}' in both; {known}"
            raise ComparisonError(message)
        if not common:
            message = f"'{self.a.name}' and '{self.b.name}' have no flow in common; nothing can be paired"
            raise ComparisonError(message)
        flow, reason = (self.flow, ASKED) if self.flow else differing_flow(self.a.scenario, self.b.scenario)
        object.__setattr__(self, "flow", flow)
        object.__setattr__(self, "flow_reason", reason)

    @property
    def labels(self) -> tuple[str, str]:
        """What the two sides are called: by architecture where that tells them apart, else by name."""
        one, other = labels_of(self._scenarios)
        return one, other

    @property
    def names(self) -> tuple[str, str]:
        """The names of the two scenarios; those of one name with what tells them apart, as ``shop (a)``."""
        one, other = names_of(self._scenarios)
        return one, other

    @property
    def plot(self) -> Plots:
        """The charts: ``comparison.plot.goodput(ax=None)`` draws the chart of ``sim/charts/goodput.py``."""
        return Plots(self)

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know of the pairing: things that differ besides the wiring."""
        return tuple(_notes(self.a, self.b))

    def row(self, path: str) -> Row:
        """Compare one metric, such as ``row("checkout.latency.p99")``. Raises `UnknownMetricError`."""
        (metric, subject), (other, _) = resolve_in_all(path, (self.a.scenario, self.b.scenario))
        figures = self.a.figures(path), self.b.figures(path)
        pair = compare_of((metric, other), *figures)
        a, b = map(numbers, figures)
        known = None
        if metric.watched is not None and some_unseen(a, b) and pair.told:
            known = sooner(a, b, self.a.watched(path), self.b.watched(path), unit=metric.unit)
        deciding = pair if known is None else known.restricted
        blind = metric.watched is not None and known is None and any(map(math.isinf, (*a, *b)))  # longer than what?
        return Row(
            path=path,
            subject=subject.name,
            metric=metric.name,
            label=metric.label,
            unit=metric.unit,
            direction=metric.direction,
            a=self.a.estimate(path),
            b=self.b.estimate(path),
            paired=pair,
            better="" if blind else _better(deciding.lower, metric.direction),
            survival=known,
            p=1.0 if blind or metric.direction == "neither" else deciding.p,
        )

    def rows(self) -> list[Row]:
        """Return the headline: the system, the headline flow, and what the faults did."""
        return [*self._headline]

    @cached_property
    def _headline(self) -> tuple[Row, ...]:
        paths = [*compared(self.flow, self._scenarios), *effect_paths(self.a, self.b, self.flow)]
        return tuple(self.row(path) for path in paths)

    @property
    def _scenarios(self) -> tuple[Scenario, Scenario]:
        return self.a.scenario, self.b.scenario

    def flow_rows(self, flow: str) -> list[Row]:
        """Return the rows of one flow that both have."""
        return [self.row(path) for path in compared_of(flow, self._scenarios)]

    def verdict(self) -> list[str]:
        """Return the comparison in words: a few plain sentences, each with its interval, or that nothing is proven.

        All claims are judged as one family (Holm): the chance of even one false claim is 5 %.
        """
        from sim.judgements.verdict import verdict  # the words come after the numbers

        return verdict(self)

    def no_worse(self, path: str, margin: float | str) -> NonInferiority:
        """Judge whether b is no worse than a in a metric, by more than ``margin``: 0.05 or ``5%`` of a's mean, or ``10ms``.

        ``pass`` is proven, ``fail`` refuted; else ``unsure``. Raises `ComparisonError` for a limit that cannot be read.
        """
        from sim.judgements.non_inferiority import judge_non_inferiority  # it comes after the comparison

        return judge_non_inferiority(self, path, margin)

    def claiming(self, *claims: tuple[str, float | str]) -> Comparison:
        """Return the same with claims (metric, margin) judged by `no_worse`, for its reports; see ``claims``."""
        if not claims:
            return self
        flow = self.flow if self.flow_reason == ASKED else ""
        judged = tuple(self.no_worse(path, margin) for path, margin in claims)
        margins = tuple(margin for _, margin in claims)
        return Comparison(self.a, self.b, flow=flow, precision=self.precision, claims=judged, margins=margins)

    def variance_reduction(self) -> str:
        """Return in words what the common random numbers saved, over the rows of the headline; '' when not measurable."""
        return variance_reduction_words([row.paired.vrf for row in self.rows()], "metrics")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a file: both sides in short, the headline, every common flow, the verdict."""
        common = [name for name in self.a.scenario.workload if name in self.b.scenario.workload]
        return {
            "a": _side(self.a, self.labels[0]),
            "b": _side(self.b, self.labels[1]),
            "seed": self.a.seed,
            "replications": self.a.replications,
            "flow": self.flow,
            "flow_reason": self.flow_reason,
            "notes": list(self.notes),
            "rows": [row.to_dict() for row in self.rows()],
            "flows": {name: [row.to_dict() for row in self.flow_rows(name)] for name in common},
            "verdict": self.verdict(),
            "variance_reduction": self.variance_reduction(),
            "precision": None if self.precision is None else self.precision.to_dict(),
            "claims": [claim.to_dict() for claim in self.claims],
        }

    def to_frame(self) -> Any:
        """Return the headline as a pandas DataFrame, one row for each metric."""
        pandas = import_pandas()
        rows = [
            {
                "path": row.path,
                "unit": row.unit,
                "a": row.a.mean,
                "b": row.b.mean,
                "difference": row.difference.mean,
                "low": row.difference.low,
                "high": row.difference.high,
                "n": row.n,
                "vrf": row.paired.vrf,
                "better": row.better,
            }
            for row in self.rows()
        ]
        return pandas.DataFrame(rows)

    def to_xarray(self) -> Any:
        """Return an xarray Dataset: every figure of both by side and replication, and the differences with intervals.

        Raises ``ImportError`` that says what to install.
        """
        from sim.saved.labelled import of_comparison

        return of_comparison(self)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write both results to one file that `load` reads, whole or not at all; returns its path. Raises ``OSError``."""
        from sim.saved.container import save
        from sim.saved.precise import described
        from sim.saved.results import packed
        from sim.sweeps.summary import METRICS

        flow = self.flow if self.flow_reason == ASKED else ""
        more: dict[str, Any] = {"flow": flow, "precision": described(self.precision)}
        if self.claims:
            more["claims"] = [[claim.path, margin] for claim, margin in zip(self.claims, self.margins, strict=True)]
        return save(path, *packed("compare", {"a": self.a, "b": self.b}, METRICS, **more))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Comparison:
        """Read a file that `save` wrote: figures and charts are the same. Raises `SavedError`, ``OSError``."""
        from sim.saved.container import Container
        from sim.saved.precise import restored
        from sim.saved.results import refusing, unpacked
        from sim.sweeps.summary import METRICS

        container = Container.open(path)
        flow = str(container.header.get("flow", ""))
        with refusing(container.name):
            sides = {side: Result.of_parts(parts) for side, parts in unpacked(container, "compare", METRICS).items()}
            found = cls(sides["a"], sides["b"], flow=flow)
            precision = restored(container.header.get("precision"), lambda path: found.row(path).paired.difference)
            claims = [(str(path), margin) for path, margin in container.header.get("claims", ())]
            return (found if precision is None else cls(found.a, found.b, flow=flow, precision=precision)).claiming(*claims)

    @property
    def _pairs(self) -> str:
        return "1 pair" if self.a.replications == 1 else f"{self.a.replications} pairs"

    def __repr__(self) -> str:
        """Return at most ten lines: who is compared, and the verdict."""
        head = f"Comparison of {self.a.name} (a) and {self.b.name} (b), {self._pairs}, seed {self.a.seed}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.verdict()[:8])])

    def _repr_html_(self) -> str:
        """Return the verdict and the headline as HTML, for notebooks."""
        head = ("path", *self.labels, "difference", "better, row by row", "variance reduction")
        rows = [
            (
                row.path,
                str(row.a),
                str(row.b),
                str(row.shown),
                row.standing(self.labels),
                format_number(row.paired.vrf),
            )
            for row in self.rows()
        ]
        title = f"{self.a.name} (a) and {self.b.name} (b): {self._pairs} of replications, seed {self.a.seed}"
        return page(title, [*self.verdict(), *self.notes], [Part("differences, b minus a", head, rows)])


def _better(lower: str, direction: Direction) -> Side | Literal[""]:
    if not lower or direction == "neither":
        return ""
    return "a" if (lower == "a") == (direction == "lower") else "b"


def _side(result: Result, label: str) -> dict[str, Any]:
    return {
        "scenario": result.name,
        "architecture": result.scenario.architecture,
        "label": label,
        "digest": result.scenario.digest(),
        "fingerprint": result.fingerprint(),
        "objectives": [verdict.to_dict() for verdict in result.objectives()],
    }


def _check_alike(a: Result, b: Result) -> None:
    run_a, run_b = a.scenario.run, b.scenario.run
    facts = [
        ("seed", str(a.seed), str(b.seed)),
        ("number of replications", str(a.replications), str(b.replications)),
        ("horizon", format_duration(run_a.horizon), format_duration(run_b.horizon)),
        ("warmup", format_duration(run_a.warmup), format_duration(run_b.warmup)),
        ("window", format_duration(run_a.window), format_duration(run_b.window)),
    ]
    unlike = [f"{what} {one} and {other}" for what, one, other in facts if one != other]
    if unlike:
        message = f"'{a.name}' and '{b.name}' cannot be paired: {'; '.join(unlike)}; run both alike"
        raise ComparisonError(message)


def _notes(a: Result, b: Result) -> Sequence[str]:
    one, other = a.scenario.resolved(), b.scenario.resolved()
    notes = []
    if one["faults"] != other["faults"]:
        notes.append("the two have different faults")
    notes += [
        f"the arrivals of the flow '{name}' differ"
        for name, flow in one["workload"].items()
        if name in other["workload"] and flow["arrivals"] != other["workload"][name]["arrivals"]
    ]
    alone = sorted(set(one["workload"]) ^ set(other["workload"]))
    if alone:
        notes.append(f"only one of the two has the flows {', '.join(alone)}")
    return notes
