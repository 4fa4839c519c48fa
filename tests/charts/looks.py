"""What can be asked of how a figure looks: which texts are on it, which cover each other, which are cut off.

figure --drawn--> boxes of its texts in pixels --> pairs that overlap, texts beyond the border, letters too small
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex

from sim.charts.palette import CONTRAST, contrast

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from matplotlib.text import Text
    from matplotlib.transforms import Bbox

SLACK = (1.0, 2.0)
"""Pixels that boxes may share, across and up: a box is a little higher than its letters."""


def texts_of(figure: Any) -> list[Text]:
    """Every text of a figure that is drawn; tick labels outside the view are not."""
    texts = [*figure.texts]
    texts += [text for text in (figure._supxlabel, figure._suptitle) if text is not None]
    panels = list(figure.axes)
    while panels:
        ax = panels.pop()
        panels += ax.child_axes
        texts += [*ax.texts, ax.title, ax._left_title, ax._right_title, ax.xaxis.label, ax.yaxis.label]
        texts += ax.get_legend().get_texts() if ax.get_legend() is not None else []
        texts += [
            label for axis in (ax.xaxis, ax.yaxis) for tick in axis._update_ticks() for label in (tick.label1, tick.label2)
        ]
    return [text for text in dict.fromkeys(texts) if text.get_visible() and text.get_text().strip()]


def boxes(figure: Figure) -> list[tuple[Text, Bbox]]:
    """Every text with the box that it takes, in pixels."""
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    return [(text, text.get_window_extent(renderer)) for text in texts_of(figure)]


def overlaps(figure: Figure) -> list[str]:
    """Pairs of texts that cover each other, in words."""
    found = []
    for (one, box), (other, other_box) in itertools.combinations(boxes(figure), 2):
        wide = min(box.x1, other_box.x1) - max(box.x0, other_box.x0)
        high = min(box.y1, other_box.y1) - max(box.y0, other_box.y0)
        if wide > SLACK[0] and high > SLACK[1]:
            found.append(f"{one.get_text()!r} and {other.get_text()!r} share {wide:.0f} x {high:.0f} pixels")
    return found


def cut_off(figure: Figure) -> list[str]:
    """Texts that reach beyond the border of the figure, in words."""
    width, height = figure.bbox.width, figure.bbox.height
    return [
        f"{text.get_text()!r} is at {[round(edge) for edge in box.extents]} of {width:.0f} x {height:.0f}"
        for text, box in boxes(figure)
        if box.x0 < -SLACK[0] or box.y0 < -SLACK[1] or box.x1 > width + SLACK[0] or box.y1 > height + SLACK[1]
    ]


def too_small(figure: Figure, points: float = 8.0) -> list[str]:
    """Texts in letters of fewer points."""
    return [text.get_text() for text in texts_of(figure) if text.get_fontsize() < points]


def unreadable(figure: Figure, paper: str) -> list[str]:
    """Texts whose colour is too near to what is behind them, in words; a text with a halo has the paper behind it."""
    placed = boxes(figure)
    figure.set_layout_engine("none")
    for text, _ in placed:
        text.set_alpha(0.0)
    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    pixels = np.asarray(canvas.buffer_rgba())[::-1, :, :3]
    found = []
    for text, box in placed:
        seen = pixels[max(0, int(box.y0)) : int(box.y1) + 1, max(0, int(box.x0)) : int(box.x1) + 1].reshape(-1, 3)
        behind = paper if text.get_path_effects() else to_hex(np.median(seen, axis=0) / 255.0)
        own = to_hex(text.get_color())
        if contrast(own, behind) < CONTRAST:
            found.append(f"{text.get_text()!r} in {own} on {behind}: {contrast(own, behind):.1f}")
    return found
