"""As many replications as a declared precision takes, of a run or of a comparison.

    replications 0 .. 29 --look--> 30 .. 39 --look--> 40 .. 49 --look--> ...    precise three looks in a row, or runs_max

Going on is running further replications: replication 40 is the same run whether 50 or 500 are made. A run is precise when
each figure is known to a share of its mean; a comparison, when each difference is known to that share of a's mean, which
under common random numbers takes far fewer.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sim.errors import EventflowError
from sim.metrics.estimates import compare_of, numbers
from sim.metrics.paths import resolve, resolve_in_all
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.results.result import joined
from sim.running import InterruptedRunError
from sim.scenario.units import parse_share
from sim.stats.judging import path_of
from sim.stats.sequential import N_FIRST, N_MAX, Precise, Precision, look_until_precise, relative_half_width

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sim.engine import EngineName
    from sim.metrics.estimates import Figures
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate


PrecisionLike = float | str | Mapping[str, float | str]
"""A precision (0.05 or ``5%``) of the default figures, ``path:5%`` by commas, or a precision for each path."""


class PrecisionError(EventflowError, ValueError):
    """What was asked for is no precision; the message says how to write one."""


@dataclass(frozen=True)
class Wanted:
    """The figures to make precise, each with its precision; ``named`` says whether they were, or were chosen here."""

    asked: Mapping[str, float]
    named: bool


@dataclass
class _Side:
    """One scenario, with the replications that there are so far."""

    scenario: Scenario
    seed: int
    engine: EngineName
    jobs: int | None
    progress: Callable[[int, int], None] | None
    parts: list[Result] = field(default_factory=list)

    @property
    def n(self) -> int:
        """How many replications there are."""
        return sum(part.replications for part in self.parts)

    def grow(self, n: int) -> None:
        """Run replications until there are ``n``."""
        try:
            part = run_replications(
                self.scenario,
                replications=n - self.n,
                seed=self.seed,
                engine=self.engine,
                jobs=self.jobs,
                progress=self.progress,
                first=self.n,
                measured=True,
            )
        except InterruptedRunError as stopped:
            self.parts += [] if stopped.result is None else [stopped.result]
            stopped.result = self.result() if self.parts else None
            raise
        self.parts = [joined([*self.parts, part])]

    def result(self) -> Result:
        """All replications as one result."""
        return joined(self.parts)


def wanted(asked: PrecisionLike, scenarios: Sequence[Scenario]) -> Wanted:
    """Return what a precision means for scenarios: their objectives' metrics, or goodput and each flow's p99, by default.

    Raises `PrecisionError` and `UnknownMetricError`.
    """
    if isinstance(asked, str) and ":" in asked:
        pairs = [part.rpartition(":") for part in asked.split(",")]
        asked = {path.strip(): size for path, _, size in pairs}
    if isinstance(asked, int | float | str):
        size = _share(asked)
        return Wanted(dict.fromkeys(_default(scenarios), size), named=False)
    if not asked:
        raise PrecisionError("a precision of nothing; write 5%, or checkout.latency.p99:5%")
    for path in asked:
        resolve_in_all(path, scenarios)
    return Wanted({path: _share(size) for path, size in asked.items()}, named=True)


def run_precise(
    scenario: Scenario,
    asked: PrecisionLike,
    *,
    runs_max: int = N_MAX,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    progress: Callable[[int, int], None] | None = None,
    told: Callable[[str], None] | None = None,
) -> Result:
    """Run a scenario until its figures are as precise as asked for; `Result.precision` says whether they are.

    ``told`` is given a line after each look; the rest is as `sim.run` has it.
    """
    want = wanted(asked, [scenario])
    _check_cap(runs_max)
    side = _Side(scenario, scenario.run.seed if seed is None else seed, engine, jobs, progress)

    def figures() -> dict[str, Estimate]:
        found = side.result()
        return {path: found.estimate(path) for path in want.asked}

    def look(n: int) -> dict[str, float]:
        side.grow(n)
        found = {path: relative_half_width(figure) for path, figure in figures().items()}
        _tell(told, n, found)
        return found

    precision = _made(want, look, figures, runs_max, "the mean")
    return dataclasses.replace(side.result(), precision=precision)


def compare_precise(
    a: Scenario,
    b: Scenario,
    asked: PrecisionLike,
    *,
    runs_max: int = N_MAX,
    seed: int | None = None,
    engine: EngineName = "auto",
    jobs: int | None = None,
    flow: str = "",
    progress: Callable[[int, int], None] | None = None,
    told: Callable[[str], None] | None = None,
) -> Comparison:
    """Run two scenarios until their differences are as precise as asked for; `Comparison.precision` says whether they are."""
    want = wanted(asked, [a, b])
    _check_cap(runs_max)
    number = a.run.seed if seed is None else seed
    sides = [_Side(one, number, engine, jobs, progress) for one in (a, b)]

    def figures() -> dict[str, Estimate]:
        return {path: _difference(path, (a, b), sides) for path in want.asked}

    def look(n: int) -> dict[str, float]:
        try:
            for side in sides:
                side.grow(n)
        except InterruptedRunError as stopped:
            stopped.sides = tuple(side.result() for side in sides if side.parts)
            raise
        found = {path: _relative(figure, sides[0].result().figures(path)) for path, figure in figures().items()}
        _tell(told, n, found)
        return found

    precision = _made(want, look, figures, runs_max, "a's mean")
    one, other = (side.result() for side in sides)
    return Comparison(one, other, flow=flow, precision=precision)


def _made(
    want: Wanted,
    look: Callable[[int], Mapping[str, float]],
    figures: Callable[[], Mapping[str, Estimate]],
    runs_max: int,
    of: str,
) -> Precision:
    """Look until it is precise, and say what became of each figure."""
    found = look_until_precise(look, want.asked, n_max=runs_max)
    last = figures()
    rows = tuple(
        Precise(path=path, asked=want.asked[path], state=state, figure=last[path], looks=looks, of=of)
        for path, (state, looks) in found.items()
    )
    required = frozenset(want.asked) if want.named else frozenset[str]()
    return Precision(rows=rows, n=rows[0].looks[-1].n, n_max=runs_max, required=required)


def _difference(path: str, pair: tuple[Scenario, Scenario], sides: Sequence[_Side]) -> Estimate:
    """The difference of a metric so far."""
    metrics = resolve(path, pair[0])[0], resolve(path, pair[1])[0]
    return compare_of(metrics, *(side.result().figures(path) for side in sides)).difference


def _relative(difference: Estimate, values: Figures) -> float:
    """Half the width of a difference's interval as a share of a's mean; nan without an interval."""
    if not difference.estimable:
        return math.nan
    if difference.half_width == 0.0:
        return 0.0
    mean = abs(math.fsum(numbers(values))) / len(numbers(values))
    return difference.half_width / mean if mean else math.inf


def _default(scenarios: Sequence[Scenario]) -> list[str]:
    """The metrics of the objectives; without any, goodput and each flow's 99th percentile; those that all have."""
    judged = [path_of(objective) for scenario in scenarios for objective in scenario.objectives]
    flows = [flow for flow in scenarios[0].workload if all(flow in one.workload for one in scenarios)]
    paths = judged or ["goodput", *(f"{flow}.latency.p99" for flow in flows)]
    return [path for path in dict.fromkeys(paths) if all(_has(path, scenario) for scenario in scenarios)] or ["goodput"]


def _has(path: str, scenario: Scenario) -> bool:
    try:
        resolve(path, scenario)
    except LookupError:
        return False
    return True


def _share(size: float | str) -> float:
    """A precision as a share: of ``5%`` or 0.05."""
    try:
        share = parse_share(size.strip()) if isinstance(size, str) and size.strip().endswith("%") else float(size)
    except ValueError:
        share = math.nan
    if not 0.0 < share < 1.0:
        raise PrecisionError(f"'{size}' is no precision; write a share of the mean, such as 5% or checkout.latency.p99:5%")
    return share


def _check_cap(runs_max: int) -> None:
    if runs_max < N_FIRST:
        raise PrecisionError(f"at most {runs_max} runs are too few: a precision is judged from {N_FIRST} replications on")


def _tell(told: Callable[[str], None] | None, n: int, found: Mapping[str, float]) -> None:
    if told is not None:
        said = ", ".join(f"{path} {100 * one:.2g} %" if math.isfinite(one) else f"{path} -" for path, one in found.items())
        told(f"precision after {n} replications: {said}")
