r"""Forest plot: every headline difference with its interval, under the same random numbers.

                          0
    goodput               |      |--o--|       better ->
    error share      |-o-||                    grey: the interval holds 0, so nothing is proven
    p99 latency           |   |---o----|
    amplification      neither                 less or more of it is no merit

All rows share one axis, so each is scaled by itself, by the larger of the two means: half as long and twice as long are
equally far from 0. The interval drawn is that of the difference, the one that the verdict goes by: a ratio's may say otherwise.
What is better is drawn to the right, whichever way the metric counts; of a metric that counts neither way nothing is drawn.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.charts.marks import figure_of, footer
from sim.charts.palette import readable, theme
from sim.charts.style import axes_for, halo, style, tell
from sim.charts.subject import sides
from sim.charts.text import SMALLEST, fitted, inches, title, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.results.comparison import Row
    from sim.stats.intervals import Estimate

OF = ("comparison",)
ROWS_MAX = 40
LEAST_ROW = 12.0
"""Points: a row must hold its name."""
NOTE = "each difference relative to the larger of the two means; grey: nothing is proven; pp: percentage points"
NEITHER = "neither"
"""What stands on the line of a metric of which less or more is no merit."""
EDGE = 1.0
"""Effects beyond plus and minus 100 % are drawn at the edge, with an arrow."""


@dataclass(frozen=True)
class Effect:
    """One row: where its mean and interval stand, from -1 (a is all the better) to 1 (b is), and what it says.

    ``proven`` is '' when the interval holds 0, or is of few equal differences; ``low`` and ``high`` are nan when there is no
    interval. ``sided``: whether less or more of the metric is better at all.
    """

    name: str
    mean: float
    low: float
    high: float
    text: str
    proven: str
    sided: bool = True


def plot(subject: Any, ax: Axes | None = None, *, metrics: Sequence[str] = ()) -> Axes:
    """Draw the paired differences of a comparison; returns the axes.

    ``metrics``: paths of metrics; by default the headline of the comparison, without those that are 0 on both sides.
    """
    own = ax is None
    rows = [subject.row(path) for path in metrics] if metrics else [row for row in subject.rows() if _told(row)]
    with style():
        ax = axes_for(ax, size=(9.0, 1.5 + 0.26 * max(4, min(ROWS_MAX, len(rows)))))
        most = max(1, min(ROWS_MAX, int(72.0 * inches(ax)[1] / LEAST_ROW)))
        effects = [effect(row) for row in rows[:most]]
        now = theme()
        looks = dict(zip(("a", "b"), (side.look for side in sides(subject)), strict=True))
        ax.axvline(0.0, color=now.ink, linewidth=1.0, zorder=2)
        for at, one in enumerate(effects):
            look = looks.get(one.proven)
            _draw(ax, at, one, look.colour if look else now.quiet, look.marker if look else "o")
        ax.set_xlim(-1.08 * EDGE, 1.08 * EDGE)
        ax.set_ylim(max(1, len(effects)) - 0.4, -0.6)
        figure_points = 72.0 * float(figure_of(ax).get_size_inches()[0])
        names = [fitted(one.name, 0.3 * figure_points) for one in effects]
        ax.set_yticks(range(len(effects)), names)
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.set_xticks([-1.0, -0.5, 0.0, 0.5, 1.0], ["100 %", "50 %", "0", "50 %", "100 %"])
        _ends(ax, subject.labels, (looks["a"].colour, looks["b"].colour))
        _texts(ax, effects, figure_points)
        cut = f" (the first {most} of {len(rows)})" if len(rows) > most else ""
        title(ax, f"Paired differences: {subject.labels[1]} minus {subject.labels[0]}{cut}")
        label = {"a": subject.labels[0], "b": subject.labels[1]}
        proven = [f"{one.name}: {one.text}, {label[one.proven]} better" for one in effects if one.proven]
        tell(ax, f"Paired differences, n = {subject.a.replications}. {'; '.join(proven) or 'Nothing is proven'}.")
        if own:
            counted = f"paired differences with 95 % intervals (n = {subject.a.replications} pairs)"
            footer(figure_of(ax), sides(subject), counted=counted, note=NOTE)
    return ax


def effect(row: Row) -> Effect:
    """A row of a comparison as a place on the common axis: to the right is where b is better."""
    sign = -1.0 if row.direction == "lower" else 1.0
    size = max(abs(row.a.mean), abs(row.b.mean)) if math.isfinite(row.a.mean + row.b.mean) else math.nan
    found = row.difference
    places = [sign * value / size if size else math.nan for value in (found.mean, found.low, found.high)]
    low, high = sorted(places[1:]) if all(map(math.isfinite, places[1:])) else (math.nan, math.nan)
    text = _text(found) if math.isfinite(found.mean) else _endless(row)
    return Effect(row.path, places[0], low, high, text, row.better, row.direction != "neither")


def _text(found: Estimate) -> str:
    """A difference with its interval; of shares in percentage points, as in the tables."""
    points = replace(found, unit="points") if found.unit == "share" else found
    return str(points).rpartition(" (n")[0].replace(" points", " pp")


def _endless(row: Row) -> str:
    """What is said where there is no difference: values without an end, or none at all."""
    if row.a.infinite or row.b.infinite:
        return f"no end in {row.a.infinite} and {row.b.infinite} of {row.n} runs"
    return f"no value in {row.a.missing} and {row.b.missing} of {row.n} runs"


def _told(row: Row) -> bool:
    """Whether there is anything to tell of a row: not when both sides are 0, or have no value."""
    return not (row.a.mean == row.b.mean == 0.0) and bool(row.a.n - row.a.missing or row.b.n - row.b.missing)


def _draw(ax: Axes, at: int, one: Effect, colour: str, marker: str) -> None:
    """The interval as a bar, the mean as a marker, arrows where they go on beyond the axis."""
    if not one.sided:
        words: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": SMALLEST, "path_effects": halo()}
        ax.text(0.0, at, NEITHER, color=theme().quiet, zorder=4, **words)
        return
    if not math.isfinite(one.mean):
        word = "\N{BLACK LEFT-POINTING TRIANGLE}" if one.proven == "a" else "\N{BLACK RIGHT-POINTING TRIANGLE}"
        if one.proven:
            where = EDGE if one.proven == "b" else -EDGE
            ax.text(where, at, word, color=colour, ha="center", va="center", fontsize=10.0, zorder=4)
        return
    clipped = [min(EDGE, max(-EDGE, value)) for value in (one.low, one.high, one.mean)]
    if math.isfinite(one.low):
        ax.plot(clipped[:2], [at, at], color=colour, linewidth=2.0, solid_capstyle="butt", zorder=3)
        for edge, value in zip(clipped[:2], (one.low, one.high), strict=True):
            beyond = ("<" if value < 0 else ">") if abs(value) > EDGE else "|"
            ax.plot([edge], [at], color=colour, marker=beyond, markersize=6, linestyle="none", zorder=3)
    filled = colour if one.proven else theme().paper
    ax.plot(clipped[2:], [at], marker=marker, color=colour, markerfacecolor=filled, markersize=6, linestyle="none", zorder=4)


def _ends(ax: Axes, labels: tuple[str, str], colours: tuple[str, str]) -> None:
    """Below the axis, which way is better for whom."""
    half = inches(ax)[0] * 72.0 / 2.0 - 16.0
    for text, at, side, colour in (
        ("\N{LEFTWARDS ARROW} {} better", 0.0, "left", colours[0]),
        ("{} better \N{RIGHTWARDS ARROW}", 1.0, "right", colours[1]),
    ):
        words = text.replace("{}", "")
        name = fitted(labels[0] if side == "left" else labels[1], half - width_of(words, 9.0))
        ax.annotate(
            text.replace("{}", name),
            (at, 0.0),
            (0, -20),
            xycoords="axes fraction",
            textcoords="offset points",
            ha=side,
            va="top",
            fontsize=9.0,
            color=readable(colour),
        )


def _texts(ax: Axes, effects: list[Effect], figure_points: float) -> None:
    """The numbers at the right of the plot, where the figure has room for them."""
    if figure_points < 460.0:  # noqa: PLR2004 - points: a narrow figure is for the picture alone
        return
    for at, one in enumerate(effects):
        ax.annotate(
            fitted(one.text, 0.27 * figure_points),
            (1.0, at),
            (6, 0),
            xycoords=("axes fraction", "data"),
            textcoords="offset points",
            va="center",
            fontsize=SMALLEST,
            color=theme().ink if one.proven else theme().quiet,
            annotation_clip=False,
        )
