"""How often the intervals of mean latency and of its quantiles are right, on systems where the answer is known.

    runs of a system -> n of them, again and again -> interval of the mean, of p50, p95, p99 -> does it contain the truth?

There are two truths. *Of the steady state*: the closed form, or where there is none far longer runs. *Of such runs*: what
runs of this length have on average, a question about a limited time; it is the mean over all runs of the trial, and the
quantile of all their answers together. Runs that begin empty and are too short are too quick on average, so the interval is
right about such runs and may be wrong about the steady state: those rows are shown with their bias and are not judged.

Quantiles are the product's own, `sim.stats.pooled` of samples in the buckets of its histograms. To be quick, buckets far from
the quantile are one cell: the interval does not reach them, and is the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from sim.record.histogram import bucket_bounds
from sim.stats.intervals import estimate
from sim.stats.pooled import pooled_quantile
from sim.stats.sample import Sample
from tests.stats.coverage.queues import chance
from tests.stats.coverage.systems import CELLS, FIRST, HEAVY_TAIL, INDEPENDENT, MEASURES, QUANTILES, SYSTEMS
from tests.stats.coverage.trials import Row, band, band_p99

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from numpy.typing import NDArray

    from tests.stats.coverage.queues import Floats
    from tests.stats.coverage.systems import System, Tally

BLOCK = 1800
"""Runs with one generator: a multiple of 10, 20 and 30."""
FAR_LONGER = 1_000_000
"""Customers of a run that stands for the steady state where there is no closed form."""
N = 20
"""Runs of a sample whose mean is judged; with fewer it is shown. Quantiles are judged with any."""
AROUND = {0.5: (0.3, 0.7), 0.95: (0.85, 0.995), 0.99: (0.95, 1.0)}
"""Shares between which an interval of a quantile may end."""
SECOND = 1e9


@dataclass(frozen=True, kw_only=True)
class Setting:
    """How loaded a system is, how many customers a run measures after those it skips, and whether that is long enough.

    Attributes:
        long_enough: for quantiles of the steady state.
    """

    load: float
    customers: int
    skip: int
    long_enough: bool = True

    def __str__(self) -> str:
        """Return it as the table has it."""
        if not self.load:
            return f"{self.customers} answers a run"
        return f"recursion, load {self.load:g}, {self.customers} customers after {self.skip}"


LIGHT = Setting(load=0.5, customers=10_000, skip=1000)
BUSY = Setting(load=0.8, customers=5000, skip=500, long_enough=False)
BUSY_LONG = Setting(load=0.8, customers=50_000, skip=5000)
HEAVY = Setting(load=0.9, customers=20_000, skip=5000, long_enough=False)
TAIL = Setting(load=0.6, customers=5000, skip=500, long_enough=False)
ALONE = Setting(load=0.0, customers=2000, skip=0)


@dataclass(frozen=True)
class Trial:
    """Low, value and high of `MEASURES` for every sample size, (samples, 4, 3), and the truth of such runs, (4,); in s."""

    figures: Mapping[int, Floats]
    such: Floats


def recursion_rows(
    system: System,
    setting: Setting,
    macros: int,
    *,
    sizes: tuple[int, ...] = (N,),
    steady: Floats | None = None,
    measures: tuple[str, ...] = MEASURES,
) -> Iterator[Row]:
    """Coverage over ``macros`` samples of the first of ``sizes``, and as many as there are in the same runs of the others.

    ``steady`` is the truth of the steady state, shape (4,), where it has been looked up already, or nan where it is not asked.
    """
    found = trial(system, setting, macros * sizes[0], sizes)
    truth = steady_state(system, setting.load) if steady is None else steady
    for n in sizes:
        yield from rows(system.name, str(setting), found, truth, n=n, long_enough=setting.long_enough, measures=measures)


def rows(
    name: str,
    setting: str,
    found: Trial,
    steady: Floats,
    *,
    n: int,
    long_enough: bool,
    measures: tuple[str, ...] = MEASURES,
) -> Iterator[Row]:
    """Coverage of both truths by the intervals of each measure over ``n`` runs; nan: that truth is not known."""
    for measure in measures:
        place = MEASURES.index(measure)
        figures = found.figures[n][:, place]
        macros, such = len(figures), float(found.such[place])
        low, high = band_p99(macros) if measure == "p99" else band(macros)
        for whose, truth in (("of the steady state", float(steady[place])), ("of such runs", such)):
            if np.isnan(truth):
                continue
            hits = int(((figures[:, 0] <= truth) & (truth <= figures[:, 2])).sum())
            if whose == "of the steady state":
                bias = "" if np.isnan(such) else f", runs are {such / truth - 1.0:+.2%} off"
                counts = n == N if measure == "mean" else long_enough
            else:
                bias, counts = "", n == N if measure == "mean" else not long_enough
            what = "interval of the mean latency" if measure == "mean" else f"interval of the {measure} of all latencies"
            yield Row(what, f"{name}, {setting}, n = {n}; {whose}{bias}", "95 %", hits, macros, low, high, judged=counts)


def trial(system: System, setting: Setting, count: int, sizes: tuple[int, ...]) -> Trial:
    """Figures over each of ``sizes`` runs, of so many runs."""
    figures: dict[int, list[Floats]] = {n: [] for n in sizes}
    means, total = 0.0, np.zeros(CELLS, dtype=np.int64)
    for start in range(0, count, BLOCK):
        tally = block(system, setting, start, min(BLOCK, count - start))
        means += float(tally.means.sum())
        total += tally.counts.sum(axis=0)
        for n in sizes:
            figures[n].append(figures_of(tally, n))
    such = [means / count, *(pooled_quantile([sample_of(total)], q).value for q in QUANTILES)]
    return Trial({n: np.concatenate(parts) for n, parts in figures.items()}, np.array(such))


def block(system: System, setting: Setting, start: int, count: int) -> Tally:
    """So many runs with one generator, of their own for each system, load, length and start."""
    key = [*SYSTEMS, HEAVY_TAIL, INDEPENDENT].index(system), round(100 * setting.load), setting.customers, start
    return system.runs(chance(11, *key), count, load=setting.load, customers=setting.customers, skip=setting.skip)


def figures_of(tally: Tally, n: int) -> Floats:
    """Low, value and high of `MEASURES` over each ``n`` runs of a tally, (samples, 4, 3) in seconds."""
    macros = len(tally.means) // n
    found = np.empty((macros, len(MEASURES), 3))
    for macro, values in enumerate(tally.means[: macros * n].reshape(macros, n).tolist()):
        mean = estimate(values, unit="s")
        found[macro, 0] = mean.low, mean.mean, mean.high
    for place, q in enumerate(QUANTILES, 1):
        samples = near(tally.counts[: macros * n], q)
        for macro in range(macros):
            quantile = pooled_quantile(samples[macro * n : macro * n + n], q)
            found[macro, place] = quantile.low, quantile.value, quantile.high
    return found


def sample_of(counts: NDArray[np.int64]) -> Sample:
    """One run's sample from its counts in buckets."""
    low, high = (bounds[FIRST : FIRST + CELLS] for bounds in bucket_bounds())
    return _sample(counts, low, high)


