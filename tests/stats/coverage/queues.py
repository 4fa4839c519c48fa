"""Mean waits of many runs of M/M/1 at once, customer by customer: no simulator, only its textbook recursion.

    next wait = max(0, wait + service - time to the next arrival)         one row, thousands of runs side by side

The exact answer is known, so they tell what a cut of the warm-up leaves. Service takes 1 on average.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


def chance(*key: int) -> np.random.Generator:
    """The random numbers of one trial: the same for the same key."""
    return np.random.Generator(np.random.PCG64(list(key)))


def wait_exact(load: float) -> float:
    """Mean wait of M/M/1 in its steady state, in service times."""
    return load / (1.0 - load)


def waits(
    generator: np.random.Generator,
    runs: int,
    customers: int,
    *,
    load: float,
    cut: float = 0.0,
    window: int = 0,
    first: float = 0.0,
) -> Floats:
    """Mean wait of each run over its customers but the first ``cut`` share; the very first one waits for ``first``.

    With a ``window``, shape (runs, customers / window): the mean of each stretch of so many customers.
    """
    skip = int(cut * customers)
    wait = np.full(runs, first)
    total = np.zeros(runs)
    windows = []
    for at in range(customers):
        if at >= skip:
            total += wait
        service = generator.standard_exponential(runs)
        gap = generator.standard_exponential(runs) / load
        wait = np.maximum(wait + service - gap, 0.0)
        if window and at % window == window - 1:
            windows.append(total / window)
            total = np.zeros(runs)
    return np.stack(windows, axis=1) if window else total / (customers - skip)
