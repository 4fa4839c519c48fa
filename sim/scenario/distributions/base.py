"""What a distribution of durations is: a kind with numbers, a mean, and a quantile function.

    YAML  {kind: lognormal, median: 3ms, p99: 12ms}      a frozen model: settings, and
                          |                              quantile(p, q), the behaviour
                          v  sim.draws.compile_distribution
    [1, 412, 977, ...]    int64 table that both engines look into

A model never draws. It only answers "which duration is exceeded with probability q", so that the table, and with it
every draw, is the same on every machine. One file of this folder is one kind; adding a file adds the kind.
"""

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from sim.scenario.model import Model

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class DistributionModel(Model, ABC):
    """Settings of one kind of distribution of non-negative durations; subclasses add ``kind`` and their fields."""

    @property
    @abstractmethod
    def mean_ns(self) -> float:
        """Exact mean in nanoseconds (up to float rounding)."""

    @abstractmethod
    def quantile(self, p: "Floats", q: "Floats") -> "Floats":
        """Durations in nanoseconds with probability ``p`` below and ``q = 1 - p`` above them.

        Both tails are given because the smaller of the two is the accurate one. Arrays of float64 of the same shape,
        with ``0 < p, q < 1``; the result is non-decreasing in ``p``. Only functions of ``sim.exact_math`` may be used
        inside.
        """

    def atoms(self) -> tuple[tuple[int, ...], tuple[float, ...] | None] | None:
        """Values in nanoseconds and their weights (None: all alike), where only these occur; None if continuous.

        Such a distribution is resampled exactly, instead of by its quantiles.
        """
        return None


def exactly_one(owner: str, **given: Any) -> None:
    """Raise ``ValueError`` unless exactly one of the keyword arguments is not None; the message names them all."""
    present = [name for name, value in given.items() if value is not None]
    if len(present) != 1:
        names = " or ".join(given)
        found = "neither" if not present else " and ".join(present)
        message = f"{owner} needs exactly one of {names}, and got {found}; give one of them and leave the rest out"
        raise ValueError(message)
