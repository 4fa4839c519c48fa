r"""Heat map of a sweep over two axes: what share of the runs breaches the objective, and where the frontier runs.

    replicas  8 |  0 %   0 %  | 10 %      the line: breach is more probable than not on its far side
              4 |  0 %  ------+ 80 %      ////: so few replications that the side is not settled
              2 | 20 %  | 90 %  100 %
                +------------------> factor

The share is an estimate of how probable a breach is in one run; its interval is Clopper and Pearson's (1934), exact for any n.
An objective itself is judged by all runs of a point together, and may hold, or not, where this is open.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.marks import figure_of
from sim.charts.palette import theme
from sim.charts.style import axes_for, style
from sim.charts.swept import Scale, finish_sweep, fixed_words, of_metric, others, points_where, scale_of
from sim.charts.text import SMALLEST, fitted, inches, title, width_of
from sim.scenario.objectives import Objective, parse_objective
from sim.stats.figures import format_value
from sim.stats.intervals import LEVEL

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

OF = ("sweep",)
SECOND = 1e9
FRONTIER = 0.5
NOTE = f"line: frontier at {FRONTIER:.0%}; hatched: the 95 % interval holds {FRONTIER:.0%}, so its side is open"


@dataclass(frozen=True)
class Map:
    """What the cells show, of shape (values of y, values of x): nan where there is no value.

    Attributes:
        values: what the colour means, and the text in the cell.
        open: where the interval is too wide to say on which side of the frontier a cell is.
    """

    values: NDArray[np.float64]
    open: NDArray[np.bool_]


def plot(
    subject: Any,
    ax: Axes | None = None,
    *,
    objective: str | None = None,
    metric: str | None = None,
    x: str | None = None,
    y: str | None = None,
    variant: str | None = None,
) -> Axes:
    """Draw a sweep over two of its axes; returns the axes.

    ``objective``: of which the runs that breach it are shown, such as ``"orders.errors < 1%"``; by default the scenario's
    first. ``metric``: show the mean of a metric instead, without a frontier. ``x``, ``y``: the axes, by default the
    first two; others are held at their first value, which the title says. ``variant``: name of the scenario.
    """
    own = ax is None
    across, up = _axes(subject, x, y)
    fixed = others(subject, across.path, up.path)
    chosen = variant or subject.plan.variants[0]
    if chosen not in subject.plan.variants:
        raise ValueError(f"the sweep has no variant '{chosen}'; it has {', '.join(subject.plan.variants)}")
    judged = None if metric else _objective(subject, objective)
    with style():
        ax = axes_for(ax, size=(max(5.6, 2.4 + 0.72 * len(across.at)), 1.9 + 0.42 * len(up.at)))
        if judged is None:
            path, label, unit = of_metric(subject, metric)
            cells = _means(subject, path, (across, up), fixed, chosen)
            heading = f"{label}{fixed_words(fixed)}"
        else:
            unit = "share"
            cells = breaches(subject, judged, (across, up), fixed, chosen)
            heading = f"Share of runs that breach {judged}{fixed_words(fixed)}"
        drawn = _cells(ax, cells, None if judged is None else (0.0, 1.0))
        _write(ax, cells, drawn, unit)
        for scale, which in ((across, "x"), (up, "y")):
            _ticks(ax, scale, which)
        if judged is not None:
            _frontier(ax, cells.values)
        several = len(subject.plan.variants) > 1
        title(ax, f"{heading}{f', {chosen}' if several else ''}")
        said = _said(cells, heading, unit, judged=judged is not None)
        finish_sweep(ax, subject, said, own=own, note=NOTE if judged is not None else "")
    return ax


def breaches(sweep: Any, judged: Objective, scales: tuple[Scale, Scale], fixed: dict[str, str], variant: str) -> Map:
    """The share of replications that breach an objective in each cell, and where it is open whether most would."""
    path = f"{judged.subject}.{judged.metric}" if judged.subject else judged.metric
    sweep.check([path])
    limit = judged.limit / SECOND if judged.unit == "duration" else judged.limit
    shape = len(scales[1].at), len(scales[0].at)
    shares, undecided = np.full(shape, np.nan), np.zeros(shape, dtype=np.bool_)
    for row, column, point in _cells_of(sweep, scales, fixed, variant):
        values = [value for value in sweep.values(point.number, path) if not math.isnan(value)]
        if not values:
            continue
        bad = sum(not _holds(value, judged.op, limit) for value in values)
        low, high = exact_interval(bad, len(values))
        shares[row, column] = bad / len(values)
        undecided[row, column] = low < FRONTIER < high
    return Map(shares, undecided)


def exact_interval(successes: int, n: int, level: float = LEVEL) -> tuple[float, float]:
    """Clopper and Pearson's interval of a probability, of which n trials gave so many successes."""
    from scipy.special import betaincinv  # importing sim must not load SciPy

    tail = (1.0 - level) / 2.0
    low = float(betaincinv(successes, n - successes + 1, tail)) if successes else 0.0
    high = float(betaincinv(successes + 1, n - successes, 1.0 - tail)) if successes < n else 1.0
    return low, high


