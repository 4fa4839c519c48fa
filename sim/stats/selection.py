r"""The best of several designs, with a guarantee, and no more runs than that takes.

    round    1 ... 10 | 11  12  13  14 ...
    design A  ---------------------------> best
    design B  ---------------x  out: its mean lags by more than chance allows
    design C  -----------x

Kim and Nelson's procedure: all designs run the same replications (common random numbers make it cheaper, measured: 398
runs without them, 211 at a correlation of 0.5, 101 at 0.9, for ten designs half a standard deviation apart). After the
first n0 rounds the spread of each difference sets how far a mean may lag; the allowance shrinks with every round, and a
design beyond it is out. The best is selected with probability at least ``level`` whenever it leads by at least ``delta``;
otherwise one within ``delta`` of it may be.

Source: Kim and Nelson (2001), ACM TOMACS 11(3). It assumes values near normal: means over a run are.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.stats.figures import format_number, format_value
from sim.stats.intervals import LEVEL, moments
from sim.stats.paired import differences, prove_by_signs

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Better = Literal["lower", "higher"]
N_FIRST = 10
"""Rounds before any design can be out: they measure the spread of the differences."""
N_MAX = 1000
SYSTEMS_MAX = 500


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """One design: its mean over the ``n`` replications it ran, in the metric's unit, and whether it was still in."""

    name: str
    mean: float
    n: int
    survived: bool


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Which design is best.

    Attributes:
        best: its name; '' when the replications allowed did not decide.
        candidates: every design, in the order given.
        delta: the difference that matters, in ``unit``.
        level: probability that the selection is right when the best leads by ``delta``.
        runs: how many replications of all designs together were run.
        unit: of the values.
        decided_by: replications of each survivor after which it is decided at the latest.
    """

    best: str
    candidates: tuple[Candidate, ...]
    delta: float
    level: float
    runs: int
    unit: str = "1"
    decided_by: int = 0

    @property
    def survivors(self) -> tuple[str, ...]:
        """Names of the designs still in at the end."""
        return tuple(one.name for one in self.candidates if one.survived)

    def __str__(self) -> str:
        """Return one sentence: the best with what is guaranteed, or who is left."""
        sure, delta = f"{format_number(100 * self.level)} %", format_value(self.delta, self.unit)
        if not self.best:
            return f"not decided after {self.runs} runs: one of {', '.join(self.survivors)} is best; allow more replications"
        return (
            f"{self.best} is the best of {len(self.candidates)}, or within {delta} of the best, "
            f"with {sure} confidence ({self.runs} runs)"
        )


def select_best(
    more: Callable[[str, int, int], Sequence[float]],
    names: Sequence[str],
    *,
    delta: float,
    better: Better = "lower",
    level: float = LEVEL,
    n_first: int = N_FIRST,
    n_max: int = N_MAX,
    step: int = 1,
    unit: str = "1",
) -> Selection:
    """Select the best of ``names`` by the mean of a metric.

    ``more(name, start, count)`` gives the values of a design's replications start, start + 1, ...; the same replication of
    two designs shall use the same random numbers. ``delta``, above 0 and in the metric's unit, is the smallest difference
    that matters; ``step`` is how many rounds are run between looks. Raises ``ValueError`` for arguments out of range, and
    for a value that is not finite.
    """
    _check(names, delta, level, (n_first, n_max, step))
    sign = 1.0 if better == "higher" else -1.0
    values: dict[str, list[float]] = {name: [] for name in names}
    alive = list(names)
    _extend(more, values, alive, n_first)
    allowance = _Allowance(values, delta, level)
    n = n_first
    while True:
        means = {name: sign * _mean(values[name]) for name in alive}
        alive = [one for one in alive if all(means[one] >= means[rival] - allowance(one, rival, n) for rival in alive)]
        if len(alive) > 1 and allowance.spent(alive, n):
            alive = [max(alive, key=means.__getitem__)]  # equal means: the first named
        if len(alive) == 1 or n >= n_max:
            break
        count = min(step, n_max - n)
        _extend(more, values, alive, count)
        n += count
    rows = tuple(Candidate(name=one, mean=_mean(values[one]), n=len(values[one]), survived=one in alive) for one in names)
    best = alive[0] if len(alive) == 1 else ""
    return Selection(
        best=best,
        candidates=rows,
        delta=delta,
        level=level,
        runs=sum(one.n for one in rows),
        unit=unit,
        decided_by=n if best else allowance.rounds(alive),
    )


class _Allowance:
    """How far the mean of one design may lag behind another's after r rounds: delta / 2r (h2 S2 / delta2 - r), or 0.

    Differences that are all equal have no spread to measure; then it takes as many rounds as signs need to prove something.
    """

    def __init__(self, values: dict[str, list[float]], delta: float, level: float) -> None:
        names = list(values)
        freedom = len(values[names[0]]) - 1
        self._delta = delta
        share = 2.0 * (1.0 - level) / max(1, len(names) - 1)
        scale = freedom * (share ** (-2.0 / freedom) - 1.0)  # h2 = 2 eta (n0 - 1)
        self._rounds: dict[tuple[str, str], float] = {}
        self._least: dict[tuple[str, str], int] = {}
        by_signs = next(n for n in itertools.count(1) if prove_by_signs(n, 0, level))
        for at, one in enumerate(names):
            for rival in names[at + 1 :]:
                spread = moments(differences(values[one], values[rival]))[1]
                self._rounds[one, rival] = self._rounds[rival, one] = scale * spread * spread / (delta * delta)
                self._least[one, rival] = self._least[rival, one] = 0 if spread else by_signs

    def __call__(self, one: str, rival: str, n: int) -> float:
        if one == rival:
            return 0.0
        if n < self._least[one, rival]:
            return math.inf
        return max(0.0, self._delta / (2.0 * n) * (self._rounds[one, rival] - n))

    def rounds(self, names: Sequence[str]) -> int:
        """After how many rounds none of these has any allowance left."""
        pairs = [(one, rival) for one in names for rival in names if one != rival]
        return max(max(1 + math.floor(self._rounds[pair]), self._least[pair]) for pair in pairs)

    def spent(self, names: Sequence[str], n: int) -> bool:
        """Whether no design of these has any allowance left, so that the highest mean decides."""
        pairs = [(one, rival) for one in names for rival in names if one != rival]
        return all(self._rounds[pair] < n and self._least[pair] <= n for pair in pairs)


def _check(names: Sequence[str], delta: float, level: float, counts: tuple[int, int, int]) -> None:
    n_first, n_max, step = counts
    if not 1 <= len(names) <= SYSTEMS_MAX or len(set(names)) < len(names):
        raise ValueError(f"{len(names)} designs cannot be selected from; name 1 to {SYSTEMS_MAX}, each once")
    if not 0.0 < delta < math.inf:
        raise ValueError(f"delta is {delta:g}; give the smallest difference that matters, above 0")
    if not 0.5 < level < 1.0:  # noqa: PLR2004 - a coin guesses half
        raise ValueError(f"a level of {level:g} is no guarantee; use one between 0.5 and 1, such as 0.95")
    if not (3 <= n_first <= n_max and step >= 1):  # noqa: PLR2004 - two say next to nothing about spread
        raise ValueError(f"n_first {n_first}, n_max {n_max}, step {step}: use 3 <= n_first <= n_max, and a step of at least 1")


def _extend(
    more: Callable[[str, int, int], Sequence[float]], values: dict[str, list[float]], names: Sequence[str], count: int
) -> None:
    for name in names:
        start = len(values[name])
        fresh = [float(value) for value in more(name, start, count)]
        if len(fresh) != count or not all(map(math.isfinite, fresh)):
            raise ValueError(
                f"replications {start} to {start + count - 1} of '{name}' gave {len(fresh)} values, or one that is not finite; "
                f"give {count} finite ones, of a metric that every run has"
            )
        values[name] += fresh


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)
