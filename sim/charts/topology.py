r"""The topology at a time: who talks to whom, how much, and how each fares.

    (orders) ---> [front end] ---> [payment]        services: boxes, by shade of the failed share
                        \                           clients: round; topics of a broker: cylinders
                         - - > (order.placed) - - > [mail]
                                                    calls solid, events dashed; the wider, the more a second

Left to right in the direction of calls and events.
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from sim.charts.health import colour_bar, from_sound
from sim.charts.layout import Box, Layout, lay_out
from sim.charts.marks import finish, legend
from sim.charts.palette import OKABE_ITO, theme
from sim.charts.style import axes_for, style
from sim.charts.subject import sides
from sim.charts.text import SMALLEST, fitted, inches, title
from sim.charts.wiring import Link, Node, Wiring, wiring
from sim.scenario.units import parse_duration
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.charts.subject import Side

SECOND, POINTS = 1e9, 72.0
BOX = Box(122.0, 30.0)
"""Points: a node is at most so wide and so high."""
STRETCH = 1.04, 0.88
"""How much wider and flatter than its layout a figure of its own is."""
LEAST, AROUND = (6.0, 2.8), (0.3, 1.5)
"""Inches: such a figure is at least so wide and so high, and this is what it needs besides."""
FILLED = 0.9
"""Part of the room that its layout gives to a node which it takes, where axes are small."""
WIDTHS = (0.8, 4.5)
"""Points of the thinnest and the widest link."""
FAILING = OKABE_ITO[6]
SERIOUS = 0.01
"""A link is marked as failing from this share on."""
BELOW = 14.0
"""Points that are kept free for the colour bar."""
Point = tuple[float, float]


def plot(subject: Any, ax: Axes | None = None, *, at: float | str | None = None, side: int = 0) -> Axes:
    """Draw the topology of a result, or of one side of a comparison (``side`` 0 or 1); returns the axes.

    ``at``: the time, in seconds or as ``"90s"``; by default that of the window in which most fails.
    """
    one, own = sides(subject)[side], ax is None
    found = wiring(one, parse_duration(at) / SECOND if isinstance(at, str) else at)
    ends = [(str(link.source), str(link.target)) for link in found.links]
    layout = lay_out({str(number): BOX for number in range(len(found.nodes))}, ends)
    with style():
        sides_of = zip(LEAST, STRETCH, (layout.width, layout.height), AROUND, strict=True)
        across, up = (max(least, stretch * part / POINTS + around) for least, stretch, part, around in sides_of)
        ax = axes_for(ax, size=(across, up))
        wide, high = (POINTS * part for part in inches(ax))
        ax.set_xlim(0.0, wide)
        ax.set_ylim(-BELOW, high)
        ax.spines[:].set_visible(False)
        ax.set_xticks([])
        ax.set_yticks([])
        ax.grid(visible=False)
        scale = wide / layout.width, high / layout.height
        box = min(BOX.width, FILLED * BOX.width * scale[0]), min(BOX.height, BOX.height * scale[1])
        shade = _shade()
        most = max((link.rate for link in found.links), default=0.0)
        for link in found.links:
            _link(ax, link, _points(layout, link, scale, box), most)
        for number, node in enumerate(found.nodes):
            _node(ax, node, _where(layout.places[str(number)], layout, scale), box, shade)
        faults = _faults(one, found)
        title(ax, f"Topology at {format_value(found.begin, 's', 4)}, {one.label}{faults}")
        _legend(ax, shade)
        finish(ax, [one], _said(found, one), own=own, note=_note(found), bands=False)
    return ax


def _where(place: Point, layout: Layout, scale: Point) -> Point:
    """A place of the layout, whose heights grow downwards, in points of the axes."""
    return place[0] * scale[0], (layout.height - place[1]) * scale[1]


def _points(layout: Layout, link: Link, scale: Point, box: Point) -> list[Point]:
    """Where a link passes: from the border of its source to the border of its target; one that leads back below the other."""
    ends = str(link.source), str(link.target)
    between = [_where(place, layout, scale) for place in layout.routes.get(ends, ())[1:-1]]
    begin, end = (_where(layout.places[one], layout, scale) for one in ends)
    onward = 1.0 if begin[0] <= end[0] else -1.0
    down = 0.0 if onward > 0.0 else box[1] / 4
    return [(begin[0] + onward * box[0] / 2, begin[1] - down), *between, (end[0] - onward * box[0] / 2, end[1] - down)]


def _link(ax: Axes, link: Link, points: list[Point], most: float) -> None:
    """A curve through the points with a head at its end; a failing one is coloured, and crossed in the middle."""
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    if link.source == link.target:
        return
    now = theme()
    bad = link.failed >= SERIOUS
    colour = FAILING if bad else now.quiet
    width = WIDTHS[0] + (WIDTHS[1] - WIDTHS[0]) * (link.rate / most if most else 0.0) ** 0.5
    head = 5.0 + 1.2 * width
    onward = 1.0 if points[-1][0] >= points[0][0] else -1.0
    tip = points[-1]
    points = [*points[:-1], (tip[0] - onward * head, tip[1])]
    vertices, codes = [points[0]], [Path.MOVETO]
    for begin, end in itertools.pairwise(points):
        bend = 0.5 * (end[0] - begin[0])
        vertices += [(begin[0] + bend, begin[1]), (end[0] - bend, end[1]), end]
        codes += [Path.CURVE4] * 3
    dashes: Any = (0, (4.5 / width**0.5, 2.5 / width**0.5)) if link.event else "-"
    alpha = 0.9 if link.rate else 0.35
    path = Path(vertices, codes)
    ax.add_patch(PathPatch(path, fill=False, edgecolor=colour, linewidth=width, linestyle=dashes, alpha=alpha, zorder=2))
    half = 0.5 * head
    corners = [tip, (tip[0] - onward * head, tip[1] + half), (tip[0] - onward * head, tip[1] - half)]
    ax.add_patch(Polygon(corners, facecolor=colour, linewidth=0, alpha=alpha, zorder=2))
    if bad:
        begin, end = points[-2], points[-1]
        middle = (begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2
        ax.plot(*middle, marker="X", markersize=7, color=FAILING, markeredgecolor=now.paper, linestyle="none", zorder=3)


def _node(ax: Axes, node: Node, at: Point, box: Point, shade: Any) -> None:
    """A shape, its shade, its name, and what waits there; framed when a fault strikes it."""
    from matplotlib.patches import Ellipse, FancyBboxPatch, Rectangle

    now = theme()
    left, bottom = at[0] - box[0] / 2, at[1] - box[1] / 2
    fill = now.paper
    if node.kind == "service":
        fill = shade.cmap(shade.norm(node.failed)) if math.isfinite(node.failed) else now.paper
    line: dict[str, Any] = {"edgecolor": now.ink if node.struck else now.quiet, "linewidth": 2.2 if node.struck else 0.9}
    if node.kind == "topic":
        cap, stop = 6.0, left + box[0]
        ax.add_patch(Ellipse((left + cap, at[1]), 2 * cap, box[1], facecolor=fill, zorder=4, **line))
        ax.add_patch(Rectangle((left + cap, bottom), box[0] - 2 * cap, box[1], facecolor=fill, linewidth=0, zorder=4.1))
        for border in (bottom, bottom + box[1]):
            ax.plot([left + cap, stop - cap], [border] * 2, color=line["edgecolor"], linewidth=line["linewidth"], zorder=4.2)
        ax.add_patch(Ellipse((stop - cap, at[1]), 2 * cap, box[1], facecolor=fill, zorder=4.2, **line))
    else:
        corner = box[1] / 2 if node.kind == "flow" else 3.0
        shape = f"round,pad=0,rounding_size={corner}"
        ax.add_patch(FancyBboxPatch((left, bottom), box[0], box[1], boxstyle=shape, facecolor=fill, zorder=4, **line))
    words = _words(node)
    ink = _ink(fill)
    room = box[0] - (22.0 if node.kind == "topic" else 8.0)
    two = bool(words) and box[1] >= 23.0  # noqa: PLR2004 - points of two lines
    if box[1] >= 10.0:  # noqa: PLR2004 - points of a line
        up = 0.23 * box[1] if two else 0.0
        text: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALLEST, "color": ink, "zorder": 5}
        shift = -4.0 if node.kind == "topic" else 0.0
        ax.text(at[0] + shift, at[1] + up, fitted(node.name, room), **text)
        if two:
            ax.text(at[0], at[1] - up, fitted(words, room), **text)


def _words(node: Node) -> str:
    """What stands below a service's name: what waits, and what fails."""
    parts = []
    if node.failed >= SERIOUS:
        parts.append(f"{format_value(node.failed, 'share', 2)} fail")
    if node.waiting >= 1.0:
        parts.append(f"{format_number(node.waiting, 2)} wait")
    return ", ".join(parts)


