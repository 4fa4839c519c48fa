"""What all time panels have in common: the time axis, the shaded and named fault windows, captions and footers.

      |  |slow-   |      |crash- |
      |  |payment |      |payment|
      |~~|~~~~    |~~~~~~|~~~    |~~~~
      +---------------------------------> simulated time (s)

The name of a fault stands inside the top of its band; overlapping faults share the top, one below the other. Names are shown
as they are written: nothing in them is read as mathematics.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.palette import theme
from sim.charts.style import halo, tell
from sim.charts.text import SMALLEST, fitted, inches, shown, width_of, wrapped
from sim.scenario.targets import struck_services
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.charts.subject import Side

SECOND = 1e9
LABEL_SIZE = SMALLEST
LINE_HEIGHT = 1.4
POINTS = 72.0
BAND_LINES_MAX = 3
TICK_LINES = 1.35
"""Lines that a tick label of the vertical axis keeps for itself."""
LEGEND_SIZE = 8.5
HANDLE, COLUMN_GAP = 28.0, 16.0
MOMENT = 1e-8
"""Seconds: a fault that is no longer is a deed at a time, such as a rebuild, and drawn as a line."""
DEED = 0.005
"""The width of that line, as a share of the axis."""
LABELLED, UNLABELLED = 34.0, 18.0
"""Points from the axes down to a legend: below the tick labels, and the axis label where there is one."""
LABEL_LINE = 11.0
FOOTER_SIZE = SMALLEST
UNITS = ((7200.0, 3600.0, "h"), (1200.0, 60.0, "min"), (0.0, 1.0, "s"))
"""From a horizon of so many seconds on, times are shown in this unit of so many seconds."""


@dataclass(frozen=True)
class FaultWindow:
    """A fault as charts show it: its name, the services that it strikes, and its window in seconds."""

    name: str
    struck: tuple[str, ...]
    begin: float
    end: float


def fault_windows(shown: Iterable[Side]) -> list[FaultWindow]:
    """The faults of all sides in order of time; the same fault on both sides counts once."""
    windows: dict[FaultWindow, None] = {}
    for side in shown:
        horizon = side.network.horizon / SECOND
        for name, fault in side.network.scenario.faults.items():
            struck = struck_services(side.network.scenario, fault)
            window = FaultWindow(name, struck, fault.at / SECOND, min(fault.end / SECOND, horizon))
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


def shade_faults(ax: Axes, windows: Sequence[FaultWindow], size: float) -> float:
    """Shade and name the fault windows; raises the top of the axes so that names and curves do not meet.

    Returns the share of the axes' height that is below the names.
    """
    if not windows:
        return 1.0
    low, high = ax.get_xlim()
    points = inches(ax)[0] * POINTS / (high - low)
    most = (high - low) * points
    labels = [_wrapped(window, (window.end - window.begin) / size * points, most) for window in windows]
    spans = [_span(window, text, size, points, (low, high)) for window, text in zip(windows, labels, strict=True)]
    lanes = lanes_of(spans)
    depth = [0] * (max(lanes) + 1)
    for lane, text in zip(lanes, labels, strict=True):
        depth[lane] = max(depth[lane], text.count("\n") + 1)
    line = LABEL_SIZE * LINE_HEIGHT / POINTS / inches(ax)[1]
    room = min(0.6, line * (sum(depth) + 0.8))
    bottom, top = ax.get_ylim()
    ticks = [tick for tick in ax.get_yticks() if min(bottom, top) <= tick <= max(bottom, top) * (1.0 + 1e-9)]
    step = max(1, -int(-len(ticks) * line * TICK_LINES // (1.0 - room)))
    ax.set_ylim(bottom, bottom + (top - bottom) / (1.0 - room))
    ax.set_yticks(ticks[::step])
    now = theme()
    for window, lane, text, span in zip(windows, lanes, labels, spans, strict=True):
        end = window.end if window.end - window.begin > MOMENT else window.begin + DEED * (high - low) * size
        ax.axvspan(window.begin / size, end / size, color=now.fault, alpha=0.18, linewidth=0, zorder=0.5)
        ax.annotate(
            text,
            ((span[0] + span[1]) / 2, 1.0),
            (0.0, -LABEL_SIZE * LINE_HEIGHT * (sum(depth[:lane]) + 0.35)),
            xycoords=ax.get_xaxis_transform(),
            textcoords="offset points",
            ha="center",
            va="top",
            fontsize=LABEL_SIZE,
            linespacing=1.1,
            color=now.ink,
            zorder=5,
        )
    return 1.0 - room


def _span(window: FaultWindow, text: str, size: float, points: float, limits: tuple[float, float]) -> tuple[float, float]:
    """Where a name lies on the time axis: centred on its window, but inside the axes."""
    half = (width_of(text, LABEL_SIZE) + 6.0) / points / 2
    middle = (window.begin + window.end) / 2 / size
    middle = min(max(middle, limits[0] + half), max(limits[1] - half, limits[0] + half))
    return middle - half, middle + half


def _wrapped(window: FaultWindow, band: float, most: float) -> str:
    """The fault's name in as many lines as its band asks for, broken after hyphens, dots and underscores only."""
    name = shown(window.name)
    if width_of(name, LABEL_SIZE) <= band:
        return name
    parts = name.replace("_", "_ ").replace(".", ". ").replace("-", "- ").split(" ")
    lines = [""]
    for part in parts:
        if lines[-1] and width_of(lines[-1] + part, LABEL_SIZE) > band:
            lines.append("")
        lines[-1] += part
    if len(lines) > BAND_LINES_MAX:
        lines = [*lines[: BAND_LINES_MAX - 1], "".join(lines[BAND_LINES_MAX - 1 :])]
    return "\n".join(fitted(line, most, LABEL_SIZE) for line in lines)


