"""A timeline as a picture, drawn once and quickly: for a page that redraws while somebody turns a knob.

    subject --drawn--> Figure (kept, to be looked into) --encoded--> PNG bytes

Places are set, not solved: finding them takes as long as drawing, and a picture whose frame stands still is easier to watch.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from sim.charts import timeline
from sim.charts.style import blank_figure, style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.figure import Figure

WIDTH, PANEL = 8.5, 1.65
LEFT, RIGHT, TOP, BOTTOM, BETWEEN = 0.75, 0.15, 0.35, 1.4, 0.38
"""Inches around and between the panels."""
PACKED = 3
"""Of zlib: a twentieth larger than usual, in two thirds of the time."""


def picture(subject: Any, panels: Sequence[str], *, dpi: int = 90) -> tuple[Figure, bytes]:
    """Draw the panels of a result or a comparison below each other; returns the figure and its picture as PNG."""
    figure = drawn(subject, panels)
    return figure, encoded(figure, dpi)


def drawn(subject: Any, panels: Sequence[str]) -> Figure:
    """The panels below each other, on a figure of places that do not depend on what is drawn."""
    count = len(panels)
    height = TOP + BOTTOM + PANEL * count + BETWEEN * (count - 1)
    figure = blank_figure((WIDTH, height))
    figure.set_layout_engine("none")
    timeline.plot(subject, figure, panels=panels)
    for number, ax in enumerate(figure.axes[:count]):
        bottom = BOTTOM + (count - 1 - number) * (PANEL + BETWEEN)
        ax.set_position((LEFT / WIDTH, bottom / height, 1 - (LEFT + RIGHT) / WIDTH, PANEL / height))
    return figure


def encoded(figure: Figure, dpi: int) -> bytes:
    """A figure as the bytes of a PNG, packed quickly rather than tightly."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg  # only where something is drawn

    held = io.BytesIO()
    figure.set_dpi(dpi)
    with style():
        canvas: Any = FigureCanvasAgg(figure)
        canvas.print_png(held, metadata={"Software": None}, pil_kwargs={"compress_level": PACKED})
    return held.getvalue()
