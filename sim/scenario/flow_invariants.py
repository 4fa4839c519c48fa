"""Invariants of flows: do their effects exist, and which invariants does each flow have?

    flow order may have charged, booked       "charged == booked + refunded"  ->  order: 1 * charged - 1 * booked == 0
    flow search may have none of them                                         ->  no invariant
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.effects import effect_names, flow_effects
from sim.scenario.problems import Location, Problem, did_you_mean, field_path

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario


@dataclass(frozen=True, slots=True)
class FlowInvariant:
    """An invariant of a flow that may have some of its effects; a row of a record's invariants.

    ``factors`` are those of the effects that the flow may have, in the order of `flow_effects`. The sum of factors times
    effects and ``constant`` is 0 where it must be ``equal``, else 0 or less.
    """

    name: str
    flow: int
    invariant: int
    factors: tuple[int, ...]
    constant: int
    equal: bool


def check_invariants(scenario: Scenario) -> Iterator[Problem]:
    """An error for each effect that an invariant names and no step applies."""
    names = effect_names(scenario) if scenario.invariants else ()
    for position, invariant in enumerate(scenario.invariants):
        loc: Location = ("invariants", position)
        for effect in invariant.below_zero()[0]:
            if effect not in names:
                known = did_you_mean(effect, names, noun="effects") if names else "no step applies any; write a step effect"
                yield Problem(field=field_path(loc), message=f"unknown effect '{effect}'; {known}", loc=loc)


def flow_invariants(scenario: Scenario) -> tuple[FlowInvariant, ...]:
    """Return the invariants of each flow, flow by flow: those of which it may have some effect; names must lead somewhere."""
    names, rows = effect_names(scenario), flow_effects(scenario) if scenario.invariants else ()
    found = []
    for number, flow in enumerate(scenario.workload):
        effects = [names[row.effect] for row in rows if row.flow == number]
        for index, one in enumerate(scenario.invariants):
            factors, constant, equal = one.below_zero()
            if factors.keys() & set(effects):
                of_flow = tuple(factors.get(effect, 0) for effect in effects)
                found.append(FlowInvariant(f"{flow}: {one}", number, index, of_flow, constant, equal))
    return tuple(found)
