"""How often the intervals of mean and p99 latency are right, on systems where the answer is known.

    runs of a system -> n of them, again and again -> interval of the mean, of the p99 -> does it contain the truth?

There are two truths. *Of the steady state*: the closed form, or where there is none a far longer run. *Of such runs*: what
runs of this length have on average, a question about a limited time; it is the mean over all runs of the trial. The p99 of a
run that is too short is too low on average, so its interval is right about such runs and too often wrong about the steady
state: those rows are shown with their bias and are not judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.stats.intervals import estimate
from tests.stats.coverage.queues import chance
from tests.stats.coverage.systems import SYSTEMS
from tests.stats.coverage.trials import Row, band, band_p99

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.stats.coverage.queues import Floats
    from tests.stats.coverage.systems import System

BLOCK = 2000
"""Runs with one generator."""
FAR_LONGER = 1_000_000
"""Customers of a run that stands for the steady state where there is no closed form."""
MEASURES = ("mean", "p99")


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How loaded a system is, how many customers a run measures after those it skips, and whether that is long enough.

    Attributes:
        long_enough: for a p99 of the steady state.
    """

    load: float
    customers: int
    skip: int
    long_enough: bool = True

    def __str__(self) -> str:
        """Return it as the table has it."""
        return f"recursion, load {self.load:g}, {self.customers} customers after {self.skip}"


LIGHT = Setting(load=0.5, customers=10_000, skip=1000)
BUSY = Setting(load=0.8, customers=5000, skip=500, long_enough=False)
BUSY_LONG = Setting(load=0.8, customers=50_000, skip=5000)
HEAVY = Setting(load=0.9, customers=20_000, skip=5000, long_enough=False)


def recursion_rows(
    system: System, setting: Setting, macros: int, *, sizes: tuple[int, ...] = (20,), steady: Floats | None = None
) -> Iterator[Row]:
    """Coverage over ``macros`` samples of the first of ``sizes``, and as many as there are in the same runs of the others.

    ``steady`` is the truth of the steady state, shape (2,), where it has been looked up already.
    """
    runs = _runs(system, setting, macros * sizes[0])
    truth = steady_state(system, setting.load) if steady is None else steady
    for n in sizes:
        yield from rows(system.name, str(setting), runs, truth, n=n, long_enough=setting.long_enough, judged=n == sizes[0])


def rows(
    name: str, setting: str, runs: Floats, steady: Floats, *, n: int, long_enough: bool, judged: bool = True
) -> Iterator[Row]:
    """Coverage of both truths by the intervals of mean and p99 over each ``n`` of ``runs``, shape (runs, 2)."""
    macros = len(runs) // n
    for place, measure in enumerate(MEASURES):
        values = runs[: macros * n, place]
        found = [estimate(sample, unit="s") for sample in values.reshape(macros, n).tolist()]
        low, high = band(macros) if measure == "mean" else band_p99(macros)
        average = float(values.mean())
        for whose, truth in (("of the steady state", float(steady[place])), ("of such runs", average)):
            hits = sum(one.low <= truth <= one.high for one in found)
            bias = f", runs are {average / truth - 1.0:+.2%} off" if whose == "of the steady state" else ""
            counts = judged and (measure == "mean" or whose == "of such runs" or long_enough)
            what = f"interval of the {measure} latency"
            yield Row(what, f"{name}, {setting}, n = {n}; {whose}{bias}", "95 %", hits, macros, low, high, judged=counts)


@lru_cache
def steady_state(system: System, load: float, runs: int = 200) -> Floats:
    """Mean and p99 in the steady state: the closed form, or where there is none so many far longer runs."""
    exact = np.array(system.exact(load))
    if not np.isnan(exact).any():
        return exact
    long = system.runs(chance(12, round(100 * load)), runs, load=load, customers=FAR_LONGER, skip=FAR_LONGER // 10)
    return np.where(np.isnan(exact), long.mean(axis=0), exact)


def _runs(system: System, setting: Setting, count: int) -> Floats:
    number = SYSTEMS.index(system)
    parts = [
        system.runs(
            chance(11, number, round(100 * setting.load), setting.customers, start),
            min(BLOCK, count - start),
            load=setting.load,
            customers=setting.customers,
            skip=setting.skip,
        )
        for start in range(0, count, BLOCK)
    ]
    return np.concatenate(parts)
