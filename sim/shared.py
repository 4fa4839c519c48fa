"""Functions that run in both engines: plain Python for SimPy, compiled for the kernel.

    @shared                      SimPy engine:    called as it is, on Python ints
    def full_jitter(...): ...    compiled engine: the same source, compiled by Numba

The decorator only remembers the function, so that importing a policy never imports Numba. A shared function takes and
returns integers (and flat int64 memories), calls nothing but other shared functions, and holds for both meanings of
``int``: it must stay within 64 bits.
"""

from collections.abc import Callable
from typing import Any, TypeVar

F = TypeVar("F", bound=Callable[..., Any])

SHARED: list[Callable[..., Any]] = []


def shared(function: F) -> F:
    """Mark ``function`` as one that the compiled engine compiles too; returns it unchanged."""
    SHARED.append(function)
    return function
