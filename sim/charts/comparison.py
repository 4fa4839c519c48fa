"""One page for two architectures: what users get, what waits, what breaks, on one time axis; then the tails of latency.

+-------------------------------+
| goodput            both sides |
| error share        both sides |
| backlog            both sides |
| health map, a                 |
| health map, b                 |
+---------------+---------------+
| tail: answers | tail: done    |
+---------------+---------------+
footer: scenarios, digests, seed, n
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.charts import backlog, errors, goodput, health, latency, series
from sim.charts.marks import COLUMN_GAP, HANDLE, LEGEND_SIZE, footer, legend
from sim.charts.palette import theme
from sim.charts.style import blank_figure, style
from sim.charts.subject import sides
from sim.charts.text import TITLE_SIZE, inches, names_beyond, title, width_of, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH = 11.0
CURVE, ROW, TAIL, EXTRA = 1.9, 0.2, 3.1, 0.8
"""Inches: a panel of curves, a row of a health map, the tails, and what the health map needs besides."""


def plot(subject: Any, figure: Figure | None = None, *, flow: str | list[str] | None = None, headline: str = "") -> Figure:
    """Draw the page for a comparison (or for one result); returns the figure.

    ``flow``: the flows whose latency is shown; by default those with a deadline. ``headline``: a sentence on top.
    """
    shown = sides(subject)
    focus = flow or getattr(subject, "flow", "") or series.business_flows(shown[0].network)
    focus = None if isinstance(focus, list) and len(focus) == len(shown[0].network.flows) else focus
    maps = [EXTRA + ROW * len(health.rows_shown(side)) for side in shown]
    heights = [CURVE, CURVE, CURVE, *maps, TAIL]
    with style():
        figure = figure or blank_figure((WIDTH, sum(heights) + 0.6))
        grid = figure.add_gridspec(len(heights), 2, height_ratios=heights)
        first = figure.add_subplot(grid[0, :])
        rows = [first] + [figure.add_subplot(grid[row, :], sharex=first) for row in range(1, len(heights) - 1)]
        goodput.plot(subject, rows[0])
        errors.plot(subject, rows[1])
        backlog.plot(subject, rows[2])
        scale = health.backlog_scale(shown)
        for number in range(len(shown)):
            health.plot(subject, rows[3 + number], side=number, backlog_top=scale)
        for row in rows[:-1]:
            row.set_xlabel("")
            row.tick_params(labelbottom=False)
        answers, done = figure.add_subplot(grid[-1, 0]), figure.add_subplot(grid[-1, 1])
        latency.plot(subject, answers, flow=focus, of="replies")
        latency.plot(subject, done, flow=focus, of="completions")
        beyond = max(names_beyond(row) for row in rows)
        for tail in (answers, done):  # the names of services take their part of both
            title(tail, tail.get_title(loc="left").replace("\n", " "), less=beyond / 2)
        _one_legend([*rows, answers, done])
        if headline:
            top = wrapped(headline, 72.0 * 0.97 * float(figure.get_size_inches()[0]), 12.5, bold=True)
            figure.suptitle(top, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        footer(figure, shown, note=health.HEALTH_NOTE)
    return figure


def _one_legend(panels: list[Axes]) -> None:
    """Put the legend of the first panel on the line of its title, or below the tails where that is too short for both.

    The legends of the others are taken away.
    """
    boxes = [box for panel in panels if (box := panel.get_legend()) is not None]
    handles, labels = boxes[0].legend_handles, [text.get_text() for text in boxes[0].get_texts()]
    for box in boxes:
        box.remove()
    from matplotlib.patches import Patch

    fault = Patch(facecolor=theme().fault, alpha=0.3, linewidth=0)
    entries = [*zip(handles, labels, strict=True), (fault, "fault")]
    wide = sum(width_of(label, LEGEND_SIZE) + HANDLE + COLUMN_GAP for _, label in entries)
    if wide + width_of(panels[0].get_title(loc="left"), TITLE_SIZE, bold=True) > 72.0 * inches(panels[0])[0]:
        legend(panels[-2], entries)
        return
    legend(panels[0], entries, loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=len(entries), borderaxespad=0.2)
