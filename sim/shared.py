"""Functions that run in both engines: plain Python for SimPy, lowered to machine code for the kernel.

    @shared                      SimPy engine:    called as it is, on Python ints
    def full_jitter(...): ...    compiled engine: the same source, lowered (`sim.lowering`)

The decorator only remembers the function. A shared function is written in the kernel's language, calls nothing but other
shared functions, and holds for both meanings of ``int``: it must stay within 64 bits. The few that cannot, as they work on
unsigned words, bring their LLVM along.
"""

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from sim.lowering.often import FEW, RARE

F = TypeVar("F", bound=Callable[..., Any])

SHARED: list[Callable[..., Any]] = []


class Words(Protocol):
    """A memory of int64 words: a list or a memoryview in Python, an address in machine code."""

    def __getitem__(self, at: int, /) -> int:
        """The word at a place."""
        ...

    def __setitem__(self, at: int, word: int, /) -> None:
        """Put a word at a place."""
        ...


def shared(function: F) -> F:
    """Mark ``function`` as one that the compiled engine lowers too; returns it unchanged."""
    SHARED.append(function)
    return function


def rare(function: F) -> F:
    """Mark a function of the kernel as one that is seldom called, so that its machine code is made small and in little time.

    So is that of whatever only rare functions call.
    """
    function.often = RARE  # type: ignore[attr-defined]
    return function


def entrance(function: F) -> F:
    """Mark a function of the kernel as the way into a mechanic that only some scenarios have.

    It stays a function of its own, and less is expanded in it, and in whatever only entrances reach, than where every run goes.
    """
    function.often = FEW  # type: ignore[attr-defined]
    return function


def in_llvm(*texts: str) -> Callable[[F], F]:
    """Mark a function of ints as one that is lowered to this LLVM IR: what it needs, and itself under its full name."""

    def mark(function: F) -> F:
        function.in_llvm = texts  # type: ignore[attr-defined]
        return shared(function)

    return mark
