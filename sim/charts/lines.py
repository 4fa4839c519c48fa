r"""Lines of a sweep: a metric over one axis, a line for each value of the others, with its interval.

    s |            /   factor 20
      |      __.--'
      |  _.-'__.-----  factor 5
      +----------------> replicas
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING, Any

from sim.charts.marks import legend
from sim.charts.palette import Look, look_number, look_of
from sim.charts.style import axes_for, style
from sim.charts.swept import finish_sweep, level_of, of_metric, points_where, scale_of, set_axis
from sim.charts.text import fitted, inches, title
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

OF = ("sweep",)
LINES_MAX = 8
NO_MEAN = "no finite mean (\N{BLACK UP-POINTING TRIANGLE} at the top)"


def plot(subject: Any, ax: Axes | None = None, *, metric: str | None = None, x: str | None = None) -> Axes:
    """Draw a metric of a sweep over one of its axes; returns the axes.

    ``metric``: its path; by default that of the first objective. ``x``: the axis that runs to the right, by default the
    first. Points without a finite mean are marked at the top, never left out silently.
    """
    own = ax is None
    path, label, unit = of_metric(subject, metric)
    scale = scale_of(subject, x or _first_axis(subject))
    with style():
        ax = axes_for(ax, size=(7.2, 4.0))
        set_axis(ax, scale)
        entries = []
        said = []
        top = 0.0
        bottom = 0.0
        endless: list[tuple[float, Look]] = []
        for name, look, points in itertools.islice(_lines(subject, scale.path), LINES_MAX):
            at = [scale.at[scale.texts.index(dict(point.settings)[scale.path])] for point in points]
            found = [subject.estimate(point.number, path) if path in point.paths else None for point in points]
            levels = [(math.nan,) * 3 if one is None else level_of(one) for one in found]
            rows = sorted(zip(at, levels, strict=True))
            endless += [(where, look) for where, (mean, _, _) in rows if math.isnan(mean)]
            entries.append((_draw(ax, rows, look), name))
            known = [(where, mean) for where, (mean, _, _) in rows if math.isfinite(mean)]
            top = max([top, *(high for _, (_, _, high) in rows if math.isfinite(high))])
            bottom = min([bottom, *(low for _, (_, low, _) in rows if math.isfinite(low))])
            said += [f"{name}: {format_value(known[0][1], unit)} to {format_value(known[-1][1], unit)}."] if known else []
        ax.set_ylim(1.05 * bottom, 1.08 * top or 1.0)
        for where, look in endless:
            transform = ax.get_xaxis_transform()
            ax.plot([where], [0.97], marker="^", color=look.colour, transform=transform, linestyle="none", markersize=6)
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, unit))
        count = sum(1 for _ in _lines(subject, scale.path))
        cut = f" (the first {LINES_MAX} of {count} lines)" if count > LINES_MAX else ""
        title(ax, f"{label}{cut}")
        ax.set_ylabel(fitted(path, 72.0 * inches(ax)[1], 9.0))
        if len(entries) > 1:
            legend(ax, entries)
        note = NO_MEAN if endless else ""
        finish_sweep(ax, subject, f"{label} over {scale.path}. {' '.join(said)}", own=own, note=note)
    return ax


def _first_axis(sweep: Any) -> str:
    if not sweep.plan.axes:
        raise ValueError("the sweep varies nothing; sweep over an axis to draw lines")
    return str(sweep.plan.axes[0])


def _lines(sweep: Any, x: str) -> Iterator[tuple[str, Look, list[Any]]]:
    """Name, look and points of each line: a variant at one setting of the axes that are not ``x``."""
    axes = [path for path in sweep.plan.axes if path != x]
    settings = dict.fromkeys(tuple(dict(point.settings)[path] for path in axes) for point in sweep.points)
    seen: dict[str, int] = {}
    for number, (values, variant) in enumerate(itertools.product(settings, sweep.plan.variants)):
        wanted = dict(zip(axes, values, strict=True))
        words = [f"{path.rpartition('.')[2]} {value}" for path, value in wanted.items()]
        name = ", ".join([variant, *words]) if len(sweep.plan.variants) > 1 or not words else ", ".join(words)
        points = points_where(sweep, wanted, variant)
        architecture = points[0].scenario.architecture if points else "synchronous"
        look = look_number(number)
        if len(settings) == 1 and seen.get(architecture, 0) < 2:  # noqa: PLR2004 - two looks for each
            look = look_of(architecture, second=architecture in seen)
        seen[architecture] = seen.get(architecture, 0) + 1
        yield name, look, points


def _draw(ax: Axes, rows: list[tuple[float, tuple[float, float, float]]], look: Look) -> Any:
    """A line with its intervals as bars; gaps where there is no mean."""
    at = [where for where, _ in rows]
    mean = [level[0] for _, level in rows]
    down = [level[0] - level[1] for _, level in rows]
    up = [level[2] - level[0] for _, level in rows]
    marks: dict[str, Any] = {"marker": look.marker, "markersize": 4.5, "capsize": 2.5, "elinewidth": 1.0}
    return ax.errorbar(at, mean, yerr=[down, up], color=look.colour, linestyle=look.line, **marks)
