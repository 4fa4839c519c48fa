"""The comparison in words: what an architect would say after reading the table, and no more than it proves.

    who fails less, who fails smaller (and which service gives way first), who recovers sooner, who carries more,
    and what that costs in delay and backlog: one plain sentence each, with the difference and its interval,
    or "no proven difference"
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.judge.effects_words import effects_sentence
from sim.metrics.breach import breach_order
from sim.metrics.spans import SECOND, from_first_fault, measured
from sim.stats.figures import format_interval, format_value

if TYPE_CHECKING:
    from sim.judge.comparison import Comparison, Row
    from sim.judge.result import Result
    from sim.stats.intervals import Estimate

NAMED_MAX = 5
"""How many services of a cascade are named."""


@dataclass(frozen=True)
class BreachTime:
    """When a service gets into breach for the first time: the median over the replications in which it does."""

    service: str
    seconds: float
    replications: int


def verdict(comparison: Comparison) -> list[str]:
    """Return the comparison in a few sentences."""
    flow, faults = comparison.flow, comparison.a.scenario.faults
    failed = comparison.row(f"{flow}.spoiled")
    sentences = [_sentence(comparison, failed, "fails less", f"{flow} requests not done well")]
    if faults or comparison.b.scenario.faults:
        smaller = _sentence(comparison, comparison.row("blast_radius"), "fails smaller", "services in breach")
        sentences.append(f"{smaller} {_cascades(comparison)}")
        sentences.append(
            _sentence(comparison, comparison.row("time_to_recover"), "recovers sooner", "time to recover after a fault")
        )
    sentences.append(_sentence(comparison, comparison.row("goodput"), "carries more", "goodput of the whole system"))
    sentences.append(
        _sentence(comparison, comparison.row(f"{flow}.latency.p50"), "answers sooner", f"median latency of {flow}")
    )
    cost = comparison.row("backlog_peak")
    if cost.a.mean or cost.b.mean:
        sentences.append(_cost(comparison, cost))
    return [*sentences, *filter(None, (effects_sentence(comparison),))]


def cascade(result: Result) -> list[BreachTime]:
    """Return the services that get into breach from the first fault on, in the order in which they do."""
    times: dict[int, list[int]] = {}
    first = from_first_fault(result.network, measured(result.network)[0])
    for record in result.records:
        for service, begin in breach_order(record, first):
            times.setdefault(service, []).append(begin)
    found = [
        BreachTime(result.network.services[service].name, sorted(begins)[len(begins) // 2] / SECOND, len(begins))
        for service, begins in times.items()
    ]
    return sorted(found, key=lambda one: (-(2 * one.replications > result.replications), one.seconds))


def _sentence(comparison: Comparison, row: Row, claim: str, what: str) -> str:
    """One claim, proven or not."""
    one, other = comparison.labels
    a, b = _typical(row.a), _typical(row.b)
    if not row.paired.told:
        sides = f"{a} ({one}), {b} ({other})" if a != b else f"{a} (both)"
        return f"It cannot be told who {claim}: {what}: {sides}."
    if not row.better:
        return f"No proven difference who {claim}: {what}: {a} ({one}), {b} ({other}){_difference(row)}."
    if row.better == "a":
        return f"{one.capitalize()} {claim}: {what}: {a} instead of {b}{_difference(row)}."
    return f"{other.capitalize()} {claim}: {what}: {b} instead of {a}{_difference(row)}."


def _difference(row: Row) -> str:
    found = row.difference
    if row.survival is not None:
        return f" ({row.survival})"
    unit = "points" if row.unit == "share" else row.unit
    if found.estimable and found.low == found.high:
        return f" (difference {format_value(found.mean, unit)} in all {found.n} pairs)"
    if found.estimable:
        return f" (difference {format_interval(found.mean, found.low, found.high, unit)}, n = {found.n})"
    pair = row.paired
    if math.isfinite(found.mean) or found.n < found.infinite:
        return f" ({found.note})"
    return f" (lower in {max(pair.a_lower, pair.b_lower)} of {found.n} pairs)"


def _late(found: Estimate, flow: str) -> str:
    """How long the slowest of a hundred takes to be done."""
    if math.isfinite(found.mean):
        return f"99 % of {flow} done within {format_value(found.mean, 's')}"
    if found.infinite:
        return f"more than 1 % of {flow} never done well in {found.infinite} of {found.n} replications"
    return f"too few of {flow} to tell when 99 % are done"


def _typical(found: Estimate) -> str:
    """The mean; where there is none the median, or what stands in its place."""
    if math.isfinite(found.mean):
        return format_value(found.mean, found.unit)
    if math.isfinite(found.median):
        return f"{format_value(found.median, found.unit)} in the median, {found.note}"
    return found.note


def _cascades(comparison: Comparison) -> str:
    one, other = comparison.labels
    return f"{_cascade_text(comparison.a, one)} {_cascade_text(comparison.b, other)}"


def _cascade_text(result: Result, label: str) -> str:
    steps = cascade(result)
    if not steps:
        return f"{label.capitalize()}: no service gets into breach."
    names = ", ".join(
        f"{one.service} at {format_value(one.seconds, 's')} (in {one.replications} of {result.replications})"
        for one in steps[:NAMED_MAX]
    )
    more = f", and {len(steps) - NAMED_MAX} more" if len(steps) > NAMED_MAX else ""
    return f"{label.capitalize()}: in breach first is {names}{more}."


def _waiting(peak: Estimate) -> str:
    """How many messages were not committed at a run's worst moment, in the mean over the runs."""
    return "no message in a log" if peak.estimable and peak.high == 0 else f"at its peak {_typical(peak)} not yet committed"


def _cost(comparison: Comparison, row: Row) -> str:
    """What waits, and how long the slowest part of the flow takes until it is done."""
    done = comparison.row(f"{comparison.flow}.completion.p99")
    parts = [
        f"{label}: {_waiting(peak)}, {_late(late, comparison.flow)}"
        for label, peak, late in zip(comparison.labels, (row.a, row.b), (done.a, done.b), strict=True)
    ]
    return f"The cost in delay and backlog: {'; '.join(parts)}{_difference(row)}."
