r"""Sensitivity bars: how much of a metric's variance each input explains, alone and with all its interactions.

    faults.slow.factor   |############|--|              first-order, with its interval
                         |//////////////////|-----|     total, with its own
    replicas             |####|--|
                         |//////|--|
                         0               share of variance

No input explains less than nothing or more than all: intervals of few base points that reach further are cut there.
Of a design by Morris: how much the metric changes when an input goes through its range.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from sim.charts.marks import figure_of, legend, write_footer
from sim.charts.palette import OKABE_ITO, theme
from sim.charts.style import axes_for, style, tell
from sim.charts.swept import finish_sweep
from sim.charts.text import fitted, inches, title
from sim.stats.figures import format_value
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

OF = ("sweep", "sensitivity")
BARS_MAX = 25
NAMES_SHARE = 0.34
LEAST_ROW = 9.0
"""Points: a row must hold its name."""
Column = NDArray[np.float64]
WORDS = {"about": "", "unit": "share", "counted": ""}


@dataclass(frozen=True)
class Bars:
    """What is drawn, one entry for each input.

    Attributes:
        names: of the inputs.
        total: how much an input explains with all its interactions; of Morris, the mean size of its effects.
        first: how much it explains alone; None where that is not known.
        low, high: interval of the total; None where there is none.
        first_low, first_high: interval of the first-order share; None where there is none.
        about: the metric, and how the figures were estimated, for title and footer.
        unit: of all of them: ``share`` of the variance, or the unit of the metric's changes (of a share: ``points``).
        counted: what the intervals are over.
        unclear: whether too little is known of an input to state its share.
    """

    names: Sequence[str]
    total: ArrayLike
    first: ArrayLike | None = None
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    first_low: ArrayLike | None = None
    first_high: ArrayLike | None = None
    about: str = ""
    unit: str = "share"
    counted: str = ""
    unclear: Sequence[bool] = ()


def plot(subject: Any, ax: Axes | None = None, *, metric: str = "", variant: str = "") -> Axes:
    """Draw a `Bars`, what ``Sweep.sensitivity`` gives, or a sweep laid out for it; returns the axes.

    ``metric``, ``variant``: of a sweep, as ``Sweep.sensitivity`` takes them. The largest stands on top. Raises
    ``ValueError`` when there is not one value for each name.
    """
    own = ax is None
    swept = hasattr(subject, "plan")
    bars = bars_of(subject.sensitivity(metric, variant) if swept else subject)
    names = [str(name) for name in bars.names]
    total = _column(bars.total, names, "total")
    order = np.argsort(-np.nan_to_num(total), kind="stable")[:BARS_MAX]
    with style():
        ax = axes_for(ax, size=(7.2, 1.6 + 0.34 * len(order)))
        entries = _draw(ax, bars, names, order)
        ax.set_ylim(len(order) - 0.5, -0.5)
        wide = NAMES_SHARE * 72.0 * float(figure_of(ax).get_size_inches()[0])
        enough = 72.0 * inches(ax)[1] / max(1, len(order)) >= LEAST_ROW
        ax.set_yticks(range(len(order)), [fitted(names[at], wide) if enough else "" for at in order])
        ax.tick_params(axis="y", length=0)
        ax.grid(visible=False, axis="y")
        ax.xaxis.set_major_formatter(lambda value, _at: format_value(value, bars.unit))
        ax.set_xlabel("share of the variance explained" if bars.unit == "share" else "mean size of the change over its range")
        cut = f" (the largest {len(order)} of {len(names)})" if len(order) < len(names) else ""
        title(ax, f"Sensitivity{': ' if bars.about else ''}{bars.about}{cut}")
        legend(ax, entries)
        most = ", ".join(f"{names[at]} {format_value(float(total[at]), bars.unit)}{_doubt(bars, at)}" for at in order[:5])
        said = f"Sensitivity {bars.about}, largest first: {most}."
        note = _note(bars)
        if swept:
            finish_sweep(ax, subject, said, own=own, note=note, counted=bars.counted)
        else:
            tell(ax, said)
            if own:
                write_footer(figure_of(ax), [bars.about, bars.counted, note, f"eventflow {__version__}"])
    return ax


def bars_of(subject: Any) -> Bars:
    """The bars of anything that has ``names`` and ``total``, or of what ``Sweep.sensitivity`` gives."""
    found = getattr(subject, "bars", None)
    if not isinstance(found, dict):
        columns = ("first", "low", "high", "first_low", "first_high")
        given: dict[str, Any] = {key: getattr(subject, key, None) for key in columns}
        words: dict[str, Any] = {key: str(getattr(subject, key, default)) for key, default in WORDS.items()}
        return Bars(subject.names, subject.total, **given, **words)
    sizes: Any = found["total"] if "total" in found else found["mu_star"]
    value, low, high = np.array(sizes, dtype=np.float64).T
    about, counted = str(subject.path), str(getattr(subject, "counted", ""))
    if "first" not in found:
        unit = "points" if subject.unit == "share" else str(subject.unit)
        return Bars(subject.names, value, None, low, high, about=about, unit=unit, counted=counted)
    unclear = tuple(getattr(subject, "unclear", ()))
    first, first_low, first_high = np.array(found["first"], dtype=np.float64).T
    return Bars(subject.names, value, first, low, high, first_low, first_high, about, "share", counted, unclear)


def _doubt(bars: Bars, at: int) -> str:
    """What is said of an input whose share is hardly known."""
    return " (too few base points to tell)" if at < len(bars.unclear) and bars.unclear[at] else ""


def _note(bars: Bars) -> str:
    """What the footer explains of first-order and total shares."""
    if bars.first is None:
        return ""
    alike = bool(np.any(np.asarray(bars.total, dtype=np.float64) < np.asarray(bars.first, dtype=np.float64)))
    few = "; a total below its first-order share: too few base points to tell them apart" if alike else ""
    return f"total: alone and together with other inputs{few}"


def _draw(ax: Axes, bars: Bars, names: list[str], order: NDArray[np.intp]) -> list[tuple[Any, str]]:
    """The bars with their intervals; returns the entries of the legend."""
    rows = np.arange(len(order), dtype=np.float64)
    most = 1.0 if bars.unit == "share" and bars.first is not None else np.inf
    edge: dict[str, Any] = {"edgecolor": theme().ink, "linewidth": 0.6, "zorder": 3}
    entries: list[tuple[Any, str]] = []
    right = 0.01
    kinds: list[tuple[Any, Any, Any, str, float, float, dict[str, Any]]] = [
        (bars.total, bars.low, bars.high, "mean size of the effects", 0.0, 0.62, {"color": OKABE_ITO[5]})
    ]
    if bars.first is not None:
        whole = {"color": OKABE_ITO[2], "hatch": "////"}
        kinds = [
            (bars.first, bars.first_low, bars.first_high, "alone (first-order)", -0.2, 0.38, {"color": OKABE_ITO[5]}),
            (bars.total, bars.low, bars.high, "with interactions (total)", 0.2, 0.38, whole),
        ]
    interval: list[tuple[Any, str]] = []
    for values, low, high, label, down, height, fill in kinds:
        size = np.clip(_column(values, names, "first" if "first" in label else "total")[order], 0.0, most)
        entries.append((ax.barh(rows + down, size, height=height, **fill, **edge), label))
        right = max(right, float(np.nanmax(size, initial=0.0)))
        if low is not None and high is not None:
            begin, end = (np.clip(_column(ends, names, "interval")[order], 0.0, most) for ends in (low, high))
            reach = np.clip(np.nan_to_num([size - begin, end - size]), 0.0, None)
            line: dict[str, Any] = {"fmt": "none", "ecolor": theme().ink, "elinewidth": 1.2, "capsize": 3, "zorder": 4}
            interval = [(ax.errorbar(size, rows + down, xerr=reach, **line), "95 % interval")]
            right = max(right, float(np.nanmax(end, initial=0.0)))
    ax.set_xlim(0.0, 1.06 * right)
    return [*entries, *interval]


def _column(values: Any, names: list[str], what: str) -> Column:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (len(names),) or not names:
        raise ValueError(f"'{what}' has the shape {column.shape} for {len(names)} names; give one value for each name")
    return column
