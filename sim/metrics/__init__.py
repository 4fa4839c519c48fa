"""One file for each metric: a function of a record, declared with its unit and direction.

    resolve("checkout.latency.p99", scenario)  ->  (metric, subject)      measure(record, metric, subject)  ->  float
"""

from sim.metrics.base import SYSTEM, Direction, Family, Metric, Scope, Subject
from sim.metrics.paths import UnknownMetricError, measure, metric_paths, metric_units, metrics, resolve, subjects

__all__ = [
    "SYSTEM",
    "Direction",
    "Family",
    "Metric",
    "Scope",
    "Subject",
    "UnknownMetricError",
    "measure",
    "metric_paths",
    "metric_units",
    "metrics",
    "resolve",
    "subjects",
]
