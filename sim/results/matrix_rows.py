"""The rows of a matrix before they are run: each scenario without a fault, and with each of its faults alone.

    sync, guarded, events   -->   '':           sync, guarded, events    without a fault
                                  slow-payment: sync, guarded, events    with that alone
                                  broker-down:  sync, guarded, events    which has no target but in events
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from sim.errors import ComparisonError
from sim.results.cells import SIDES
from sim.scenario.targets import entity_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario

T = TypeVar("T")

NO_FAULT = ""
"""The row without a fault."""


def alone(scenario: Scenario, fault: str) -> Scenario:
    """Return the scenario with one fault and no other; with none for `NO_FAULT`."""
    kept = {name: one for name, one in scenario.faults.items() if name == fault}
    return scenario.model_copy(update={"faults": kept})


OF_ONE_WIRING = {"broker", "store", "relay", "projection", "cache"}
"""What may be there in some wirings only."""


def rows_of(*scenarios: Scenario) -> dict[str, tuple[Scenario, ...]]:
    """Return the scenarios of each row of a matrix, by fault. Raises `ComparisonError` where they have not the same faults.

    A fault of what only some of them have, such as a broker, is none for the others, which run beside them without a fault.
    """
    faults = {name: one for scenario in scenarios for name, one in scenario.faults.items()}
    names = list(faults)
    odd = [
        name
        for name, fault in faults.items()
        if any(name not in one.faults for one in scenarios) and entity_of(fault) not in OF_ONE_WIRING
    ]
    if odd:
        listed = ", ".join(f"'{name}'" for name in odd)
        whose = " and ".join(f"'{one.name}'" for one in scenarios)
        raise ComparisonError(f"{whose} have not the same faults ({listed}); declare them in their base")
    if not names:
        raise ComparisonError(f"'{scenarios[0].name}' has no faults; a matrix has a row for each of `faults:`")
    return {name: tuple(alone(one, name) for one in scenarios) for name in (NO_FAULT, *names)}


def several_of(given: Sequence[T], folder: object) -> Sequence[T]:
    """Return the scenarios of a matrix. Raises `ComparisonError` for too few or too many, with what a folder must have."""
    if not 2 <= len(given) <= len(SIDES):  # noqa: PLR2004 - something to hold against another
        count = f"{len(given)} scenario{'s' if len(given) > 1 else ''}"
        found = f"{count} on a base" if given else "no scenarios that share a base"
        wanted = f"a matrix is made of two to {len(SIDES)}, based on one file with their `faults:`"
        raise ComparisonError(f"{folder} has {found}; {wanted}")
    return given
