r"""Short notes beside points of a chart, each where there is room for it.

         peak 512                peak 300
             *                  *
            / \                / \          right of its point, or left, above, below: the first place
       ____/   \_drained at 84 s            where it is inside the axes and covers no other note

Places are worked out in points of the axes before the layout, so a note may be a little off, never on another one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.charts.palette import readable
from sim.charts.style import halo
from sim.charts.text import SMALLEST, fitted, inches, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

GAP = 6.0
LINE = 1.25 * SMALLEST
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Note:
    """A text at a point of the data, in a colour; ``above``: rather above the point than beside it."""

    text: str
    x: float
    y: float
    colour: str
    above: bool = False


def place(ax: Axes, notes: Sequence[Note], *, top: float = 1.0, taken: Sequence[Box] = (), less: float = 0.0) -> None:
    """Write the notes. ``top``: share of the axes' height that they may use; ``taken``: boxes in points already used.

    ``less``: points by which the axes are lower than is known.
    """
    wide, high = (72.0 * size for size in inches(ax))
    high = max(2.0 * LINE, high - less)
    boxes = list(taken)
    scale = ax.transScale + ax.transLimits
    for note in notes:
        across, up = scale.transform((note.x, note.y))
        point = float(across) * wide, float(up) * high
        text = fitted(note.text, wide - 4.0)
        box = _free(point, (width_of(text, SMALLEST), LINE), (wide, high * top), boxes, above=note.above)
        boxes.append(box)
        ax.annotate(
            text,
            (note.x, note.y),
            (box[0] - point[0], box[1] - point[1]),
            textcoords="offset points",
            fontsize=SMALLEST,
            color=readable(note.colour),
            ha="left",
            va="bottom",
            path_effects=halo(),
            zorder=7,
            annotation_clip=False,
        )


def _free(
    point: tuple[float, float], size: tuple[float, float], limits: tuple[float, float], boxes: Sequence[Box], *, above: bool
) -> Box:
    """The first place near a point that is free; when there is none, the nearest one inside the axes."""
    tried = [_inside((point[0] + across, point[1] + up), size, limits) for across, up in _offsets(size, above=above)]
    free = [box for box in tried if not any(_overlap(box, other) for other in boxes)]
    clear = [box for box in free if not (box[0] <= point[0] <= box[2] and box[1] <= point[1] <= box[3])]
    return (clear or free or tried)[0]


def _offsets(size: tuple[float, float], *, above: bool) -> list[tuple[float, float]]:
    """Right, left, above, below, then further away; or above and below first."""
    width, height = size
    near = [(GAP, -height / 3), (-GAP - width, -height / 3), (GAP, GAP / 2), (-width - GAP, GAP / 2)]
    near += [(-width / 2, GAP), (-width / 2, -height - GAP)]
    near = [(-width / 2, GAP), (-width / 2, -height - GAP), *near] if above else near
    steps = [step * 1.1 * height for step in (1, 2, 3, 4)]
    return near + [(across, sign * step) for step in steps for sign in (1, -1) for across in (GAP, -GAP - width)]


def _inside(corner: tuple[float, float], size: tuple[float, float], limits: tuple[float, float]) -> Box:
    left = min(max(corner[0], 2.0), max(2.0, limits[0] - size[0] - 2.0))
    bottom = min(max(corner[1], 1.0), max(1.0, limits[1] - size[1] - 1.0))
    return left, bottom, left + size[0], bottom + size[1]


def _overlap(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]
