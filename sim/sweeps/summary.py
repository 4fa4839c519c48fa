"""What is kept of a run: the values of its metrics and its fingerprint; nothing that depends on engine or machine.

record --measure--> {"checkout.latency.p99": 0.412, ...}  +  fingerprint
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.metrics.paths import metrics, subjects
from sim.metrics.spans import measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.metrics.base import Metric, Subject
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

METRICS = 2
"""Version of what a metric means; raised when the value of any metric of an unchanged record changes."""
OF_SERVICES = ("errors", "utilisation", "queue_peak", "amplification")
"""What is kept of every service; of the system, of flows and of groups every metric is."""
_ODD = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


@dataclass(frozen=True)
class Summary:
    """One run. ``values`` are in the order of the point's paths; inf and nan as the metrics have them."""

    values: tuple[float, ...]
    fingerprint: str

    def to_dict(self, paths: Sequence[str]) -> dict[str, Any]:
        """Return plain data; numbers that JSON does not have become texts."""
        values = {path: value if math.isfinite(value) else str(value) for path, value in zip(paths, self.values, strict=True)}
        return {"values": values, "fingerprint": self.fingerprint}

    @staticmethod
    def of_dict(data: Mapping[str, Any], paths: Sequence[str]) -> Summary:
        """Return the summary that ``to_dict`` wrote. Raises ``KeyError`` when a path is not in it."""
        found = (data["values"][path] for path in paths)
        values = tuple(_ODD[one] if isinstance(one, str) else float(one) for one in found)
        return Summary(values, str(data["fingerprint"]))


def standard_paths(scenario: Scenario) -> tuple[str, ...]:
    """Return the metrics that are always kept: every one of system, flows and groups, and some of each service."""
    paths: dict[str, None] = {}
    for scope, names in subjects(scenario).items():
        for name in names:
            for metric in metrics().values():
                if scope in metric.measures and (scope != "service" or metric.name in OF_SERVICES):
                    paths.setdefault(f"{name}.{metric.name}" if name else metric.name)
    return tuple(paths)


def summarise(record: Record, found: Sequence[tuple[Metric, Subject]]) -> Summary:
    """Return what is kept of a record: the values of metrics, as `sim.metrics.paths.resolve` found them."""
    first, stop = measured(record.network)
    values = tuple(float(metric.measures[subject.scope](record, subject.index, first, stop)) for metric, subject in found)
    return Summary(values, record.fingerprint())
