"""Work out a thing once a record: a run has some seventy metrics, and most begin with the same sums.

    totals(record, 10, 60)   adds up 50 windows        totals(record, 10, 60)   is there already

A record never changes, so what was worked out of it is kept with it, and so is what was worked out of a network. Only what is
small should be: it lives as long as they do, and goes with a network to other processes.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.network import Network
    from sim.record.record import Record

P = ParamSpec("P")
T = TypeVar("T")
_UNKNOWN: Any = object()


def once(function: Callable[Concatenate[Record, P], T]) -> Callable[Concatenate[Record, P], T]:
    """Return the function, made to keep what it returns with the record; its further arguments are positions or names."""

    @wraps(function)
    def known(record: Record, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args, tuple(kwargs.items())) if kwargs else (function, args)
        found = record.worked_out.get(key, _UNKNOWN)
        if found is _UNKNOWN:
            found = record.worked_out[key] = function(record, *args, **kwargs)
        value: T = found
        return value

    return known


def once_a_network(function: Callable[[Network], T]) -> Callable[[Network], T]:
    """Return the function, made to keep what it returns with the network."""
    key = f"_once {function.__module__}.{function.__qualname__}"

    @wraps(function)
    def known(network: Network) -> T:
        kept = vars(network)
        if key not in kept:
            kept[key] = function(network)
        found: T = kept[key]
        return found

    return known
