r"""Faults by architectures: two wirings of one flow without a fault, and under each fault alone, with the same random numbers.

                   synchronous    event-driven
    no fault      [ Comparison without faults  ]
    slow-payment  [ Comparison with this alone ]      one row of figures for each measure, with intervals and differences
    payment-down  [ ...                        ]

A cell is a result like any other. *Goodput lost* is worked out against the row without a fault, replication by replication: of
what was offered, the share that was not done well in time, beyond the same share without the fault. Seed and random numbers are
the same, so what differs is what the fault did; and where a fault changes how much is offered, shares can still be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from sim.errors import ComparisonError
from sim.judgements.faults import NOT_EXERCISED, fault_notes
from sim.judgements.matrix_doubt import doubt_of
from sim.judgements.matrix_words import sentence_of
from sim.metrics.exercised import not_exercised
from sim.metrics.paths import resolve
from sim.metrics.spans import measured
from sim.notebook import Part, page
from sim.plots import Plots
from sim.results.comparison import ASKED, Comparison
from sim.results.result import Result, import_pandas
from sim.scenario.effects import undos_are_told
from sim.scenario.problems import did_you_mean
from sim.scenario.targets import entity_of
from sim.stats.intervals import LEVEL, estimate
from sim.stats.multiple import holm
from sim.stats.paired import compare_pairs

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from sim.metrics.base import Direction, Unit
    from sim.results.comparison import Side
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.survival import Sooner

T = TypeVar("T")

SIDES: tuple[Side, Side] = ("a", "b")
NO_FAULT = ""
"""The row without a fault."""
GOODPUT_LOST = "goodput_lost"
MEASURES = (
    "blast_radius",
    GOODPUT_LOST,
    "time_to_recover",
    "backlog_peak",
    "effects_doubled",
    "lost_or_stuck",
    "failed_after_ok",
    "effects_told_failed",
    "effects_pending",
    "invariants_broken",
    "worker_seconds",
    "messages_sent",
)
"""What is shown of each cell, in this order; the last but those that neither scenario can have."""
NONE = "no fault"
"""What the row without a fault is called."""
SHOWN = ("blast_radius", GOODPUT_LOST, "time_to_recover")
"""Tables that are open at first in a notebook."""
BOUNDED = ("lost_or_stuck", "failed_after_ok", "effects_told_failed", "invariants_broken")
"""Counts of which it is said what they may be, where a run's end, or the way of counting, leaves that open."""
OF_EFFECTS = ("effects_doubled", "effects_told_failed", "effects_pending")
MEANS_LOST = (
    "of what was offered, the share that was not done well within its deadline by the end of the run, beyond the same share "
    "without the fault, replication by replication"
)
"""What goodput lost is."""


