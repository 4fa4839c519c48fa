"""What a result does not tell: faults that met nothing or began before anything was measured, and what the warm-up left.

    requests   |||||||||              |||||||      the fault met nothing: not exercised
    warm-up    ======                              the fault lies in it: what it did cannot be told
    warm-up    ||||||||||| |   |   |               what came in it is done, or not, in the measured span
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.carried import carried
from sim.metrics.exercised import never_struck, not_exercised, slows_nothing
from sim.metrics.spans import has_before, healthy, measured
from sim.metrics.strikes import first_strike
from sim.network.lower.faults import is_random
from sim.scenario.units import format_duration

if TYPE_CHECKING:
    from sim.record.record import Record
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario

NOT_EXERCISED = "Not exercised"


def fault_notes(result: Result) -> list[str]:
    """Return a sentence for each fault that met nothing, and one where what the first fault did cannot be told.

    And one for each flow of which more was left by the warm-up than makes no difference.
    """
    notes = []
    untold = cannot_be_told(result.scenario)
    if untold:
        notes.append(f"What the faults did cannot be told: {untold}.")
    every = result.replications
    for name, fault in result.scenario.faults.items():
        spared = sum(name in never_struck(record) for record in result.records)
        if spared:
            notes.append(f"{NOT_EXERCISED}: the fault '{name}' did not strike in {_of(spared, every)}, at random.")
        missed = sum(name in not_exercised(record) for record in result.records) - spared
        if missed:
            end = fault.end if fault.random is None else min(fault.end, result.network.horizon)
            when = f"from {format_duration(fault.at)} to {format_duration(end)}"
            count = _of(missed, every)
            met = f"met no request and no message at {fault.aim} {when}"
            if slows_nothing(result.records[0].network, fault):
                met = f"slows work, and no operation of {fault.aim} has any, {when}"
            notes.append(f"{NOT_EXERCISED}: the fault '{name}' {met} in {count}.")
    return [*notes, *_early_notes(result), *_carried_notes(result)]


def _of(count: int, every: int) -> str:
    return f"any of {every} replications" if count == every else f"{count} of {every} replications"


def _early_notes(result: Result) -> list[str]:
    """A sentence where faults at random times struck before anything was measured that one could compare with."""
    scenario = result.scenario
    if not is_random(scenario) or cannot_be_told(scenario):
        return []
    early = sum(first_strike(record) is not None and not _has_before(record) for record in result.records)
    if not early:
        return []
    told = f"a fault struck at random before the first measured window was over, in {_of(early, result.replications)}"
    return [f"What the faults did cannot be told of all runs: {told}; write a later faults.*.at, or a shorter run.warmup."]


def _has_before(record: Record) -> bool:
    first, stop = healthy(record)
    return stop > first


def _carried_notes(result: Result) -> list[str]:
    """A sentence for each flow of which many that came in the warm-up were under way when it ended, by the mean."""
    first, stop = measured(result.network)
    notes = []
    for number, flow in enumerate(result.network.flows):
        mean = sum(carried(record, number, first, stop) for record in result.records) / result.replications
        if mean > 0:
            left = f"{flow.name}: {mean:,.0f} flows that came in the warm-up were under way when it ended"
            notes.append(f"{left}; goodput, and shares of what is done, count them, too; write a longer run.warmup.")
    return notes


def cannot_be_told(scenario: Scenario) -> str:
    """Return why nothing can be said of what the first fault did; '' where something can, or where there is no fault."""
    if not scenario.faults or has_before(scenario):
        return ""
    declared = [(name, fault) for name, fault in scenario.faults.items() if fault.random is None]
    name, fault = min(declared, key=lambda item: item[1].at)
    run = scenario.run
    within = f", the warm-up ends at {format_duration(run.warmup)}" if run.warmup else ""
    said = f"the fault '{name}' begins at {format_duration(fault.at)}{within}, and no measured window lies before it"
    return f"{said}; write a later time{', or a shorter run.warmup' if run.warmup else ''}"
