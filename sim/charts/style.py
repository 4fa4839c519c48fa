"""How every chart looks, and how it is saved: nothing global is changed, and equal charts are equal files.

    with style():                 Matplotlib's settings, for as long as a chart is drawn
        ...
    save(figure, path)            .svg or .png without dates, versions or random identifiers

Charts are drawn on the Axes given; without one, on a new figure of pyplot, so that a notebook shows it. Nothing is shown
by itself.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from sim.charts.palette import GRID, INK, QUIET

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": QUIET,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 6.0,
    "figure.dpi": 110.0,
    "figure.facecolor": "white",
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "savefig.facecolor": "white",
    "svg.fonttype": "path",
    "svg.hashsalt": "eventflow",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": QUIET,
    "xtick.labelcolor": INK,
    "xtick.labelsize": 8.5,
    "ytick.color": QUIET,
    "ytick.labelcolor": INK,
    "ytick.labelsize": 8.5,
}
PNG_DPI = 150
PLACE_DIGITS = 5


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults with our settings, inside the block only."""
    import matplotlib as mpl  # noqa: PLC0415 - loaded by the first chart only
    from matplotlib import style as styles  # noqa: PLC0415

    with mpl.rc_context(), styles.context("default"):
        mpl.rcParams.update(cast("Any", SETTINGS))
        yield


def axes_for(ax: Axes | None, *, size: tuple[float, float] = (8.0, 3.4)) -> Axes:
    """The Axes given, plainly dressed, or those of a new figure of that size in inches."""
    if ax is not None:
        ax.spines[["top", "right"]].set_visible(False)
        ax.grid(visible=True, color=GRID, linewidth=SETTINGS["grid.linewidth"])
        ax.set_axisbelow(True)
        return ax
    from matplotlib import pyplot as plt  # noqa: PLC0415 - only where a figure is to be made

    return plt.subplots(figsize=size, layout="constrained")[1]


def halo() -> list[Any]:
    """A white rim around a text, so that it can be read where curves pass."""
    from matplotlib.patheffects import withStroke  # noqa: PLC0415

    return [withStroke(linewidth=2.5, foreground="white")]


def blank_figure(size: tuple[float, float]) -> Figure:
    """A figure that no window and no notebook knows of: for files."""
    from matplotlib.figure import Figure  # noqa: PLC0415

    return Figure(figsize=size, layout="constrained")


def settle(figure: Figure) -> None:
    """Lay the figure out once and for all, at places of few digits: a solver's last digits differ from run to run."""
    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        left, bottom, width, height = (round(float(part), PLACE_DIGITS) for part in ax.get_position().bounds)
        ax.set_position((left, bottom, width, height))


def save(figure: Figure, path: str | os.PathLike[str], *, title: str = "", description: str = "") -> None:
    """Write a figure as SVG or PNG, by the ending of the path; the same figure gives the same bytes.

    ``title`` and ``description`` go into the file, for people who listen to it.
    """
    name = str(path)
    about: dict[str, str | None] = {key: text for key, text in (("Title", title), ("Description", description)) if text}
    with style():
        settle(figure)
        if name.endswith(".svg"):
            figure.savefig(name, format="svg", metadata={"Date": None, "Creator": None, **about})
        else:
            figure.savefig(name, format="png", dpi=PNG_DPI, metadata={"Software": None, **about})
