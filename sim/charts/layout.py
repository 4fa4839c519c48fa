r"""Where the nodes of a topology go: layers from left to right, callers left of what they call, few crossings.

    client -- frontend -- checkout -- payment       1. layers: each node right of all that lead to it, not too many in one
                     \               /              2. long links get a waypoint in every layer between
                      '---- cart ---'               3. order in a layer: by the median of the neighbours, back and forth
                                                    4. heights: near the neighbours, never closer than a gap

The topology chart and the replay of a report are both drawn on it. After Sugiyama, Tagawa and Toda (1981). All of it is
ordinary arithmetic in a fixed order: equal topologies, equal drawings.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SWEEPS = 24
SETTLING = 40
GAP_X = 28.0
"""Between two layers, where the links run."""
GAP_Y = 14.0
WAYPOINT = 4.0
"""Height that a passing link takes in a layer; its gaps are smaller than those between nodes."""
GAP_WAY = 5.0
LAYER_LEAST, LAYER_SHARE = 10, 1.1
"""A layer holds so many nodes at least, and at most about so many times the root of how many there are: nobody looks at a
column of fifty."""
MARGIN = 8.0
BUNDLED_FROM = 40
"""With more nodes than this, the long links of one node run together until they part."""

Point = tuple[float, float]
Link = tuple[str, str]


@dataclass(frozen=True)
class Box:
    """Size of a node, in units of the drawing."""

    width: float
    height: float


@dataclass(frozen=True)
class Layout:
    """A drawing.

    Attributes:
        places: the middle of each node.
        routes: the points that each link runs through, from the side of its first node to the side of its last.
        width, height: of the whole.
    """

    places: dict[str, Point]
    routes: dict[Link, tuple[Point, ...]]
    width: float
    height: float


def lay_out(boxes: Mapping[str, Box], links: Sequence[Link]) -> Layout:
    """Place the nodes and route the links; links between the same two nodes count once, those to itself not at all."""
    forward = _without_circles(list(boxes), [link for link in dict.fromkeys(links) if link[0] != link[1]])
    layer = _layers(list(boxes), forward)
    bundled = len(boxes) > BUNDLED_FROM
    chains = {link: _chain(link, layer, bundled=bundled) for link in forward}
    heights = {name: box.height for name, box in boxes.items()}
    rows: list[list[str]] = [[] for _ in range(max(layer.values(), default=0) + 1)]
    for name in boxes:
        rows[layer[name]].append(name)
    for chain in chains.values():
        for step, name in enumerate(chain[1:-1], layer[chain[0]] + 1):
            if name not in heights:
                rows[step].append(name)
                heights[name] = WAYPOINT
    before, after = _neighbours(chains)
    rows = _ordered(rows, before, after)
    middles = _settled(rows, heights, before, after)
    return _drawn(boxes, links, forward, chains, rows, middles)


def _without_circles(names: Sequence[str], links: Sequence[Link]) -> list[Link]:
    """The links with those turned round that would close a circle, each pair once."""
    following: dict[str, list[str]] = {name: [] for name in names}
    entered = dict.fromkeys(names, 0)
    for one, other in links:
        following[one].append(other)
        entered[other] += 1
    state: dict[str, int] = {}
    turned: set[Link] = set()
    for root in sorted(names, key=lambda name: entered[name] > 0):
        stack = [(root, iter(following[root]))] if root not in state else []
        state.setdefault(root, 1)
        while stack:
            name, rest = stack[-1]
            for other in rest:
                if state.get(other) == 1:
                    turned.add((name, other))
                elif other not in state:
                    state[other] = 1
                    stack.append((other, iter(following[other])))
                    break
            else:
                state[name] = 2
                stack.pop()
    return list(dict.fromkeys((other, one) if (one, other) in turned else (one, other) for one, other in links))


def _layers(names: Sequence[str], links: Sequence[Link]) -> dict[str, int]:
    """The longest way from a node that nothing leads to; further right where a layer is full."""
    entering: dict[str, list[str]] = {name: [] for name in names}
    following: dict[str, list[str]] = {name: [] for name in names}
    for one, other in links:
        entering[other].append(one)
        following[one].append(other)
    open_ends = {name: len(entering[name]) for name in names}
    layer = dict.fromkeys(names, 0)
    room = max(LAYER_LEAST, round(LAYER_SHARE * math.sqrt(len(names))))
    taken: dict[int, int] = {}
    ready = [name for name in names if not open_ends[name]]
    for name in ready:  # grows while it is read: those whose callers all have their layer
        while taken.get(layer[name], 0) >= room and entering[name]:
            layer[name] += 1
        taken[layer[name]] = taken.get(layer[name], 0) + 1
        for other in following[name]:
            layer[other] = max(layer[other], layer[name] + 1)
            open_ends[other] -= 1
            if not open_ends[other]:
                ready.append(other)
    return layer


def _chain(link: Link, layer: Mapping[str, int], *, bundled: bool) -> tuple[str, ...]:
    """The nodes and waypoints of a link, one in each layer; bundled links of one node share theirs."""
    one, other = link
    between = range(layer[one] + 1, layer[other])
    way = one if bundled else f"{one} > {other}"
    return (one, *(f"{way} @{step}" for step in between), other)


def _neighbours(chains: Mapping[Link, tuple[str, ...]]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for one, other in dict.fromkeys(step for chain in chains.values() for step in pairwise(chain)):
        after.setdefault(one, []).append(other)
        before.setdefault(other, []).append(one)
    return before, after


def _ordered(
    rows: list[list[str]], before: Mapping[str, list[str]], after: Mapping[str, list[str]]
) -> list[list[str]]:
    """The order within the layers with the fewest crossings that the sweeps met."""
    best, fewest = [list(row) for row in rows], _crossings(rows, after)
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        steps = range(1, len(rows)) if down else range(len(rows) - 2, -1, -1)
        for step in steps:
            place = {name: at for at, name in enumerate(rows[step - 1 if down else step + 1])}
            _by_median(rows[step], before if down else after, place)
        crossings = _crossings(rows, after)
        if crossings < fewest:
            best, fewest = [list(row) for row in rows], crossings
        if not fewest:
            break
    return best


def _by_median(row: list[str], neighbours: Mapping[str, list[str]], place: Mapping[str, int]) -> None:
    """Sort a layer by the mean place of its neighbours; a node without any keeps its place."""
    weight = {}
    for at, name in enumerate(row):
        found = [place[other] for other in neighbours.get(name, ())]
        weight[name] = sum(found) / len(found) if found else float(at)
    row.sort(key=lambda name: weight[name])


def _crossings(rows: Sequence[Sequence[str]], after: Mapping[str, list[str]]) -> int:
    """How many pairs of links cross between neighbouring layers."""
    total = 0
    for row, following in pairwise(rows):
        place = {name: at for at, name in enumerate(following)}
        ends = [place[other] for name in row for other in sorted(after.get(name, ()), key=place.__getitem__)]
        seen = [0] * (len(following) + 1)
        for count, end in enumerate(ends):
            at, before = end + 1, 0
            while at > 0:  # a Fenwick tree: how many earlier links end at or above this one
                before += seen[at]
                at -= at & -at
            total += count - before
            at = end + 1
            while at < len(seen):
                seen[at] += 1
                at += at & -at
    return total


def _settled(
    rows: Sequence[Sequence[str]],
    heights: Mapping[str, float],
    before: Mapping[str, list[str]],
    after: Mapping[str, list[str]],
) -> dict[str, float]:
    """A height for each node: near the mean of its neighbours, in the given order, with gaps, none beyond the fullest layer."""
    middle: dict[str, float] = {}
    room = 0.0
    for row in rows:
        places = _apart([0.0] * len(row), [heights[name] for name in row], math.inf)
        middle.update(zip(row, places, strict=True))
        room = max([room, *(abs(place) + heights[name] / 2 for name, place in zip(row, places, strict=True))])
    for step in range(SETTLING):
        for row in rows if step % 2 == 0 else rows[::-1]:
            wanted = []
            for name in row:
                near = [*before.get(name, ()), *after.get(name, ())]
                wanted.append(sum(middle[other] for other in near) / len(near) if near else middle[name])
            middle.update(zip(row, _apart(wanted, [heights[name] for name in row], room), strict=True))
    return middle


def _apart(wanted: Sequence[float], heights: Sequence[float], room: float) -> list[float]:
    """The heights nearest to those wanted (in squares) that keep order and gaps: pool adjacent violators.

    All lie between ``-room`` and ``room``.
    """
    offsets, at = [], 0.0
    for number, height in enumerate(heights):
        if number:
            gap = GAP_Y if min(heights[number - 1], height) > WAYPOINT else GAP_WAY
            at += (heights[number - 1] + height) / 2 + gap
        offsets.append(at)
    pools: list[tuple[float, int]] = []
    for want, offset in zip(wanted, offsets, strict=True):
        total, count = want - offset, 1
        while pools and pools[-1][0] / pools[-1][1] >= total / count:
            more, many = pools.pop()
            total, count = total + more, count + many
        pools.append((total, count))
    if not offsets:
        return []
    least, most = heights[0] / 2 - room, room - offsets[-1] - heights[-1] / 2
    levels = [max(least, min(total / count, most)) for total, count in pools for _ in range(count)]
    return [level + offset for level, offset in zip(levels, offsets, strict=True)]


def _drawn(
    boxes: Mapping[str, Box],
    links: Sequence[Link],
    forward: Sequence[Link],
    chains: Mapping[Link, tuple[str, ...]],
    rows: Sequence[Sequence[str]],
    middles: Mapping[str, float],
) -> Layout:
    """Put layers side by side, and let each link run through its waypoints."""
    top = min((middles[name] - box.height / 2 for name, box in boxes.items()), default=0.0)
    top = min([top, *(middles[name] for row in rows for name in row)]) - MARGIN
    bottom = max((middles[name] + box.height / 2 for name, box in boxes.items()), default=0.0)
    bottom = max([bottom, *(middles[name] for row in rows for name in row)]) + MARGIN
    widths = [max((boxes[name].width for name in row if name in boxes), default=0.0) for row in rows]
    lefts, at = [], MARGIN
    for width in widths:
        lefts.append(at)
        at += width + GAP_X
    column = {name: step for step, row in enumerate(rows) for name in row}
    places = {name: (lefts[column[name]] + widths[column[name]] / 2, middles[name] - top) for name in boxes}
    routes: dict[Link, tuple[Point, ...]] = {}
    for link in forward:
        points: list[Point] = []
        for name in chains[link]:
            y, step = middles[name] - top, column[name]
            half = boxes[name].width / 2 if name in boxes else widths[step] / 2
            middle = lefts[step] + widths[step] / 2
            points += [(middle - half, y), (middle + half, y)]
        routes[link] = tuple(points[1:-1])
    known = {link: routes[link] if link in routes else routes[link[1], link[0]][::-1] for link in links if link[0] != link[1]}
    return Layout(places, known, at - GAP_X + MARGIN, bottom - top)
