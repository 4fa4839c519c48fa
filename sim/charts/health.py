"""The health map: every service in topological order, callers on top, over time; the front of a cascade runs upwards.

faults     |   [slow-payment]     [crash]
frontend   |      ######                      upper part of a row: share of attempts and deliveries that failed
checkout   |     #######                      lower part: how many requests and messages wait there
payment    |    [########]        [###]       framed: the service that the fault strikes, while it does
           +------------------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

import numpy as np

from sim.charts import series
from sim.charts.marks import FaultWindow, fault_windows, figure_of, finish, lanes_of, time_axis
from sim.charts.palette import theme
from sim.charts.style import axes_for, style
from sim.charts.subject import Side, sides
from sim.charts.text import SMALLEST, fitted, inches, title, width_of
from sim.metrics.breach import faulted
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAILED_HEIGHT = 0.62
"""Part of a row for the failures; the rest is for the backlog."""
GAP = 0.06
NAMES_SHARE = 0.3
"""Share of the figure's width that names of services may take."""
HEALTH_NOTE = "upper strip: failed attempts (grey: none, blank: no attempts); lower strip: waiting; framed: struck by a fault"
BACKLOG_TOP_LEAST = 100.0
LEAST_ROW = 10.0
"""Points: a row must hold its name."""
BARS_WIDTH = 300.0
BAR = (58.0, 6.0)
"""Points that the two colour bars take with their names."""
SERVICES_MAX = 40


def plot(subject: Any, ax: Axes | None = None, *, side: int = 0, backlog_top: float | None = None, bars: bool = True) -> Axes:
    """Draw the health map of a result, or of one side of a comparison (``side`` 0 or 1); returns the axes.

    ``backlog_top``: what the darkest backlog stands for, so that two maps can share a scale; by default the highest.
    ``bars``: whether to draw the two colour bars.
    """
    from matplotlib.colors import LogNorm, Normalize

    one, own = sides(subject)[side], ax is None
    network = one.network
    failed, waiting = series.failed_by_service(one.records), series.backlog_by_service(one.records)
    with style():
        ax = axes_for(ax, size=(8.0, 1.8 + 0.26 * len(rows_shown(one, failed, waiting))))
        order = rows_shown(one, failed, waiting, most=int(inches(ax)[1] * 72.0 / LEAST_ROW) - 1)
        failed, waiting = failed[order], waiting[order]
        size = time_axis(ax, [one])
        borders = series.edges_of(network) / size
        top = backlog_top or backlog_scale([one])
        queued = np.where(waiting >= 1.0, waiting, np.nan)
        scale = {"cmap": theme().backlog_map, "norm": LogNorm(1.0, top)}
        shades = _rows(ax, borders, failed, GAP, FAILED_HEIGHT, cmap=from_sound(), norm=Normalize(1e-9, 1.0))
        greys = _rows(ax, borders, queued, FAILED_HEIGHT, 1.0 - GAP, **scale)
        names = [network.services[number].name for number in order]
        wide = NAMES_SHARE * 72.0 * float(figure_of(ax).get_size_inches()[0])
        ax.set_yticks(np.arange(len(order)) + 0.5, [fitted(name, wide) for name in names])
        windows = fault_windows([one])
        points = inches(ax)[0] * 72.0 / float(borders[-1])
        lanes = lanes_of([_span(window, size, points, float(borders[-1])) for window in windows])
        ax.set_ylim(len(order), -1.0 - max(lanes, default=-1))
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False)
        ax.hlines(np.arange(len(order) + 1), 0.0, borders[-1], color=theme().rule, linewidth=0.8, zorder=1)
        for window, lane in zip(windows, lanes, strict=True):
            _frame(ax, window, lane - max(lanes) - 1.0, names, size)
        of_all = "" if len(order) == len(network.services) else f" (the worst {len(order)} of {len(network.services)} services)"
        _head(ax, f"Health, {one.label}{of_all}", (shades, greys) if bars else None)
        finish(ax, [one], _said(one, order, failed), own=own, note=HEALTH_NOTE, bands=False)
    return ax


def _said(one: Side, order: list[int], failed: series.Floats) -> str:
    """The map in words: the services that failed, each with its worst window."""
    starts = series.edges_of(one.network)
    found = []
    for number, cells in zip(order, failed, strict=True):
        if np.nanmax(cells, initial=0.0) > 0.0:
            worst = int(np.nanargmax(cells))
            share, at = format_value(float(cells[worst]), "share"), format_value(float(starts[worst]), "s", 4)
            found.append(f"{one.network.services[number].name}: up to {share} of attempts failed, at {at}.")
    return f"Health of {len(order)} services over time, {one.label}. {' '.join(found) or 'No attempt failed.'}"


def rows_shown(
    one: Side, failed: series.Floats | None = None, waiting: series.Floats | None = None, *, most: int = SERVICES_MAX
) -> list[int]:
    """The services shown, in topological order: all of them, or those with the most failures and the longest queues."""
    order = series.callers_first(one.network)
    most = max(1, min(most, SERVICES_MAX))
    if len(order) <= most:
        return order
    failed = series.failed_by_service(one.records) if failed is None else failed
    waiting = series.backlog_by_service(one.records) if waiting is None else waiting
    badness = np.nansum(failed, axis=1) + 1e-6 * waiting.sum(axis=1)
    badness[list(faulted(one.network))] = np.inf
    worst = set(np.argsort(-badness, kind="stable")[:most].tolist())
    return [number for number in order if number in worst]