@dataclass(frozen=True)
class Cells:
    """One measure under one fault, of both architectures.

    Attributes:
        fault: its name, '' for the row without one.
        measure, label, unit, direction: as metrics have them.
        a, b: the two cells, each with its interval.
        difference: b minus a, pair by pair; up to the time that all were watched, where some runs ended before.
        leaning: which side looks better, proven or not.
        better: ``a`` or ``b`` where it is proven together with every other difference of the matrix (Holm), else ''.
        p: of this difference alone; 1 where nothing can be told.
        survival: of a time that some runs ended before.
        exercised: whether the fault struck anything of each side. Where it did not, the cell has no value, and nothing is
            compared: it says nothing of how that side would bear it.
        least, most: means of what a count may be, by side, where it is not known exactly; else both are the count.
    """

    fault: str
    measure: str
    label: str
    unit: Unit
    direction: Direction
    a: Estimate
    b: Estimate
    difference: Estimate
    leaning: Side | Literal[""]
    better: Side | Literal[""] = ""
    p: float = 1.0
    survival: Sooner | None = None
    exercised: tuple[bool, bool] = (True, True)
    least: tuple[float, float] = (math.nan, math.nan)
    most: tuple[float, float] = (math.nan, math.nan)

    @property
    def compared(self) -> bool:
        """Whether the fault struck both sides, so that they can be held against each other."""
        return all(self.exercised)

    def met(self, side: Side) -> bool:
        """Whether the fault struck anything of a side."""
        return self.exercised["ab".index(side)]

    def between(self, side: Side) -> tuple[float, float] | None:
        """What the mean of a side may be, where that is not known exactly."""
        least, most = self.least["ab".index(side)], self.most["ab".index(side)]
        return (least, most) if least < most else None

    def of(self, side: Side) -> Estimate:
        """The cell of one side."""
        return self.a if side == "a" else self.b

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        found = {"measure": self.measure, "label": self.label, "unit": self.unit, "direction": self.direction}
        cells = {"a": self.a.to_dict(), "b": self.b.to_dict(), "difference": self.difference.to_dict()}
        survival = {} if self.survival is None else {"survival": self.survival.to_dict()}
        bounds = {side: self.between(side) for side in SIDES if self.between(side)}
        known = {"exercised": list(self.exercised), **({"between": bounds} if bounds else {})}
        return {**found, **cells, "better": self.better, "p": self.p, **known, **survival}


