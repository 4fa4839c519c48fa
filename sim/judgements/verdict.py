"""The comparison in words: what an architect would say after reading the table, and no more than it proves.

    who fails less, who fails smaller (and which service gives way first), who recovers sooner, who carries more,
    and what that costs in delay and backlog: one plain sentence each, with the difference and its interval,
    or "no proven difference"; then what was not judged

What is claimed is proven of all claims together (`sim.judgements.multiple_comparisons`); the interval beside a claim is of
that one alone, and skewness-adjusted, so in rare cases it reaches 0 where the p value proves a difference, or stays clear of it
where it does not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.judgements.effects_words import applied, effects_of, effects_sentence
from sim.judgements.fallbacks import fallback_notes
from sim.judgements.faults import NOT_EXERCISED, cannot_be_told, fault_notes
from sim.judgements.multiple_comparisons import claims_of
from sim.metrics.breach import breach_order
from sim.metrics.spans import SECOND, from_first_fault, has_before, measured
from sim.metrics.strikes import first_strike
from sim.metrics.unanswered import hanging_flows, hanging_requests, under_way_share
from sim.scenario.units import format_duration
from sim.stats.figures import format_interval, format_value
from sim.stats.multiple import format_p

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.judgements.multiple_comparisons import Claim
    from sim.results.comparison import Comparison, Row
    from sim.results.result import Result
    from sim.stats.intervals import Estimate

NAMED_MAX = 5
"""How many services of a cascade are named."""
OTHERS_MAX = 3
"""How many other flows are named."""
DEADLINES_DIFFER = "The deadlines"
MUST_DIFFER = "What must be done"
LATENESS = "Lateness"
OPENINGS = (DEADLINES_DIFFER, MUST_DIFFER, LATENESS, NOT_EXERCISED)
"""How sentences begin that are about what was not judged."""


@dataclass(frozen=True)
class BreachTime:
    """When a service gets into breach for the first time: the median over the replications in which it does."""

    service: str
    seconds: float
    replications: int


def verdict(comparison: Comparison) -> list[str]:
    """Return the comparison in a few sentences; what they claim is proven of all of them together."""
    flow, claims = comparison.flow, claims_of(comparison)
    sentences = [*_deadlines_differ(comparison), *_must_differ(comparison), _sentence(comparison, claims[f"{flow}.spoiled"])]
    if "blast_radius" in claims:
        sentences.append(f"{_sentence(comparison, claims['blast_radius'])} {_cascades(comparison)}")
        sentences.append(_sentence(comparison, claims["time_to_recover"]))
    sentences.append(_sentence(comparison, claims["goodput"]))
    sentences += _answers(comparison, claims[f"{flow}.latency.p50"], claims[f"{flow}.completion.p50"])
    sentences += _never_answered(comparison)
    cost = comparison.row("backlog_peak")
    if cost.a.mean or cost.b.mean:
        sentences.append(_cost(comparison, cost))
    effects = effects_sentence(comparison)
    return [*sentences, *([effects] if effects else []), *_other_flows(comparison, claims), *_not_judged(comparison)]


def _other_flows(comparison: Comparison, claims: dict[str, Claim]) -> list[str]:
    """Other flows that are proven, with all claims, to fail less on one side: how often they fail, the worst ones first."""
    flows = [flow for flow in comparison.a.scenario.workload if flow != comparison.flow and f"{flow}.spoiled" in claims]
    rows = {flow: claims[f"{flow}.spoiled"].row for flow in flows if claims[f"{flow}.spoiled"].better}
    worst = sorted(rows, key=lambda flow: -abs(rows[flow].difference.mean))
    told = []
    for flow in worst[:OTHERS_MAX]:
        sides = zip((rows[flow].a, rows[flow].b), comparison.labels, strict=True)
        told.append(f"{flow}: {', '.join(f'{_typical(found)} ({label})' for found, label in sides)}")
    more = [f"{len(worst) - OTHERS_MAX} more"] if len(worst) > OTHERS_MAX else []
    said = "Of other flows it is proven, too, who fails less: not done well"
    return [f"{said}: {'; '.join([*told, *more])}."] if worst else []


def _never_answered(comparison: Comparison) -> list[str]:
    """What hangs when the runs end, of both sides; nothing where all that is open has just begun."""
    flow, sides = comparison.flow, []
    for result, label in zip((comparison.a, comparison.b), comparison.labels, strict=True):
        number = [one.name for one in result.network.flows].index(flow)
        hang = [
            int(counts(record)[:, number].sum()) for record in result.records for counts in (hanging_requests, hanging_flows)
        ]
        found = f"{_typical(result.estimate(f'{flow}.unanswered'))} of {flow} without an answer"
        under_way = math.fsum(under_way_share(record, number) for record in result.records) / result.replications
        sides.append((any(hang), f"{label}: {found}, {format_value(under_way, 'share')} not yet done"))
    if not any(hangs for hangs, _ in sides):
        return []
    return [f"When the runs end, some has been open for longer than any answer took: {'; '.join(text for _, text in sides)}."]


def opening(sentences: Sequence[str]) -> list[str]:
    """Return those sentences of a verdict that who reads its claims alone must know too: what was not judged."""
    return [sentence for sentence in sentences if sentence.startswith(OPENINGS)]


def cascade(result: Result) -> list[BreachTime]:
    """Return the services that get into breach from the first fault on, in the order in which they do.

    None where no measured window lies before the first fault: nobody knows which were in breach without it, or before.
    """
    times: dict[int, list[int]] = {}
    if result.scenario.faults and not has_before(result.scenario):
        return []
    for record in result.records:
        if result.scenario.faults and first_strike(record) is None:
            continue
        first = from_first_fault(record, measured(result.network)[0])
        for service, begin in breach_order(record, first):
            times.setdefault(service, []).append(begin)
    found = [
        BreachTime(result.network.services[service].name, sorted(begins)[len(begins) // 2] / SECOND, len(begins))
        for service, begins in times.items()
    ]
    return sorted(found, key=lambda one: (-(2 * one.replications > result.replications), one.seconds))


def _sentence(comparison: Comparison, claim: Claim) -> str:
    """One claim, proven or not."""
    one, other = comparison.labels
    row, what = claim.row, claim.what
    a, b = _typical(row.a), _typical(row.b)
    if not row.paired.told:
        sides = f"{a} ({one}), {b} ({other})" if a != b else f"{a} (both)"
        return f"It cannot be told who {claim.says}: {what}: {sides}."
    if not claim.better:
        return f"No proven difference who {claim.says}: {what}: {a} ({one}), {b} ({other}){_difference(claim)}."
    return f"{_better_label(comparison, claim)} {claim.says}: {_instead(claim, claim.better)}."


def _better_label(comparison: Comparison, claim: Claim) -> str:
    """The side that is proven better, as a sentence begins with it."""
    return comparison.labels["ab".index(claim.better)].capitalize()


def _instead(claim: Claim, side: str) -> str:
    """What is measured of a side, instead of the other's."""
    mine, others = (claim.row.a, claim.row.b) if side == "a" else (claim.row.b, claim.row.a)
    return f"{claim.what}: {_typical(mine)} instead of {_typical(others)}{_difference(claim)}"


