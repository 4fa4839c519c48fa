"""How every chart looks, and how it is saved: nothing global is changed, and equal charts are equal files.

    with style():                 Matplotlib's settings, for as long as a chart is drawn
        ...
    save(figure, path)            .svg or .png without dates, versions or random identifiers

Charts are drawn on the Axes given; without one, on a new figure of pyplot, so that a notebook shows it. Nothing is shown
by itself.
"""

from __future__ import annotations

import hashlib
import html
import io
import sys
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, cast

from sim.charts.palette import theme
from sim.whole_file import write_whole

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SETTINGS: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelsize": 9.0,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 10.5,
    "axes.titleweight": "bold",
    "axes.titlepad": 6.0,
    "figure.dpi": 110.0,
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "grid.linewidth": 0.7,
    "legend.fontsize": 8.5,
    "legend.frameon": False,
    "lines.linewidth": 1.7,
    "savefig.facecolor": "auto",
    "svg.fonttype": "path",
    "svg.hashsalt": "eventflow",
    "text.parse_math": False,
    "xtick.labelsize": 8.5,
    "ytick.labelsize": 8.5,
}
PNG_DPI = 150
PLACE_DIGITS = 5
_STYLED: ContextVar[str] = ContextVar("styled", default="")
"""The theme of the block of `style` that one is in; '' outside."""


def shades() -> dict[str, Any]:
    """Matplotlib's settings that the theme decides."""
    now = theme()
    return {
        "axes.edgecolor": now.quiet,
        "axes.facecolor": now.paper,
        "axes.labelcolor": now.ink,
        "axes.titlecolor": now.ink,
        "figure.facecolor": now.paper,
        "grid.color": now.grid,
        "hatch.color": now.quiet,
        "text.color": now.ink,
        "xtick.color": now.quiet,
        "xtick.labelcolor": now.ink,
        "ytick.color": now.quiet,
        "ytick.labelcolor": now.ink,
    }


@contextmanager
def style() -> Iterator[None]:
    """Matplotlib's defaults with our settings and the theme's shades, inside the block only.

    Inside a block of the same theme it does nothing: a page of several charts sets them once.
    """
    import matplotlib as mpl
    from matplotlib import style as styles

    if _STYLED.get() == theme().name:
        yield
        return
    _meet_notebook()
    token = _STYLED.set(theme().name)
    try:
        with mpl.rc_context(), styles.context("default"):
            mpl.rcParams.update(cast("Any", {**SETTINGS, **shades()}))
            yield
    finally:
        _STYLED.reset(token)


def _meet_notebook() -> None:
    """In a notebook, load its backend before our settings are in force: that turns on what shows figures, for good."""
    import matplotlib as mpl

    shell = sys.modules.get("IPython")
    if shell is not None and shell.get_ipython() is not None and not mpl.is_interactive():
        from matplotlib import pyplot as plt

        plt.switch_backend(mpl.get_backend())


def axes_for(ax: Axes | None, *, size: tuple[float, float] = (8.0, 3.4)) -> Axes:
    """The Axes given, plainly dressed, or those of a new figure of that size in inches."""
    if ax is not None:
        _dress(ax)
        return ax
    from matplotlib import pyplot as plt  # only where a figure is to be made

    return plt.subplots(figsize=size, layout="constrained")[1]


def _dress(ax: Axes) -> None:
    """Give axes made elsewhere our looks; nothing written on them is read as mathematics."""
    now = theme()
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(now.quiet)
    ax.grid(visible=True, color=now.grid, linewidth=SETTINGS["grid.linewidth"])
    ax.set_axisbelow(True)
    ax.set_facecolor(now.paper)
    figure = ax.get_figure(root=True)
    if figure is not None and now.name != "light":
        figure.set_facecolor(now.paper)
    ax.tick_params(color=now.quiet, labelcolor=now.ink, labelsize=SETTINGS["xtick.labelsize"])
    for axis in (ax.xaxis, ax.yaxis):
        axis.label.set(color=now.ink, fontsize=SETTINGS["axes.labelsize"], parse_math=False)
        for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
            tick.label1.set_parse_math(False)
    for text in (ax.title, ax._left_title, ax._right_title):  # type: ignore[attr-defined]  # noqa: SLF001 - no public way
        text.set(color=now.ink, fontsize=SETTINGS["axes.titlesize"], fontweight="bold", parse_math=False)