@dataclass(frozen=True, repr=False, eq=False)
class Matrix:
    """Comparisons by the fault that is alone in them; `NO_FAULT` is the one without, and comes first.

    Raises `ComparisonError` where there is no fault, or nothing to hold them against.
    """

    comparisons: Mapping[str, Comparison]

    def __post_init__(self) -> None:
        """Refuse a matrix without rows."""
        if NO_FAULT not in self.comparisons or len(self.comparisons) < 2:  # noqa: PLR2004 - one fault besides
            raise ComparisonError("a matrix needs a comparison without faults, and one with a fault at least")

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults by name, in the order of the scenarios."""
        return tuple(name for name in self.comparisons if name != NO_FAULT)

    @property
    def calm(self) -> Comparison:
        """The comparison without a fault."""
        return self.comparisons[NO_FAULT]

    @property
    def a(self) -> Result:
        """The first architecture without a fault."""
        return self.calm.a

    @property
    def b(self) -> Result:
        """The second one without a fault."""
        return self.calm.b

    @property
    def labels(self) -> tuple[str, str]:
        """What the two sides are called."""
        return self.calm.labels

    @property
    def flow(self) -> str:
        """The flow that the comparisons are about."""
        return self.calm.flow

    @property
    def replications(self) -> int:
        """Replications of each cell."""
        return self.calm.a.replications

    @property
    def seed(self) -> int:
        """What all random numbers followed from."""
        return self.calm.a.seed

    @property
    def results(self) -> list[Result]:
        """Every cell: side a and side b of each row."""
        return [side for one in self.comparisons.values() for side in (one.a, one.b)]

    @property
    def measures(self) -> tuple[str, ...]:
        """What is shown: effects and invariants only where a scenario declares any.

        What was done for those who were told of a failure is not shown where sagas undo it by effects that do not say so.
        """
        networks = [side.network for side in (self.calm.a, self.calm.b)]
        left_out: set[str] = set() if any(one.effects for one in networks) else set(OF_EFFECTS)
        left_out |= set() if all(undos_are_told(one.scenario) for one in networks) else {"effects_told_failed"}
        left_out |= set() if any(one.effects or one.sagas for one in networks) else {"lost_or_stuck"}
        left_out |= set() if any(one.invariants for one in networks) else {"invariants_broken"}
        return tuple(name for name in MEASURES if name not in left_out)

    @property
    def plot(self) -> Plots:
        """The chart: ``matrix.plot.matrix()``."""
        return Plots(self)

    def comparison(self, fault: str = NO_FAULT) -> Comparison:
        """Return the comparison of both architectures under one fault. Raises `ComparisonError` for one that there is not."""
        if fault not in self.comparisons:
            raise ComparisonError(f"there is no fault '{fault}'; {did_you_mean(fault, self.faults, noun='faults')}")
        return self.comparisons[fault]

    def cells(self, fault: str, measure: str) -> Cells:
        """Return a measure under a fault, of both architectures. Raises `ComparisonError` for what there is not."""
        self.comparison(fault)
        if measure not in self.measures:
            raise ComparisonError(f"the matrix has no '{measure}'; {did_you_mean(measure, self.measures, noun='measures')}")
        return self._judged[fault, measure]

    @property
    def every(self) -> list[Cells]:
        """All cells, row by row."""
        return [one for fault in self.comparisons for one in self.rows(fault)]

    def exercised(self, fault: str, side: Side) -> bool:
        """Whether a fault struck anything of a side in some run; without a fault there is nothing that it would miss."""
        result: Result = getattr(self.comparison(fault), side)
        declared = fault in result.scenario.faults
        return not fault or (declared and any(fault not in not_exercised(record) for record in result.records))

    def moved(self, fault: str, measure: str) -> bool:
        """Whether a measure is anything but 0 under a fault, on either side; where nothing is known it is not."""
        cells = self.cells(fault, measure)
        return any(one.infinite or not (math.isnan(one.mean) or one.mean == 0.0) for one in (cells.a, cells.b))

    def rows(self, fault: str) -> list[Cells]:
        """Return every measure under one fault."""
        return [self.cells(fault, name) for name in self.measures]

    @cached_property
    def _judged(self) -> dict[tuple[str, str], Cells]:
        """All cells, with what is proven of all differences together."""
        found = [self._cells(fault, name) for fault in self.comparisons for name in self.measures]
        asked = [one for one in found if one.leaning and one.p < 1.0]
        adjusted = {(one.fault, one.measure): p for one, p in zip(asked, holm([one.p for one in asked]), strict=True)}
        alpha = 1.0 - LEVEL
        return {
            key: replace(one, better=one.leaning) if adjusted.get(key, 1.0) <= alpha else one
            for one in found
            for key in [(one.fault, one.measure)]
        }

    def _cells(self, fault: str, measure: str) -> Cells:
        found = self._lost(fault) if measure == GOODPUT_LOST else self._measured(fault, measure)
        met = (self.exercised(fault, "a"), self.exercised(fault, "b"))
        if all(met):
            return found
        none = estimate([math.nan] * self.replications, unit=found.unit, missing=NOT_EXERCISED.lower())
        a, b = (one if struck else none for one, struck in zip((found.a, found.b), met, strict=True))
        return replace(found, a=a, b=b, difference=none, leaning="", p=1.0, survival=None, exercised=met)

    def _measured(self, fault: str, measure: str) -> Cells:
        """A metric of both sides."""
        comparison = self.comparisons[fault]
        row = comparison.row(measure)
        more: dict[str, Any] = {"leaning": row.leaning, "p": row.p, "survival": row.survival}
        if measure in BOUNDED:
            a, b = (_bounds(one, measure) for one in (comparison.a, comparison.b))
            more |= {"least": (a[0], b[0]), "most": (a[1], b[1])}
        return Cells(fault, measure, row.label, row.unit, row.direction, row.a, row.b, row.shown, **more)

    def _lost(self, fault: str) -> Cells:
        """The share of what is offered that a fault keeps from being done well, replication by replication."""
        a, b = (self._taken(fault, side) for side in ("a", "b"))
        paired = compare_pairs(a, b, unit="share")
        a_lost, b_lost = (estimate(values, unit="share", missing="with nothing offered") for values in (a, b))
        leaning: Side | Literal[""] = "a" if paired.leaning == "a" else "b" if paired.leaning == "b" else ""
        told: dict[str, Any] = {"leaning": leaning, "p": paired.p if fault != NO_FAULT else 1.0}
        return Cells(fault, GOODPUT_LOST, "goodput lost", "share", "lower", a_lost, b_lost, paired.difference, **told)

    def _taken(self, fault: str, side: Side) -> list[float]:
        """The good share of what is offered without a fault, less that with it, of each replication."""
        calm, struck = (_good_shares(getattr(self.comparisons[name], side)) for name in (NO_FAULT, fault))
        return [before - after for before, after in zip(calm, struck, strict=True)]

    def meaning(self, measure: str) -> str:
        """Return what a measure of the matrix is, in a sentence."""
        return MEANS_LOST if measure == GOODPUT_LOST else resolve(measure, self.a.scenario)[0].meaning

    def sentence(self, fault: str) -> str:
        """Return what a fault does to both, in a sentence; for `NO_FAULT` what both take without any."""
        return sentence_of(self, fault)

    def verdict(self) -> list[str]:
        """Return a sentence for each row. What is called better is proven with all others of the matrix together (Holm)."""
        return [self.sentence(fault) for fault in self.comparisons]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: faults that met nothing, what differs besides the wiring, what too few runs leave open."""
        found = dict.fromkeys(self.calm.notes)
        for fault in self.faults:
            one = self.comparisons[fault]
            for label, side in zip(self.labels, (one.a, one.b), strict=True):
                found |= dict.fromkeys(f"{label}: {note}" for note in fault_notes(side))
                if fault not in side.scenario.faults:
                    nothing = f"{NOT_EXERCISED}: the fault '{fault}' has no target there"
                    found[f"{label}: {nothing}, which shows nothing of how it would be borne."] = None
        doubt = doubt_of(self)
        return (*found, doubt) if doubt else tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a file."""
        return {
            "a": {"scenario": self.calm.a.name, "label": self.labels[0]},
            "b": {"scenario": self.calm.b.name, "label": self.labels[1]},
            "flow": self.flow,
            "seed": self.seed,
            "replications": self.replications,
            "rows": [
                {
                    "fault": fault or None,
                    "sentence": self.sentence(fault),
                    "cells": [one.to_dict() for one in self.rows(fault)],
                }
                for fault in self.comparisons
            ],
            "notes": list(self.notes),
        }

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each fault and measure."""
        rows = [
            {
                "fault": one.fault,
                "measure": one.measure,
                "unit": one.unit,
                **{f"{side}_{key}": getattr(one.of(side), key) for side in ("a", "b") for key in ("mean", "low", "high")},
                "difference": one.difference.mean,
                "low": one.difference.low,
                "high": one.difference.high,
                "better": one.better,
            }
            for fault in self.comparisons
            for one in self.rows(fault)
        ]
        return import_pandas().DataFrame(rows)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write every cell to one file that `load` reads, whole or not at all; returns its path. Raises ``OSError``."""
        from sim.saved.container import save
        from sim.saved.results import packed
        from sim.sweeps.summary import METRICS

        cells = {f"{row}{side}": getattr(one, side) for row, one in enumerate(self.comparisons.values()) for side in "ab"}
        flow = self.flow if self.calm.flow_reason == ASKED else ""
        return save(path, *packed("matrix", cells, METRICS, flow=flow, rows=list(self.comparisons)))

    @classmethod
    def load(cls, path: str | os.PathLike[str]) -> Matrix:
        """Read a file that `save` wrote: figures and charts are the same. Raises `SavedError`, ``OSError``."""
        from sim.saved.container import Container
        from sim.saved.results import refusing, unpacked
        from sim.sweeps.summary import METRICS

        container = Container.open(path)
        with refusing(container.name):
            cells = {place: Result.of_parts(parts) for place, parts in unpacked(container, "matrix", METRICS).items()}
            rows = [str(row) for row in container.header["rows"]]
            every = [cells[f"{row}{side}"] for row in range(len(rows)) for side in "ab"]
            return matrix_of(rows, every, str(container.header.get("flow", "")))

    def __repr__(self) -> str:
        """Return who is compared, and a sentence for each fault."""
        head = f"Matrix of {self.calm.a.name} (a) and {self.calm.b.name} (b): {len(self.faults)} faults, "
        return "\n".join([f"{head}{self.replications} replications each, seed {self.seed}", *self.verdict()])

    def _repr_html_(self) -> str:
        """Return the sentences and a table for each measure as HTML, for notebooks."""
        title = f"{self.calm.a.name} and {self.calm.b.name}, {self.replications} replications of each cell, seed {self.seed}"
        heads = ("fault", *self.labels, "difference", "better, of all together")
        named = {"a": self.labels[0], "b": self.labels[1], "": ""}
        parts = []
        for measure in self.measures:
            found = [self.cells(fault, measure) for fault in self.comparisons]
            rows = [(one.fault or NONE, str(one.a), str(one.b), str(one.difference), named[one.better]) for one in found]
            parts.append(Part(found[0].label, heads, rows, measure not in SHOWN))
        return page(title, self.verdict(), parts)


def _good_shares(result: Result) -> list[float]:
    """What was done well in time as a share of what was offered, of each replication."""
    pairs = zip(result.values("goodput"), result.values("offered"), strict=True)
    return [good / offered if offered > 0 else math.nan for good, offered in pairs]


def _bounds(result: Result, measure: str) -> tuple[float, float]:
    """The means of the least and of the most that a count of the whole system may be, over the replications."""
    bounds = resolve(measure, result.scenario)[0].bounds
    if bounds is None or not result.records:
        return math.nan, math.nan
    spans = [bounds["system"](record, 0, *measured(record.network)) for record in result.records]
    least, most = (math.fsum(ends) / len(spans) for ends in zip(*spans, strict=True))
    return least, most


def alone(scenario: Scenario, fault: str) -> Scenario:
    """Return the scenario with one fault and no other; with none for `NO_FAULT`."""
    kept = {name: one for name, one in scenario.faults.items() if name == fault}
    return scenario.model_copy(update={"faults": kept})


OF_ONE_WIRING = {"broker", "store", "relay", "projection", "cache"}
"""What may be there in one of two wirings only."""


def rows_of(a: Scenario, b: Scenario) -> dict[str, tuple[Scenario, Scenario]]:
    """Return the pairs of scenarios of a matrix, by fault. Raises `ComparisonError` where the two have not the same faults.

    A fault of what only one of them has, such as a broker, is none for the other, which runs beside it without a fault.
    """
    names = list({**a.faults, **b.faults})
    of_one = ((name, one.faults[name]) for one, other in ((a, b), (b, a)) for name in one.faults if name not in other.faults)
    odd = [name for name, fault in of_one if entity_of(fault) not in OF_ONE_WIRING]
    if odd:
        listed = ", ".join(f"'{name}'" for name in odd)
        raise ComparisonError(f"'{a.name}' and '{b.name}' have not the same faults ({listed}); declare them in their base")
    if not names:
        raise ComparisonError(f"'{a.name}' has no faults; a matrix has a row for each of `faults:`")
    return {name: (alone(a, name), alone(b, name)) for name in (NO_FAULT, *names)}


def matrix_of(rows: Sequence[str], results: Sequence[Result], flow: str = "") -> Matrix:
    """Put results together: side a and side b of each row, in the order of the rows' names."""
    pairs = zip(results[::2], results[1::2], strict=True)
    return Matrix({name: Comparison(a, b, flow=flow) for name, (a, b) in zip(rows, pairs, strict=True)})


def pair_of(given: Sequence[T], folder: object) -> tuple[T, T]:
    """Return the two of a pair. Raises `ComparisonError` for fewer or more, with what a folder must have."""
    if len(given) != 2:  # noqa: PLR2004 - a pair
        found = f"{len(given)} scenarios that share a base" if given else "no scenarios that share a base"
        raise ComparisonError(f"{folder} has {found}; a matrix is made of two, based on one file with their `faults:`")
    return given[0], given[1]
