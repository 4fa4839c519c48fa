"""Metrics by their paths, as objectives and tables write them.

    "checkout.latency.p99"   ->  latency.p99 of the flow checkout
    "payment.lag_peak"       ->  lag_peak of the consumer group payment
    "order.stuck"            ->  stuck of the saga order
    "goodput"                ->  goodput of the whole system

A name that several things bear means the first of these that has the metric: flow, consumer group, service, saga, stream,
topic, store, relay, projection, cache, effect, session, step of a session.
"""

from __future__ import annotations

import importlib
import pkgutil
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, TypeVar

from sim.errors import EventflowError
from sim.metrics.base import SCOPES, SYSTEM, Family, Metric, Scope, Subject
from sim.metrics.spans import measured
from sim.scenario.caching import askers
from sim.scenario.effects import effect_names
from sim.scenario.following import session_names, step_names
from sim.scenario.objectives import likely_detail
from sim.scenario.once import once_a_scenario
from sim.scenario.problems import did_you_mean
from sim.scenario.sagas import saga_names
from sim.scenario.transactions import channels_written

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.objectives import Unit as LimitUnit
    from sim.scenario.scenario import Scenario

T = TypeVar("T")

_DETAIL = re.compile(r"mean|max|p\d{1,2}(?:\.\d{1,3})?")
_PRECEDENCE = SCOPES[1:]
_LIMITS: dict[str, LimitUnit] = {"s": "duration", "share": "share", "1/s": "rate", "1": "number", "messages": "number"}


class UnknownMetricError(EventflowError, LookupError):
    """A path names no metric, or nothing that has it; the message says what would be right."""


@dataclass(frozen=True)
class Catalogue:
    """Everything that can be measured, as found in this folder."""

    metrics: Mapping[str, Metric]
    families: Mapping[str, Family]

    def find(self, name: str) -> Metric | None:
        """Return the metric of that name (``errors``, ``latency.p99.9``), or None."""
        if name in self.metrics:
            return self.metrics[name]
        family, _, detail = name.partition(".")
        if family in self.families and self.families[family].others and _DETAIL.fullmatch(detail):
            return self.families[family].member(detail)
        return None


@cache
def catalogue() -> Catalogue:
    """Look into the folder: every module-level `Metric` and `Family` counts, by name."""
    package = importlib.import_module("sim.metrics")
    metrics: dict[str, Metric] = {}
    families: dict[str, Family] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        module = importlib.import_module(f"sim.metrics.{info.name}")
        for value in vars(module).values():
            if isinstance(value, Family):
                _claim(families, value.name, value)
                for detail in value.shown:
                    _claim(metrics, f"{value.name}.{detail}", value.member(detail))
            elif isinstance(value, Metric):
                _claim(metrics, value.name, value)
    return Catalogue(dict(sorted(metrics.items())), dict(sorted(families.items())))


def _claim(names: dict[str, T], name: str, value: T) -> None:
    if names.setdefault(name, value) is not value:
        message = f"two metrics in sim.metrics are both called {name!r}"
        raise TypeError(message)


def metrics() -> Mapping[str, Metric]:
    """Return every metric by name; of a family those that it shows."""
    return catalogue().metrics


def metric_units() -> dict[str, str]:
    """Return what each metric measures, in the words of an objective's limit: what the scenario's checks need."""
    found = catalogue()
    units = {name: _LIMITS[metric.unit] for name, metric in found.metrics.items()}
    return {**units, **{name: _LIMITS[family.unit] for name, family in found.families.items() if family.others}}


@once_a_scenario
def subjects(scenario: Scenario) -> dict[Scope, tuple[str, ...]]:
    """Return the names of everything that can be measured, by scope, in the order of a record's rows."""
    return {
        "system": ("",),
        "flow": tuple(scenario.workload),
        "group": tuple(scenario.wired.subscriptions),
        "service": tuple(scenario.services),
        "saga": saga_names(scenario),
        "stream": tuple(name for store in scenario.stores.values() for name in store.streams),
        "channel": channels_written(scenario),
        "store": tuple(scenario.stores),
        "relay": tuple(scenario.relays),
        "effect": effect_names(scenario),
        "projection": tuple(scenario.projections),
        "cache": tuple(askers(scenario)),
        "session": session_names(scenario),
        "step": step_names(scenario),
    }


def metric_paths(scenario: Scenario) -> dict[str, str]:
    """Return every path of a scenario with the unit of its values: scope by scope."""
    paths: dict[str, str] = {}
    for scope, names in subjects(scenario).items():
        for name in names:
            for metric in metrics().values():
                if scope in metric.measures:
                    paths.setdefault(f"{name}.{metric.name}" if name else metric.name, metric.unit)
    return paths


