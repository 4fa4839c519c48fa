r"""Faults by architectures: wirings of one flow without a fault, and under each fault alone, with the same random numbers.

                   synchronous    guarded synchronous    event-driven
    no fault       Result         Result                 Result          one row of figures for each measure, with intervals,
    slow-payment   Result         Result                 Result          and the differences of each two
    payment-down   ...

A cell is a result like any other. *Goodput lost* is worked out against the row without a fault, replication by replication: of
what was offered, the share that was not done well in time, beyond the same share without the fault. Seed and random numbers are
the same, so what differs is what the fault did; and where a fault changes how much is offered, shares can still be compared.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from sim.errors import ComparisonError
from sim.judgements.faults import NOT_EXERCISED, fault_notes
from sim.judgements.matrix_doubt import doubt_of
from sim.judgements.matrix_words import differences_of, proven_of, sentence_of
from sim.metrics.exercised import not_exercised
from sim.metrics.paths import resolve
from sim.metrics.spans import measured
from sim.notebook import Part, page
from sim.plots import Plots
from sim.results.cells import SIDES, Cells, Contrast, Side, pairs_of
from sim.results.comparison import Comparison
from sim.results.labels import labels_of, names_of
from sim.results.matrix_rows import NO_FAULT
from sim.results.result import Result, import_pandas
from sim.scenario.effects import undos_are_told
from sim.scenario.problems import did_you_mean
from sim.stats.intervals import LEVEL, estimate
from sim.stats.multiple import holm
from sim.stats.paired import compare_pairs

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

GOODPUT_LOST = "goodput_lost"
MEASURES = (
    "blast_radius",
    GOODPUT_LOST,
    "time_to_recover",
    "backlog_peak",
    "fallbacks",
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


@dataclass(frozen=True, repr=False, eq=False)
class Matrix:
    """Results by the fault that is alone in them, one of each architecture; `NO_FAULT` is the row without one, and comes first.

    ``asked`` is the flow that comparisons are about; '' chooses the one that is wired differently. Raises `ComparisonError`
    where there is no fault, fewer than two architectures or too many, or results that cannot be paired.
    """

    runs: Mapping[str, tuple[Result, ...]]
    asked: str = ""

    def __post_init__(self) -> None:
        """Refuse a matrix without rows or columns, and what cannot be paired."""
        if NO_FAULT not in self.runs or len(self.runs) < 2:  # noqa: PLR2004 - one fault besides
            raise ComparisonError("a matrix needs results without faults, and some with a fault at least")
        counts = {len(row) for row in self.runs.values()}
        if len(counts) > 1 or not 2 <= min(counts) <= len(SIDES):  # noqa: PLR2004 - something to hold against another
            raise ComparisonError(f"a matrix has two to {len(SIDES)} architectures, the same in each row")
        _ = self._comparisons

    @property
    def row_names(self) -> tuple[str, ...]:
        """The names of the rows: `NO_FAULT`, and the faults."""
        return tuple(self.runs)

    @property
    def faults(self) -> tuple[str, ...]:
        """The faults by name, in the order of the scenarios."""
        return tuple(name for name in self.runs if name != NO_FAULT)

    @property
    def calm(self) -> tuple[Result, ...]:
        """The results without a fault, by side."""
        return self.runs[NO_FAULT]

    @property
    def sides(self) -> tuple[Side, ...]:
        """What the architectures are called in short: ``a``, ``b`` and so on."""
        return SIDES[: len(self.calm)]

    @property
    def a(self) -> Result:
        """The first architecture without a fault."""
        return self.calm[0]

    @property
    def b(self) -> Result:
        """The second one without a fault."""
        return self.calm[1]

    @property
    def labels(self) -> tuple[str, ...]:
        """What the architectures are called, by side."""
        return labels_of([one.scenario for one in self.calm])

    @property
    def names(self) -> tuple[str, ...]:
        """The names of their scenarios; those of one name with what tells them apart."""
        return names_of([one.scenario for one in self.calm])

    def label(self, side: Side) -> str:
        """Return what one side is called."""
        return self.labels[SIDES.index(side)]

    @property
    def flow(self) -> str:
        """The flow that the first and the last architecture are compared in."""
        return self.comparison().flow

    @property
    def replications(self) -> int:
        """Replications of each cell."""
        return self.a.replications

    @property
    def seed(self) -> int:
        """What all random numbers followed from."""
        return self.a.seed

    @property
    def results(self) -> list[Result]:
        """Every cell, row by row."""
        return [one for row in self.runs.values() for one in row]

    @property
    def measures(self) -> tuple[str, ...]:
        """What is shown: effects, invariants and fallbacks only where a scenario declares any.

        What was done for those who were told of a failure is not shown where sagas undo it by effects that do not say so.
        """
        networks = [one.network for one in self.calm]
        left_out: set[str] = set() if any(one.effects for one in networks) else set(OF_EFFECTS)
        left_out |= set() if all(undos_are_told(one.scenario) for one in networks) else {"effects_told_failed"}
        left_out |= set() if any(one.effects or one.sagas for one in networks) else {"lost_or_stuck"}
        left_out |= set() if any(one.fallbacks for one in networks) else {"fallbacks"}
        left_out |= set() if any(one.invariants for one in networks) else {"invariants_broken"}
        return tuple(name for name in MEASURES if name not in left_out)

    @property
    def plot(self) -> Plots:
        """The chart: ``matrix.plot.matrix()``."""
        return Plots(self)

    def row(self, fault: str = NO_FAULT) -> tuple[Result, ...]:
        """Return the results under one fault, by side. Raises `ComparisonError` for a fault that there is not."""
        if fault not in self.runs:
            raise ComparisonError(f"there is no fault '{fault}'; {did_you_mean(fault, self.faults, noun='faults')}")
        return self.runs[fault]

    def result(self, fault: str, side: Side) -> Result:
        """Return one cell. Raises `ComparisonError` for a fault, or a side, that there is not."""
        if side not in self.sides:
            raise ComparisonError(f"there is no side '{side}'; {did_you_mean(side, self.sides, noun='sides')}")
        return self.row(fault)[SIDES.index(side)]

    def comparison(self, fault: str = NO_FAULT, one: Side = "a", other: Side | None = None) -> Comparison:
        """Return the comparison of two architectures under one fault, by default of the first and the last.

        The one that comes first is side ``a`` of it. Raises `ComparisonError` for what there is not.
        """
        last: Side = self.sides[-1] if other is None else other
        for side in (one, last):
            self.result(fault, side)
        if one == last:
            raise ComparisonError(f"'{one}' is compared with another side, not with itself")
        return self._comparisons[(fault, one, last) if one < last else (fault, last, one)]

    @cached_property
    def _comparisons(self) -> dict[tuple[str, Side, Side], Comparison]:
        """Each two of each row."""
        return {
            (fault, one, other): Comparison(row[SIDES.index(one)], row[SIDES.index(other)], flow=self.asked)
            for fault, row in self.runs.items()
            for one, other in pairs_of(len(row))
        }

    def cells(self, fault: str, measure: str) -> Cells:
        """Return a measure under a fault, of all architectures. Raises `ComparisonError` for what there is not."""
        self.row(fault)
        if measure not in self.measures:
            raise ComparisonError(f"the matrix has no '{measure}'; {did_you_mean(measure, self.measures, noun='measures')}")
        return self._judged[fault, measure]

    @property
    def every(self) -> list[Cells]:
        """All cells, row by row."""
        return [one for fault in self.runs for one in self.rows(fault)]

    @property
    def contrasts(self) -> list[Contrast]:
        """All differences that are judged together."""
        return [contrast for one in self.every for contrast in one.contrasts]

    def exercised(self, fault: str, side: Side) -> bool:
        """Whether a fault struck anything of a side in some run; without a fault there is nothing that it would miss."""
        self.result(fault, side)
        return self._struck[fault, side]

    @cached_property
    def _struck(self) -> dict[tuple[str, Side], bool]:
        """Which fault struck which side."""
        return {
            (fault, side): not fault
            or (fault in one.scenario.faults and any(fault not in not_exercised(record) for record in one.records))
            for fault, row in self.runs.items()
            for side, one in zip(self.sides, row, strict=True)
        }

    def moved(self, fault: str, measure: str) -> bool:
        """Whether a measure is anything but 0 under a fault, on any side; where nothing is known it is not."""
        found = self.cells(fault, measure).figures
        return any(one.infinite or not (math.isnan(one.mean) or one.mean == 0.0) for one in found)

    def rows(self, fault: str) -> list[Cells]:
        """Return every measure under one fault."""
        return [self.cells(fault, name) for name in self.measures]

    @cached_property
    def _judged(self) -> dict[tuple[str, str], Cells]:
        """All cells, with what is proven of all differences together."""
        found = [self._cells(fault, name) for fault in self.runs for name in self.measures]
        asked = [(one, each) for one in found for each in one.contrasts if each.leaning and each.p < 1.0]
        alpha = 1.0 - LEVEL
        adjusted = holm([each.p for _, each in asked])
        proven = {
            (one.fault, one.measure, each.one, each.other)
            for (one, each), p in zip(asked, adjusted, strict=True)
            if p <= alpha
        }
        return {(one.fault, one.measure): _proved(one, proven) for one in found}

    def _cells(self, fault: str, measure: str) -> Cells:
        found = self._lost(fault) if measure == GOODPUT_LOST else self._measured(fault, measure)
        met = tuple(self.exercised(fault, side) for side in self.sides)
        if all(met):
            return found
        none = estimate([math.nan] * self.replications, unit=found.unit, missing=NOT_EXERCISED.lower())
        figures = tuple(one if struck else none for one, struck in zip(found.figures, met, strict=True))
        contrasts = tuple(
            each
            if met[SIDES.index(each.one)] and met[SIDES.index(each.other)]
            else Contrast(each.one, each.other, none, "", compared=False)
            for each in found.contrasts
        )
        return replace(found, figures=figures, contrasts=contrasts, exercised=met)

    def _measured(self, fault: str, measure: str) -> Cells:
        """A metric of all sides."""
        rows = {pair: self._comparisons[(fault, *pair)].row(measure) for pair in pairs_of(len(self.calm))}
        figures = [rows["a", side].b for side in self.sides[1:]]
        contrasts = tuple(
            Contrast(*pair, row.shown, _named(row.leaning, pair), p=row.p, survival=row.survival) for pair, row in rows.items()
        )
        one = rows["a", "b"]
        more: dict[str, Any] = {}
        if measure in BOUNDED:
            ends = [_bounds(each, measure) for each in self.runs[fault]]
            more = {"least": tuple(least for least, _ in ends), "most": tuple(most for _, most in ends)}
        told = (fault, measure, one.label, one.unit, one.direction)
        return Cells(*told, (one.a, *figures), contrasts, self._all_met, **more)

    def _lost(self, fault: str) -> Cells:
        """The share of what is offered that a fault keeps from being done well, replication by replication."""
        taken = {side: self._taken(fault, side) for side in self.sides}
        figures = tuple(estimate(values, unit="share", missing="with nothing offered") for values in taken.values())
        contrasts = []
        for pair in pairs_of(len(self.calm)):
            found = compare_pairs(taken[pair[0]], taken[pair[1]], unit="share")
            p = found.p if fault != NO_FAULT else 1.0
            contrasts.append(Contrast(*pair, found.difference, _named(found.leaning, pair), p=p))
        return Cells(fault, GOODPUT_LOST, "goodput lost", "share", "lower", figures, tuple(contrasts), self._all_met)

    @property
    def _all_met(self) -> tuple[bool, ...]:
        return (True,) * len(self.calm)

    def _taken(self, fault: str, side: Side) -> list[float]:
        """The good share of what is offered without a fault, less that with it, of each replication."""
        calm, struck = (_good_shares(self.result(name, side)) for name in (NO_FAULT, fault))
        return [before - after for before, after in zip(calm, struck, strict=True)]

    def meaning(self, measure: str) -> str:
        """Return what a measure of the matrix is, in a sentence."""
        return MEANS_LOST if measure == GOODPUT_LOST else resolve(measure, self.a.scenario)[0].meaning

    def sentence(self, fault: str) -> str:
        """Return what a fault does to each, in a sentence; for `NO_FAULT` what each takes without any."""
        return sentence_of(self, fault)

    def verdict(self) -> list[str]:
        """Return a sentence for each row. What is called better is proven with all others of the matrix together (Holm)."""
        return [self.sentence(fault) for fault in self.runs]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know: faults that met nothing, what differs besides the wiring, what too few runs leave open."""
        found = dict[str, None]()
        for one, other in pairs_of(len(self.calm)):
            between = "" if len(self.calm) == len((one, other)) else f"{self.label(one)} and {self.label(other)}: "
            found |= dict.fromkeys(f"{between}{note}" for note in self.comparison(NO_FAULT, one, other).notes)
        for fault in self.faults:
            for label, result in zip(self.labels, self.runs[fault], strict=True):
                found |= dict.fromkeys(f"{label}: {note}" for note in fault_notes(result))
                if fault not in result.scenario.faults:
                    nothing = f"{NOT_EXERCISED}: the fault '{fault}' has no target there"
                    found[f"{label}: {nothing}, which shows nothing of how it would be borne."] = None
        doubt = doubt_of(self)
        return (*found, doubt) if doubt else tuple(found)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data for a file."""
        named = zip(self.sides, self.calm, self.labels, strict=True)
        return {
            **{side: {"scenario": one.name, "label": label} for side, one, label in named},
            "flow": self.flow,
            "seed": self.seed,
            "replications": self.replications,
            "rows": [
                {
                    "fault": fault or None,
                    "sentence": self.sentence(fault),
                    "cells": [one.to_dict() for one in self.rows(fault)],
                }
                for fault in self.runs
            ],
            "notes": list(self.notes),
        }

    def to_frame(self) -> Any:
        """Return a pandas DataFrame with one row for each fault, measure, and two architectures."""
        rows = [
            {
                "fault": one.fault,
                "measure": one.measure,
                "unit": one.unit,
                **{f"{side}_{key}": getattr(one.of(side), key) for side in one.sides for key in ("mean", "low", "high")},
                **({} if len(one.contrasts) == 1 else {"one": each.one, "other": each.other}),
                "difference": each.difference.mean,
                "low": each.difference.low,
                "high": each.difference.high,
                "better": each.better,
            }
            for one in self.every
            for each in one.contrasts
        ]
        return import_pandas().DataFrame(rows)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write every cell to one file that `load` reads, whole or not at all; returns its path. Raises ``OSError``."""
        from sim.saved.container import save
        from sim.saved.results import packed
        from sim.sweeps.summary import METRICS

        numbered = enumerate(self.runs.values())
        cells = {f"{at}{side}": one for at, row in numbered for side, one in zip(self.sides, row, strict=True)}
        return save(path, *packed("matrix", cells, METRICS, flow=self.asked, rows=list(self.runs)))

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
            sides = [side for side in SIDES if f"0{side}" in cells]
            every = [cells[f"{at}{side}"] for at in range(len(rows)) for side in sides]
            return matrix_of(rows, every, str(container.header.get("flow", "")))

    def __repr__(self) -> str:
        """Return who is compared, and a sentence for each fault."""
        who = " and ".join(f"{one.name} ({side})" for side, one in zip(self.sides, self.calm, strict=True))
        head = f"Matrix of {who}: {len(self.faults)} faults, {self.replications} replications each, seed {self.seed}"
        return "\n".join([head, *self.verdict()])

    def _repr_html_(self) -> str:
        """Return the sentences and a table for each measure as HTML, for notebooks."""
        who = " and ".join(one.name for one in self.calm)
        parts = []
        for measure in self.measures:
            found = [self.cells(fault, measure) for fault in self.runs]
            heads = ("fault", *self.labels, *differences_of(self), "better, of all together")
            rows = [
                (
                    one.fault or NONE,
                    *map(str, (*one.figures, *(each.difference for each in one.contrasts))),
                    proven_of(self, one),
                )
                for one in found
            ]
            parts.append(Part(found[0].label, heads, rows, measure not in SHOWN))
        return page(f"{who}, {self.replications} replications of each cell, seed {self.seed}", self.verdict(), parts)


def _proved(found: Cells, proven: set[tuple[str, str, Side, Side]]) -> Cells:
    """The cells with the differences named that are proven."""
    contrasts = tuple(
        replace(each, better=each.leaning) if (found.fault, found.measure, each.one, each.other) in proven else each
        for each in found.contrasts
    )
    return replace(found, contrasts=contrasts)


def _named(side: str, pair: tuple[Side, Side]) -> Any:
    """The side of a matrix that a side of a comparison is."""
    return pair["ab".index(side)] if side else ""


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


def matrix_of(rows: Sequence[str], results: Sequence[Result], flow: str = "") -> Matrix:
    """Put results together: those of the first row by side, those of the second, and so on."""
    count = max(1, len(results) // max(1, len(rows)))
    every = [tuple(results[at : at + count]) for at in range(0, len(results), count)]
    return Matrix(dict(zip(rows, every, strict=True)), flow)
