"""An objective held against its metric: by a pooled quantile's interval, by a mean's, by counting; and by what is still open.

    figures, estimate  --judge-->  pass, fail, unsure         least, most of each value  --judge, twice-->  the same, or unsure
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.estimates import Bounded, estimate_of, numbers
from sim.stats.judging import Verdict, judge, judge_between, judge_quantile
from sim.stats.pooled import Pooled

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric
    from sim.metrics.estimates import Figures
    from sim.scenario.objectives import Objective
    from sim.stats.intervals import Estimate


def judge_by(
    objective: Objective,
    metric: Metric,
    figures: Figures,
    found: Estimate,
    *,
    watched: Sequence[float] | None = None,
) -> Verdict:
    """Judge an objective of a metric by its figures and their estimate.

    ``watched`` is for how long each replication was watched, of a time that was not seen in some.
    """
    if isinstance(figures, Pooled):
        return judge_quantile(objective, found, figures)
    verdict = judge(objective, found, numbers(figures), watched)
    if not isinstance(figures, Bounded) or figures.least == figures.most:
        return verdict
    least, most = (judge(objective, estimate_of(metric, values), values) for values in (figures.least, figures.most))
    return judge_between(verdict, least, most)
