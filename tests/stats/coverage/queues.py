"""Mean waits of many runs of M/M/1 and M/M/2 at once, customer by customer: no simulator, only its textbook recursion.

    next wait = max(0, wait + service - time to the next arrival)         one row, thousands of runs side by side

The exact answers are known, so they tell how often an interval is right. Service takes 1 on average.
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


def wait_exact(load: float, servers: int = 1) -> float:
    """Mean wait of M/M/1 or M/M/2 in its steady state (Erlang C), in service times."""
    if servers == 1:
        return load / (1.0 - load)
    return load * load / (1.0 - load * load)


def waits(
    generator: np.random.Generator,
    runs: int,
    customers: int,
    *,
    load: float,
    servers: int = 1,
    cut: float = 0.0,
    window: int = 0,
    first: float = 0.0,
) -> Floats:
    """Mean wait of each run over its customers but the first ``cut`` share; the very first one waits for ``first``.

    With a ``window``, shape (runs, customers / window): the mean of each stretch of so many customers.
    """
    rate = load * servers
    skip = int(cut * customers)
    early = np.full(runs, first)
    late = np.zeros(runs)
    total = np.zeros(runs)
    windows = []
    for at in range(customers):
        if at >= skip:
            total += early
        service = generator.standard_exponential(runs)
        gap = generator.standard_exponential(runs) / rate
        done = early + service
        if servers == 1:
            early = np.maximum(done - gap, 0.0)
        else:
            other = np.maximum(late - gap, 0.0)
            done = np.maximum(done - gap, 0.0)
            early, late = np.minimum(done, other), np.maximum(done, other)
        if window and at % window == window - 1:
            windows.append(total / window)
            total = np.zeros(runs)
    return np.stack(windows, axis=1) if window else total / (customers - skip)
