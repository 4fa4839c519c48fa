"""Which metrics gate: those that are named, else the objectives' and the headline's, and of the baseline what is still there.

    this scenario: goodput, errors, ...   +   the baseline's, where there is such a metric   =   what is held against it
                                              where there is none, or a flow, subscription or effect is gone: doubt
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sim.errors import EventflowError
from sim.metrics.headline import watched
from sim.metrics.paths import UnknownMetricError, resolve
from sim.scenario.effects import flow_effects

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Sequence

    from sim.metrics.base import Metric
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario


class BaselineError(EventflowError, ValueError):
    """A result cannot be held against a baseline as asked; the message says why."""


def gated(scenario: Scenario, gate: Sequence[str]) -> dict[str, Metric]:
    """Return the metrics that gate by their paths. Raises `UnknownMetricError`, and `BaselineError` where no way is better."""
    found = {path: resolve(path, scenario)[0].as_named() for path in gate or gating(scenario)}
    for path, metric in found.items():
        if metric.direction == "neither":
            raise BaselineError(f"'{path}' cannot gate: more of it is neither better nor worse")
    return found


def gating(scenario: Scenario) -> tuple[str, ...]:
    """Return the metrics that gate when none are named: the objectives', and those of `sim.metrics.headline`."""
    judged = [f"{one.subject}.{one.metric}" if one.subject else one.metric for one in scenario.objectives]
    paths = dict.fromkeys([*judged, *watched(scenario)])
    return tuple(path for path in paths if resolve(path, scenario)[0].direction != "neither")


OF_A_MATRIX = (
    *("goodput", "blast_radius", "time_to_recover", "backlog_peak"),
    *("effects_doubled", "lost_or_stuck", "invariants_broken"),
)
"""What gates of each cell of a matrix when nothing else is asked for, with the metrics of objectives; costs do not."""


def gating_in_matrix(scenario: Scenario) -> tuple[str, ...]:
    """Return the metrics that gate in the cells of a matrix when none are named."""
    judged = [f"{one.subject}.{one.metric}" if one.subject else one.metric for one in scenario.objectives]
    return tuple(dict.fromkeys([*OF_A_MATRIX, *judged]))


def told_in(results: Sequence[Result], paths: Sequence[str]) -> tuple[str, ...]:
    """Return those metrics that some replication of some result has a value of: what nobody has is no doubt."""
    return tuple(path for path in paths if any(not math.isnan(value) for one in results for value in _values(one, path)))


def _values(result: Result, path: str) -> Sequence[float]:
    """Its values; none where it has no such thing."""
    try:
        return result.values(path)
    except UnknownMetricError:
        return ()


def gated_by_both(
    scenario: Scenario, old_scenario: Scenario, gate: tuple[str, ...], left_out: list[str]
) -> dict[str, Metric]:
    """What gates, and of what gated in the baseline what is still there; notes what is not."""
    found = gated(scenario, gate)
    for path in () if gate else gating(old_scenario):
        if path in found:
            continue
        try:
            found[path] = resolve(path, scenario)[0]
        except (UnknownMetricError, EventflowError):
            left_out.append(f"'{path}' is in the baseline only")
    return found


def gone(old_scenario: Scenario, scenario: Scenario) -> list[str]:
    """What the baseline has and this scenario has not: what it did is done no more, and no metric of it is left to tell."""
    kinds: dict[str, tuple[Iterable[str], Container[str]]] = {
        "the flow": (old_scenario.workload, scenario.workload),
        "the subscription": (old_scenario.subscriptions, scenario.subscriptions),
        "the effect": ([one.name for one in flow_effects(old_scenario)], [one.name for one in flow_effects(scenario)]),
    }
    return [f"{kind} '{name}' is in the baseline only" for kind, (old, new) in kinds.items() for name in old if name not in new]
