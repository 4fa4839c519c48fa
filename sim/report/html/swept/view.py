"""What every part of the page of a sweep looks at: the sweep, its metrics, what came of the objectives, the figures.

    Sweep, --metrics, --best  --view_of-->  View  -->  verdict, charts, points, settings
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.report.html.folder import Figure
    from sim.stats.judging import Verdict
    from sim.sweeps.best import Best
    from sim.sweeps.plan import Plan
    from sim.sweeps.result import Sweep

NUMBERS_MAX = 12
"""Numbers of points that are listed."""


@dataclass(frozen=True)
class View:
    """A sweep as its page shows it.

    Attributes:
        metrics: paths of those that are shown, the first one first of all.
        judged: the verdicts on the objectives of each point.
        best: the choice of the best point; None when nobody asked for it.
        figures: the charts as images, in their order.
        left_out: charts that were refused, each with the reason.
    """

    sweep: Sweep
    metrics: tuple[str, ...]
    judged: tuple[tuple[Verdict, ...], ...]
    best: Best | None = None
    figures: tuple[Figure, ...] = ()
    left_out: tuple[str, ...] = ()

    @property
    def objectives(self) -> tuple[str, ...]:
        """Every objective that some point has, each once."""
        return tuple(dict.fromkeys(str(one.objective) for verdicts in self.judged for one in verdicts))

    def outcomes(self, objective: str) -> dict[str, list[int]]:
        """The points at which an objective holds (``pass``), does not (``fail``), or is open (``unsure``)."""
        found: dict[str, list[int]] = {"pass": [], "fail": [], "unsure": []}
        for number, verdicts in enumerate(self.judged):
            for one in verdicts:
                if str(one.objective) == objective:
                    found[one.outcome].append(number)
        return found


def view_of(
    sweep: Sweep,
    metrics: Sequence[str] = (),
    best: Best | None = None,
    figures: Sequence[Figure] = (),
    left_out: Sequence[str] = (),
) -> View:
    """Look at a sweep; ``metrics`` default to those that its table shows. Raises `UnknownMetricError`, `SweepError`."""
    sweep.check(metrics)
    judged = tuple(tuple(sweep.objectives(point.number)) for point in sweep.points)
    return View(sweep, tuple(metrics) or sweep.metrics, judged, best, tuple(figures), tuple(left_out))


def listed(numbers: Sequence[int]) -> str:
    """Points by their numbers: ``point 3``, ``points 0, 1, 2 and 9 more``."""
    more = f" and {len(numbers) - NUMBERS_MAX} more" if len(numbers) > NUMBERS_MAX else ""
    return f"point{'s' if len(numbers) != 1 else ''} {', '.join(map(str, numbers[:NUMBERS_MAX]))}{more}"


def values_of(plan: Plan) -> dict[str, tuple[str, ...]]:
    """The values of every axis, as they were written, in the order in which they come first."""
    rows = [dict(point.settings) for point in plan.points]
    return {path: tuple(dict.fromkeys(row[path] for row in rows)) for path in plan.axes}


def is_grid(plan: Plan) -> bool:
    """Whether the points are all combinations of the values of the axes, in their order."""
    rows = [tuple(value for _, value in point.settings) for point in plan.points if point.variant == plan.variants[0]]
    return not plan.sample and rows == list(itertools.product(*values_of(plan).values()))
