"""A claim to be proven: b is no worse than a, by more than a limit.

    Comparison + "checkout.latency.p99", "5%"  --pairs against the limit-->  pass | fail | unsure, in a sentence

A limit in percent is of a's mean; otherwise it has the metric's unit: ``10ms``, ``2/s``, ``1pp`` (percentage points of a
share), ``100``. No proof is no pass: with too few replications the claim stays unsure.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from sim.errors import ComparisonError
from sim.metrics.estimates import difference_within, numbers, ranges, some_unseen
from sim.metrics.limits import example, size_of
from sim.metrics.paths import resolve, resolve_in_all
from sim.record.histogram import SUB_BUCKETS
from sim.stats.equivalence import non_inferiority
from sim.stats.figures import format_value
from sim.stats.paired import prove_by_signs
from sim.stats.survival import seen_until

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.metrics.base import Metric
    from sim.metrics.estimates import Figures
    from sim.results.comparison import Comparison
    from sim.scenario.scenario import Scenario
    from sim.stats.equivalence import Better, Equivalence
    from sim.stats.judging import Outcome

_PERCENT = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?) ?%")
WIDTH = 1.0 / SUB_BUCKETS
"""How wide a bucket of the histograms is at most, as a share of what lies in it."""
OUTCOMES: dict[str, Outcome] = {"proven": "pass", "refuted": "fail", "unsure": "unsure"}

Limit = tuple[Literal["share", "margin"], float]
"""A share of a's mean, or a margin in the metric's unit."""


@dataclass(frozen=True, kw_only=True)
class NonInferiority:
    """What the pairs say about the claim.

    Attributes:
        path: the metric.
        limit: as it was asked for, in words.
        outcome: ``pass`` (proven), ``fail`` (refuted) or ``unsure``.
        reason: one sentence, with both means and the difference.
        equivalence: the test.
    """

    path: str
    limit: str
    outcome: Outcome
    reason: str
    equivalence: Equivalence

    @property
    def claim(self) -> str:
        """The claim in a few words."""
        return f"{self.path} no worse by {self.limit}"

    def __str__(self) -> str:
        """Return the outcome and the sentence."""
        return f"{self.outcome.upper()} {self.claim}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "path": self.path,
            "limit": self.limit,
            "outcome": self.outcome,
            "reason": self.reason,
            "a": self.equivalence.a.to_dict(),
            "b": self.equivalence.b.to_dict(),
            "difference": self.equivalence.difference.to_dict(),
            "level": self.equivalence.level,
        }


def judge_non_inferiority(comparison: Comparison, path: str, margin: float | str) -> NonInferiority:
    """Judge whether b is no worse than a in a metric by more than ``margin``.

    ``margin`` is a share of a's mean as a number (0.05) or a text (``5%``), or a text in the metric's unit. Raises
    `ComparisonError` for a limit that cannot be read or a metric of which neither more nor less is better, and
    `UnknownMetricError`.
    """
    metric, (kind, size) = check_claim(path, margin, (comparison.a.scenario, comparison.b.scenario))
    figures = comparison.a.figures(path), comparison.b.figures(path)
    a, b = map(numbers, figures)
    up_to, limit = "", math.inf
    if not all(map(math.isinf, (*a, *b))) and metric.watched is not None and some_unseen(a, b):
        limit = min(seen_until(a, comparison.a.watched(path)), seen_until(b, comparison.b.watched(path)))
        a, b = ([min(value, limit) for value in side] for side in (a, b))
        up_to = f" up to {format_value(limit, metric.unit)}"
    chosen = {"share": size} if kind == "share" else {"margin": size}
    better: Better = "higher" if metric.direction == "higher" else "lower"
    found = non_inferiority(a, b, better=better, unit=metric.unit, **chosen)
    other, _ = resolve(path, comparison.b.scenario)
    found = replace(
        found,
        a=found.a.within(metric.least, min(metric.most, limit)),
        b=found.b.within(other.least, min(other.most, limit)),
        difference=difference_within((metric, other), found.difference).within(-limit, limit),
    )
    named = comparison.labels, f" in {path}{up_to}"
    outcome, reason = _in_words(metric, found, (a, b), (kind, size), named)
    if math.isfinite(limit):
        mean = math.fsum(a) / len(a)
        why = _unseen(mean + (size if kind == "margin" else size * abs(mean)), limit, (a, b), outcome)
        if why:
            seen = format_value(limit, metric.unit)
            outcome, reason = "unsure", f"{path} cannot be judged: runs were watched for {seen}, {why}"
    if outcome != "unsure":
        a, b = ([min(value, limit) for value in side] for side in _against(outcome, better, figures))
        against = non_inferiority(a, b, better=better, unit=metric.unit, **chosen)
        if _in_words(metric, against, (a, b), (kind, size), named)[0] != outcome:
            outcome, reason = "unsure", f"{reason}; by what is still open, or within a bucket, it may be otherwise"
    return NonInferiority(path=path, limit=found.limit, outcome=outcome, reason=reason, equivalence=found)


def _against(outcome: Outcome, better: Better, figures: tuple[Figures, Figures]) -> tuple[Sequence[float], Sequence[float]]:
    """The values of a and b that speak most against an outcome: by what is open, and by the bucket of a quantile."""
    (least_a, most_a), (least_b, most_b) = map(ranges, figures)
    return (least_a, most_b) if (outcome == "pass") == (better == "lower") else (most_a, least_b)


def _unseen(allowed: float, limit: float, sides: tuple[Sequence[float], Sequence[float]], outcome: Outcome) -> str:
    """Why times that were seen up to a limit only do not tell; '' when they do.

    What was not seen counts as the limit, though it may take for ever. So nothing could be further off than is allowed where
    that reaches the limit, and no proof is one where b is left unseen more often than a.
    """
    if limit <= allowed:
        return "and more than that is allowed; run longer"
    gone = [sum(value >= limit for value in side) for side in sides]
    if outcome == "pass" and gone[1] > gone[0]:
        return f"and {gone[1]} of {len(sides[1])} were not seen to end, against {gone[0]}; run longer"
    return ""


def _in_words(
    metric: Metric,
    found: Equivalence,
    sides: tuple[Sequence[float], Sequence[float]],
    limit: Limit,
    named: tuple[tuple[str, str], str],
) -> tuple[Outcome, str]:
    """The outcome, and the sentence: by the test, or where values have no end by counting pairs."""
    (one, other), of = named
    a, b = sides
    gone = sum(math.isnan(x) or math.isnan(y) for x, y in zip(a, b, strict=True))
    if gone:
        return "unsure", f"it cannot be judged{of}: {gone} of {len(a)} pairs {metric.missing}; run longer replications"
    if all(map(math.isfinite, (*a, *b))):
        return OUTCOMES[found.outcome], found.sentence(one, other, of)
    if all(map(math.isinf, (*a, *b))):
        return "unsure", f"it cannot be judged{of}: {len(a)} of {len(a)} pairs {metric.infinite} in both"
    within, beyond = _counted(metric, sides, limit)
    proven = prove_by_signs(within, beyond, 2.0 * found.level - 1.0)
    outcome: Outcome = "unsure" if not proven else "pass" if within > beyond else "fail"
    said = {"pass": "is no worse", "fail": "is worse", "unsure": "is not proven to be no worse, nor to be worse,"}[outcome]
    counts = f"{within} of {len(a)} pairs are within it, {beyond} beyond"
    return outcome, f"{other} {said} than {one}{of} by more than {found.limit} in the median pair ({counts}, by a sign test)"


def check_claim(path: str, margin: float | str, scenarios: tuple[Scenario, Scenario]) -> tuple[Metric, Limit]:
    """Return the metric and the limit of a claim; raise as `judge_non_inferiority` does, before anything is run."""
    found = [metric.as_named() for metric, _ in resolve_in_all(path, scenarios)]
    if found[0].direction == "neither":
        raise ComparisonError(f"'{path}' cannot be worse: neither more nor less of it is better; name another metric")
    limit = read_limit(path, found[0], margin)
    check_width(path, found[0], limit)
    return found[0], limit


def check_width(path: str, metric: Metric, limit: Limit) -> None:
    """Raise `ComparisonError` for a share of a quantile that is smaller than the bucket in which a quantile is known."""
    kind, size = limit
    if metric.quantile is not None and kind == "share" and 0.0 < size < WIDTH:
        raise ComparisonError(
            f"{format_value(size, 'share')} of '{path}' is finer than it is measured: a quantile is known to a bucket of "
            f"{format_value(WIDTH, 'share')}; allow that much, or declare limits as objectives, which are counted exactly"
        )


def read_limit(path: str, metric: Metric, margin: float | str) -> Limit:
    """Return what a limit means for a metric. Raises `ComparisonError` that says how to write one."""
    text = str(margin).strip()
    if isinstance(margin, int | float) and 0.0 <= margin < math.inf:
        return "share", float(margin)
    percent = _PERCENT.fullmatch(text)
    try:
        return ("share", float(percent[1]) / 100.0) if percent else ("margin", size_of(metric, text))
    except ValueError:
        raise ComparisonError(
            f"'{text}' is no limit for '{path}'; write 5% (of a's mean) or, for example, {example(metric)}"
        ) from None


def _counted(metric: Metric, sides: tuple[Sequence[float], Sequence[float]], limit: Limit) -> tuple[int, int]:
    """How many pairs are within the limit, and how many beyond; pairs without a value, or both endless, are neither."""
    kind, size = limit
    worse = 1.0 if metric.direction == "lower" else -1.0
    within = beyond = 0
    for x, y in zip(*sides, strict=True):
        if math.isnan(x) or math.isnan(y) or (math.isinf(x) and math.isinf(y)):
            continue
        allowed = size * abs(x) if kind == "share" and math.isfinite(x) else size
        far = worse * (y - x) > allowed
        beyond += far
        within += not far
    return within, beyond
