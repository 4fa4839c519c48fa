"""As many replications as a precision needs: look at every tenth, stop when it holds three times in a row.

    n = 30   40   50   60   70   80
        no   yes  no   yes  yes  yes -> stop

To stop at the first good look would be to stop at a lucky one: measured on skewed run means, intervals then cover 91 to
92 % from 10 replications on, and 94.4 to 94.6 % with three looks in a row. The bound is gamma / (1 + gamma), not gamma:
then the error relative to the true mean, not to the estimated one, is within gamma.

Source: Law and Kelton, Simulation Modeling and Analysis, 9.4.1; the interval is that of `sim.stats.intervals`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sim.stats.figures import format_value, rounded
from sim.stats.intervals import LEVEL, Estimate, estimate

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

N_FIRST = 30
"""Replications before the first look."""
N_STEP = 10
IN_A_ROW = 3
N_MAX = 1000


@dataclass(frozen=True, kw_only=True)
class Look:
    """One look: with ``n`` replications the half-width is ``relative`` of the mean (nan without an interval)."""

    n: int
    relative: float


@dataclass(frozen=True, kw_only=True)
class Sequential:
    """What the replications said, and whether they were enough.

    Attributes:
        estimate: mean and interval over all replications that were run.
        reached: whether the precision was reached, three looks in a row.
        precision: the relative error asked for (gamma), as a share of the mean.
        looks: every look, in order.
        values: one for each replication, in order.
    """

    estimate: Estimate
    reached: bool
    precision: float
    looks: tuple[Look, ...]
    values: tuple[float, ...]

    @property
    def n(self) -> int:
        """How many replications were run."""
        return len(self.values)

    def __str__(self) -> str:
        """Return one sentence with the figure, and whether it is as precise as asked for."""
        asked = format_value(self.precision, "share")
        if self.reached:
            return f"{self.estimate}, precise to {asked}"
        relative = self.looks[-1].relative
        got = f"reached {format_value(relative, 'share')}" if math.isfinite(relative) else "there is no interval"
        return f"precision not reached: {self.estimate}; asked for {asked}, {got}"


State = Literal["reached", "not reached", "no interval"]


@dataclass(frozen=True, kw_only=True)
class Precise:
    """One figure whose precision was asked for.

    Attributes:
        path: the metric.
        asked: the relative error asked for, as a share of the mean (of a's mean for a difference).
        state: ``reached``; ``not reached`` within the replications allowed; ``no interval``: none can be reached.
        figure: the mean, or the difference of the pairs, with its interval over all replications.
        looks: every look, in order.
        of: what the error is relative to, in words.
    """

    path: str
    asked: float
    state: State
    figure: Estimate
    looks: tuple[Look, ...]
    of: str = "the mean"

    def __str__(self) -> str:
        """Return one sentence with the figure, and whether it is as precise as asked for."""
        asked = f"{format_value(self.asked, 'share')} of {self.of}"
        if self.state == "reached":
            return f"{self.path} is precise to {asked}: {self.figure}"
        if self.state == "no interval":
            return f"precision not reached: {self.path} has no interval: {self.figure}"
        got = format_value(self.looks[-1].relative, "share")
        precise = self.looks[-1].relative <= self.asked / (1.0 + self.asked)
        often = f", but not at {IN_A_ROW} looks in a row; allow more replications" if precise else ""
        return f"precision not reached: {self.path} {self.figure}; asked for {asked}, reached {got}{often}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        looks = [{"n": look.n, "relative": rounded(look.relative)} for look in self.looks]
        return {"path": self.path, "asked": self.asked, "state": self.state, "looks": looks, **self.figure.to_dict()}


@dataclass(frozen=True, kw_only=True)
class Precision:
    """Whether a run, or a comparison, went on until all was as precise as asked for.

    Attributes:
        rows: one for each figure.
        n: how many replications were run.
        n_max: how many were allowed.
        required: the figures that were named, rather than chosen by default: they must have an interval.
    """

    rows: tuple[Precise, ...]
    n: int
    n_max: int
    required: frozenset[str] = frozenset()

    @property
    def reached(self) -> bool:
        """Whether every figure is precise that was named, or that has an interval, and at least one is."""
        excused = {row.path for row in self.rows if row.state == "no interval"} - self.required
        reached = [row.state == "reached" for row in self.rows if row.path not in excused]
        return bool(reached) and all(reached)

    def sentences(self) -> list[str]:
        """Return a sentence for each figure."""
        return [str(row) for row in self.rows]

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"reached": self.reached, "n": self.n, "n_max": self.n_max, "rows": [row.to_dict() for row in self.rows]}


def look_until_precise(
    look: Callable[[int], Mapping[str, float]],
    asked: Mapping[str, float],
    *,
    n_max: int = N_MAX,
    n_first: int = N_FIRST,
) -> dict[str, tuple[State, tuple[Look, ...]]]:
    """Look at ever more replications until all figures are precise together, three looks in a row, or there are ``n_max``.

    ``look(n)`` gives, with ``n`` replications, the half-width of each figure relative to its mean; nan is a figure without an
    interval, for which no more is run. ``asked`` is the precision of each by the same names. Raises ``ValueError`` when a
    precision is not above 0, or ``n_max`` is below ``n_first``.
    """
    for precision in asked.values():
        if not 0.0 < precision < math.inf:
            raise ValueError(f"a precision of {precision:g} cannot be reached; ask for a share of the mean, such as 0.05")
    if not 3 <= n_first <= n_max:  # noqa: PLR2004 - as intervals need
        raise ValueError(f"n_max is {n_max}, and the first look is at {n_first}; allow at least that many, and 3")
    looks: dict[str, list[Look]] = {name: [] for name in asked}
    rows = dict.fromkeys(asked, 0)
    n = n_first
    while True:
        found = look(n)
        for name, precision in asked.items():
            looks[name].append(Look(n=n, relative=found[name]))
            rows[name] = rows[name] + 1 if found[name] <= precision / (1.0 + precision) else 0
        left = [name for name in asked if not math.isnan(found[name])]
        if all(rows[name] >= IN_A_ROW for name in left) or n >= n_max:
            break
        n = min(n + N_STEP, n_max)
    states: dict[str, State] = {
        name: "no interval" if name not in left else "reached" if rows[name] >= IN_A_ROW else "not reached" for name in asked
    }
    return {name: (states[name], tuple(looks[name])) for name in asked}


def run_until_precise(
    more: Callable[[int, int], Sequence[float]],
    *,
    precision: float,
    n_max: int = N_MAX,
    n_first: int = N_FIRST,
    unit: str = "1",
    level: float = LEVEL,
) -> Sequential:
    """Run replications until their mean is known to a relative ``precision`` such as 0.05, or there are ``n_max``.

    ``more(start, count)`` gives the values of the replications start, start + 1, ... in order. A value that is not finite
    ends it at the next look: no number of further replications gives an interval. Raises ``ValueError`` when the
    precision is not above 0, ``n_max`` is below ``n_first``, or ``more`` gives another number of values than asked for.
    """
    values: list[float] = []

    def look(n: int) -> dict[str, float]:
        values.extend(_fetch(more, len(values), n - len(values)))
        return {"": relative_half_width(estimate(values, unit=unit, level=level))}

    state, looks = look_until_precise(look, {"": precision}, n_max=n_max, n_first=n_first)[""]
    return Sequential(
        estimate=estimate(values, unit=unit, level=level),
        reached=state == "reached",
        precision=precision,
        looks=looks,
        values=tuple(values),
    )


def relative_half_width(found: Estimate) -> float:
    """Return half the interval's width as a share of the mean: 0 without spread, inf around 0, nan without an interval."""
    if not found.estimable:
        return math.nan
    if found.half_width == 0.0:
        return 0.0
    return found.half_width / abs(found.mean) if found.mean else math.inf


def _fetch(more: Callable[[int, int], Sequence[float]], start: int, count: int) -> list[float]:
    values = [float(value) for value in more(start, count)]
    if len(values) != count:
        raise ValueError(f"asked for {count} replications from {start} on, and got {len(values)}; give one value for each")
    return values
