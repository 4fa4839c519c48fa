r"""The timeline: what matters over time, one panel below the other on one time axis.

    goodput    |~~~\__/~~~
    errors     |___/~~\___
    latency    |___/~~\___
    attempts   |___/~~\___      the faults are shaded on every panel
    backlog    |____/~\___
               +-----------> simulated time
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.charts import attempts, backlog, delays, errors, goodput
from sim.charts.marks import footer, legend
from sim.charts.style import blank_figure, style
from sim.charts.subject import sides
from sim.charts.text import wrapped
from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PANELS = {"goodput": goodput, "errors": errors, "delays": delays, "attempts": attempts, "backlog": backlog}
OF_FLOWS = ("goodput", "errors", "delays")
WIDTH, PANEL, REST = 8.5, 1.75, 1.1
"""Inches: of the page, of a panel, and of what stands below the last one."""


def plot(
    subject: Any,
    figure: Figure | None = None,
    *,
    panels: Sequence[str] = tuple(PANELS),
    flow: str | list[str] | None = None,
    headline: str = "",
) -> Figure:
    """Draw the panels of a result, or of both sides of a comparison, below each other; returns the figure.

    ``panels``: their names, from the top; ``flow``: name or names of the flows that goodput, errors and latency count.
    Raises ``ValueError`` for a panel that does not exist.
    """
    unknown = [name for name in panels if name not in PANELS]
    if unknown or not panels:
        name = unknown[0] if unknown else ""
        raise ValueError(f"there is no panel '{name}'; {did_you_mean(name, PANELS, noun='panels')}")
    shown = sides(subject)
    with style():
        figure = figure or blank_figure((WIDTH, PANEL * len(panels) + REST))
        axes: list[Axes] = []
        for number, name in enumerate(panels):
            ax = figure.add_subplot(len(panels), 1, number + 1, sharex=axes[0] if axes else None)
            PANELS[name].plot(subject, ax, **({"flow": flow} if name in OF_FLOWS else {}))
            axes.append(ax)
        for ax in axes[:-1]:
            ax.set_xlabel("")
            ax.tick_params(labelbottom=False)
        _legends(axes, list(panels))
        if headline:
            top = wrapped(headline, 72.0 * 0.97 * float(figure.get_size_inches()[0]), 12.5, bold=True)
            figure.suptitle(top, x=0.01, ha="left", fontsize=12.5, fontweight="bold")
        ratio = "" if "delays" not in panels else "latency: median thick, p99 thin"
        footer(figure, shown, note=ratio)
    return figure


def _legends(axes: list[Axes], names: list[str]) -> None:
    """One legend below the last panel: that of a panel without doubled lines, and what goodput has besides."""
    chosen = next((at for at, name in enumerate(names) if name != "delays"), 0)
    source = axes[names.index("goodput")] if "goodput" in names else axes[chosen]
    box = source.get_legend()
    handles = [] if box is None else list(box.legend_handles)
    labels = [] if box is None else [text.get_text() for text in box.get_texts()]
    for ax in axes:
        old = ax.get_legend()
        if old is not None:
            old.remove()
    legend(axes[-1], list(zip(handles, labels, strict=True)))

