"""What several scenarios are called beside each other.

    order-flow-sync       synchronous            the first of its architecture is called by that,
    order-flow-guarded    guarded synchronous    a further one by what its name adds as well
    order-flow-events     event-driven
"""

from __future__ import annotations

from string import ascii_lowercase
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario

PAIR = 2


def labels_of(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return the labels, all different: by architecture where that tells two apart, else by name; of more by both."""
    kinds = [one.architecture for one in scenarios]
    names = [one.name for one in scenarios]
    if len(set(kinds)) == len(kinds):
        return tuple(kinds)
    if len(scenarios) == PAIR:
        return tuple(names) if len(set(names)) == PAIR else _lettered(names)
    parts = [name.split("-") for name in names]
    alike = 0
    while len({one[alike] if alike < len(one) else None for one in parts}) == 1 and alike < len(parts[0]):
        alike += 1
    own = ["-".join(one[alike:]) or name for one, name in zip(parts, names, strict=True)]
    found = [kind if kind not in kinds[:at] else f"{own[at]} {kind}" for at, kind in enumerate(kinds)]
    return tuple(found) if len(set(found)) == len(found) else _lettered(found)


def names_of(scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Return the names of the scenarios; those of one name with what tells them apart, as ``shop (a)``."""
    names = [one.name for one in scenarios]
    if len(set(names)) == len(names):
        return tuple(names)
    kinds = [one.architecture for one in scenarios]
    apart = kinds if len(set(kinds)) == len(kinds) else ascii_lowercase
    return tuple(f"{name} ({one})" for name, one in zip(names, apart, strict=False))


def _lettered(names: Sequence[str]) -> tuple[str, ...]:
    return tuple(f"{name} ({letter})" for name, letter in zip(names, ascii_lowercase, strict=False))
