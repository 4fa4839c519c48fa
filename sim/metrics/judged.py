"""An objective held against its metric: by a pooled quantile's interval, by a mean's, by counting; and by what is still open.

    figures, estimate  --judge-->  pass, fail, unsure         least, most of each value  --judge, twice-->  the same, or unsure
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.estimates import estimate_of
from sim.stats.judging import Verdict, judge, judge_between, judge_quantile
from sim.stats.pooled import Pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric
    from sim.metrics.estimates import Figures
    from sim.scenario.objectives import Objective
    from sim.stats.intervals import Estimate

    Bounds = tuple[Sequence[float], Sequence[float]]


def judge_by(
    objective: Objective,
    metric: Metric,
    figures: Figures,
    found: Estimate,
    *,
    bounds: Bounds | None = None,
    watched: Sequence[float] | None = None,
) -> Verdict:
    """Judge an objective of a metric by its figures and their estimate.

    ``bounds`` are the least and the most that each value can turn out to be, once what was open when the replications ended
    has ended; ``watched`` is for how long each was watched, of a time that was not seen in some.
    """
    if isinstance(figures, Pooled):
        return judge_quantile(objective, found, figures)
    verdict = judge(objective, found, figures, watched)
    if bounds is None or list(bounds[0]) == list(bounds[1]):
        return verdict
    least, most = (judge(objective, estimate_of(metric, values), values) for values in bounds)
    return judge_between(verdict, least, most)
