r"""Strips over the time axis of the replay: goodput, failed answers, backlog, and what policies are at; faults are shaded.

          |  slow-payment  |
    ~~~~~~|~~\__________/~|~~~~     a strip: curves with 95 % bands, stretched to any width, no text in it
    ------o--------------------      the slider: the same axis

Texts stand in SVGs of their own, placed in percent, so that nothing is distorted.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.report.html import policy_states
from sim.report.html.coding import unpack
from sim.report.html.elements import Html, letter, tag, visible
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

WIDTH, HEIGHT = 1000.0, 100.0
LEAST = 2.0
"""The least width of a fault: a deed at a time, such as a rebuild, is a line."""
LANE = 18
LANES_MAX = 6
"""Windows that would need more lanes share the last one, without their names; all are listed under Why."""
NAME_CHARACTERS_MAX = 40
CHARACTER_SHARE = 0.0085
"""What a character of a fault's name takes of the width, roughly."""
TICKS = 8
NICE = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 43200, 86400, 604800)
STRIPS = (
    ("goodput", "goodput", "/s"),
    ("failed", "failed answers", "%"),
    ("backlog", "waiting", ""),
    *((key, state.title, "%" if state.share else "") for key, state in policy_states.STRIPS.items()),
)
"""Key of the curve, title, unit. All sides have the first three; the others are there where a side has such a policy."""
LEAST_TOP = {"/s": 1e-9, "%": 0.01, "": 1.0}
"""The least that the height of a strip stands for, by its unit."""


def strips(replay: Mapping[str, Any]) -> list[tuple[str, str, Html]]:
    """The strips in order: what it shows, its highest value, the drawing."""
    horizon, sides = float(replay["horizon_s"]), replay["sides"]
    found = []
    for key, title, unit in STRIPS:
        tops = [float(side["curves"][key]["top"] or 0.0) for side in sides if key in side["curves"]]
        if not tops:
            continue
        if key == "goodput":
            tops += [float(np.nanmax(unpack(side["curves"]["offered"], replay["frames"]), initial=0.0)) for side in sides]
        top = _ceiling(max([*tops, LEAST_TOP[unit]]))
        top = min(1.0, top) if unit == "%" else top
        borders = np.minimum(np.arange(replay["frames"] + 1) * replay["frame_s"], horizon) / horizon * WIDTH
        drawn: list[Html] = [*faults_shaded(sides, horizon)]
        for number, side in ((number, side) for number, side in enumerate(sides) if key in side["curves"]):
            drawn += _curves(side["curves"], key, replay["frames"], borders, top, letter(number))
        inner = tag(
            "svg", *drawn, viewBox=f"0 0 {WIDTH:.0f} {HEIGHT:.0f}", preserveAspectRatio="none", width="100%", height="100%"
        )
        shown = f"{format_number(100 * top)} %" if unit == "%" else f"{format_number(top)}{unit}"
        drawing = tag("svg", inner, class_="strip", role="img", aria_label=_told(title, sides, key, unit, horizon))
        found.append((title, shown, drawing))
    return found


def fault_lanes(sides: Sequence[Mapping[str, Any]], horizon: float) -> Html:
    """The windows of the faults with their names, above the slider; those that overlap in lanes of their own."""
    windows = fault_windows(sides)
    free: list[float] = []
    drawn = []
    for window in windows:
        begin, end = window["begin_s"] / horizon, window["end_s"] / horizon
        name = visible(window["name"])
        name = name if len(name) <= NAME_CHARACTERS_MAX else f"{name[: NAME_CHARACTERS_MAX - 1]}\N{HORIZONTAL ELLIPSIS}"
        wide = max(end - begin, CHARACTER_SHARE * len(name))
        lane = next((number for number, until in enumerate(free) if until <= begin), len(free))
        crowded = lane >= LANES_MAX
        lane = min(lane, LANES_MAX - 1)
        free[lane : lane + 1] = [begin + wide]
        late = begin + wide > 1.0
        drawn += [
            tag("rect", class_="window", x=_percent(begin), width=_percent(end - begin), y=lane * LANE, height=LANE - 2),
            tag(
                "text",
                "" if crowded else name,
                class_="window-name",
                x=_percent(end if late else begin),
                dx=-4 if late else 4,
                y=lane * LANE + 12,
                text_anchor="end" if late else None,
            ),
        ]
    height = max(1, len(free)) * LANE
    said = [
        f"{one['name']}: {one['kind']} of {one['target']}, {clock(one['begin_s'])} to {clock(one['end_s'])}" for one in windows
    ]
    return tag("svg", *drawn, class_="windows", height=height, role="img", aria_label=f"Faults: {'; '.join(said) or 'none'}")


