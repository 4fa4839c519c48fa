r"""Sensitivity bars: how much of a metric's variance each input explains, alone and with all its interactions.

    faults.slow.factor   |############======|-----|     first-order, total, interval of the total
    replicas             |####==|--|
    hop                  |#|
                         0               share of variance

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


@dataclass(frozen=True)
class Bars:
    """What is drawn, one entry for each input.

    Attributes:
        names: of the inputs.
        total: how much an input explains with all its interactions; of Morris, the mean size of its effects.
        first: how much it explains alone; None where that is not known.
        low, high: interval of the total; None where there is none.
        about: the metric, and how the figures were estimated, for title and footer.
        unit: of all of them: ``share`` of the variance, or the unit of the metric's changes (of a share: ``points``).
    """

    names: Sequence[str]
    total: ArrayLike
    first: ArrayLike | None = None
    low: ArrayLike | None = None
    high: ArrayLike | None = None
    about: str = ""
    unit: str = "share"


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
        most = ", ".join(f"{names[at]} {format_value(float(total[at]), bars.unit)}" for at in order[:5])
        said = f"Sensitivity {bars.about}, largest first: {most}."
        note = "hatched: only together with other inputs" if bars.first is not None else ""
        if swept:
            finish_sweep(ax, subject, said, own=own, note=note)
        else:
            tell(ax, said)
            if own:
                write_footer(figure_of(ax), [bars.about, note, f"eventflow {__version__}"])
    return ax


def bars_of(subject: Any) -> Bars:
    """The bars of anything that has ``names`` and ``total``, or of what ``Sweep.sensitivity`` gives."""
    found = getattr(subject, "bars", None)
    if not isinstance(found, dict):
        given = {key: getattr(subject, key, None) for key in ("first", "low", "high")}
        about, unit = str(getattr(subject, "about", "")), str(getattr(subject, "unit", "share"))
        return Bars(subject.names, subject.total, **given, about=about, unit=unit)
    sizes: Any = found["total"] if "total" in found else found["mu_star"]
    first = None if "first" not in found else [one[0] for one in found["first"]]
    value, low, high = (np.array([float(one[at]) for one in sizes]) for at in range(3))
    unit = "share" if first is not None else "points" if subject.unit == "share" else str(subject.unit)
    return Bars(subject.names, value, first, low, high, str(subject.path), unit)


def _draw(ax: Axes, bars: Bars, names: list[str], order: NDArray[np.intp]) -> list[tuple[Any, str]]:
    """The bars with their intervals; returns the entries of the legend."""
    now = theme()
    rows = np.arange(len(order), dtype=np.float64)
    total = _column(bars.total, names, "total")[order]
    edge: dict[str, Any] = {"height": 0.62, "edgecolor": now.ink, "linewidth": 0.6}
    entries: list[tuple[Any, str]] = []
    left, right = 0.0, float(np.nanmax(total, initial=0.01))
    if bars.first is None:
        entries.append((ax.barh(rows, total, color=OKABE_ITO[5], zorder=3, **edge), "mean size of the effects"))
    else:
        first = _column(bars.first, names, "first")[order]
        left = float(np.nanmin(first, initial=0.0))
        whole = ax.barh(rows, total, color=OKABE_ITO[2], hatch="////", zorder=2, **edge)
        alone = ax.barh(rows, first, color=OKABE_ITO[5], zorder=3, **edge)
        entries += [(alone, "alone (first-order)"), (whole, "with interactions (total)")]
    if bars.low is not None and bars.high is not None:
        begin, end = _column(bars.low, names, "low")[order], _column(bars.high, names, "high")[order]
        reach = np.clip(np.nan_to_num([total - begin, end - total]), 0.0, None)
        line: dict[str, Any] = {"fmt": "none", "ecolor": now.ink, "elinewidth": 1.2, "capsize": 3, "zorder": 4}
        entries.append((ax.errorbar(total, rows, xerr=reach, **line), "95 % interval"))
        left, right = min(left, float(np.nanmin(begin, initial=0.0))), max(right, float(np.nanmax(end, initial=0.0)))
    ax.set_xlim(left, 1.06 * right)
    return entries


def _column(values: Any, names: list[str], what: str) -> Column:
    column = np.asarray(values, dtype=np.float64)
    if column.shape != (len(names),) or not names:
        raise ValueError(f"'{what}' has the shape {column.shape} for {len(names)} names; give one value for each name")
    return column
