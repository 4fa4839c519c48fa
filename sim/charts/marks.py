"""What all time panels have in common: the time axis, the shaded and named fault windows, captions and footers.

      |  |slow-   |      |crash- |
      |  |payment |      |payment|
      |~~|~~~~    |~~~~~~|~~~    |~~~~
      +---------------------------------> simulated time (s)

The name of a fault stands inside the top of its band; overlapping faults share the top, one below the other. Names are shown
as they are written: nothing in them is read as mathematics.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.palette import FAULT, INK, QUIET

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.charts.subject import Side

SECOND = 1e9
LABEL_SIZE = 7.5  # points
LABEL_EM = 0.56  # mean width of a character, in font sizes
LINE_HEIGHT = 1.3
LAYOUT_WIDER, LAYOUT_HIGHER = 1.08, 1.25  # what a layout engine will make of the axes, roughly
POINTS = 72.0
UNITS = ((7200.0, 3600.0, "h"), (1200.0, 60.0, "min"), (0.0, 1.0, "s"))
"""From a horizon of so many seconds on, times are shown in this unit of so many seconds."""


@dataclass(frozen=True)
class FaultWindow:
    """A fault as charts show it: its name, its target, and its window in seconds."""

    name: str
    target: str
    begin: float
    end: float


def fault_windows(shown: Iterable[Side]) -> list[FaultWindow]:
    """The faults of all sides in order of time; the same fault on both sides counts once."""
    windows: dict[FaultWindow, None] = {}
    for side in shown:
        horizon = side.network.horizon / SECOND
        for name, fault in side.network.scenario.faults.items():
            window = FaultWindow(name, fault.target, fault.at / SECOND, min(fault.end / SECOND, horizon))
            windows[window] = None
    return sorted(windows, key=lambda window: (window.begin, window.end, window.name))


def time_unit(horizon: float) -> tuple[float, str]:
    """Seconds in the unit that a time axis of so many seconds is labelled in, and the unit."""
    return next((size, unit) for least, size, unit in UNITS if horizon >= least)


def time_axis(ax: Axes, shown: Sequence[Side], *, label: bool = True) -> float:
    """Give the axes the time axis of all sides; returns how many seconds its unit has."""
    horizon = max(side.network.horizon for side in shown) / SECOND
    size, unit = time_unit(horizon)
    ax.set_xlim(0.0, horizon / size)
    if label:
        ax.set_xlabel(f"simulated time ({unit})")
    return size


def shade_faults(ax: Axes, windows: Sequence[FaultWindow], size: float) -> None:
    """Shade and name the fault windows; raises the top of the axes so that names and curves do not meet."""
    if not windows:
        return
    labels = [_wrapped(ax, window, size) for window in windows]
    lanes = lanes_of(windows)
    depth = [0] * (max(lanes) + 1)
    for lane, text in zip(lanes, labels, strict=True):
        depth[lane] = max(depth[lane], text.count("\n") + 1)
    line = LABEL_SIZE * LINE_HEIGHT / POINTS / _inches(ax)[1]
    room = min(0.5, line * (sum(depth) + 0.8))
    bottom, top = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if bottom <= tick <= top * (1.0 + 1e-9)]
    ax.set_ylim(bottom, bottom + (top - bottom) / (1.0 - room))
    ax.set_yticks(ticks)
    for window, lane, text in zip(windows, lanes, labels, strict=True):
        ax.axvspan(window.begin / size, window.end / size, color=FAULT, alpha=0.16, linewidth=0, zorder=0.5)
        ax.text(
            (window.begin + window.end) / 2 / size,
            1.0 - line * (sum(depth[:lane]) + 0.35),
            text,
            transform=ax.get_xaxis_transform(),
            ha="center",
            va="top",
            fontsize=LABEL_SIZE,
            linespacing=1.1,
            color=INK,
            clip_on=True,
            zorder=5,
        )


def _inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes, as far as they are known before the layout."""
    figure = ax.get_figure(root=True)
    if figure is None:
        return 6.0, 2.0
    width, height = figure.get_size_inches()
    box = ax.get_position()
    wider, higher = (LAYOUT_WIDER, LAYOUT_HIGHER) if figure.get_layout_engine() is not None else (1.0, 1.0)
    return max(0.5, float(width * box.width * wider)), max(0.5, float(height * box.height * higher))


def _wrapped(ax: Axes, window: FaultWindow, size: float) -> str:
    """The fault's name in as many lines as its band asks for, broken after hyphens, dots and underscores only."""
    low, high = ax.get_xlim()
    share = (window.end - window.begin) / size / (high - low)
    fit = int(_inches(ax)[0] * share * POINTS / (LABEL_SIZE * LABEL_EM))
    if len(window.name) <= fit:
        return window.name
    parts = window.name.replace("_", "_ ").replace(".", ". ").replace("-", "- ").split(" ")
    lines = [""]
    for part in parts:
        if lines[-1] and len(lines[-1]) + len(part) > fit:
            lines.append("")
        lines[-1] += part
    return "\n".join(lines)


def lanes_of(windows: Sequence[FaultWindow]) -> list[int]:
    """A lane for each window, from 0, so that windows in one lane do not overlap."""
    free_from: list[float] = []
    lanes = []
    for window in windows:
        lane = next((n for n, until in enumerate(free_from) if until <= window.begin), len(free_from))
        free_from[lane : lane + 1] = [window.end]
        lanes.append(lane)
    return lanes


def legend(ax: Axes, entries: Sequence[tuple[Any, str]], **keywords: Any) -> None:
    """A legend below the axes of (drawn thing, label) pairs; labels that begin with an underscore are shown too."""
    below = {"loc": "upper left", "bbox_to_anchor": (-0.01, -0.17), "ncols": 3, "borderaxespad": 0.0}
    box = ax.legend([thing for thing, _ in entries], [str(n) for n, _ in enumerate(entries)], **{**below, **keywords})
    for text, (_, label) in zip(box.get_texts(), entries, strict=True):
        text.set_text(label)


def of_flows(flow: str | Collection[str] | None) -> str:
    """What a title says about the flows that a chart counts."""
    if flow is None:
        return ", all flows"
    return (
        f", flow {flow}"
        if isinstance(flow, str)
        else f", flows {', '.join(flow)}"
        if len(flow) > 1
        else f", flow {next(iter(flow))}"
    )


def caption(shown: Sequence[Side], *, banded: bool = True) -> str:
    """How many replications a chart is about, and what its bands are."""
    counts = sorted({len(side.records) for side in shown})
    n = f"n = {counts[0]}" if len(counts) == 1 else f"n = {counts[0]} and {counts[-1]}"
    if counts[-1] == 1:
        return f"one replication ({n}): no interval"
    return f"mean and pointwise 95 % interval over replications ({n})" if banded else f"pooled over replications ({n})"


def footer(figure: Figure, shown: Sequence[Side], *, seed: int | None = None, note: str = "") -> None:
    """Scenarios, seed, n, digests and how to read the bands, at the foot of a figure."""
    scenarios = "   ".join(f"{side.name} ({side.network.scenario.digest()[:8]})" for side in shown)
    chosen = shown[0].network.scenario.run.seed if seed is None else seed
    text = "   ".join(part for part in (scenarios, f"seed {chosen}", caption(shown), note) if part)
    width = int(figure.get_size_inches()[0] * POINTS / (7.0 * 0.56))
    figure.supxlabel("\n".join(textwrap.wrap(text, width, break_long_words=True)), x=0.01, ha="left", fontsize=7.0, color=QUIET)
