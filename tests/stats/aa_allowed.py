"""How many of many comparisons of equals may be said to differ, when at most 5 % of them should be."""

from __future__ import annotations

from dataclasses import dataclass

from sim.judgements.multiple_comparisons import ALPHA


@dataclass(frozen=True)
class Alarming:
    """How many of ``comparisons`` of equals were said to differ."""

    comparisons: int
    false: int

    @property
    def most(self) -> int:
        """How many are allowed: 5 % and two standard errors: 63 of 1,000, or 64 when rounded up."""
        return int(self.comparisons * ALPHA + 2.0 * (self.comparisons * ALPHA * (1.0 - ALPHA)) ** 0.5 + 1.0)

    @property
    def holds(self) -> bool:
        """Whether there are no more than allowed."""
        return self.false <= self.most