def fault_windows(sides: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The faults of all sides in order of time; the same fault on both sides once."""
    found: dict[tuple[Any, ...], Mapping[str, Any]] = {}
    for side in sides:
        for fault in side["faults"]:
            found.setdefault((fault["begin_s"], fault["end_s"], fault["name"], fault["target"]), fault)
    return [found[key] for key in sorted(found)]


def faults_shaded(sides: Sequence[Mapping[str, Any]], horizon: float) -> list[Html]:
    """The windows of the faults as bands over the height of a strip."""
    return [
        tag(
            "rect",
            class_="shade",
            x=one["begin_s"] / horizon * WIDTH,
            width=max((one["end_s"] - one["begin_s"]) / horizon * WIDTH, LEAST),
            y=0.0,
            height=HEIGHT,
        )
        for one in fault_windows(sides)
    ]


def time_axis(horizon: float) -> Html:
    """Ticks with times below the slider."""
    step = next((one for one in NICE if horizon / one <= TICKS), NICE[-1])
    ticks = [step * number for number in range(math.floor(horizon / step) + 1)]
    drawn = []
    for at in ticks:
        anchor = "start" if at == 0 else "end" if at > 0.97 * horizon else "middle"
        drawn.append(tag("line", class_="tick", x1=_percent(at / horizon), x2=_percent(at / horizon), y1=0, y2=5))
        drawn.append(tag("text", clock(at), x=_percent(at / horizon), y=17, text_anchor=anchor))
    return tag("svg", *drawn, class_="axis", height=20, aria_hidden="true")


def clock(seconds: float) -> str:
    """A time as on a clock: 1:05, 2:00:00; parts of a second where there are any."""
    whole = math.floor(seconds)
    rest = f"{seconds - whole:.3f}".rstrip("0").rstrip(".")[1:] if seconds != whole else ""
    hours, minutes, left = whole // 3600, whole // 60 % 60, whole % 60
    return (f"{hours}:{minutes:02}:{left:02}" if hours else f"{minutes}:{left:02}") + rest


def _curves(
    curves: Mapping[str, Any], key: str, count: int, borders: NDArray[np.float64], top: float, side: str
) -> list[Html]:
    """Band and line of a side, as steps: what was counted in a frame is drawn over the whole frame."""
    mean, low, high = (unpack(curves[key][part], count) for part in ("mean", "low", "high"))
    drawn = [tag("path", class_=f"band {side}", d=_area(borders, low / top, high / top))]
    if key == "goodput" and side == "a":
        load = unpack(curves["offered"], count)
        drawn.append(tag("path", class_="offered", d=_line(borders, load / top)))
    return [*drawn, tag("path", class_=f"curve {side}", d=_line(borders, mean / top))]


def _line(borders: NDArray[np.float64], values: NDArray[np.float64]) -> str:
    """Steps, interrupted where there is no value."""
    path, drawing = [], False
    for left, right, value in zip(borders, borders[1:], values, strict=False):
        if not np.isfinite(value):
            drawing = False
            continue
        y = _y(value)
        path.append(f"V{y}H{_x(right)}" if drawing else f"M{_x(left)} {y}H{_x(right)}")
        drawing = True
    return "".join(path)


def _area(borders: NDArray[np.float64], low: NDArray[np.float64], high: NDArray[np.float64]) -> str:
    known = np.flatnonzero(np.isfinite(low) & np.isfinite(high))
    path = []
    for run in np.split(known, np.flatnonzero(np.diff(known) > 1) + 1) if len(known) else []:
        first, stop = int(run[0]), int(run[-1]) + 1
        path.append(f"M{_x(borders[first])} {_y(low[first])}")
        path += [f"V{_y(high[at])}H{_x(borders[at + 1])}" for at in range(first, stop)]
        path += [f"V{_y(low[at])}H{_x(borders[at])}" for at in range(stop - 1, first - 1, -1)]
        path.append("Z")
    return "".join(path)


def _x(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _y(share: float) -> str:
    return f"{HEIGHT * (1.0 - min(max(share, 0.0), 1.0)):.1f}".removesuffix(".0")


def _percent(share: float) -> str:
    return f"{100 * share:.3f}%"


def _ceiling(value: float) -> float:
    """The next round number that is not below."""
    power = 10.0 ** math.floor(math.log10(value))
    return next(nice * power for nice in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if nice * power >= value * (1 - 1e-9))


def _told(title: str, sides: Sequence[Mapping[str, Any]], key: str, unit: str, horizon: float) -> str:
    """What a strip shows, in words."""
    parts = [f"{title} over {clock(horizon)}"]
    for side in (side for side in sides if key in side["curves"]):
        top = float(side["curves"][key]["top"] or 0.0)
        shown = f"{format_number(100 * top)} %" if unit == "%" else format_number(top)
        parts.append(f"{side['label']}: at most {shown}")
    return "; ".join(parts)