def _means(sweep: Any, path: str, scales: tuple[Scale, Scale], fixed: dict[str, str], variant: str) -> Map:
    shape = len(scales[1].at), len(scales[0].at)
    values = np.full(shape, np.nan)
    for row, column, point in _cells_of(sweep, scales, fixed, variant):
        if path in point.paths:
            values[row, column] = sweep.estimate(point.number, path).mean
    return Map(values, np.zeros(shape, dtype=np.bool_))


def _cells_of(sweep: Any, scales: tuple[Scale, Scale], fixed: dict[str, str], variant: str) -> list[tuple[int, int, Any]]:
    """Row, column and point of every cell that the sweep has."""
    across, up = scales
    places = []
    for point in points_where(sweep, fixed, variant):
        settings = dict(point.settings)
        places.append((up.texts.index(settings[up.path]), across.texts.index(settings[across.path]), point))
    return places


def _axes(sweep: Any, x: str | None, y: str | None) -> tuple[Scale, Scale]:
    axes = list(sweep.plan.axes)
    if len(axes) < 2:  # noqa: PLR2004 - a map has two
        raise ValueError(f"a heat map needs two axes, the sweep varies {', '.join(axes) or 'nothing'}; draw .lines() instead")
    first = x or next(path for path in axes if path != y)
    second = y or next(path for path in axes if path != first)
    if first == second:
        raise ValueError(f"x and y are both '{first}'; name two axes of: {', '.join(axes)}")
    return scale_of(sweep, first), scale_of(sweep, second)


def _objective(sweep: Any, text: str | None) -> Objective:
    if text is not None:
        return parse_objective(text)
    declared = sweep.points[0].scenario.objectives
    if not declared:
        raise ValueError("the scenario has no objective; write objective='orders.errors < 1%', or metric='goodput'")
    return declared[0]  # type: ignore[no-any-return]


def _holds(value: float, op: str, limit: float) -> bool:
    return {"<": value < limit, "<=": value <= limit, ">": value > limit, ">=": value >= limit}[op]


def _cells(ax: Axes, cells: Map, limits: tuple[float, float] | None) -> Any:
    """The cells in colour; hatched where they are open, crossed out where there is no value."""
    from matplotlib import colormaps
    from matplotlib.patches import Rectangle

    known = cells.values[np.isfinite(cells.values)]
    low, high = limits or (float(known.min(initial=np.inf)), float(known.max(initial=-np.inf)))
    low, high = (low, high) if low < high else (0.0, max(1.0, high)) if math.isfinite(low) else (0.0, 1.0)
    drawn = ax.pcolormesh(
        np.ma.masked_invalid(cells.values),
        cmap=colormaps["cividis"],
        vmin=low,
        vmax=high,
        edgecolors=theme().paper,
        linewidth=1.0,
    )
    line: dict[str, Any] = {"fill": False, "hatch": "////", "linewidth": 0, "alpha": 0.55, "zorder": 3}
    for row, column in np.argwhere(cells.open):
        ink = "#1A1A1A" if cells.values[row, column] > (low + high) / 2.0 else "#F4F4F4"
        ax.add_patch(Rectangle((column, row), 1, 1, edgecolor=ink, **line))
    ax.grid(visible=False)
    ax.set_xlim(0, cells.values.shape[1])
    ax.set_ylim(0, cells.values.shape[0])
    ax.spines[["left", "bottom"]].set_visible(False)
    return drawn


