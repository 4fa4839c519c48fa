r"""The topology as an SVG for each side, with places that both sides share; `replay.js` colours it for a moment.

    (flow)  --->  [ service     ]  - - ->  /topic\   - - ->  [ service      ]
     25/s         [ x 98 % failed ]        |~~~~~|           [ v 24/s       ]
                  [ ====--- queue ]        \_____/           [ ==== backlog ]

Flows are pills, services boxes, topics tanks that fill up. Calls are solid, events dashed. What a colour says is said by a
sign and by words too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.layout import Box, Layout, Point, lay_out
from sim.report.html.elements import Html, join, tag, visible

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

NODES_MAX = 160
"""More services than this are too many to look at: those are drawn that matter most."""
NARROW, WIDE = 800.0, 1250.0
"""Two drawings up to the first width stand beside each other on most screens; one wider than the second is shown
as a whole first, and in its own size when asked for."""
LINE_CHARACTERS_MAX = 20
ONE_LINE = 14
"""A longer name is written in two lines where it has a place to break."""
BREAK = re.compile(r"(?<=[-_. /])(?=.)|(?<=[a-z])(?=[A-Z])|(?<=...)(?=(?:service|server|gateway|worker|manager)$)")
CHARACTER = 6.7
"""Mean width of a character of a label, in units of the drawing."""
PADDING = 16.0
SIGN = 15.0
LINE = 13.5
LEAST_HEIGHT = {"flow": 36.0, "service": 46.0, "topic": 56.0}
LEAST_WIDTH = {"flow": 100.0, "service": 96.0, "topic": 76.0}
LID = 6.0
BAR = 4.0
HEAD = 7.0
LABEL_ROOM = 44.0
"""A link that is shorter from side to side has no room for its failed share; its colour and what it leads to say it."""
EDGE = 6.0
"""Least between a text and the border of its box; longer texts are squeezed, since letters differ from screen to screen."""
SHARED_LEAST = 0.5
"""Two sides share their places when at least this part of the services of the smaller one is in both."""


@dataclass(frozen=True)
class Drawing:
    """A topology, drawn; ``wide`` when it is too large to be read where it is shown as a whole."""

    svg: Html
    wide: bool


def drawings(sides: Sequence[Mapping[str, Any]]) -> list[Drawing]:
    """A drawing of each side."""
    shown = [_chosen(side) for side in sides]
    if len(sides) == 2 and _alike(shown):  # noqa: PLR2004 - a pair
        boxes = {**_boxes(shown[0]), **_boxes(shown[1])}
        links = [link for side, nodes in zip(sides, shown, strict=True) for link in _links(side, nodes)]
        common = lay_out(boxes, links)
        layouts = [common, common]
    else:
        layouts = [lay_out(_boxes(nodes), _links(side, nodes)) for side, nodes in zip(sides, shown, strict=True)]
    return [
        _drawing(side, nodes, layout) for side, nodes, layout in zip(sides, shown, layouts, strict=True)
    ]


def left_out(side: Mapping[str, Any]) -> int:
    """How many services of a side are not drawn."""
    services = [node for node in side["nodes"] if node["kind"] == "service"]
    return max(0, len(services) - NODES_MAX)


def _chosen(side: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The nodes that are drawn, by their key: the same name of the same kind has the same place on both sides."""
    nodes = list(side["nodes"])
    if left_out(side):
        struck = {fault["target"] for fault in side["faults"]} | {one["service"] for one in side["breaches"]}
        services = [node for node in nodes if node["kind"] == "service"]
        services.sort(key=lambda node: (node["name"] not in struck, -len(node["failed"]["data"] + node["waiting"]["data"])))
        kept = {node["id"] for node in services[:NODES_MAX]}
        nodes = [node for node in nodes if node["kind"] != "service" or node["id"] in kept]
    return {_key(node): node for node in nodes}


def _key(node: Mapping[str, Any]) -> str:
    return f"{node['kind']} {node['name']}"


def _alike(shown: Sequence[Mapping[str, Mapping[str, Any]]]) -> bool:
    services = [{key for key in nodes if key.startswith("service ")} for nodes in shown]
    return len(services[0] & services[1]) >= SHARED_LEAST * min(len(services[0]), len(services[1]))


