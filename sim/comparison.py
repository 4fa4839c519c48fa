r"""Two wirings of one business flow, replication by replication under the same random numbers.

    Result a --\
                > pairs (same seed, same replication) -> rows: a, b, difference b - a [interval], who is better
    Result b --/

Only what is alike is paired: same seed, number of replications, horizon, warm-up and windows; anything else is refused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import EventflowError
from sim.metrics.paths import resolve
from sim.plots import Plots
from sim.result import html_table, import_pandas
from sim.scenario.problems import did_you_mean
from sim.scenario.units import format_duration
from sim.stats.figures import format_number
from sim.stats.paired import Paired, compare_pairs
from sim.wiring import differing_flow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Direction, Unit
    from sim.result import Result
    from sim.stats.intervals import Estimate

Side = Literal["a", "b"]

HEADLINE_SYSTEM = ("goodput", "errors")
HEADLINE_FLOW = (
    "goodput",
    "errors",
    "spoiled",
    "latency.p50",
    "latency.p95",
    "latency.p99",
    "completion.p50",
    "completion.p99",
)
HEADLINE_FAULT = (
    "amplification",
    "retries",
    "waste",
    "blast_radius",
    "blast_radius_requests",
    "time_to_recover",
    "backlog_peak",
    "queue_peak",
    "drain_time",
    "lost",
    "duplicates",
)


class ComparisonError(EventflowError, ValueError):
    """Two results cannot be paired; the message says why, and what would make them alike."""


@dataclass(frozen=True)
class Row:
    """One metric of both sides.

    Attributes:
        path: what ``Result.estimate`` takes.
        label: the metric in words; ``subject`` is '' for the whole system.
        a, b: the two sides, each with its own interval.
        paired: the difference b - a with its interval, the ratio, and the variance reduction that pairing gave.
        better: ``a`` or ``b`` when the difference is proven at the interval's level, else ''.
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

    @property
    def difference(self) -> Estimate:
        """Mean of b - a over the pairs, with its interval."""
        return self.paired.difference

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
        }


@dataclass(frozen=True, repr=False, eq=False)
class Comparison:
    """Result ``a`` beside result ``b``; differences are b minus a.

    ``flow`` is the flow that the headline is about; '' chooses the flow of both that is wired differently. Raises
    `ComparisonError` when the results cannot be paired.
    """

    a: Result
    b: Result
    flow: str = ""
    flow_reason: str = field(default="", init=False)

    def __post_init__(self) -> None:
        """Check that both can be paired, and choose the headline flow."""
        _check_alike(self.a, self.b)
        common = [name for name in self.a.scenario.workload if name in self.b.scenario.workload]
        if self.flow and self.flow not in common:
            known = did_you_mean(self.flow, dict.fromkeys(common), noun="there are")
            message = f"no flow '{self.flow}' in both; {known}"
            raise ComparisonError(message)
        if not common:
            message = f"'{self.a.name}' and '{self.b.name}' have no flow in common; nothing can be paired"
            raise ComparisonError(message)
        flow, reason = (self.flow, "as asked for") if self.flow else differing_flow(self.a.scenario, self.b.scenario)
        object.__setattr__(self, "flow", flow)
        object.__setattr__(self, "flow_reason", reason)

    @property
    def labels(self) -> tuple[str, str]:
        """What the two sides are called: by architecture where that tells them apart, else by name."""
        a, b = self.a.scenario, self.b.scenario
        if a.architecture != b.architecture:
            return a.architecture, b.architecture
        return (a.name, b.name) if a.name != b.name else (f"{a.name} (a)", f"{b.name} (b)")

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
        metric, subject = resolve(path, self.a.scenario)
        resolve(path, self.b.scenario)
        pair = compare_pairs(
            self.a.values(path),
            self.b.values(path),
            unit=metric.unit,
            infinite=metric.infinite,
            missing=metric.missing,
        )
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
            better=_better(pair, metric.direction),
        )

    def rows(self) -> list[Row]:
        """Return the headline: the system, the headline flow, and what the faults did."""
        return [*self._headline]

    @cached_property
    def _headline(self) -> tuple[Row, ...]:
        paths = [*HEADLINE_SYSTEM, *(f"{self.flow}.{name}" for name in HEADLINE_FLOW), *HEADLINE_FAULT]
        return tuple(self.row(path) for path in paths)

    def flow_rows(self, flow: str) -> list[Row]:
        """Return the rows of one flow that both have."""
        return [self.row(f"{flow}.{name}") for name in HEADLINE_FLOW]

    def verdict(self) -> list[str]:
        """Return the comparison in words: a few plain sentences, each with its interval, or that nothing is proven."""
        from sim.verdict import verdict  # noqa: PLC0415 - the words come after the numbers

        return verdict(self)

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

    def __repr__(self) -> str:
        """Return at most ten lines: who is compared, and the verdict."""
        head = f"Comparison of {self.a.name} (a) and {self.b.name} (b), {self.a.replications} pairs, seed {self.a.seed}"
        return "\n".join([head, *(f"  {sentence}" for sentence in self.verdict()[:8])])

    def _repr_html_(self) -> str:
        """Return the headline as an HTML table, for notebooks."""
        head = ("path", *self.labels, "difference", "better", "variance reduction")
        sides = {"a": self.labels[0], "b": self.labels[1], "": "not proven"}
        rows = [
            (
                row.path,
                str(row.a),
                str(row.b),
                str(row.difference),
                sides[row.better],
                format_number(row.paired.vrf),
            )
            for row in self.rows()
        ]
        return html_table(" ".join(self.verdict()), head, rows)


def _better(pair: Paired, direction: Direction) -> Side | Literal[""]:
    if not pair.lower or direction == "neither":
        return ""
    return "a" if (pair.lower == "a") == (direction == "lower") else "b"


def _side(result: Result, label: str) -> dict[str, Any]:
    return {
        "scenario": result.name,
        "architecture": result.scenario.architecture,
        "label": label,
        "digest": result.scenario.digest(),
        "fingerprint": result.fingerprint(),
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