def near(counts: NDArray[np.int64], q: float) -> list[Sample]:
    """The sample of each run, exact in the neighbourhood of a quantile."""
    low, high = (bounds[FIRST : FIRST + CELLS] for bounds in bucket_bounds())
    share = counts.sum(axis=0).cumsum() / counts.sum()
    begin, end = (int(share.searchsorted(one)) for one in AROUND[q])
    starts = np.unique(np.array([0, *range(begin, min(end + 2, CELLS))]))
    merged = np.add.reduceat(counts, starts, axis=1)
    lows, highs = low[starts], high[np.append(starts[1:], CELLS) - 1]
    return [_sample(row, lows, highs) for row in merged]


def _sample(counts: NDArray[np.int64], lows: NDArray[np.int64], highs: NDArray[np.int64]) -> Sample:
    held = np.flatnonzero(counts)
    reached = counts[held].cumsum()
    least, most = int(lows[held[0]]), int(highs[held[-1]])
    return Sample(lows[held], highs[held], reached, reached, int(reached[-1]), least, most)


@lru_cache
def steady_state(system: System, load: float, runs: int = 200) -> Floats:
    """`MEASURES` in the steady state: the closed form, or where there is none so many far longer runs."""
    exact = np.array(system.exact(load))
    if not np.isnan(exact).any():
        return exact
    long = system.runs(chance(12, round(100 * load)), runs, load=load, customers=FAR_LONGER, skip=FAR_LONGER // 10)
    together = sample_of(long.counts.sum(axis=0))
    measured = [float(long.means.mean()), *(pooled_quantile([together], q).value for q in QUANTILES)]
    return np.where(np.isnan(exact), measured, exact)