def _answers(comparison: Comparison, answer: Claim, done: Claim) -> list[str]:
    """Who answers sooner is never said without when all is done: who only accepts sooner may be done later."""
    if not answer.better:
        return [_sentence(comparison, answer), _sentence(comparison, done)]
    if done.better:
        head = "and is done with all sooner" if done.better == answer.better else "but is done with all later"
    else:
        head = f"but it {'is not proven' if done.row.paired.told else 'cannot be told'} who {done.says}"
    figures = "; ".join(_instead(claim, answer.better) for claim in (answer, done))
    return [f"{_better_label(comparison, answer)} {answer.says}, {head}: {figures}."]


def _difference(claim: Claim) -> str:
    """The difference with its interval and n, and the p value that the claim is made by, or is not."""
    together = f" for all {claim.family} claims" if claim.family > 1 else ""
    if not claim.row.paired.told:
        return ""
    return f" ({_apart(claim.row)}; {format_p(claim.adjusted)}{together})"


def _apart(row: Row) -> str:
    """How far both are apart, in words."""
    found = row.difference
    if row.survival is not None:
        return str(row.survival)
    unit = "points" if row.unit == "share" else row.unit
    if found.estimable and found.low == found.high:
        return f"difference {format_value(found.mean, unit)} in all {found.n} pairs"
    if found.estimable:
        return f"difference {format_interval(found.mean, found.low, found.high, unit)}, n = {found.n}"
    pair = row.paired
    if math.isfinite(found.mean) or found.n < found.infinite:
        return found.note
    return f"lower in {max(pair.a_lower, pair.b_lower)} of {found.n} pairs"


