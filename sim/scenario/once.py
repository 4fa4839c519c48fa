"""Work out a thing once a scenario: a dozen checks, the compiler and each figure of a table ask for the same names and edges.

    effect_names(scenario)   walks all steps of all handlers        effect_names(scenario)   is there already

A scenario never changes, so what follows from it is kept with it, for as long as it lives, and is not to be written to. Nothing
of it goes with a copy, which may be changed while it is made, or to another process, which works out what it needs.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Self, TypeVar

from sim.scenario.model import Model

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar("T")
Keeper = TypeVar("Keeper", bound="Keeping")
_KEPT = "_once"


class _Kept(dict[Any, Any]):
    """What was worked out, by the functions that did; a deep copy, or what is sent to another process, has nothing."""

    def __reduce__(self) -> tuple[type[_Kept], tuple[()]]:
        """Say how a copy of it is made."""
        return _Kept, ()


class Keeping(Model):
    """A declared thing that keeps what is worked out of it, as cached properties are kept, but for itself alone."""

    def __copy__(self) -> Self:
        """Return a copy that has nothing worked out, as its maker may change it."""
        copied = super().__copy__()
        vars(copied).pop(_KEPT, None)
        return copied


def once_a_scenario(function: Callable[[Keeper], T]) -> Callable[[Keeper], T]:
    """Return the function, made to keep what it returns with the scenario; what it raises is not kept."""

    @wraps(function)
    def known(scenario: Keeper) -> T:
        kept: _Kept = vars(scenario).setdefault(_KEPT, _Kept())
        if function not in kept:
            kept[function] = function(scenario)
        found: T = kept[function]
        return found

    return known
