r"""What both charts of latency have in common: the tails of all sides, a legend, and the tables' figures in words.

    with of_latency(subject, ax, flow, of, " by percentile") as panel:
        for side, tail in panel.each():
            panel.entries.append((drawn, side.label))
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.charts import series
from sim.charts.caption_figures import Of, caption_of
from sim.charts.marks import finish, legend, nothing, of_flows
from sim.charts.notes import Note, place
from sim.charts.style import axes_for, style
from sim.charts.subject import Side, sides
from sim.charts.text import title

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from matplotlib.axes import Axes

TITLES: dict[Of, str] = {"replies": "Time to the answer", "completions": "Time until all is done"}
SIZE = (6.4, 4.2)


@dataclass
class Panel:
    """Axes while they are drawn: the sides with their tails, what the legend says, and what is written beside points."""

    ax: Axes
    sides: list[Side]
    tails: list[series.Tail]
    entries: list[tuple[Any, str]] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)

    def each(self) -> Iterator[tuple[Side, series.Tail]]:
        """Return each side with its tail."""
        return zip(self.sides, self.tails, strict=True)


@contextmanager
def of_latency(
    subject: Any, ax: Axes | None, flow: str | Collection[str] | None, of: Of, what: str = ""
) -> Iterator[Panel]:
    """Give a panel with the tails of the flows to draw on, and finish it; ``what`` is what its title says besides."""
    shown, own = sides(subject), ax is None
    with style():
        ax = axes_for(ax, size=SIZE)
        panel = Panel(ax, shown, [series.tail(one.records, series.flow_numbers(one.network, flow), of=of) for one in shown])
        yield panel
        ax.minorticks_off()
        name = f"{TITLES[of]}{what}{of_flows(flow)}"
        if not any(len(tail.seconds) for tail in panel.tails):
            well = " well" if any(tail.count for tail in panel.tails) else ""
            nothing(ax, f"no request was answered{well}")
        place(ax, panel.notes)
        title(ax, name)
        legend(ax, panel.entries, ncols=1)
        finish(ax, shown, f"{name}. {' '.join(caption_of(side, flow, of) for side in shown)}", own=own)
