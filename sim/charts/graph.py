"""Where the nodes of a directed graph stand: in layers from left to right, few crossings, the same every time.

    sources -> layer 0      longest path decides      a link over several layers bends through places kept free for it

After Sugiyama, Tagawa and Toda (1981): layers, places for long links, orders by barycentres. Links that would close a
circle are laid out backwards.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

SWEEPS = 12


@dataclass(frozen=True)
class Layout:
    """Where things stand; a place is (layer, height), heights from 0 (top) to 1.

    Attributes:
        places: of the nodes, by number.
        routes: for each link the places that it passes between its ends, left to right.
        layers: how many layers there are.
        widest: how many nodes and passing links the fullest layer has.
    """

    places: tuple[tuple[int, float], ...]
    routes: tuple[tuple[tuple[int, float], ...], ...]
    layers: int
    widest: int


def lay_out(nodes: int, links: Sequence[tuple[int, int]]) -> Layout:
    """Lay out nodes 0 to ``nodes - 1`` and the links between them, given as (from, to)."""
    forward = _without_circles(nodes, links)
    layer = _layers(nodes, forward)
    rows: list[list[int]] = [[] for _ in range(max(layer, default=0) + 1)]
    for node in range(nodes):
        rows[layer[node]].append(node)
    chains: list[list[int]] = []
    steps: list[tuple[int, int]] = []
    extra = nodes
    for (source, target), (left, right) in zip(links, forward, strict=True):
        chain: list[int] = []
        if source != target:
            for between in range(layer[left] + 1, layer[right]):
                rows[between].append(extra)
                chain.append(extra)
                extra += 1
            path = [left, *chain, right]
            steps += itertools.pairwise(path)
        chains.append(chain)
    _order(rows, steps)
    widest = max(map(len, rows), default=1)
    place: dict[int, tuple[int, float]] = {}
    for number, row in enumerate(rows):
        for at, node in enumerate(row):
            place[node] = number, (at + 0.5) / len(row)
    _straighten(rows, steps, place, widest)
    routes = tuple(tuple(place[node] for node in chain) for chain in chains)
    return Layout(tuple(place[node] for node in range(nodes)), routes, len(rows), widest)


def _without_circles(nodes: int, links: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The links, turned around where they would lead back to where a walk came from."""
    following: list[list[int]] = [[] for _ in range(nodes)]
    for source, target in links:
        following[source].append(target)
    state = [0] * nodes  # 0 unseen, 1 on the walk, 2 done
    back: set[tuple[int, int]] = set()
    entered = [target for _, target in links]
    starts = [node for node in range(nodes) if node not in entered] + list(range(nodes))
    for start in starts:
        if state[start]:
            continue
        stack = [(start, iter(following[start]))]
        state[start] = 1
        while stack:
            node, rest = stack[-1]
            after = next(rest, None)
            if after is None:
                state[node] = 2
                stack.pop()
            elif state[after] == 1:
                back.add((node, after))
            elif state[after] == 0:
                state[after] = 1
                stack.append((after, iter(following[after])))
    return [(target, source) if (source, target) in back else (source, target) for source, target in links]


def _layers(nodes: int, links: Sequence[tuple[int, int]]) -> list[int]:
    """The longest path to each node; nodes that only lead on stand right before what they lead to."""
    layer = [0] * nodes
    proper = [(source, target) for source, target in links if source != target]
    for _ in range(nodes):
        moved = False
        for source, target in proper:
            if layer[target] <= layer[source]:
                layer[target] = layer[source] + 1
                moved = True
        if not moved:
            break
    return layer


def _order(rows: list[list[int]], steps: Sequence[tuple[int, int]]) -> None:
    """Order every layer by where its neighbours stand, to and fro; keep the order with the fewest crossings."""
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for left, right in steps:
        before.setdefault(right, []).append(left)
        after.setdefault(left, []).append(right)
    best = [list(row) for row in rows]
    fewest = _crossings(rows, after)
    for sweep in range(SWEEPS):
        forth = sweep % 2 == 0
        order = range(1, len(rows)) if forth else range(len(rows) - 2, -1, -1)
        for number in order:
            beside = rows[number - 1] if forth else rows[number + 1]
            at = {node: place / len(beside) for place, node in enumerate(beside)}
            rows[number] = _sorted(rows[number], before if forth else after, at)
        count = _crossings(rows, after)
        if count < fewest:
            fewest, best = count, [list(row) for row in rows]
    rows[:] = best


def _sorted(row: list[int], neighbours: Mapping[int, list[int]], at: Mapping[int, float]) -> list[int]:
    """A layer by the means of its neighbours' places; what has none stays where it is."""

    def mean(place: int, node: int) -> float:
        near = [at[one] for one in neighbours.get(node, ()) if one in at]
        return sum(near) / len(near) if near else place / len(row)

    keys = {node: mean(place, node) for place, node in enumerate(row)}
    return sorted(row, key=lambda node: keys[node])


def _crossings(rows: list[list[int]], after: Mapping[int, list[int]]) -> int:
    """How many pairs of links cross between neighbouring layers."""
    count = 0
    for left, right in itertools.pairwise(rows):
        at = {node: place for place, node in enumerate(right)}
        ends = [sorted(at[target] for target in after.get(node, ()) if target in at) for node in left]
        seen: list[int] = []
        for targets in ends:
            count += sum(1 for target in targets for other in seen if other > target)
            seen += targets
    return count


def _straighten(
    rows: list[list[int]], steps: Sequence[tuple[int, int]], place: dict[int, tuple[int, float]], widest: int
) -> None:
    """Move nodes towards the heights of their neighbours, without changing orders or coming closer than a row."""
    near: dict[int, list[int]] = {}
    for left, right in steps:
        near.setdefault(left, []).append(right)
        near.setdefault(right, []).append(left)
    gap = 1.0 / max(1, widest)
    for _ in range(SWEEPS):
        for number, row in enumerate(rows):
            wish = [_mean([place[one][1] for one in near.get(node, [node])]) for node in row]
            heights = _spread(wish, gap)
            for node, height in zip(row, heights, strict=True):
                place[node] = number, height


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)


def _spread(wish: Sequence[float], gap: float) -> list[float]:
    """Heights as near to those wished as an order with a gap between them allows, all within half a gap of 0 and 1."""
    groups: list[list[float]] = []  # [sum of (wish - offset), count]
    for number, one in enumerate(wish):
        groups.append([one - number * gap, 1.0])
        while len(groups) > 1 and groups[-2][0] / groups[-2][1] > groups[-1][0] / groups[-1][1]:
            last = groups.pop()
            groups[-1][0] += last[0]
            groups[-1][1] += last[1]
    base = [total / count for total, count in groups for _ in range(int(count))]
    heights = [at + number * gap for number, at in enumerate(base)]
    most = 1.0 - gap / 2 - (len(wish) - 1) * gap
    return [min(max(height, gap / 2 + number * gap), most + number * gap) for number, height in enumerate(heights)]
