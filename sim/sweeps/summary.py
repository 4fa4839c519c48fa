"""What is kept of a run: the values of its metrics and its fingerprint; nothing that depends on engine or machine.

record --measure--> {"checkout.latency.p99": 0.412, ...}  +  fingerprint
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from sim.metrics.paths import metrics, subjects
from sim.metrics.spans import measured

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.metrics.base import Metric, Subject
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

METRICS = 5
"""Version of what a metric means; raised when the value of any metric of an unchanged record changes."""
OF_SERVICES = ("errors", "utilisation", "queue_peak", "amplification")
"""What is kept of every service; of the system, of flows and of groups every metric is."""
_ODD = {"inf": math.inf, "-inf": -math.inf, "nan": math.nan}


@dataclass(frozen=True)
class Summary:
    """One run.

    Attributes:
        values: in the order of the point's paths; inf and nan as the metrics have them.
        fingerprint: of the record.
        samples: what quantiles are ones of, by flow and family (``checkout.latency``), as texts of `sim.stats.sample`.
        bounds: the least and the most that values can turn out to be once what is still open has ended, by path; of those
            that can turn out otherwise.
    """

    values: tuple[float, ...]
    fingerprint: str
    samples: Mapping[str, str] = field(default_factory=dict)
    bounds: Mapping[str, tuple[float, float]] = field(default_factory=dict)

    def to_dict(self, paths: Sequence[str]) -> dict[str, Any]:
        """Return plain data; numbers that JSON does not have become texts."""
        values = {path: _plain(value) for path, value in zip(paths, self.values, strict=True)}
        return {"values": values, "fingerprint": self.fingerprint, **self.kept()}

    def kept(self) -> dict[str, Any]:
        """Return what is kept besides values, as plain data; without what there is none of."""
        bounds = {path: [_plain(one) for one in pair] for path, pair in self.bounds.items()}
        return {name: each for name, each in (("samples", dict(self.samples)), ("bounds", bounds)) if each}

    def keeping(self, data: Mapping[str, Any]) -> Summary:
        """Return the same with what `kept` wrote. Raises ``ValueError`` or ``TypeError`` for anything else."""
        samples = {str(name): str(text) for name, text in data.get("samples", {}).items()}
        bounds = {str(path): (_number(least), _number(most)) for path, (least, most) in data.get("bounds", {}).items()}
        return replace(self, samples=samples, bounds=bounds)

    @staticmethod
    def of_dict(data: Mapping[str, Any], paths: Sequence[str]) -> Summary:
        """Return the summary that ``to_dict`` wrote. Raises ``KeyError`` when a path is not in it."""
        values = tuple(_number(data["values"][path]) for path in paths)
        return Summary(values, str(data["fingerprint"])).keeping(data)


def _plain(value: float) -> float | str:
    return value if math.isfinite(value) else str(value)


def _number(value: float | str) -> float:
    return _ODD[value] if isinstance(value, str) else float(value)


def standard_paths(scenario: Scenario) -> tuple[str, ...]:
    """Return the metrics that are always kept: every one of system, flows and groups, and some of each service."""
    paths: dict[str, None] = {}
    for scope, names in subjects(scenario).items():
        for name in names:
            for metric in metrics().values():
                if scope in metric.measures and scope != "effect" and (scope != "service" or metric.name in OF_SERVICES):
                    paths.setdefault(f"{name}.{metric.name}" if name else metric.name)
    return tuple(paths)


def summarise(record: Record, found: Sequence[tuple[Metric, Subject]]) -> Summary:
    """Return what is kept of a record: the values of metrics, as `sim.metrics.paths.resolve` found them."""
    first, stop = measured(record.network)
    values = tuple(float(metric.measures[subject.scope](record, subject.index, first, stop)) for metric, subject in found)
    samples: dict[str, str] = {}
    bounds: dict[str, tuple[float, float]] = {}
    for (metric, subject), value in zip(found, values, strict=True):
        path = f"{subject.name}.{metric.name}" if subject.name else metric.name
        if metric.samples is not None and subject.scope == "flow":
            name = path.rpartition(".p")[0]
            if name not in samples:
                samples[name] = metric.samples["flow"](record, subject.index, first, stop).to_text()
        if metric.bounds is not None:
            least, most = metric.bounds[subject.scope](record, subject.index, first, stop)
            if least != most and not math.isnan(value):
                bounds[path] = (least, most)
    return Summary(values, record.fingerprint(), samples, bounds)
