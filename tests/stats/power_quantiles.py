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

from sim.judgements.multiple_comparisons import ALPHA
from tests.stats.aa_quantiles import ALONE, QUEUE, Setting, comparisons

if TYPE_CHECKING:
    from collections.abc import Sequence

WITHIN = 0.05
"""By how much less often than by a paired t test a difference may be found."""


@dataclass(frozen=True)
class Case:
    """A quantile of a desk, and how many times as long b works there, so that it is found more often than not."""

    detail: str
    setting: Setting
    slower: float


CASES = (
    Case("p50", QUEUE, 1.04),
    Case("p95", QUEUE, 1.06),
    Case("p99", QUEUE, 1.12),
    *(Case(detail, ALONE, slower) for detail, slower in (("p50", 1.05), ("p95", 1.07), ("p99", 1.12))),
)


@dataclass(frozen=True)
class Found:
    """In how many of ``comparisons`` b was found to be slower: by the quantile of all answers, and by those of runs."""

    case: Case
    comparisons: int
    pooled: int
    paired: int

    @property
    def holds(self) -> bool:
        """Whether it is found about as often."""
        return (self.paired - self.pooled) / self.comparisons <= WITHIN


def measured(case: Case, count: int) -> Found:
    """Compare a desk with a slower one."""
    work = {key: _longer(value, case.slower) for key, value in case.setting.work.items()}
    slower = dataclasses.replace(case.setting, name=f"{case.setting.name}, {case.detail}", work=work)
    found = {"latency": 0, "run_latency": 0}
    for comparison, flow in comparisons(case.setting, count, other=slower):
        for metric in found:
            row = comparison.row(f"{flow}.{metric}.{case.detail}")
            found[metric] += row.p <= ALPHA and row.leaning == "a"
    return Found(case, count, found["latency"], found["run_latency"])


def _longer(value: str, times: float) -> str:
    """A time that is so many times as long; what is no time stays as it is."""
    return f"{float(value[:-1]) * times:g}s" if value.endswith("s") else value


def table(found: Sequence[Found]) -> list[str]:
    """The table as lines."""
    lines = [
        "# How often a difference of quantiles is found",
        "",
        "Ten runs of a desk and ten of a slower one, with random numbers of their own, about 1500 answers each; p of at most",
        "5 % by `Comparison.row`. To hold, by the quantile of all answers of a side together a difference is found at least",
        f"as often as by a paired t test of the runs' own quantiles, less {100 * WITHIN:g} points.",
        "",
        "| desk | quantile | b works | comparisons | of all answers together | paired t of runs' own | holds |",
        "| --- | --- | --- | ---: | ---: | ---: | --- |",
    ]
    lines += [
        f"| {one.case.setting.name} | {one.case.detail} | {one.case.slower - 1.0:.0%} longer | {one.comparisons} "
        f"| {one.pooled / one.comparisons:.1%} | {one.paired / one.comparisons:.1%} "
        f"| {'yes' if one.holds else 'NO'} |"
        for one in found
    ]
    return lines
