"""All cases, in the order of theory.json; the simulator's own ones at the end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.theory.case import theory
from tests.theory.cases import (
    around_calls,
    availability,
    back_pressure,
    breakers_and_redeliveries,
    caches,
    clients,
    logs,
    networks,
    queues,
    rate_limits,
    sharing,
    throttles,
    transients,
    users,
    waiting_rooms,
)

if TYPE_CHECKING:
    from tests.theory.case import Case

MODULES = (
    around_calls,
    availability,
    back_pressure,
    breakers_and_redeliveries,
    caches,
    clients,
    logs,
    networks,
    queues,
    rate_limits,
    sharing,
    throttles,
    transients,
    users,
    waiting_rooms,
)


def suite() -> list[Case]:
    """Every covered case."""
    order = {name: place for place, name in enumerate(theory())}
    cases = [case for module in MODULES for case in module.CASES]
    return sorted(cases, key=lambda case: order.get(case.known.id, len(order)))
