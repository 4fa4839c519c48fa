"""Where the numbers of a generated example come from: its own number, or Hypothesis.

    Numbered(7).number(1, 3)      the same for the same number, in every process
    Drawn(draw, integers)         as Hypothesis likes it, which shrinks what fails
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Chooser(Protocol):
    """Where the choices come from: a numbered random generator, or Hypothesis."""

    def number(self, low: int, high: int) -> int:
        """A whole number from low to high."""
        ...


class Numbered:
    """Choices of the n-th example, always the same."""

    def __init__(self, n: int) -> None:
        self.random = random.Random(n)

    def number(self, low: int, high: int) -> int:
        return self.random.randint(low, high)


class Drawn:
    """Choices drawn by Hypothesis, which shrinks them."""

    def __init__(self, draw: Callable[[Any], Any], integers: Callable[[int, int], Any]) -> None:
        self.draw = draw
        self.integers = integers

    def number(self, low: int, high: int) -> int:
        return int(self.draw(self.integers(low, high)))