def resolve(path: str, of: Scenario | Network) -> tuple[Metric, Subject]:
    """Return the metric, as it is of that scenario, and the subject that a path means.

    Raises `UnknownMetricError` with a did-you-mean.
    """
    scenario: Scenario = getattr(of, "scenario", of)  # type: ignore[arg-type]
    whole = catalogue().find(path)
    if whole is not None:
        if "system" in whole.measures:
            return whole.fitted(scenario, SYSTEM), SYSTEM
        message = f"'{path}' is not measured of the whole system; there are: {_examples(whole, scenario)}"
        raise UnknownMetricError(message)
    for dot in (place for place, letter in enumerate(path) if letter == "."):
        metric = catalogue().find(path[dot + 1 :])
        if metric is not None:
            subject = _subject(path[:dot], metric, scenario)
            return metric.fitted(scenario, subject), subject
    raise UnknownMetricError(_unknown(path, scenario))


def resolve_in_all(path: str, scenarios: Sequence[Scenario]) -> list[tuple[Metric, Subject]]:
    """Return the same for each of several scenarios; where only some have it, the error says which has not."""
    found: list[tuple[Metric, Subject]] = []
    lacking: list[tuple[int, UnknownMetricError]] = []
    for number, scenario in enumerate(scenarios):
        try:
            found.append(resolve(path, scenario))
        except UnknownMetricError as error:
            lacking.append((number, error))
    if not lacking:
        return found
    number, first = lacking[0]
    if not found:
        raise first
    place = f"the {('first', 'second')[number]} scenario" if len(scenarios) == 2 else f"scenario {number + 1}"  # noqa: PLR2004
    raise UnknownMetricError(f"'{path}' is not of every scenario; of {place}, '{scenarios[number].name}': {first}")


def _subject(name: str, metric: Metric, scenario: Scenario) -> Subject:
    names = subjects(scenario)
    for scope in _PRECEDENCE:
        if scope in metric.measures and name in names[scope]:
            return Subject(scope, names[scope].index(name), name)
    having = [known for scope in _PRECEDENCE if scope in metric.measures for known in names[scope]]
    bearing = [scope for scope in _PRECEDENCE if name in names[scope]]
    if bearing:
        message = f"the {bearing[0]} '{name}' has no '{metric.name}'; it is measured of: {_examples(metric, scenario)}"
    elif not having and "system" in metric.measures:
        message = f"nothing is named '{name}'; '{metric.name}' is measured of the whole system: write '{metric.name}'"
    else:
        message = f"nothing is named '{name}'; {did_you_mean(name, dict.fromkeys(having), noun='there are')}"
    raise UnknownMetricError(message)


def _examples(metric: Metric, scenario: Scenario) -> str:
    names = subjects(scenario)
    paths = [f"{name}.{metric.name}" for scope in _PRECEDENCE if scope in metric.measures for name in names[scope]]
    if "system" in metric.measures:
        paths.insert(0, metric.name)
    return ", ".join(paths[:8]) + (", ..." if len(paths) > 8 else "") if paths else "nothing in this scenario"  # noqa: PLR2004


def _unknown(path: str, scenario: Scenario) -> str:
    known = {name for names in subjects(scenario).values() for name in names if name}
    subject = max((name for name in known if path.startswith(f"{name}.")), key=len, default="")
    tail = path[len(subject) + 1 :] if subject else path
    family, _, detail = tail.partition(".")
    if family in catalogue().families:
        what = f"'{tail}' is no {family}" if detail else f"'{path}' does not say which {family}"
        likely = likely_detail(detail)
        if likely and likely != detail:
            return f"{what}; did you mean '{family}.{likely}'?"
        return f"{what}; write one of: {', '.join(f'{family}.{one}' for one in catalogue().families[family].shown)}"
    names = dict.fromkeys([*catalogue().metrics, *catalogue().families])
    return f"unknown metric '{tail}'; {did_you_mean(tail, names, noun='metrics')}"


def measure(
    record: Record, metric: Metric, subject: Subject, first: int | None = None, stop: int | None = None
) -> float:
    """Return the value of a metric in one record; over the windows after the warm-up unless others are given."""
    if first is None or stop is None:
        begin, end = measured(record.network)
        first, stop = begin if first is None else first, end if stop is None else stop
    return metric.measures[subject.scope](record, subject.index, first, stop)
