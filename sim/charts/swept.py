"""What charts of sweeps have in common: values of axes as numbers, points by their values, the footer.

    ("faults.slow.factor", "20")   --Scale-->  20.0 at its place on the axis, labelled 20
    ("network.hop", "50ms")        --Scale-->  0.05 s, labelled 50 ms

Values that are no numbers (kinds of a policy, say) stand side by side in the order of the sweep.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.marks import figure_of, write_footer
from sim.charts.style import tell
from sim.charts.text import shown
from sim.metrics.paths import resolve
from sim.scenario.problems import did_you_mean
from sim.scenario.units import parse_duration, parse_rate, parse_share
from sim.stats.figures import format_value
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.stats.intervals import Estimate

SECOND = 1e9
LOG_FROM = 20.0
"""An axis whose largest value is so many times its smallest is shown logarithmically, when its values grow by factors."""
NAME_CHARACTERS = 48


@dataclass(frozen=True)
class Scale:
    """The values of an axis of a sweep.

    Attributes:
        path: what is varied.
        texts: the values as they were written, ascending where they are numbers.
        at: where each stands: its number in ``unit``, or 0, 1, 2, ...
        unit: ``s``, ``1/s``, ``share``, ``1``; '' when the values are no numbers.
        log: whether the axis is better shown logarithmically.
    """

    path: str
    texts: tuple[str, ...]
    at: tuple[float, ...]
    unit: str
    log: bool

    @property
    def labels(self) -> list[str]:
        """The values as charts write them."""
        if not self.unit:
            return [shown(text, 24) for text in self.texts]
        return [format_value(value, self.unit) for value in self.at]

    @property
    def name(self) -> str:
        """The path, as an axis is labelled; values carry their units."""
        return shown(self.path, NAME_CHARACTERS)


def scale_of(sweep: Any, path: str) -> Scale:
    """The scale of one axis. Raises ``ValueError`` when the sweep does not vary it."""
    if path not in sweep.plan.axes:
        known = did_you_mean(path, sweep.plan.axes, noun="axes")
        raise ValueError(f"the sweep does not vary '{path}'; {known}")
    texts = list(dict.fromkeys(dict(point.settings)[path] for point in sweep.points))
    read = [number_of(text) for text in texts]
    units = {found[1] for found in read if found is not None}
    if None in read or len(units) != 1:
        return Scale(path, tuple(texts), tuple(float(at) for at in range(len(texts))), "", log=False)
    order = sorted(range(len(texts)), key=lambda at: read[at][0])  # type: ignore[index]
    values = tuple(read[at][0] for at in order)  # type: ignore[index]
    return Scale(path, tuple(texts[at] for at in order), values, units.pop(), _by_factors(values))


def number_of(text: str) -> tuple[float, str] | None:
    """A value as a number in its unit (durations in seconds), None when it is none."""
    try:
        if text.endswith("%"):
            return parse_share(text), "share"
        if "/" in text:
            return parse_rate(text), "1/s"
        value = float(text)
        return (value, "1") if math.isfinite(value) else None
    except ValueError:
        pass
    try:
        return parse_duration(text) / SECOND, "s"
    except ValueError:
        return None


def others(sweep: Any, *used: str) -> dict[str, str]:
    """The first value of every axis that a chart has no room for."""
    first = dict(sweep.points[0].settings)
    return {path: first[path] for path in sweep.plan.axes if path not in used}


def points_where(sweep: Any, wanted: dict[str, str], variant: str) -> list[Any]:
    """The points of a variant whose settings are as wanted."""
    return [
        point
        for point in sweep.points
        if point.variant == variant and all(dict(point.settings)[path] == value for path, value in wanted.items())
    ]


def of_metric(sweep: Any, metric: str | None) -> tuple[str, str, str]:
    """A metric's path, label and unit; by default the first to look at. Raises as ``Sweep.values`` does."""
    path = metric or sweep.metrics[0]
    sweep.check([path])
    first = next(point for point in sweep.points if path in point.paths)
    found, subject = resolve(path, first.scenario)
    return path, f"{found.label}, {subject.name}" if subject.name else found.label, found.unit


def level_of(found: Estimate) -> tuple[float, float, float]:
    """Mean and bounds to draw; nan for what there is not, equal ones where there is no interval."""
    low, high = (found.low, found.high) if found.estimable else (found.mean, found.mean)
    return found.mean, low, high


def finish_sweep(ax: Axes, sweep: Any, said: str, *, own: bool, note: str = "", counted: str = "") -> None:
    """Say in words what the axes show; on a figure of its own also write the footer; ``counted``: what intervals are over."""
    tell(ax, said)
    if not own:
        return
    names = "   ".join(f"{name} ({one.digest()[:8]})" for name, one in sweep.plan.scenarios.items())
    n = counted or f"mean and 95 % interval over replications (n = {sweep.runs} a point)"
    done = "" if sweep.complete else f"incomplete: {sweep.done} of {len(sweep.plan.tasks)} runs"
    parts = [names, f"{len(sweep.points)} points", f"seed {sweep.plan.seed}", n, done, f"eventflow {__version__}", note]
    write_footer(figure_of(ax), parts)


def fixed_words(fixed: dict[str, str]) -> str:
    """What a chart says of the axes that it does not show: `` at a=1``."""
    return f", at {', '.join(f'{path}={value}' for path, value in fixed.items())}" if fixed else ""


def set_axis(ax: Axes, scale: Scale, which: str = "x") -> None:
    """Give one axis of the axes the values of a scale: their ticks, their texts, the path as its label."""
    axis: Any = ax.xaxis if which == "x" else ax.yaxis
    if scale.log:
        ax.set(**{f"{which}scale": "log"})
        axis.set_minor_locator(_nothing())
    axis.set_ticks(_thinned(scale.at), [scale.labels[scale.at.index(at)] for at in _thinned(scale.at)])
    axis.set_label_text(scale.name)


def _nothing() -> Any:
    from matplotlib.ticker import NullLocator

    return NullLocator()


def _thinned(values: Sequence[float], most: int = 8) -> list[float]:
    """At most so many values, evenly taken, the first and the last among them."""
    if len(values) <= most:
        return list(values)
    return [values[round(step * (len(values) - 1) / (most - 1))] for step in range(most)]


def _by_factors(values: Sequence[float]) -> bool:
    """Whether values that span much grow by factors rather than by steps."""
    if len(values) < 3 or values[0] <= 0.0 or values[-1] / values[0] < LOG_FROM:  # noqa: PLR2004 - two say nothing
        return False
    by_steps = [right - left for left, right in itertools.pairwise(values)]
    by_factors = [math.log(right / left) for left, right in itertools.pairwise(values)]
    return max(by_factors) / min(by_factors) < max(by_steps) / min(by_steps)