def backlog_scale(shown: list[Side]) -> float:
    """What the darkest backlog stands for, the same for all sides: the highest, rounded up to a power of ten."""
    highest = max(float(series.backlog_by_service(side.records).max()) for side in shown)
    return float(10.0 ** np.ceil(np.log10(max(highest, BACKLOG_TOP_LEAST))))


def _rows(ax: Axes, borders: Any, values: Any, begin: float, end: float, **colours: Any) -> Any:
    """A strip of each row: from ``begin`` to ``end`` of its height; cells without a value stay white."""
    drawn = None
    for row, cells in enumerate(values):
        drawn = ax.pcolormesh(
            borders,
            [row + begin, row + end],
            np.ma.masked_invalid(cells)[None, :],
            shading="flat",
            rasterized=True,
            zorder=2,
            **colours,
        )
    return drawn


def _span(window: FaultWindow, size: float, points: float, end: float) -> tuple[float, float]:
    """From where to where a fault and its name take its lane; ``points`` are those of a unit of time, ``end`` is the last."""
    begin, stop = window.begin / size, window.end / size
    half = max(stop - begin, (width_of(fitted(window.name, end * points), SMALLEST) + 4.0) / points) / 2
    middle = min(max((begin + stop) / 2, half), max(end - half, half))
    return min(begin, middle - half), max(stop, middle + half)


def _frame(ax: Axes, window: FaultWindow, top: float, names: list[str], size: float) -> None:
    """Name the fault in its lane, whose upper border is ``top``, and frame its target while it lasts."""
    from matplotlib.patches import Rectangle

    begin, width = window.begin / size, (window.end - window.begin) / size
    ax.add_patch(Rectangle((begin, top), width, 1.0, facecolor=theme().fault, alpha=0.25, linewidth=0, zorder=3))
    for edge in (begin, begin + width):
        ax.axvline(edge, color=theme().ink, linewidth=0.6, linestyle=(0, (1, 2)), zorder=3)
    for row in (names.index(name) for name in window.struck if name in names):
        ax.add_patch(Rectangle((begin, row), width, 1.0, fill=False, edgecolor=theme().ink, linewidth=1.3, zorder=4))
    end = float(ax.get_xlim()[1])
    points = inches(ax)[0] * 72.0 / end
    name = fitted(window.name, end * points)
    half = width_of(name, SMALLEST) / points / 2
    middle = min(max(begin + width / 2, half), max(end - half, half))
    ax.text(middle, top + 0.5, name, ha="center", va="center", fontsize=SMALLEST, zorder=5, clip_on=True)


def from_sound() -> Any:
    """The theme's shade of sound where nothing failed, then from near to far from the paper's."""
    from matplotlib import colormaps
    from matplotlib.colors import ListedColormap

    full = colormaps[theme().failed_map]
    used = ListedColormap(full(np.linspace(theme().failed_from, 1.0, 256)), name="failed")
    return used.with_extremes(under=theme().sound)


def _head(ax: Axes, text: str, drawn: tuple[Any, Any] | None) -> None:
    """The title, and at its right, or below the axes where there is no room, two small colour bars."""
    beside = drawn is not None and width_of(text, 10.5, bold=True) + BARS_WIDTH < 72.0 * inches(ax)[0]
    title(ax, text, y=1.0 if beside else None)
    if drawn is None:
        return
    up = 8.0 if beside else -58.0 if ax.get_xlabel() else -30.0
    colour_bar(ax, drawn[0], "failed attempts", ([1e-9, 0.5, 1.0], ["0", "50", "100 %"]), (-206.0, up), top=beside)
    greys = ([1.0, drawn[1].norm.vmax], ["1", f"{drawn[1].norm.vmax:g}"])
    colour_bar(ax, drawn[1], "waiting", greys, (-66.0, up), top=beside)


def colour_bar(
    ax: Axes, drawn: Any, name: str, ticks: tuple[list[float], list[str]], at: tuple[float, float], *, top: bool = False
) -> None:
    """One colour bar with its name at its left; ``at`` in points from the lower (or ``top``) right corner of the axes."""
    from matplotlib.ticker import NullLocator
    from matplotlib.transforms import Affine2D, ScaledTranslation

    figure = figure_of(ax)
    corner = ScaledTranslation(1.0, 1.0 if top else 0.0, cast("Any", ax.transAxes))
    points = Affine2D().scale(1.0 / 72.0) + figure.dpi_scale_trans + corner
    box = ax.inset_axes((*at, *BAR), transform=points)
    bar = figure.colorbar(drawn, cax=box, orientation="horizontal", ticks=ticks[0], extend="neither")
    bar.outline.set_visible(False)
    box.set_xticks(*ticks)
    box.xaxis.set_minor_locator(NullLocator())
    box.xaxis.set_ticks_position("top")
    box.tick_params(labelsize=SMALLEST, length=0, pad=1)
    box.grid(visible=False)
    place: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "ha": "right", "va": "center"}
    box.annotate(name, (0.0, 0.5), (-6, 0), fontsize=SMALLEST, **place)