def lanes_of(spans: Sequence[tuple[float, float]]) -> list[int]:
    """A lane for each (begin, end), from 0, so that those in one lane do not overlap."""
    free_from: list[float] = []
    lanes = []
    for begin, end in spans:
        lane = next((n for n, until in enumerate(free_from) if until <= begin), len(free_from))
        free_from[lane : lane + 1] = [end]
        lanes.append(lane)
    return lanes


def legend(ax: Axes, entries: Sequence[tuple[Any, str]], *, less: float = 0.0, **keywords: Any) -> int:
    """A legend below the axes of (drawn thing, label) pairs; labels that begin with an underscore are shown too.

    It has as many columns as the width of the axes holds; ``less``: points by which they are narrower than is known.
    Returns how many rows it has.
    """
    from matplotlib.transforms import ScaledTranslation

    figure: Any = ax.get_figure(root=True)
    width = max(HANDLE + COLUMN_GAP, inches(ax)[0] * POINTS - less)
    labels = [fitted(label, width - HANDLE, LEGEND_SIZE) for _, label in entries]
    widest = max((width_of(label, LEGEND_SIZE) for label in labels), default=0.0)
    columns = max(1, min(len(labels), int((width + 0.12 * width) // (widest + HANDLE + COLUMN_GAP))))
    label = ax.get_xlabel()
    down = LABELLED + LABEL_LINE * label.count("\n") if label else UNLABELLED
    below = {
        "loc": "upper left",
        "bbox_to_anchor": (0.0, 0.0),
        "bbox_transform": ax.transAxes + ScaledTranslation(0.0, -down / POINTS, figure.dpi_scale_trans),
        "ncols": columns,
        "borderaxespad": 0.0,
        "borderpad": 0.0,
        "handlelength": 2.2,
        "columnspacing": 1.6,
        "fontsize": LEGEND_SIZE,
    }
    if "bbox_to_anchor" in keywords:
        below.pop("bbox_transform")
    box = ax.legend([thing for thing, _ in entries], [str(n) for n, _ in enumerate(entries)], **{**below, **keywords})
    for text, label in zip(box.get_texts(), labels, strict=True):
        text.set_text(label)
        text.set_parse_math(False)
    return -(-len(labels) // columns)


def nothing(ax: Axes, why: str) -> None:
    """Say in the middle of empty axes why they are empty."""
    middle: dict[str, Any] = {"transform": ax.transAxes, "ha": "center", "va": "center", "fontsize": LABEL_SIZE}
    ax.text(0.5, 0.5, fitted(why, inches(ax)[0] * POINTS, LABEL_SIZE), color=theme().quiet, path_effects=halo(), **middle)


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


def footer(
    figure: Figure, shown: Sequence[Side], *, seed: int | None = None, note: str = "", bands: bool = True, counted: str = ""
) -> None:
    """Scenarios, seed, n, digests, version and how to read the bands, at the foot of a figure.

    ``counted``: what is said of n instead, where a chart is about less than all replications.
    """
    scenarios = "   ".join(f"{side.name} ({side.network.scenario.digest()[:8]})" for side in shown)
    chosen = shown[0].seed if seed is None else seed
    n = counted or caption(shown, banded=bands)
    write_footer(figure, [scenarios, f"seed {chosen}", n, f"eventflow {__version__}", note])


def write_footer(figure: Figure, parts: Sequence[str]) -> None:
    """Write the parts that are not empty at the foot of a figure, in as many lines as they need."""
    points = float(figure.get_size_inches()[0]) * POINTS * 0.97
    rows = [""]
    for part in filter(None, parts):
        longer = f"{rows[-1]}   {part}" if rows[-1] else part
        if rows[-1] and width_of(longer, FOOTER_SIZE) > points:
            rows.append(part)
        else:
            rows[-1] = longer
    text = "\n".join(wrapped(row, points, FOOTER_SIZE, lines=4) for row in rows)
    foot = figure.supxlabel(text, x=0.01, ha="left", fontsize=FOOTER_SIZE, color=theme().quiet)
    foot.set_parse_math(False)


def finish(
    ax: Axes, sides: Sequence[Side], said: str, *, own: bool, note: str = "", bands: bool = True, counted: str = ""
) -> None:
    """Say in words what the axes show; on a figure of its own (``own``) also write the footer."""
    tell(ax, said)
    if own:
        footer(figure_of(ax), sides, note=note, bands=bands, counted=counted)


def figure_of(ax: Axes) -> Figure:
    """The figure that axes are on."""
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ValueError("the axes have no figure; give axes of a figure, or none")
    return figure
