"""Figures in the words beside a chart: the same, with the same intervals, as in the tables.

    checkout.latency.p50  -->  p50 14.1 [13.8, 14.4] ms (n = 20)      of the answers of all replications

A chart's curve may be another mean of the same runs (the tail pools the shares that took longer, curves over time begin before
the warm-up is over), and then two figures of one name would differ a little. So words never come from a curve.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from sim.charts.series import flow_numbers
from sim.metrics.base import SYSTEM, Subject
from sim.metrics.estimates import estimate_of, figures_from
from sim.metrics.paths import metrics

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from sim.charts.subject import Side

Of = Literal["replies", "completions"]
CLIENT: dict[Of, str] = {"replies": "latency", "completions": "completion"}
FAILED: dict[Of, tuple[str, str]] = {"replies": ("errors", "failed"), "completions": ("spoiled", "not done well")}
PERCENTILES = ("p50", "p95", "p99")


def caption_of(side: Side, flow: str | Collection[str] | None, of: Of) -> str:
    """Return a side in a sentence: percentiles of all its flows together, or of each one that is named, and what failed."""
    return f"{side.label}: {_each(side, flow, lambda one: _figures(side, one, of))}."


def caption_of_metric(side: Side, flow: str | Collection[str] | None, name: str) -> str:
    """Return one metric of a side: of all its flows together, or of each one that is named."""
    return _each(side, flow, lambda one: _figure(side, one, name))


def _each(side: Side, flow: str | Collection[str] | None, words: Callable[[Subject], str]) -> str:
    """What is said of the whole system, or of the flows that are named."""
    if flow is None:
        return words(SYSTEM)
    flows = [Subject("flow", number, side.network.flows[number].name) for number in flow_numbers(side.network, flow)]
    return words(flows[0]) if len(flows) == 1 else "; ".join(f"{one.name}: {words(one)}" for one in flows)


def _figures(side: Side, subject: Subject, of: Of) -> str:
    """The figures of one flow, or of the whole system."""
    metric, words = FAILED[of]
    found = [f"{share} {_figure(side, subject, f'{CLIENT[of]}.{share}')}" for share in PERCENTILES]
    return f"{', '.join(found)}, {words} {_figure(side, subject, metric)}"


def _figure(side: Side, subject: Subject, name: str) -> str:
    """One figure, as a table has it."""
    metric = metrics()[name].fitted(side.network.scenario, subject)
    found = estimate_of(metric, figures_from(side.records, metric, subject))
    if math.isfinite(found.median):
        return str(found)
    return f"{'has no end' if found.infinite else 'is not known'} ({found.note})"
