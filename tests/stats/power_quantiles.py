"""Are differences of quantiles found as often as by a paired t test of each run's own quantiles?

    a desk  --a-->  Comparison.row("visits-7.latency.p95").p <= 5 %       quantile of all answers of a side together
    slower  --b-->  Comparison.row("visits-7.run_latency.p95").p <= 5 %   paired t of the runs' own quantiles

The sides have random numbers of their own: with common ones both find all of it. Of what nobody can tell (quantiles within a
bucket, across a jump, or by what is still open when runs end) a quantile of all answers claims nothing.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.judge.family import ALPHA
from tests.stats.aa_quantiles import QUEUE, comparisons

if TYPE_CHECKING:
    from collections.abc import Sequence

SLOWER = {"p50": 1.04, "p95": 1.06, "p99": 1.12}
"""How many times as long b works, so that a quantile's difference is found in about half of the comparisons."""
WITHIN = 0.06
"""By how much less often than by a paired t test a difference may be found."""


@dataclass(frozen=True)
class Found:
    """In how many of ``comparisons`` b was found to be slower: by the quantile of all answers, and by those of runs."""

    detail: str
    comparisons: int
    pooled: int
    paired: int

    @property
    def holds(self) -> bool:
        """Whether it is found about as often."""
        return (self.paired - self.pooled) / self.comparisons <= WITHIN


def measured(detail: str, count: int) -> Found:
    """Compare a desk with a slower one."""
    work = {"kind": "exponential", "mean": f"{SLOWER[detail]:g}s"}
    slower = dataclasses.replace(QUEUE, name=f"{QUEUE.name}, {detail}", work=work)
    found = {"latency": 0, "run_latency": 0}
    for comparison, flow in comparisons(QUEUE, count, other=slower):
        for metric in found:
            row = comparison.row(f"{flow}.{metric}.{detail}")
            found[metric] += row.p <= ALPHA and row.leaning == "a"
    return Found(detail, count, found["latency"], found["run_latency"])


def table(found: Sequence[Found]) -> list[str]:
    """The table as lines."""
    lines = [
        "# How often a difference of quantiles is found",
        "",
        "Ten runs of a desk at a load of 0.5 and ten of a slower one, of random numbers of their own; p of at most 5 % by",
        "`Comparison.row`. To hold, by the quantile of all answers of a side together a difference is found at least as often",
        f"as by a paired t test of the runs' own quantiles, less {100 * WITHIN:g} points.",
        "",
        "| quantile | b works | comparisons | of all answers together | paired t of runs' own | holds |",
        "| --- | --- | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {one.detail} | {SLOWER[one.detail] - 1.0:.0%} longer | {one.comparisons} | {one.pooled / one.comparisons:.1%} "
        f"| {one.paired / one.comparisons:.1%} | {'yes' if one.holds else 'NO'} |"
        for one in found
    ]
    return lines
