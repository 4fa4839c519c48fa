"""What a metric is: a name, a unit, which way is better, and one function of a record.

    record --measure(record, subject, first, stop)--> float     over the windows first .. stop - 1

A file of this folder declares a metric (or a `Family`, such as latency with its quantiles) as a module-level value.
`sim.metrics.paths` finds it there: a new metric is a new file, and no list is edited.

What a value can be: a finite number in the metric's unit; ``inf`` when there is no end (the metric's ``infinite`` says
in words what that means); ``nan`` when there is nothing to measure (``missing`` says why).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario
    from sim.stats.sample import Counted

Unit = Literal["s", "share", "1/s", "1", "messages"]
"""Of values: seconds, a share from 0 to 1, per second, a plain number, messages."""
Direction = Literal["lower", "higher", "neither"]
Scope = Literal[
    "system",
    "flow",
    "group",
    "service",
    "saga",
    "stream",
    "channel",
    "store",
    "relay",
    "projection",
    "cache",
    "effect",
    "session",
    "step",
]
TITLES: Mapping[Scope, str] = {
    "system": "System",
    "flow": "Flows",
    "group": "Consumer groups",
    "service": "Services",
    "saga": "Sagas",
    "stream": "Streams of events",
    "channel": "Topics",
    "store": "Stores",
    "relay": "Relays",
    "projection": "Projections",
    "cache": "Caches",
    "effect": "Effects",
    "session": "Sessions",
    "step": "Steps of sessions",
}
"""What metrics are measured of, as tables head it. A name that several things bear means the first that has the metric."""
SCOPES: tuple[Scope, ...] = tuple(TITLES)

Measure = Callable[["Record", int, int, int], float]
"""(record, number of the subject, first window, first window no longer included) -> value. The system is number 0."""


Bounded = Callable[["Record", int, int, int], tuple[float, float]]
"""The same, and what the value is bounded by as long as something is open."""
Sampled = Callable[["Record", int, int, int], "Counted"]
"""The same, and what a quantile is one of."""


@dataclass(frozen=True, kw_only=True)
class Metric:
    """A number that a record has, declared once.

    Attributes:
        name: as objectives spell it, with its quantile where it has one: ``latency.p99``.
        label: as tables and axes show it.
        unit: of its values: ``s``, ``share``, ``1/s``, ``1`` or ``messages``.
        direction: which way is better; ``neither`` where more is not better and less is not either.
        named: of such a metric, which way counts as better where somebody names it as a gate or a claim all the same, as what
            guards refuse: by itself no fault of theirs, and yet more of it than before may be a regression; else ``neither``.
        measures: the function for each scope that has the metric.
        quantile: which one it is, of all answers of all replications together, 0.99; None of any other metric.
        samples: of a quantile: the functions that give what it is a quantile of; None of any other metric.
        bounds: the least and the most that the value can turn out to be once what is still open has ended; None where
            nothing open has a part in it. A quantile's are in its samples.
        meaning: one sentence that defines it.
        infinite: what an infinite value means, in words that follow "2 of 10".
        missing: what nan means, in words that follow "2 of 10".
        least, most: what the value can be at least and at most; intervals end there.
        watched: for times that a run may end before: how long each was watched, in seconds, for the scopes that have it.
            An infinite value then means "longer than that", and survival estimates are made of it.
        watched_min: for such times: how long, in seconds, any run of a scenario is watched at least; nan: not known.
        fit: what a scenario adds to it: closer bounds, plainer words. What `sim.metrics.paths.resolve` returns is fitted.
    """

    name: str
    label: str
    unit: Unit
    direction: Direction
    measures: Mapping[Scope, Measure]
    meaning: str
    quantile: float | None = None
    samples: Mapping[Scope, Sampled] | None = None
    bounds: Mapping[Scope, Bounded] | None = None
    infinite: str = "infinite"
    missing: str = "without an observation"
    least: float = 0.0
    most: float = math.inf
    watched: Mapping[Scope, Measure] | None = None
    watched_min: float = math.nan
    fit: Callable[[Metric, Scenario, Subject], Metric] | None = None
    named: Direction = "neither"

    def as_named(self) -> Metric:
        """Return the metric as it is judged where it is named as a gate or a claim."""
        return self if self.direction != "neither" else replace(self, direction=self.named)

    def fitted(self, scenario: Scenario, subject: Subject) -> Metric:
        """Return the metric as it is of one subject of a scenario."""
        return self if self.fit is None else self.fit(self, scenario, subject)


@dataclass(frozen=True, kw_only=True)
class Family:
    """Metrics that differ in a detail only: ``latency.mean``, ``latency.p99``, ``latency.p99.9``.

    Attributes:
        name: what comes before the detail.
        unit: of all of them.
        shown: the details that lists and summaries show.
        member: builds the metric of a detail (``mean``, ``max`` or ``p`` and a percentage).
        others: whether there are more details than those: quantiles.
    """

    name: str
    unit: Unit
    shown: tuple[str, ...]
    member: Callable[[str], Metric]
    others: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """What a metric is measured of: the ``index``-th of its scope; the system has number 0 and no name."""

    scope: Scope
    index: int
    name: str


SYSTEM = Subject("system", 0, "")