def _deadlines_differ(comparison: Comparison) -> list[str]:
    """That both are not held to the same deadline, where they are not; what is done well is then not the same of both."""
    flow = comparison.flow
    limits = [side.scenario.workload[flow].deadline for side in (comparison.a, comparison.b)]
    if limits[0] == limits[1]:
        return []
    texts = ["none" if limit is None else format_duration(limit) for limit in limits]
    sides = ", ".join(f"{text} ({label})" for text, label in zip(texts, comparison.labels, strict=True))
    told = f"{DEADLINES_DIFFER} of {flow} differ, so being done well does not mean the same of both: {sides}"
    return [f"{told}; declare the same workload.{flow}.deadline in both."]


def _must_differ(comparison: Comparison) -> list[str]:
    """That an effect is part of being done well on one side only, where the flow may have it on both; and how often it came."""
    flow, labels = comparison.flow, comparison.labels
    sides = (comparison.a, comparison.b)
    may, must = [set(effects_of(side, flow)) for side in sides], [set(effects_of(side, flow, required=True)) for side in sides]
    found = []
    for name in sorted((must[0] ^ must[1]) & may[0] & may[1]):
        label = labels[0] if name in must[0] else labels[1]
        shares = [format_value(applied(side, flow, name), "share") for side in sides]
        told = f"{MUST_DIFFER} differs, so being done well does not mean the same of both: {name} is part of {flow} in {label}"
        done = " and ".join(f"{one} ({of})" for one, of in zip(shares, labels, strict=True))
        found.append(f"{told} only; of what was offered it was done for {done}.")
    return found


def _not_judged(comparison: Comparison) -> list[str]:
    """What the claims above leave out: lateness without a deadline, faults that tell nothing, what fallbacks make look well."""
    flow, (one, other) = comparison.flow, comparison.labels
    found = []
    if all(side.scenario.workload[flow].deadline is None for side in (comparison.a, comparison.b)):
        said = f"{LATENESS} was not judged: {flow} has no deadline, so whatever is done at all counts as done well"
        found.append(f"{said}; declare workload.{flow}.deadline to judge it.")
    told = [[*fault_notes(side), *fallback_notes(side)] for side in (comparison.a, comparison.b)]
    if told[0] == told[1]:
        return found + told[0]
    return found + [f"{note} ({label})" for label, notes in zip((one, other), told, strict=True) for note in notes]


def _late(found: Estimate, flow: str) -> str:
    """How long the slowest of a hundred takes to be done."""
    if math.isfinite(found.mean) and math.isinf(found.high):
        return f"99 % of {flow} done in no less than {format_value(found.low, 's')}, as some is still under way"
    if math.isfinite(found.mean):
        return f"99 % of {flow} done within {format_value(found.mean, 's')}"
    if found.infinite:
        return f"more than 1 % of {flow} not done well when the runs end"
    return f"too few of {flow} to tell when 99 % are done"


def _typical(found: Estimate) -> str:
    """The mean; where there is none the median, or what stands in its place."""
    if math.isfinite(found.mean) and math.isinf(found.high):
        return f"at least {format_value(found.low, found.unit)}"
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
    untold = cannot_be_told(result.scenario)
    if untold:
        return f"{label.capitalize()}: it cannot be told which services get into breach: {untold}."
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
    return "no message waits" if peak.estimable and peak.high == 0 else f"at its peak {_typical(peak)} not yet handled"


def _cost(comparison: Comparison, row: Row) -> str:
    """What waits, and how long the slowest part of the flow takes until it is done."""
    done = comparison.row(f"{comparison.flow}.completion.p99")
    parts = [
        f"{label}: {_waiting(peak)}, {_late(late, comparison.flow)}"
        for label, peak, late in zip(comparison.labels, (row.a, row.b), (done.a, done.b), strict=True)
    ]
    return f"The cost in delay and backlog: {'; '.join(parts)} ({_apart(row)})."