def _ink(fill: Any) -> str:
    """Black or white, whichever reads better on the fill."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(fill)
    return "#111111" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "#FFFFFF"  # noqa: PLR2004 - half way


def _shade() -> Any:
    """The shades of failed shares, as on the health map."""
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    return ScalarMappable(Normalize(1e-9, 1.0), from_sound())


def _legend(ax: Axes, shade: Any) -> None:
    """What lines, shapes and shades mean."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    now = theme()
    cross: dict[str, Any] = {"marker": "X", "markersize": 6, "markeredgecolor": now.paper}
    legend(
        ax,
        [
            (Line2D([], [], color=now.quiet, linewidth=1.6), "call"),
            (Line2D([], [], color=now.quiet, linewidth=1.6, linestyle=(0, (3, 1.6))), "event"),
            (Line2D([], [], color=FAILING, linewidth=1.6, **cross), "1 % or more fail"),
            (Patch(facecolor=now.paper, edgecolor=now.ink, linewidth=2.0), "struck by a fault"),
        ],
    )
    ticks = [1e-9, 0.5, 1.0], ["0", "50", "100 %"]
    colour_bar(ax, shade, "failed attempts", ticks, (-76.0, -8.0))


def _faults(one: Side, found: Wiring) -> str:
    """The faults at that time, for the title."""
    names = [
        name
        for name, fault in one.network.scenario.faults.items()
        if fault.at < found.end * SECOND and fault.end > found.begin * SECOND
    ]
    return f", fault: {', '.join(names)}" if names else ""


def _note(found: Wiring) -> str:
    most = max((link.rate for link in found.links), default=0.0)
    return f"window of {format_value(found.end - found.begin, 's')}; the widest line is {format_value(most, '1/s')}"


def _said(found: Wiring, one: Side) -> str:
    """The picture in words: how many of what, and who is not well."""
    counts = [sum(node.kind == kind for node in found.nodes) for kind in ("flow", "service", "topic")]
    ill = [f"{node.name}: {_words(node)}" for node in found.nodes if _words(node)]
    what = f"{counts[0]} flows, {counts[1]} services, {counts[2]} topics"
    head = f"Topology of {one.label} at {format_value(found.begin, 's', 4)}: {what}."
    return f"{head} {'; '.join(ill) or 'Nothing fails or waits'}."
