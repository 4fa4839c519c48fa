"""What one replication answers, for anything whose quantiles are asked: how many durations lie at or below which points.

    cells     [low, high]  [low, high]      [low, high]         a value lies in its cell, and no more is known of it
    reached       3             7               9        +2     failures: infinite, in ``total`` only
    possible      3             8              11               still open ones from their age on: they may end there, or later
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True)
class Sample:
    """The answers of one replication, in cells.

    Attributes:
        lows, highs: bounds, both inclusive, in ns, int64 (k,), of the cells that hold something; ascending, disjoint. Cells are
            at most 0.4 % wide, split at every declared limit, and cut at ``least`` and ``most``.
        reached: how many answers lie at or below ``highs``, int64 (k,).
        possible: the same with those still open that may yet end there: those that have been open for no longer.
        total: answers, failures (which are infinite) and still open ones.
        least, most: the smallest and the largest answer in ns, exactly; -1 without an answer.
    """

    lows: NDArray[np.int64]
    highs: NDArray[np.int64]
    reached: NDArray[np.int64]
    possible: NDArray[np.int64]
    total: int
    least: int
    most: int

    @property
    def answered(self) -> int:
        """How many answers there are."""
        return int(self.reached[-1]) if len(self.reached) else 0

    @property
    def open(self) -> int:
        """How many are still open."""
        return int(self.possible[-1] - self.reached[-1]) if len(self.reached) else 0

    @property
    def waiting(self) -> int:
        """How many are open and have been for no longer than the slowest answer took: nothing says that they are late."""
        at = int(self.highs.searchsorted(self.most, side="right")) - 1
        return int(self.possible[at] - self.reached[at]) if at >= 0 else 0