def _write(ax: Axes, cells: Map, drawn: Any, unit: str) -> None:
    """Each value in its cell, where all of them fit; else a colour bar."""
    rows, columns = cells.values.shape
    wide, high = 72.0 * inches(ax)[0] / columns, 72.0 * inches(ax)[1] / rows
    texts = {cell: format_value(float(cells.values[cell]), unit, 2) for cell in np.ndindex(rows, columns)}
    if high >= 11.0 and max(width_of(text, SMALLEST) for text in texts.values()) <= wide - 3.0:  # noqa: PLR2004 - a line
        for (row, column), text in texts.items():
            value = cells.values[row, column]
            back = drawn.cmap(drawn.norm(value)) if np.isfinite(value) else (1.0, 1.0, 1.0, 1.0)
            light = 0.299 * back[0] + 0.587 * back[1] + 0.114 * back[2] > 0.55  # noqa: PLR2004 - where black reads better
            ink = "#111111" if light and np.isfinite(value) else "#FFFFFF" if np.isfinite(value) else theme().ink
            rim = _rim(back) if cells.open[row, column] else []
            where: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALLEST, "zorder": 5}
            ax.text(column + 0.5, row + 0.5, text, color=ink, path_effects=rim, **where)
        return
    bar = figure_of(ax).colorbar(drawn, ax=ax, pad=0.02, aspect=24)
    bar.outline.set_visible(False)
    bar.ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, unit))


def _rim(colour: tuple[float, float, float, float]) -> list[Any]:
    """A rim in the colour of the cell, so that its text can be read on the hatching."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=3.0, foreground=colour)]


def _ticks(ax: Axes, scale: Scale, which: str) -> None:
    """Every value at the middle of its cells, or as many as there is room for."""
    from matplotlib.ticker import NullLocator

    points = 72.0 * inches(ax)[0 if which == "x" else 1]
    labels = [fitted(label, 90.0, 8.5) for label in scale.labels]
    need = max(width_of(label, 8.5) for label in labels) + 8.0 if which == "x" else 12.0
    step = max(1, math.ceil(len(labels) * need / points))
    axis: Any = ax.xaxis if which == "x" else ax.yaxis
    axis.set_ticks([at + 0.5 for at in range(0, len(labels), step)], labels[::step])
    axis.set_minor_locator(NullLocator())
    axis.set_label_text(fitted(scale.name, points, 9.0))
    ax.tick_params(axis=which, length=0)  # type: ignore[arg-type]


def _frontier(ax: Axes, values: NDArray[np.float64]) -> None:
    """A line between cells on different sides of the frontier: exact, since between the cells nothing was run."""
    beyond = values > FRONTIER
    rows, columns = values.shape
    known = np.isfinite(values)
    segments = [
        [(column + 1, row), (column + 1, row + 1)]
        for row in range(rows)
        for column in range(columns - 1)
        if known[row, column] and known[row, column + 1] and beyond[row, column] != beyond[row, column + 1]
    ]
    segments += [
        [(column, row + 1), (column + 1, row + 1)]
        for row in range(rows - 1)
        for column in range(columns)
        if known[row, column] and known[row + 1, column] and beyond[row, column] != beyond[row + 1, column]
    ]
    from matplotlib.collections import LineCollection

    for colour, width in (("#FFFFFF", 4.5), ("#D55E00", 2.4)):
        lines = LineCollection(segments, colors=colour, linewidths=width, capstyle="projecting", zorder=4)
        ax.add_collection(lines, autolim=False)


def _said(cells: Map, heading: str, unit: str, *, judged: bool) -> str:
    """The map in words: its range; of an objective, how many cells are proven to lie on which side of the frontier."""
    found = np.isfinite(cells.values)
    known = cells.values[found]
    if not len(known):
        return f"{heading}: no cell has a value."
    low, high = format_value(float(known.min()), unit), format_value(float(known.max()), unit)
    if not judged:
        return f"{heading}: from {low} to {high}."
    beyond, within = (int((side & found & ~cells.open).sum()) for side in (cells.values > FRONTIER, cells.values <= FRONTIER))
    left = int((cells.open & found).sum())
    sides = f"{beyond} proven to breach it in most runs, {within} in fewer than half, {left} open by so few runs"
    apart = "; whether the objective holds is judged by all runs of a cell together" if left else ""
    return f"{heading}: from {low} to {high}; of {len(known)} cells, {sides}{apart}."
