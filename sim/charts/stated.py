"""Latency in the words beside a chart: the same figures, with the same intervals, as in the tables.

    checkout.latency.p50  of each replication  -->  p50 14.1 [13.8, 14.4] ms (n = 20)      mean over the replications

A chart's curve may be another mean of the same runs (the tail pools the shares that took longer), and then two figures of one
name would differ a little. So words never come from a curve.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Literal

from sim.charts.series import flow_numbers
from sim.metrics.estimates import estimate_of
from sim.metrics.paths import measure, resolve

if TYPE_CHECKING:
    from collections.abc import Collection

    from sim.charts.subject import Side

Of = Literal["replies", "completions"]
CLIENT: dict[Of, str] = {"replies": "latency", "completions": "completion"}
FAILED: dict[Of, tuple[str, str]] = {"replies": ("errors", "failed"), "completions": ("spoiled", "not done well")}
PERCENTILES = ("p50", "p95", "p99")


def stated(side: Side, flow: str | Collection[str] | None, of: Of) -> str:
    """Return a side in a sentence: percentiles of all its flows together, or of each one that is named, and what failed."""
    numbers = flow_numbers(side.network, flow)
    names = [side.network.flows[number].name for number in numbers]
    if flow is None or len(names) == 1:
        return f"{side.label}: {_figures(side, '' if flow is None else names[0], of)}."
    return f"{side.label}: {'; '.join(f'{name}: {_figures(side, name, of)}' for name in names)}."


def _figures(side: Side, flow: str, of: Of) -> str:
    """The figures of one flow, or of all together for ''."""
    metric, words = FAILED[of]
    found = [f"{share} {_figure(side, flow, f'{CLIENT[of]}.{share}')}" for share in PERCENTILES]
    return f"{', '.join(found)}, {words} {_figure(side, flow, metric)}"


def _figure(side: Side, flow: str, name: str) -> str:
    """One figure, as a table has it."""
    metric, subject = resolve(f"{flow}.{name}" if flow else name, side.network)
    found = estimate_of(metric, [measure(record, metric, subject) for record in side.records])
    if math.isfinite(found.median):
        return str(found)
    return f"{'has no end' if found.infinite else 'is not known'} ({found.note})"
