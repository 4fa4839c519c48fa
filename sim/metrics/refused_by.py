"""Which guard kept attempts from leaving: ``refused_by.breaker``, ``payment.refused_by.throttle``, of all that had a guard.

    refused = refused_by.breaker + refused_by.rate_limit + ...        by the keys under which guards are declared

A summary shows those that a scenario declares, of the whole and of each service that is called so.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from sim.metrics.base import Family, Metric
from sim.metrics.counts import share
from sim.metrics.guarded import NO_GUARD, by_edges, counted
from sim.record import fields as f
from sim.scenario.callgraph import callers
from sim.scenario.guards import guards_of, slots
from sim.scenario.once import once_a_scenario
from sim.scenario.steps import Call

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record
    from sim.scenario.scenario import Scenario


def of_edges(slot: str, record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Attempts over some edges that guards of one key refused, of those that asked any guard; nan when none did."""
    wanted = set(edges)
    of_it = [number for number, one in enumerate(record.network.guards) if one.edge in wanted and one.slot == slot]
    refused = int(record.guards[first:stop, of_it, f.guards.GUARD_REFUSED].sum())
    return share(refused, counted(record, f.guards.GUARD_ATTEMPTS, wanted, first, stop))


def refused_by(slot: str) -> Metric:
    """Return the metric of the guards of one key."""
    return Metric(
        name=f"refused_by.{slot}",
        label=f"refused by {slot.replace('_', ' ')}",
        unit="share",
        direction="neither",
        named="lower",
        measures=by_edges(partial(of_edges, slot)),
        meaning=f"attempts that a {slot.replace('_', ' ')} of the caller kept from leaving, of all attempts that had any guard",
        missing=NO_GUARD,
        most=1.0,
    )


REFUSED_BY = Family(name="refused_by", unit="share", shown=tuple(slots()), member=refused_by, others=False)


@once_a_scenario
def declared(scenario: Scenario) -> dict[str, tuple[str, ...]]:
    """Return the names of the metrics of guards, and of retry budgets, that a scenario has: by service, and '' the system's."""
    found: dict[str, dict[str, None]] = {}
    for _, caller in callers(scenario):
        service = (caller.call if isinstance(caller, Call) else caller.operation).partition(".")[0]
        names = [f"refused_by.{guard.slot}" for guard in guards_of(caller)]
        if caller.retry is not None and caller.retry.budget is not None:
            names.append("retries_refused")
        for subject in ("", service):
            found.setdefault(subject, {}).update(dict.fromkeys(names))
    return {subject: tuple(sorted(names)) for subject, names in found.items()}
