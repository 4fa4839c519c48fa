r"""Goodput against offered load: the ideal line, the knee, and whether the way down is the way up.

    /s |        .' ideal
       |      .'__________  up
       |    .'   \________  down: hysteresis
       |  .'  ^ knee
       +-----------------------> offered (/s)

From a sweep over a load: the curves and knees of ``Sweep.load_curves``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.marks import legend
from sim.charts.notes import Note, place
from sim.charts.palette import Look, look_number, look_of, theme
from sim.charts.style import axes_for, style
from sim.charts.swept import finish_sweep
from sim.charts.text import title
from sim.stats.figures import format_value
from sim.stats.knee import loop_area

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from sim.stats.knee import Knee

OF = ("sweep",)
CURVES_MAX = 8


def plot(subject: Any, ax: Axes | None = None, *, x: str = "", down: ArrayLike | None = None) -> Axes:
    """Draw the goodput of a flow over its offered load, a curve for each variant and each setting of other axes.

    ``x``: the axis that is the load, when there are several. ``down``: goodput on the way down of the first curve, of shape
    (replications, loads), drawn beside the way up with its loop area. Returns the axes; raises as ``Sweep.load_curves``.
    """
    own = ax is None
    curves = subject.load_curves(x)
    shown = curves[:CURVES_MAX]
    looks = _looks(subject, shown)
    with style():
        ax = axes_for(ax, size=(6.6, 4.6))
        entries: list[tuple[Any, str]] = []
        notes: list[Note] = []
        said: list[str] = []
        for number, (curve, look) in enumerate(zip(shown, looks, strict=True)):
            entries.append((_curve(ax, curve.knee, look), curve.name))
            notes += _marks(ax, curve.knee, look)
            said.append(f"{curve}.")
            if down is not None and number == 0:
                entries.append((_way_down(ax, curve.knee, down, look), "the same, the load coming down"))
                said.append(f"On the way down {_loop(subject, curve, down)} is missing.")
        most = max(curve.knee.loads[-1] for curve in shown)
        ideal = ax.plot([0.0, most], [0.0, most], color=theme().quiet, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1)[0]
        entries.append((ideal, "ideal: all that is offered"))
        ax.set_xlim(0.0, 1.04 * most)
        ax.set_ylim(0.0, 1.06 * most)
        ax.set_xlabel("offered (/s)")
        ax.set_ylabel("goodput (/s)")
        place(ax, notes)
        cut = f" (the first {len(shown)} of {len(curves)} curves)" if len(curves) > len(shown) else ""
        title(ax, f"Goodput against offered load, flow {shown[0].flow}{cut}")
        legend(ax, entries)
        note = "ringed: the knee, the last load that goodput follows within 5 %"
        finish_sweep(ax, subject, f"Goodput against offered load. {' '.join(said)}", own=own, note=note)
    return ax


def _looks(sweep: Any, curves: list[Any]) -> list[Look]:
    """Architectures by their own looks when every curve is one scenario, else a look for each curve."""
    architectures = [sweep.plan.scenarios[curve.variant].architecture for curve in curves]
    if any(curve.settings for curve in curves) or max(map(architectures.count, architectures)) > 2:  # noqa: PLR2004
        return [look_number(number) for number in range(len(curves))]
    return [look_of(one, second=one in architectures[:at]) for at, one in enumerate(architectures)]


def _loop(sweep: Any, curve: Any, down: ArrayLike) -> str:
    """How much of the way up is missing on the way down, with its interval."""
    up = np.array([sweep.values(point, f"{curve.flow}.goodput") for point in curve.points]).T
    return str(loop_area(curve.knee.loads, up, down))


def _curve(ax: Axes, knee: Knee, look: Look) -> Any:
    """Goodput with its intervals."""
    mean = [one.mean for one in knee.goodput]
    down = [one.mean - one.low if one.estimable else 0.0 for one in knee.goodput]
    up = [one.high - one.mean if one.estimable else 0.0 for one in knee.goodput]
    return ax.errorbar(
        knee.loads,
        mean,
        yerr=[down, up],
        color=look.colour,
        linestyle=look.line,
        marker=look.marker,
        markersize=4.5,
        capsize=2.5,
        elinewidth=1.0,
        zorder=3,
    )


def _marks(ax: Axes, knee: Knee, look: Look) -> list[Note]:
    """Ring the knee; returns what to write beside it."""
    if not knee.beyond or not knee.knee:
        return []
    at, height = knee.knee, knee.capacity.mean
    ax.plot([at], [height], marker="o", markersize=13, markerfacecolor="none", color=look.colour, markeredgewidth=1.6, zorder=5)
    ax.plot([at, at], [0.0, height], color=look.colour, linewidth=0.8, linestyle=(0, (2, 3)), zorder=2)
    return [Note(f"knee at {format_value(at, '1/s')}", at, height, look.colour, above=True)]


def _way_down(ax: Axes, knee: Knee, down: ArrayLike, look: Look) -> Any:
    """Goodput while the load comes down, and the area between the two ways."""
    falls = np.asarray(down, dtype=np.float64)
    if falls.ndim != 2 or falls.shape[1] != len(knee.loads):  # noqa: PLR2004 - replications and loads
        raise ValueError(f"'down' has the shape {falls.shape}; it needs one row a replication, of {len(knee.loads)} loads")
    mean = falls.mean(axis=0)
    ups = [one.mean for one in knee.goodput]
    ax.fill_between(knee.loads, ups, mean, color=look.colour, alpha=0.15, linewidth=0, zorder=1)
    return ax.plot(
        knee.loads, mean, color=look.colour, linestyle="--", marker="v", markersize=4.5, markerfacecolor=theme().paper, zorder=3
    )[0]
