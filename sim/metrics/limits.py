"""Differences that matter, as people write them: in the unit of their metric.

    goodput 2/s      latency.p99 10ms      errors 1pp (percentage points)      backlog_peak 100
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sim.scenario.objectives import parse_limit

if TYPE_CHECKING:
    from sim.metrics.base import Metric

EXAMPLES = {"s": "10ms", "1/s": "2/s", "share": "1pp", "1": "0.5", "messages": "100"}
SECOND = 1e9
_KINDS = {"s": "duration", "1/s": "rate", "1": "number", "messages": "number"}
_POINTS = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?pp")


def example(metric: Metric) -> str:
    """Return how a difference of the metric is written."""
    return EXAMPLES[metric.unit]


def size_of(metric: Metric, text: str) -> float:
    """Return a difference in the metric's unit. Raises ``ValueError`` when it has another unit, or none where one is due."""
    points = _POINTS.fullmatch(text.strip())
    if metric.unit == "share":
        if points is None:
            raise ValueError(f"'{text}' is no difference of shares; write percentage points, such as {example(metric)}")
        return float(points[1]) / 100.0
    size, unit = parse_limit(text.strip())
    if unit != _KINDS[metric.unit]:
        raise ValueError(f"'{text}' is a {unit}; write for example {example(metric)}")
    return size / SECOND if unit == "duration" else size