def _links(side: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, str]]:
    keys = {node["id"]: key for key, node in nodes.items()}
    return [(keys[one["from"]], keys[one["to"]]) for one in side["links"] if one["from"] in keys and one["to"] in keys]


def _boxes(nodes: Mapping[str, Mapping[str, Any]]) -> dict[str, Box]:
    boxes = {}
    for key, node in nodes.items():
        kind, lines = node["kind"], label(node["name"])
        width = max(len(line) for line in lines) * CHARACTER + PADDING
        height = LEAST_HEIGHT[kind] + LINE * (len(lines) - 1) + (6.0 if "lag" in node and kind == "service" else 0.0)
        boxes[key] = Box(max(width, LEAST_WIDTH[kind]), height + (LINE if "policies" in node else 0.0))
    return boxes


def label(name: str) -> tuple[str, ...]:
    """A name in one or two lines, as many characters as fit; the whole name is in its title and in the tables."""
    text = visible(name) or "(no name)"
    places = [found.start() for found in BREAK.finditer(text)]
    if len(text) <= ONE_LINE or not places:
        return (_fitted(text),)
    place = min(places, key=lambda at: max(at, len(text) - at))
    return _fitted(text[:place]), _fitted(text[place:])


def _fitted(text: str) -> str:
    half = (LINE_CHARACTERS_MAX - 1) // 2
    return text if len(text) <= LINE_CHARACTERS_MAX else f"{text[:half]}\N{HORIZONTAL ELLIPSIS}{text[-half:]}"


def _drawing(side: Mapping[str, Any], nodes: Mapping[str, Mapping[str, Any]], layout: Layout) -> Drawing:
    keys = {node["id"]: key for key, node in nodes.items()}
    boxes = _boxes(nodes)
    links = []
    for number, one in enumerate(side["links"]):
        ends = keys.get(one["from"]), keys.get(one["to"])
        if ends[0] is None or ends[1] is None:
            continue
        if ends[0] != ends[1]:
            links.append(_link(number, one, layout.routes[ends[0], ends[1]]))
        else:
            links.append(_link(number, one, _loop(layout.places[ends[0]], boxes[ends[0]])))
    drawn = [_node(node, layout.places[key], boxes[key]) for key, node in nodes.items()]
    wide = layout.width > WIDE
    kind = "wide" if wide else "narrow" if layout.width <= NARROW else "middling"
    svg = tag(
        "svg",
        tag("g", join(links, "\n"), class_="links"),
        tag("g", join(drawn, "\n"), class_="nodes"),
        viewBox=f"0 0 {layout.width:.0f} {layout.height:.0f}",
        width=f"{layout.width:.0f}",
        height=f"{layout.height:.0f}",
        class_=f"topology {kind}",
        role="img",
        aria_label=f"Topology of {side['label']}; its state is told in words above, and in the table below",
    )
    return Drawing(svg, wide)


def _loop(place: Point, box: Box) -> tuple[Point, ...]:
    """A link of a service to itself: over its upper right corner."""
    x, y = place
    right, top = x + box.width / 2, y - box.height / 2
    return ((right - 24.0, top), (right - 18.0, top - 9.0), (right - 8.0, top - 9.0), (right - 4.0, top))


def _link(number: int, one: Mapping[str, Any], points: Sequence[Point]) -> Html:
    *_, (x, y) = points
    line = f"M{_at(points[0])}"
    for before, after in zip(points, [*points[1:-1], (x - HEAD, y)], strict=False):
        bend = (before[0] + after[0]) / 2
        line += f"C{_at((bend, before[1]))} {_at((bend, after[1]))} {_at(after)}"
    middle = len(points) // 2
    label_x, label_y = (points[middle - 1][0] + points[middle][0]) / 2, (points[middle - 1][1] + points[middle][1]) / 2
    event = one["kind"] != "call"
    return tag(
        "g",
        tag("title"),
        tag("path", class_="line", d=line),
        tag("path", class_="head", d=f"M{_at((x, y))}L{_at((x - 1.4 * HEAD, y - 0.6 * HEAD))}V{_short(y + 0.6 * HEAD)}Z"),
        tag("text", class_="label", x=label_x, y=label_y + 3.5) if x - points[0][0] >= LABEL_ROOM else None,
        class_="link event" if event else "link",
        data_link=number,
    )


