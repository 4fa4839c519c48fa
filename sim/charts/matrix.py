r"""Faults by architectures: what each fault does to each of them, measure by measure, with intervals.

                    goodput lost (%)     time to recover (s)     messages that wait at the peak
    no fault        |                    |                       |s
    slow-payment    |======o             |=o                     |========s
                    |s                   |===s                   |
    payment-down    |=======o            |o                      |==============s

A bar ends at the mean, and its line is the 95 % interval; o and s are the marks of two architectures. A bar that runs to
the edge with an arrow has no end in some runs: they ended first. Where there is no value there is no bar, and where a fault had
nothing to strike neither: the footer names it. What is 0 in all cells has no panel; the footer names that, too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.charts.marks import footer, legend
from sim.charts.style import blank_figure, style, tell
from sim.charts.subject import sides
from sim.charts.text import SMALLEST, fitted, title, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.charts.subject import Side

OF = ("matrix",)
PANELS = (
    *("goodput_lost", "blast_radius", "time_to_recover", "backlog_peak", "fallbacks"),
    *("effects_doubled", "lost_or_stuck", "failed_after_ok", "effects_told_failed", "worker_seconds", "messages_sent"),
)
COUNTS = ("fallbacks", "effects_doubled", "lost_or_stuck", "failed_after_ok", "effects_told_failed")
"""What has no panel where it is 0 everywhere."""
LABELS = {"share": "share (%)", "s": "time (s)", "1": "a run", "messages": "messages"}
"""What stands below a panel, by the unit of its measure."""
NO_FAULT = "no fault"
WIDE = 9.0
"""Inches from which on there are so many panels in a row, not two."""
COLUMNS = {7: 4, 8: 4, 10: 5}
"""How many those are, by how many panels there are; else three."""
THICK = 0.76
"""Part of the height of a fault that its bars take, with the gaps between them."""
BAR = 0.15
"""Inches that a bar has."""
BESIDE = 0.8
"""Part of the width of the panels beside it that the legend may take."""
PAIR = 2
"""So many stand beside each other in the legend; more stand below each other, as a wide legend would push panels apart."""
NAMES = 0.2
"""Part of the width that names of faults may take."""
NOTE = "bars: means, lines: 95 % intervals; arrow: no end in some runs; no bar: no value, or 0"


def plot(subject: Any, figure: Figure | None = None, *, headline: str = "") -> Figure:
    """Draw the panels of a matrix; returns the figure. ``headline``: a sentence on top."""
    every = [name for name in PANELS if name in subject.measures]
    zero = [name for name in every if name in COUNTS and not any(subject.moved(fault, name) for fault in subject.row_names)]
    names = [name for name in every if name not in zero]
    faults = list(subject.row_names)
    shown = sides(subject)
    with style():
        figure = figure or blank_figure((11.0, 1.6 + 2.0 * (0.9 + BAR * len(shown) * len(faults))))
        width = float(figure.get_size_inches()[0])
        columns = COLUMNS.get(len(names), 3) if width >= WIDE else 2
        grid = figure.add_gridspec(-(-len(names) // columns), columns)
        panels: list[Axes] = []
        for number, name in enumerate(names):
            ax = figure.add_subplot(grid[number // columns, number % columns], sharey=panels[0] if panels else None)
            panels.append(ax)
            _panel(ax, subject, name, shown)
            ax.tick_params(axis="y", labelleft=number % columns == 0, length=0)
        points = 72.0 * width
        panels[0].set_yticks(range(len(faults)), [fitted(fault or NO_FAULT, NAMES * points) for fault in faults])
        panels[0].set_ylim(len(faults) - 0.5, -0.5)
        bars = [panels[0].barh([math.nan], [math.nan], color=side.look.colour, alpha=0.75) for side in shown]
        below = panels[-(len(names) % columns or columns)]
        beside = (len(panels) - panels.index(below) - 1) * points / columns * BESIDE
        room = -beside if len(shown) == PAIR else -points / columns / 2
        legend(below, list(zip(bars, subject.labels, strict=True)), less=room)
        if headline:
            top = wrapped(headline, 0.97 * points, 12.5, bold=True)
            figure.suptitle(top, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        counted = f"mean and 95 % interval over replications (n = {subject.replications})"
        footer(figure, shown, counted=counted, note=_note(subject, zero, names))
    return figure


def _note(subject: Any, zero: list[str], names: list[str]) -> str:
    """What bars are, what is known within bounds only, what is 0 everywhere, and which fault had nothing to strike."""
    found = [NOTE]
    bounded = [cells for name in names for cells in [subject.cells(fault, name) for fault in subject.row_names]]
    open_ = dict.fromkeys(one.label for one in bounded if any(map(one.between, one.sides)))
    if open_:
        found.append(f"known within bounds only, which the table has: {', '.join(open_)}")
    if zero:
        found.append(f"0 in all cells: {', '.join(subject.cells('', name).label for name in zero)}")
    for side, label in zip(subject.sides, subject.labels, strict=True):
        spared = [fault for fault in subject.faults if not subject.exercised(fault, side)]
        if spared:
            found.append(f"not exercised, {label}: {', '.join(spared)}")
    return "; ".join(found)


def _panel(ax: Axes, subject: Any, measure: str, shown: list[Side]) -> None:
    """One measure: a bar of each architecture for each fault."""
    from matplotlib.ticker import MaxNLocator

    cells = [subject.cells(fault, measure) for fault in subject.row_names]
    scale = 100.0 if cells[0].unit == "share" else 1.0
    ends = [value * scale for one in cells for cell in one.figures for value in (cell.mean, cell.high)]
    most = max([0.0, *filter(math.isfinite, ends)]) or 1.0
    pitch = THICK / len(shown)
    for at, one in enumerate(cells):
        for number, (found, side) in enumerate(zip(one.figures, shown, strict=True)):
            _bar(ax, found, at + (number - (len(shown) - 1) / 2) * pitch, side.look, (pitch, scale, most))
    ax.set_xlim(0.0, 1.12 * most)
    ax.xaxis.set_major_locator(MaxNLocator(3))
    ax.set_xlabel(LABELS[cells[0].unit])
    ax.grid(visible=False, axis="y")
    title(ax, cells[0].label)
    said = [f"{one.fault or NO_FAULT}: {' and '.join(map(str, one.figures))}" for one in cells]
    tell(ax, f"{cells[0].label}, {' and '.join(subject.labels)}. {'; '.join(said)}.")


def _bar(ax: Axes, found: Any, place: float, look: Any, sizes: tuple[float, float, float]) -> None:
    """A figure as a bar with its interval and the mark of its architecture; one without an end goes on beyond the edge.

    ``sizes``: how far bars are apart, what the figure is multiplied by, and where the panel ends.
    """
    pitch, scale, most = sizes
    height = 0.85 * pitch
    if found.infinite:
        ax.barh([place], [1.12 * most], height=height, color=look.colour, alpha=0.25)
        ax.plot([1.06 * most], [place], marker=">", color=look.colour, markersize=6, linestyle="none")
        return
    if not math.isfinite(found.mean):
        return
    mean = max(0.0, found.mean * scale)
    ax.barh([place], [mean], height=height, color=look.colour, alpha=0.75)
    if found.estimable and math.isfinite(found.low + found.high):
        ax.plot([max(0.0, found.low * scale), found.high * scale], [place, place], color=look.colour, linewidth=1.6)
    if mean > 0.0:
        ax.plot([mean], [place], marker=look.marker, color=look.colour, markersize=SMALLEST / 2.0, linestyle="none")
