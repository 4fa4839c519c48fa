"""A sweep in words: who is better and who is not proven to be, how much load it carries, which input matters.

    point 1 (faults.slow.factor=20) is worse than point 0 (...) in errors: 14.2 % against 0.1 %, difference 14.1 ...

Every sentence is the verdict of a test that was made for all points of the sweep together.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.report.figures_text import interval_cell
from sim.report.tables import Table
from sim.stats.intervals import Estimate
from sim.sweeps.errors import SweepError
from sim.sweeps.load import load_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.sweeps.result import Sweep


def sweep_words(sweep: Sweep, metrics: Sequence[str] = ()) -> list[str]:
    """The verdicts on a sweep: in full on the first metric, in short on the others; and the load curves."""
    paths = [path for path in tuple(metrics) or sweep.metrics if any(path in point.paths for point in sweep.points)]
    if sweep.plan.sample:
        return [sentence for path in paths for sentence in _sensitivity(sweep, path)]
    verdicts = [sweep.verdict(path) for path in paths]
    words = [*verdicts[0], *(found[0] for found in verdicts[1:] if found)]
    if load_axis(sweep) is not None and sweep.complete:
        words += _loads(sweep)
    return words


@dataclass(frozen=True)
class Bars:
    """What each input of a sensitivity analysis does: by (variant, input), a figure for each head; None where there is none."""

    heads: tuple[str, ...]
    rows: dict[tuple[str, str], list[Estimate | None]]


def sensitivity_bars(sweep: Sweep, metrics: Sequence[str] = ()) -> Bars:
    """The figures of the table: of each metric and index, as estimates with their intervals."""
    found: dict[tuple[str, str], dict[str, Estimate]] = {}
    for path in tuple(metrics) or sweep.metrics:
        for variant in sweep.plan.variants:
            try:
                known = sweep.sensitivity(path, variant)
            except SweepError:
                continue
            for kind, bars in known.bars.items():
                unit = known.unit if kind == "mu_star" else "share"
                for name, (value, low, high) in zip(known.names, bars, strict=True):
                    bar = Estimate(mean=value, low=low, high=high, median=value, n=known.design, unit=unit)
                    found.setdefault((variant, name), {})[f"{path}: {kind}"] = bar
    heads = tuple(dict.fromkeys(head for row in found.values() for head in row))
    return Bars(heads, {key: [row.get(head) for head in heads] for key, row in found.items()})


def sensitivity_table(sweep: Sweep, metrics: Sequence[str] = ()) -> Table:
    """A row for each input of a sensitivity analysis; a column for each metric and index, with its interval."""
    several = len(sweep.plan.variants) > 1
    bars = sensitivity_bars(sweep, metrics)
    effects = "morris" in sweep.plan.sample
    cells = {
        key: ["-" if bar is None else interval_cell(bar, signed=False, change=effects) for bar in row]
        for key, row in bars.rows.items()
    }
    body = tuple((*([variant] if several else []), name, *row) for (variant, name), row in cells.items())
    indices = "first: share of the variance by itself; total: with all interactions"
    kinds = "mu_star: mean absolute change over the input's range" if effects else indices
    columns = (*(["variant"] if several else []), "input", *bars.heads)
    right = tuple(not head.startswith(("variant", "input")) for head in columns)
    return Table(columns, body, right, (f"{kinds}; intervals at 95 % by bootstrap",))


def _sensitivity(sweep: Sweep, path: str) -> list[str]:
    """What matters to a metric, of each variant; why nothing can be said where that is so."""
    told = []
    for variant in sweep.plan.variants:
        try:
            told += sweep.sensitivity(path, variant).sentences()
        except SweepError as error:
            told.append(f"{path}: no sensitivity: {error}")
    return told


def _loads(sweep: Sweep) -> list[str]:
    """The load curves in words; nothing where there are too few loads."""
    try:
        return [str(curve) for curve in sweep.load_curves()]
    except SweepError:
        return []