def halo() -> list[Any]:
    """A rim of the paper's colour around a text, so that it can be read where curves pass."""
    from matplotlib.patheffects import withStroke

    return [withStroke(linewidth=2.5, foreground=theme().paper)]


def blank_figure(size: tuple[float, float]) -> Figure:
    """A figure that no window and no notebook knows of: for files."""
    from matplotlib.figure import Figure

    with style():
        return Figure(figsize=size, layout="constrained")


def off_screen() -> None:
    """Draw into files only from now on: for programs that have neither a window nor a notebook."""
    import matplotlib as mpl

    mpl.use("Agg")


def release(figure: Figure) -> None:
    """Let pyplot forget a figure that is saved."""
    from matplotlib import pyplot as plt

    plt.close(figure)


def settle(figure: Figure) -> None:
    """Lay the figure out once and for all, at places of few digits: a solver's last digits differ from run to run."""
    if figure.get_layout_engine() is None:
        return
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for ax in figure.axes:
        left, bottom, width, height = (round(float(part), PLACE_DIGITS) for part in ax.get_position().bounds)
        ax.set_position((left, bottom, width, height))


def tell(ax: Axes, text: str) -> None:
    """Say in words what the axes show, for people who listen: kept as the label of the axes, written by `save`."""
    ax.set_label(text)


def told(figure: Figure) -> str:
    """What the axes of a figure say of themselves."""
    return " ".join(text for ax in figure.axes if (text := str(ax.get_label())) and not text.startswith("<"))


def save(figure: Figure, path: str | os.PathLike[str], *, title: str = "", description: str = "") -> None:
    """Write a figure as SVG or PNG, by the ending of the path; the same figure gives the same bytes.

    ``title`` and ``description`` go into the file, for people who listen to it; by default what the charts say of
    themselves (`tell`). An SVG is an image with that title and description.
    """
    name = str(path)
    described = description or told(figure)
    with style():
        own_dpi = figure.get_dpi()
        figure.set_dpi(PNG_DPI)
        settle(figure)
        figure.set_dpi(own_dpi)
        if name.endswith(".svg"):
            held = io.StringIO()
            figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
            text = named(held.getvalue(), title or "eventflow", described)
            write_whole(path, text.encode(), durable=False)
        else:
            about = {"Title": title, "Description": described}
            texts = {key: plain(text) for key, text in about.items() if text}
            drawn = io.BytesIO()
            figure.savefig(drawn, format="png", dpi=PNG_DPI, metadata={"Software": None, **texts})
            write_whole(path, drawn.getvalue(), durable=False)


def named(svg: str, title: str, description: str) -> str:
    """Put a title and a description into an SVG, as screen readers want them; identifiers follow from the texts."""
    texts = [" ".join(plain(text).split()) for text in (title, description)]
    key = hashlib.sha256("\n".join(texts).encode()).hexdigest()[:8]
    pairs = [(tag, text) for tag, text in zip(("title", "desc"), texts, strict=True) if text]
    head = "".join(f'<{tag} id="{tag}-{key}">{html.escape(text)}</{tag}>' for tag, text in pairs)
    at = svg.index("<svg ")
    inside = svg.index(">", at)
    labels = f' role="img" aria-labelledby="title-{key}"' + (f' aria-describedby="desc-{key}"' if texts[1] else "")
    return f"{svg[:inside]}{labels}>\n {head}{svg[inside + 1 :]}"


def plain(text: str) -> str:
    """Characters that a file of XML may not hold, as escapes."""
    return "".join(sign if sign.isprintable() or sign in "\n\t" else sign.encode("unicode_escape").decode() for sign in text)
