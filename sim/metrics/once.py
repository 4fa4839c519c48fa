"""Work out a thing once a record: a run has some seventy metrics, and most begin with the same sums.

    totals(record, 10, 60)   adds up 50 windows        totals(record, 10, 60)   is there already

A record never changes, so what was worked out of it is kept with it. Only what is small should be: it lives as long as
the record.
"""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.record.record import Record

P = ParamSpec("P")
T = TypeVar("T")


def once(function: Callable[Concatenate[Record, P], T]) -> Callable[Concatenate[Record, P], T]:
    """Return the function, made to keep what it returns with the record; its further arguments are positions or names."""

    @wraps(function)
    def known(record: Record, /, *args: P.args, **kwargs: P.kwargs) -> T:
        key = (function, args, tuple(kwargs.items())) if kwargs else (function, args)
        if key not in record.worked_out:
            record.worked_out[key] = function(record, *args, **kwargs)
        found: T = record.worked_out[key]
        return found

    return known