def _node(node: Mapping[str, Any], place: Point, box: Box) -> Html:
    draw = {"flow": _flow, "service": _service, "topic": _topic}[node["kind"]]
    return tag(
        "g",
        tag("title", str(node["name"])),
        *draw(node, box),
        class_=f"node {node['kind']}",
        data_node=node["id"],
        transform=f"translate({_at((place[0] - box.width / 2, place[1] - box.height / 2))})",
    )


def _words(node: Mapping[str, Any], left: float, width: float) -> list[Html]:
    """The name, and below it the sign of the state and the state in words."""
    lines = label(node["name"])
    room = width - left - EDGE
    names = [tag("text", line, class_="name", x=left, y=15.0 + LINE * at, data_room=room) for at, line in enumerate(lines)]
    y = 15.0 + LINE * len(lines)
    return [
        *names,
        tag("text", class_="sign", x=left + 4.0, y=y, text_anchor="middle"),
        tag("text", class_="state", x=left + SIGN, y=y, data_room=room - SIGN),
    ]


def _flow(node: Mapping[str, Any], box: Box) -> list[Html]:
    body = tag("rect", class_="body", width=box.width, height=box.height, rx=min(18.0, box.height / 2))
    return [body, *_words(node, 14.0, box.width)]


def _service(node: Mapping[str, Any], box: Box) -> list[Html]:
    body = tag("rect", class_="body", width=box.width, height=box.height, rx=6)
    first = LINE * len(label(node["name"])) + 20.5
    bars = [*_bar("queue", box, first), *(_bar("lag", box, first + 6.0) if "lag" in node else [])]
    if "policies" in node:
        bars.append(tag("text", class_="policy", x=8.0, y=box.height - 6.0, data_room=box.width - 8.0 - EDGE))
    bolt = tag("path", class_="bolt", d=f"M{_short(box.width + 2)} -13l-8 11h5l-3 9 9-12h-5l4-8z")
    return [body, *_words(node, 8.0, box.width), *bars, bolt]


def _bar(kind: str, box: Box, y: float) -> list[Html]:
    """A bar that fills: its track, and what fills it, with the full width noted for the script."""
    width = box.width - 16.0
    return [
        tag("rect", class_="track", x=8.0, y=y, width=width, height=BAR, rx=BAR / 2),
        tag("rect", class_=f"fill {kind}", x=8.0, y=y, width=0.0, height=BAR, rx=BAR / 2, data_full=width),
    ]


def _topic(node: Mapping[str, Any], box: Box) -> list[Html]:
    """A tank: a cylinder with what waits in it."""
    width, height, lines = box.width, box.height, label(node["name"])
    bottom = f"A{_short(width / 2)} {_short(LID)} 0 0 0 {_at((width, height - LID))}"
    side = f"M0 {_short(LID)}V{_short(height - LID)}{bottom}V{_short(LID)}"
    room = height - 3 * LID
    level = tag("rect", class_="level", x=1.0, y=height - LID, width=width - 2.0, height=0.0, data_full=room)
    middle = {"x": width / 2, "data_room": width - 2 * EDGE}
    lid = tag("ellipse", class_="lid", cx=width / 2, cy=LID, rx=width / 2, ry=LID)
    return [
        tag("path", class_="body", d=side + "Z"),
        level,
        tag("path", class_="rim", d=side),
        lid,
        *(tag("text", line, class_="name centred", y=28.0 + LINE * at, **middle) for at, line in enumerate(lines)),
        tag("text", class_="state centred", y=28.0 + LINE * len(lines), **middle),
    ]


def _short(number: float) -> str:
    text = f"{number:.1f}"
    return text.removesuffix(".0")


def _at(point: Point) -> str:
    return f"{_short(point[0])} {_short(point[1])}"
