"""A run held against a saved one: which of the metrics that gate became worse, proven for all of them together.

    baseline, now --metric by metric--> evidence (paired or independent) --Holm--> regressed, improved, no change, unsure

Results are held against results, comparisons side by side against comparisons, matrices cell by cell, sweeps point by point.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from sim.errors import ComparisonError, EventflowError
from sim.judgements.counterparts import Pair, pairs_of, scenario_of
from sim.judgements.gating import BaselineError, gated, gated_by_both, gating_in_matrix, gone
from sim.judgements.non_inferiority import check_width, read_limit
from sim.metrics.estimates import Bounded, difference_within, estimate_of, numbers, ranges, seen_by_both, untold
from sim.metrics.paths import UnknownMetricError, resolve
from sim.results.result import Result
from sim.stats.figures import format_value
from sim.stats.intervals import LEVEL
from sim.stats.multiple import enough, format_p, holm
from sim.stats.regression import Evidence, Side, Tolerance, independent_evidence, paired_evidence

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sim.loaded import Saved
    from sim.metrics.base import Metric
    from sim.metrics.estimates import Figures
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.regression import Outcome
    from sim.sweeps.result import Sweep

ALPHA = 1.0 - LEVEL
OUTCOMES: tuple[Outcome, ...] = ("regressed", "improved", "no change", "unsure")
TOLERANCES = "write for example '2%' for every metric, or 'checkout.latency.p99=10ms' or 'goodput=5%' for one"


@dataclass(frozen=True, kw_only=True)
class Change:
    """One metric of now beside the baseline's.

    Attributes:
        where: the scenario or the point of a sweep, where there are several; else ''.
        path, label: the metric, and in words.
        direction: which way is better.
        before, now: both means with their intervals, over the replications that were used.
        evidence: what the samples say.
        tolerance: how much worse is accepted.
        p: that it is not worse (not better, where it improved), adjusted for all metrics that gate.
        outcome: the verdict.
    """

    where: str
    path: str
    label: str
    direction: str
    before: Estimate
    now: Estimate
    evidence: Evidence
    tolerance: Tolerance
    p: float
    outcome: Outcome

    @property
    def name(self) -> str:
        """The metric, and where."""
        return f"{self.where}: {self.path}" if self.where else self.path

    @property
    def reason(self) -> str:
        """What the verdict goes by, in one line."""
        difference = self.evidence.difference
        if self.evidence.why:
            return f"cannot be judged: {self.evidence.why}"
        sizes = (self.before.n, self.now.n)
        pairs = "1 pair" if sizes[0] == 1 else f"{sizes[0]} pairs"
        sample = pairs if self.evidence.design == "paired" else f"{sizes[0]} and {sizes[1]} independent runs"
        within = tolerance_text(self.tolerance, self.before.unit)
        unit = "points" if difference.unit == "share" else difference.unit
        means = f"{_short(self.now)} against {_short(self.before)}"
        if not difference.estimable:
            return f"{means}; {sample}, {format_p(self.p)}{within}"
        bounds = f"{format_value(difference.low, unit)} to {format_value(difference.high, unit)}"
        return f"{means}, difference {format_value(difference.mean, unit)} ({bounds}); {sample}, {format_p(self.p)}{within}"

    def __str__(self) -> str:
        """Return ``REGRESSED goodput: 48.1/s against 50.2/s, ...``."""
        return f"{self.outcome.upper()} {self.name}: {self.reason}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "where": self.where,
            "path": self.path,
            "direction": self.direction,
            "outcome": self.outcome,
            "reason": self.reason,
            "design": self.evidence.design,
            "before": self.before.to_dict(),
            "now": self.now.to_dict(),
            "difference": self.evidence.difference.to_dict(),
            "tolerance": {"share": self.tolerance.share, "margin": self.tolerance.margin},
            "p": float(f"{self.p:.6g}"),
        }


@dataclass(frozen=True, kw_only=True)
class Regression:
    """The verdict on every metric that gates, in their order.

    Attributes:
        changes: one for each.
        notes: what a reader must know: versions, seeds, settings that differ.
        left_out: what was asked for, or is in the baseline, and has nothing to be held against: doubt, not a pass.
        alpha: the chance allowed of even one false proof among them.
    """

    changes: tuple[Change, ...]
    notes: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    alpha: float = ALPHA

    def of(self, outcome: Outcome) -> tuple[Change, ...]:
        """The changes with that verdict."""
        return tuple(change for change in self.changes if change.outcome == outcome)

    @property
    def judged(self) -> bool:
        """Whether there was at least one metric that could be judged."""
        return any(not change.evidence.why for change in self.changes)

    def __str__(self) -> str:
        """Return one sentence: how many regressed, improved, did not change, and how many it cannot tell."""
        counts = [f"{len(self.of(outcome))} {outcome}" for outcome in OUTCOMES if self.of(outcome)]
        family = f"at {100 * self.alpha:.3g} % for all together"
        return f"of {len(self.changes)} metrics held against the baseline {', '.join(counts) or 'none could be'} ({family})"

    @property
    def remedy(self) -> str:
        """What would tell of metrics that are unsure, and how many replications; '' where there is none that could be told."""
        open_ = [one for one in self.of("unsure") if not one.evidence.why]
        if not open_:
            return ""
        said = "neither a change nor its absence is proven; more replications tell"
        leaning = [(min(one.evidence.worse.p, one.evidence.better.p), min(one.before.n, one.now.n)) for one in open_]
        goal = self.alpha / len(self.changes)
        runs = sorted(filter(None, (enough(p, n, goal) for p, n in leaning if p <= self.alpha)))
        if not runs:
            return f"{said}, or a tolerance of what does not matter"
        return f"{said}: with about {runs[-1]} of them {len(runs)} of {len(open_)} would be proven, if they stay as clear"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "counts": {outcome: len(self.of(outcome)) for outcome in OUTCOMES},
            "alpha": float(f"{self.alpha:.6g}"),
            "remedy": self.remedy,
            "notes": list(self.notes),
            "left_out": list(self.left_out),
            "changes": [change.to_dict() for change in self.changes],
        }


@dataclass(frozen=True)
class _Item:
    """One metric of both, before it is judged; ``missing``: what nan means here."""

    where: str
    path: str
    metric: Metric
    old_metric: Metric
    before: Figures
    now: Figures
    paired: bool
    missing: str


def compare_to_baseline(
    now: Saved,
    baseline: Saved,
    *,
    gate: Sequence[str] = (),
    tolerance: Sequence[str] = (),
) -> Regression:
    """Judge every metric that gates: those named by ``gate``, else the objectives' and a few of the system and the flows.

    ``tolerance`` is how much worse is accepted: ``2%`` of the baseline's mean, or ``path=value`` for one metric. Raises
    `BaselineError` when the two have nothing in common or a tolerance cannot be read, `UnknownMetricError`.
    """
    pairs, notes, left_out = pairs_of(now, baseline)
    items = [item for pair in pairs for item in _items(pair, tuple(gate), left_out)]
    tolerances = _tolerances(tolerance, {item.path: item.metric for item in items}, scenario_of(pairs[0].now))
    found = [_evidence(item, tolerances) for item in items]
    worse = holm([one.worse.p for one in found])
    better = holm([one.better.p for one in found])
    rows = zip(items, found, worse, better, strict=True)
    changes = tuple(_change(item, one, tolerances, p_worse, p_better) for item, one, p_worse, p_better in rows)
    alone = tuple(dict.fromkeys(left_out))
    return Regression(changes=changes, notes=tuple(dict.fromkeys([*notes, *alone])), left_out=alone)


def check_gate_paths(scenario: Scenario, gate: Sequence[str], tolerance: Sequence[str], *, of_matrix: bool = False) -> None:
    """Raise `BaselineError` or `UnknownMetricError` for what `compare_to_baseline` could not do with results of a scenario."""
    _tolerances(tolerance, gated(scenario, gate or (gating_in_matrix(scenario) if of_matrix else ())), scenario)


def tolerance_text(tolerance: Tolerance, unit: str) -> str:
    """Return ``, tolerance 2 %``, or '' for none."""
    parts = [format_value(tolerance.share, "share")] if tolerance.share else []
    parts += [format_value(tolerance.margin, "points" if unit == "share" else unit)] if tolerance.margin else []
    return f", tolerance {' and '.join(parts)}" if parts else ""


def _items(pair: Pair, gate: tuple[str, ...], left_out: list[str]) -> Iterator[_Item]:
    """The metrics that gate, of both; notes those that the baseline does not have."""
    scenario, old_scenario = scenario_of(pair.now), scenario_of(pair.before)
    paired = _alike(pair)
    left_out += gone(old_scenario, scenario)
    for path, metric in gated_by_both(scenario, old_scenario, gate or pair.gate, left_out).items():
        try:
            old_metric, _ = resolve(path, old_scenario)
            n = min(_runs(pair.before), _runs(pair.now)) if paired else None
            before, now = _figures(pair.before, path, n), _figures(pair.now, path, n)
        except (UnknownMetricError, EventflowError) as error:
            left_out.append(f"'{path}' is not held against the baseline: {error}")
            continue
        yield _Item(pair.where, path, metric, old_metric, before, now, paired, _missing(pair, metric))


def _runs(given: Result | tuple[Sweep, int]) -> int:
    return given.replications if isinstance(given, Result) else given[0].runs


def _figures(given: Result | tuple[Sweep, int], path: str, n: int | None) -> Figures:
    """What is judged of the first n replications, or of all: values, or a quantile of all answers together."""
    return given.figures(path, n) if isinstance(given, Result) else given[0].figures(given[1], path, n)


def _missing(pair: Pair, metric: Metric) -> str:
    """What a missing value means: also, of a sweep, that a run failed or was not run."""
    words = [one[0].missing(metric.missing, one[1]) for one in (pair.before, pair.now) if isinstance(one, tuple)]
    return " or ".join(dict.fromkeys(part for one in words for part in one.split(" or "))) or metric.missing


def _alike(pair: Pair) -> bool:
    """Whether both had the same random numbers over the same time."""
    seeds = [one.seed if isinstance(one, Result) else one[0].plan.seed for one in (pair.before, pair.now)]
    runs = [scenario_of(one).run for one in (pair.before, pair.now)]
    settings = [(run.horizon, run.warmup, run.window) for run in runs]
    return seeds[0] == seeds[1] and settings[0] == settings[1]


def _evidence(item: _Item, tolerances: Mapping[str, Tolerance]) -> Evidence:
    metric = item.metric
    tolerance = tolerances.get(item.path, tolerances[""])
    evidence = paired_evidence if item.paired else independent_evidence
    (least, most), (now_least, now_most) = ranges(item.before), ranges(item.now)
    plain, known = (numbers(item.before), numbers(item.now)), least == most and now_least == now_most
    cases = [plain] if known else [plain, (least, now_most), (most, now_least)]
    found = [
        evidence(
            *seen_by_both((item.old_metric, metric), *case),
            worse="higher" if metric.direction == "lower" else "lower",
            tolerance=tolerance,
            unit=metric.unit,
            infinite=metric.infinite,
            missing=item.missing,
        )
        for case in cases
    ]
    if known or found[0].why:
        return found[0]
    unknown = untold(item.before, item.now)
    worse = _in_all([one.worse for one in found], unknown=unknown)
    if Bounded in map(type, (item.before, item.now)):  # what hangs counts as it does in the metric: a gate lets no rise pass
        worse = replace(worse, low=found[0].worse.low, p=found[0].worse.p)
    return replace(
        found[0],
        worse=worse,
        better=_in_all([one.better for one in found], unknown=unknown),
        equal=found[0].equal and (least, most) == (now_least, now_most),
    )


def _in_all(sides: Sequence[Side], *, unknown: bool) -> Side:
    """A side as it is however what is open turns out, and wherever in its bucket a quantile lies.

    ``unknown``: nobody can tell which is the larger one, so that neither way is proven, though they may be the same.
    """
    known = all(math.isfinite(one.low) and math.isfinite(one.high) for one in sides)
    low = min((one.low for one in sides if not math.isnan(one.low)), default=math.nan)
    high = max(one.high for one in sides) if known else math.inf
    return Side(low=min(low, 0.0) if unknown else low, high=high, p=1.0 if unknown else max(one.p for one in sides))


def _change(item: _Item, one: Evidence, tolerances: Mapping[str, Tolerance], p_worse: float, p_better: float) -> Change:
    outcome = one.outcome(p_worse, p_better, ALPHA)
    return Change(
        where=item.where,
        path=item.path,
        label=item.metric.label,
        direction=item.metric.direction,
        before=estimate_of(item.old_metric, item.before),
        now=estimate_of(item.metric, item.now),
        evidence=replace(one, difference=difference_within((item.old_metric, item.metric), one.difference)),
        tolerance=tolerances.get(item.path, tolerances[""]),
        p=p_better if outcome == "improved" else p_worse,
        outcome=outcome,
    )


def _tolerances(texts: Sequence[str], gating_metrics: Mapping[str, Metric], scenario: Scenario) -> dict[str, Tolerance]:
    """Return tolerances by path; that of '' is for all others."""
    found = {"": Tolerance()}
    given: dict[str, str] = {}
    for text in texts:
        path, equals, value = text.rpartition("=")
        path, value = path.strip(), value.strip()
        if equals and path not in gating_metrics:
            raise BaselineError(f"tolerance '{text}': '{path}' does not gate; name it by --gate, or remove its tolerance")
        if not equals and not value.endswith("%"):
            raise BaselineError(f"tolerance '{text}' is not a percentage; {TOLERANCES}")
        try:
            metric = gating_metrics[path] if equals else resolve("errors", scenario)[0]
            kind, size = read_limit(path or "errors", metric, value)
            for name, each in ({path: metric} if equals else gating_metrics).items():
                if not any(other.rpartition("=")[0].strip() == name for other in texts if other != text):
                    check_width(name, each, (kind, size))
        except ComparisonError as error:
            raise BaselineError(f"tolerance '{text}' cannot be read: {error}; {TOLERANCES}") from None
        if path in given:
            raise BaselineError(f"tolerance '{text}': there is one for the same already, '{given[path]}'; leave one out")
        given[path] = text
        found[path] = Tolerance(**{kind: size})
    return found


def _short(found: Estimate) -> str:
    if found.infinite:
        return f"no end in {found.infinite} of {found.n}"
    return format_value(found.mean, found.unit)
