"""The health map: every service in topological order, callers on top, over time; the front of a cascade runs upwards.

faults     |   [slow-payment]     [crash]
frontend   |      ######                      upper part of a row: share of attempts and deliveries that failed
checkout   |     #######                      lower part: how many requests and messages wait there
payment    |    [########]        [###]       framed: the service that the fault strikes, while it does
           +------------------------------> time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.marks import FaultWindow, fault_windows, lanes_of, time_axis
from sim.charts.palette import BACKLOG_MAP, FAILED_MAP, FAULT, INK
from sim.charts.style import axes_for, style
from sim.charts.subject import Side, sides

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FAILED_HEIGHT = 0.62
"""Part of a row for the failures; the rest is for the backlog."""
GAP = 0.06
SOUND = "#ECECEC"
BACKLOG_TOP_LEAST = 100.0
SERVICES_MAX = 40


def plot(subject: Any, ax: Axes | None = None, *, side: int = 0, backlog_top: float | None = None, bars: bool = True) -> Axes:
    """Draw the health map of a result, or of one side of a comparison (``side`` 0 or 1); returns the axes.

    ``backlog_top``: what the darkest backlog stands for, so that two maps can share a scale; by default the highest.
    ``bars``: whether to draw the two colour bars.
    """
    from matplotlib.colors import LogNorm, Normalize  # noqa: PLC0415 - loaded by the first chart only

    one = sides(subject)[side]
    network = one.network
    failed, waiting = series.failed_by_service(one.records), series.backlog_by_service(one.records)
    order = rows_shown(one, failed, waiting)
    failed, waiting = failed[order], waiting[order]
    with style():
        ax = axes_for(ax, size=(8.0, 1.4 + 0.28 * len(order)))
        size = time_axis(ax, [one])
        borders = series.edges_of(network) / size
        top = backlog_top or backlog_scale([one])
        shades = _rows(ax, borders, failed, GAP, FAILED_HEIGHT, cmap=_from_sound(), norm=Normalize(1e-9, 1.0))
        greys = _rows(
            ax,
            borders,
            np.where(waiting >= 1.0, waiting, np.nan),
            FAILED_HEIGHT,
            1.0 - GAP,
            cmap=BACKLOG_MAP,
            norm=LogNorm(1.0, top),
        )
        names = [network.services[number].name for number in order]
        windows = fault_windows([one])
        lanes = lanes_of(windows)
        ax.set_ylim(len(order), -1.0 - max(lanes, default=-1))
        ax.set_yticks(np.arange(len(order)) + 0.5, names)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False)
        ax.hlines(np.arange(len(order) + 1), 0.0, borders[-1], color="#F0F0F0", linewidth=0.8, zorder=1)
        for window, lane in zip(windows, lanes, strict=True):
            _frame(ax, window, lane - max(lanes) - 1.0, names, size)
        of_all = "" if len(order) == len(network.services) else f" (the worst {len(order)} of {len(network.services)} services)"
        ax.set_title(f"Health, {one.label}{of_all}", y=1.0)
        if bars:
            _bars(ax, shades, greys)
    return ax


def rows_shown(one: Side, failed: series.Floats | None = None, waiting: series.Floats | None = None) -> list[int]:
    """The services shown, in topological order: all of them, or those with the most failures and the longest queues."""
    order = series.callers_first(one.network)
    if len(order) <= SERVICES_MAX:
        return order
    failed = series.failed_by_service(one.records) if failed is None else failed
    waiting = series.backlog_by_service(one.records) if waiting is None else waiting
    badness = np.nansum(failed, axis=1) + 1e-6 * waiting.sum(axis=1)
    struck = {fault.target for fault in one.network.scenario.faults.values()}
    badness[[number for number, service in enumerate(one.network.services) if service.name in struck]] = np.inf
    worst = set(np.argsort(-badness, kind="stable")[:SERVICES_MAX].tolist())
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


def _frame(ax: Axes, window: FaultWindow, top: float, names: list[str], size: float) -> None:
    """Name the fault in its lane, whose upper border is ``top``, and frame its target while it lasts."""
    from matplotlib.patches import Rectangle  # noqa: PLC0415

    begin, width = window.begin / size, (window.end - window.begin) / size
    ax.add_patch(Rectangle((begin, top), width, 1.0, facecolor=FAULT, alpha=0.25, linewidth=0, zorder=3))
    for edge in (begin, begin + width):
        ax.axvline(edge, color=INK, linewidth=0.6, linestyle=(0, (1, 2)), zorder=3)
    if window.target in names:
        row = names.index(window.target)
        ax.add_patch(Rectangle((begin, row), width, 1.0, fill=False, edgecolor=INK, linewidth=1.3, zorder=4))
    ax.text(begin + width / 2, top + 0.5, window.name, ha="center", va="center", fontsize=7.5, zorder=5, clip_on=True)


def _from_sound() -> Any:
    """Light grey where nothing failed, then from light to dark."""
    from matplotlib import colormaps  # noqa: PLC0415

    return colormaps[FAILED_MAP].with_extremes(under=SOUND)


def _bars(ax: Axes, shades: Any, greys: Any) -> None:
    """Two small colour bars on the line of the title, at its right."""
    from matplotlib.ticker import NullLocator  # noqa: PLC0415

    figure = ax.get_figure()
    if figure is None:
        return
    height = 0.09 / max(0.5, float(figure.get_size_inches()[1]) * float(ax.get_position().height))  # type: ignore[union-attr]
    for left, drawn, name, ticks, labels in (
        (0.60, shades, "failed attempts", [1e-9, 0.5, 1.0], ["0", "50", "100 %"]),
        (0.85, greys, "waiting", [1.0, greys.norm.vmax], ["1", f"{greys.norm.vmax:g}"]),
    ):
        box = ax.inset_axes((left, 1.0 + 0.7 * height, 0.13, height))
        bar = figure.colorbar(drawn, cax=box, orientation="horizontal", ticks=ticks, extend="neither")
        bar.outline.set_visible(False)
        box.set_xticks(ticks, labels)
        box.xaxis.set_minor_locator(NullLocator())
        box.xaxis.set_ticks_position("top")
        box.tick_params(labelsize=7.0, length=0, pad=1)
        box.grid(visible=False)
        box.annotate(
            name,
            (0.0, 0.5),
            (-5, 0),
            xycoords="axes fraction",
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7.5,
        )
