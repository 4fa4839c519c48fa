r"""The replay: controls, slider, strips over the same time axis, the topology of each side, and its state as a table.

    [ play ]  1:12 of 3:00   slow-payment            status: what a screen reader says
      | slow-payment |  | crash |
    --o---------------------------- slider
      ~~~~\______/~~~~             strips
    [ synchronous   ]  [ event-driven  ]             side by side where there is room

Everything here is dead until `replay.js` finds the data; the data stands in the page as JSON.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics.breach import SHARE
from sim.report.html.coding import unpack
from sim.report.html.elements import Html, join, name_of, swatch, tag, visible
from sim.report.html.strips import clock, fault_lanes, strips, time_axis
from sim.report.html.topology import NODES_MAX, Drawing, drawings, left_out

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.report.html.folder import Folder

RULES = {"strained": 0.01, "failing": SHARE, "down": 0.5, "full": 0.5, "behind_s": 2.0, "behind": 5, "held": 0.05}
"""From which failed share on a node is strained, failing or down; strained also from which part of its queue on, and when
that many or more wait for more than so many seconds of work. Calls are held from which share of engaged guards on. The script
is given these numbers."""
SPEEDS = ("0.25", "0.5", "1", "2", "4")
TIMES = "\N{MULTIPLICATION SIGN}"
HELD = "\N{CIRCLED DIVISION SLASH}"
BOLT = "M14 0l-8 10h5l-3 9 9-11h-5l4-8z"
STRAINED = (
    f"strained: more than {RULES['strained']:.0%} fail, or a queue is half full, or over {RULES['behind_s']:g} s of work wait"
)
STATES = (
    ("well", "\N{CHECK MARK}", "well"),
    ("strained", "!", STRAINED),
    ("failing", "\N{MULTIPLICATION X}", f"failing: more than {RULES['failing']:.0%} fail"),
    ("down", "\N{HEAVY MULTIPLICATION X}", f"down: more than {RULES['down']:.0%} fail"),
    ("idle", "\N{EN DASH}", "idle: nothing asked of it"),
)


def section(folder: Folder) -> Html | None:
    """The replay of a folder; None when there is none."""
    replay = folder.replay
    if replay is None:
        return None
    drawn = drawings(replay["sides"])
    count = int(replay["replications"])
    what = "one replication" if count == 1 else f"the mean of {count} replications; shares are of all their requests together"
    return tag(
        "section",
        tag("h2", "Replay", id="replay-title"),
        tag(
            "p",
            f"Shown is {what}, in steps of {_step(replay)} of simulated time. Space plays and pauses; arrow keys, Page Up "
            "and Page Down, Home and End move in time.",
            class_="lead",
        ),
        tag("noscript", tag("p", "The replay needs JavaScript; everything else on this page does not.", class_="note")),
        _console(replay),
        _size_switch(drawn),
        tag("div", *_panels(replay, drawn), class_="panels"),
        _legend(),
        _state_table(replay),
        tag("script", _data(replay), type="application/json", id="replay-data"),
        id="replay",
        aria_labelledby="replay-title",
    )


def worst_frame(replay: Mapping[str, Any]) -> int:
    """The frame to begin with: when most failed, and most waited, on all sides together."""
    total = np.zeros(int(replay["frames"]))
    for side in replay["sides"]:
        for key in ("failed", "backlog"):
            mean = np.nan_to_num(unpack(side["curves"][key]["mean"], int(replay["frames"])))
            total += mean / max(float(mean.max(initial=0.0)), 0.05 if key == "failed" else 10.0)
    return int(np.argmax(np.round(total, 3))) if total.any() else 0


def _step(replay: Mapping[str, Any]) -> str:
    seconds = float(replay["frame_s"])
    return f"{seconds:g} s"


def _data(replay: Mapping[str, Any]) -> Html:
    """The replay as JSON that cannot end its element: `<`, `>` and `&` are written as escapes; so is what cannot be seen."""
    text = json.dumps({**_seen(replay), "rules": RULES, "first": worst_frame(replay)}, separators=(",", ":"), sort_keys=True)
    for sign in "<>&":
        text = text.replace(sign, f"\\u{ord(sign):04x}")
    return Html(text)


def _seen(data: Any) -> Any:
    """The same data with every text as `visible` makes it: what the script writes is what stands elsewhere on the page."""
    if isinstance(data, str):
        return visible(data)
    if isinstance(data, dict):
        return {key: _seen(value) for key, value in data.items()}
    return [_seen(value) for value in data] if isinstance(data, list) else data


def _console(replay: Mapping[str, Any]) -> Html:
    """Controls, slider and strips."""
    horizon, sides = float(replay["horizon_s"]), replay["sides"]
    last = int(replay["frames"]) - 1
    first = worst_frame(replay)
    options = [tag("option", f"{speed}{TIMES}", value=speed, selected=speed == "1") for speed in SPEEDS]
    icon = tag("span", "\N{BLACK RIGHT-POINTING TRIANGLE}", class_="icon", aria_hidden="true")
    controls = tag(
        "div",
        tag("button", icon, tag("span", "Play", class_="word"), type="button", id="play"),
        tag("output", clock(first * float(replay["frame_s"])), id="now", for_="time"),
        tag("span", f"of {clock(horizon)}", class_="quiet"),
        tag("span", "", id="active", class_="active"),
        tag("label", "speed ", tag("select", *options, id="speed")),
        class_="controls",
    )
    slider = tag("input", type="range", id="time", min=0, max=last, step=1, value=first, aria_label="Time in the run")
    rows = [
        join([
            tag("div", tag("b", title), tag("span", top, class_="quiet"), class_="strip-label"),
            tag("div", drawing, class_="strip-box"),
        ])
        for title, top, drawing in strips(replay)
    ]
    axis = tag(
        "div",
        tag("div", class_="strip-label"),
        tag("div", fault_lanes(sides, horizon), class_="lanes"),
        tag("div", tag("b", "time"), class_="strip-label"),
        slider,
        tag("div", class_="strip-label"),
        tag("div", time_axis(horizon), class_="lanes"),
        *rows,
        tag("div", class_="playhead", id="playhead", aria_hidden="true"),
        class_="timeline",
        id="timeline",
    )
    status = tag("p", "", id="status", class_="unseen", role="status", aria_live="polite")
    return tag("div", controls, axis, status, class_="console")


def _legend() -> Html:
    """What signs, bars and lines mean."""
    states = [
        tag("li", tag("span", sign, class_=f"chip {state}", aria_hidden="true"), said) for state, sign, said in STATES
    ]
    line = tag("path", class_="line", d="M0 6H30")
    marks = [
        tag("li", _sample("link", line), "calls, as wide as they are many"),
        tag("li", _sample("link event", line), "events"),
        tag("li", _sample("link held", line), f"{HELD} calls that guards keep back, as open breakers do: the share of them"),
        tag("li", _sample("", *_filled("queue")), "requests in the queue, of its bound (of the peak where it has none)"),
        tag("li", _sample("", *_filled("lag")), "messages not yet handled, of the peak of the run; topics fill up with them"),
        tag("li", _sample("", tag("path", class_="bolt shown", d=BOLT)), "struck by a fault now"),
    ]
    items = tag("ul", *states, *marks, class_="legend")
    return tag("details", tag("summary", "How to read it"), items, open=True, class_="key")


def _sample(kind: str, *drawn: Html) -> Html:
    """A small drawing of a mark, for the legend."""
    return tag("svg", *drawn, class_=f"sample {kind}".strip(), width=30, height=12, aria_hidden="true")


def _filled(kind: str) -> list[Html]:
    """A bar that is filled in part."""
    return [tag("rect", class_=name, y=4, width=width, height=4, rx=2) for name, width in (("track", 30), (f"fill {kind}", 18))]


def _size_switch(drawn: Sequence[Drawing]) -> Html | None:
    """For drawings that are too large to be read as a whole: whether to show them in their own size, to be scrolled."""
    if not any(one.wide for one in drawn):
        return None
    box = tag("input", type="checkbox", id="actual")
    return tag("p", tag("label", box, " topology in its own size, to be scrolled"), class_="switch")


def _panels(replay: Mapping[str, Any], drawn: Sequence[Drawing]) -> list[Html]:
    """The topology of each side in a panel of its own."""
    panels = []
    for number, (side, drawing) in enumerate(zip(replay["sides"], drawn, strict=True)):
        hidden = left_out(side)
        note = f"The {NODES_MAX} services that matter most are drawn; {hidden} others are in the tables." if hidden else None
        panels.append(
            tag(
                "figure",
                tag(
                    "figcaption",
                    swatch(number),
                    tag("b", side["label"]),
                    " ",
                    tag("span", name_of(side["scenario"]), class_="quiet"),
                    tag("span", "", class_="summary", data_summary=number),
                ),
                tag("div", drawing.svg, class_="canvas", role="region", tabindex=0, aria_label=f"Topology, {side['label']}"),
                tag("p", note, class_="note") if note else None,
                class_="panel",
                data_side=number,
            )
        )
    return panels


def _state_table(replay: Mapping[str, Any]) -> Html:
    """The state of every node at the time shown, for those who read it rather than look at it; filled by the script."""
    sides = replay["sides"]
    names: dict[tuple[str, str], None] = {}
    for side in sides:
        names.update({(node["kind"], node["name"]): None for node in side["nodes"]})
    heads = [tag("th", "what", scope="col"), *(tag("th", side["label"], scope="col") for side in sides)]
    rows = []
    for kind, name in names:
        cells = []
        for number, side in enumerate(sides):
            node = next((one for one in side["nodes"] if (one["kind"], one["name"]) == (kind, name)), None)
            cells.append(tag("td", "" if node else "not there", data_state=f"{number} {node['id']}" if node else None))
        rows.append(tag("tr", tag("th", name_of(name), " ", tag("span", kind, class_="quiet"), scope="row"), *cells))
    table = tag(
        "table",
        tag("caption", "State of every flow, service and topic at the time shown: ", tag("span", "", class_="shown-time")),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
    )
    scroll = tag("div", table, class_="scroll", role="region", tabindex=0, aria_label="State at the time shown")
    return tag("details", tag("summary", "State at this moment, as a table"), scroll, id="state")
