"""Retry budgets, laid out in the kernel's memory with a state for each replica that calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.compiled_engine import family_rows as at
from sim.engine.compiled_engine.state import Service
from sim.record.budgets import budget_changed
from sim.semantics.hooks import BUDGETS

if TYPE_CHECKING:
    from sim.engine.compiled_engine.host import Image
    from sim.network import Network


def fill(image: Image) -> None:
    """Set every field of the rows of budgets, and which of them are lost with a replica of a service."""
    own: dict[int, list[int]] = {}
    for number, (row, budget) in enumerate(zip(image.budgets, image.network.budgets, strict=True)):
        if budget.per_caller:
            own.setdefault(budget.service, []).append(row)
        size = BUDGETS[budget.code].State.SIZE + budget.tail
        image.put(at.Budget, row, code=budget.code, settings=image.tables + budget.settings, number=number)
        image.put(at.Budget, row, states=image.room_for(size * budget.states), size=size, count=budget.states)
        image.put(at.Budget, row, per_caller=budget.per_caller, first=budget.first)
    for service, row in enumerate(image.services):
        of_it = own.get(service, [])
        image.put(Service, row, budgets=image.listed(of_it), budget_count=len(of_it))


def begin(network: Network, r: Any) -> None:
    """At time 0: how many states of each budget would refuse a retry from the first on."""
    for number, budget in enumerate(network.budgets):
        kind = BUDGETS[budget.code]
        begins = kind.engaged(network.settings[budget.settings], kind.State.roomy(budget.tail))
        budget_changed(r, 0, number, 0, budget.states * int(begins))
