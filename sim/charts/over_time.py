r"""What all panels over time have in common: axes from 0, a curve with its band for each side, faults, a legend, words.

    with over_time(subject, ax, "Goodput", ", all flows", label="goodput (/s)") as panel:
        for side in panel.sides:
            panel.draw(side, series.band(...))         a curve; the axes grow with it
            panel.say(side, "174/s on average")        a sentence for people who listen

So a chart says only what it counts, and in which words.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.bands import draw_band
from sim.charts.marks import fault_windows, finish, legend, nothing, shade_faults, time_axis
from sim.charts.notes import Note, place
from sim.charts.style import axes_for, style
from sim.charts.subject import Side, sides
from sim.charts.text import title
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

    from sim.charts.series import Band

ROOM = 1.08
"""How much higher than the highest value the axes are."""


@dataclass
class Panel:
    """Axes over time while they are drawn.

    Attributes:
        ax: the axes.
        sides: what is drawn.
        size: seconds in the unit of the time axis.
        top: the highest value to be shown.
        most: what a value can be at most.
        entries: of the legend.
        notes: to be written beside points.
        footnote: what the footer explains.
        known: whether any curve has a value anywhere.
    """

    ax: Axes
    sides: list[Side]
    size: float
    top: float
    most: float
    entries: list[tuple[object, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    footnote: str = ""
    known: bool = False

    def draw(self, side: Side, band: Band, label: str = "", **line: Any) -> None:
        """Draw a curve of a side with its band; ``label`` is what tells it from others of the same side."""
        drawn = draw_band(self.ax, side, band, self.size, most=self.most, **line)
        self.entries.append((drawn, f"{side.label}, {label}" if label else side.label))
        self.reach(float(np.nanmax(band.high, initial=0.0)))
        self.known |= bool(np.isfinite(band.mean).any())

    def reach(self, value: float) -> None:
        """Make the axes high enough for a value."""
        self.top = max(self.top, value)

    def say(self, side: Side, words: str) -> None:
        """Add what the chart shows of a side, in words."""
        self.said.append(f"{side.label}: {words}.")


@contextmanager
def over_time(
    subject: Any,
    ax: Axes | None,
    name: str,
    rest: str = "",
    *,
    label: str,
    unit: str = "",
    least: float = 0.0,
    most: float = np.inf,
    empty: str = "",
) -> Iterator[Panel]:
    """Give a panel to draw on, and finish it: the title is ``name`` and ``rest``, the vertical axis has ``label``.

    ``unit``: that of the ticks, where they are more than numbers. ``least``: the axes show that much at least; ``most``: and
    that much at most. ``empty``: what is written on a panel whose curves have no value at all.
    """
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax)
        panel = Panel(ax, shown, time_axis(ax, shown), least, most)
        yield panel
        ax.set_ylim(0.0, min(most, ROOM * panel.top or 1.0))
        if ax.get_ylim()[1] == most:
            ax.set_yticks(np.linspace(0.0, most, 5))  # so that the end is among them, however few fit in
        if unit:
            ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, unit))
        ax.set_ylabel(label)
        title(ax, f"{name}{rest}")
        place(ax, panel.notes, top=shade_faults(ax, fault_windows(shown), panel.size))
        if empty and not panel.known:
            nothing(ax, empty)
        legend(ax, panel.entries)
        finish(ax, shown, f"{name} over time{rest}. {' '.join(panel.said)}", own=own, note=panel.footnote)
