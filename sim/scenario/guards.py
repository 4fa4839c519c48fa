"""The keys of a call that are guards: found by looking into the folder of guards, so that a new one edits no list.

    sim/policies/guards/circuit_breaker.py   class CircuitBreaker(Guard): slot = "breaker"
                |
                v
    - call: payment.charge
      breaker: {failures: 5, open: 30s}
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Field, create_model

from sim.registry import Kinds, discover, kind_of
from sim.scenario.kinds import Guard
from sim.scenario.model import Model

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

M = TypeVar("M", bound=Model)
FOLDER = "sim.policies.guards"


@cache
def slots() -> Mapping[str, tuple[type[Guard], ...]]:
    """Return the kinds of guards by their key, in the order of their places; without those that a call names only."""
    found = (one for one in discover(FOLDER, Guard).values() if not one.named)
    kinds = sorted(found, key=lambda one: (one.place, one.slot))
    return {slot: tuple(one for one in kinds if one.slot == slot) for slot in dict.fromkeys(one.slot for one in kinds)}


def guards_of(call: Any, pools: Mapping[str, Guard] | None = None) -> list[Guard]:
    """Return the guards of a call or a flow, outermost first: two kinds of one key may stand at different places.

    ``pools`` are those of the service that calls, of which the call may name one; without them it has none.
    """
    found = [getattr(call, slot, None) for slot in slots()]
    found.append((pools or {}).get(getattr(call, "pool", None) or ""))
    return sorted((one for one in found if one is not None), key=lambda one: (one.place, one.slot))


def meant(slot: str, kinds: Sequence[type[Guard]]) -> type[Guard] | None:
    """Return the kind that a key means where none is given; None: it must be. Raises ``TypeError`` when two claim that."""
    claim = [one for one in kinds if one.by_default]
    if len(claim) > 1:
        message = f"{' and '.join(one.__name__ for one in claim)} are both the default of {slot}; let one be by_default"
        raise TypeError(message)
    return claim[0] if claim else kinds[0] if len(kinds) == 1 else None


def _meaning(usual: type[Guard] | None, kinds: Sequence[type[Guard]]) -> str:
    """What a key is for: what its kinds have in common says it, or the kind that it means."""
    common = [one for one in kinds[0].__mro__[1:] if issubclass(one, Guard) and one is not Guard]
    base = next((one for one in common if all(issubclass(kind, one) for kind in kinds)), None) if len(kinds) > 1 else None
    text = ((base or usual or kinds[0]).__doc__ or kinds[0].slot).strip().splitlines()[0]
    which = usual is not None and usual.meant.__func__ is not Guard.meant.__func__  # type: ignore[attr-defined]
    said = [text if base is None else f"{text.partition(':')[0].rstrip('.')}."]
    return " ".join([*said, *([(usual.meant.__doc__ or "").strip()] if usual is not None and which else [])])


def guarded(model: type[M]) -> type[M]:
    """Decorate what calls: return it with a field for each key of a guard, after its own."""
    fields: dict[str, Any] = {}
    for slot, kinds in slots().items():
        usual = meant(slot, kinds)
        known = Kinds(FOLDER, noun=slot, default=kind_of(usual), slot=slot, meant=None if usual is None else usual.meant)
        meaning = _meaning(usual, kinds)
        fields[slot] = (Annotated[Guard, known] | None, Field(default=None, description=f"{meaning} Default: nothing."))
    made = create_model(model.__name__, __base__=model, __module__=model.__module__, __doc__=model.__doc__, **fields)
    made.__qualname__ = model.__qualname__
    return made
