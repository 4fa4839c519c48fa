"""What is tried, and how many times: groups of rows that can be worked on apart from each other.

groups -> group 0, group 1, ...  in processes, or one after another  ->  rows, in the same order
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import chain
from multiprocessing import get_context
from typing import TYPE_CHECKING, Any

import numpy as np

from tests.stats.coverage import atoms, latency, trials
from tests.stats.coverage.engine import cut_rows, engine_rows
from tests.stats.coverage.systems import HEAVY_TAIL, INDEPENDENT, MEASURES, SYSTEMS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tests.stats.coverage.trials import Row

REPETITIONS_MIN = 5


def groups(size: float, engine: float = 1.0) -> list[Callable[[], Iterable[Row]]]:
    """All trials, each with its usual number of repetitions times ``size``, those of the engine times ``engine`` too."""

    def times(count: float) -> int:
        return max(REPETITIONS_MIN, round(count * size))

    def one(trial: Callable[..., Row], count: int, **settings: Any) -> Callable[[], Iterable[Row]]:
        return lambda: (trial(times(count), **settings),)

    def selection(alike: float) -> Callable[[], Iterable[Row]]:
        return lambda: (trials.selection(times(2000), alike=alike)[0],)

    def at_atoms(setting: atoms.Setting) -> Callable[[], Iterable[Row]]:
        return lambda: (atoms.row(setting, times(100_000 / max(setting.n, 20))),)

    queues, first = latency.recursion_rows, SYSTEMS[0]
    others = SYSTEMS[1:]
    unknown = np.full(len(MEASURES), np.nan)
    quantiles: dict[str, Any] = {"sizes": (30, 20, 10), "measures": MEASURES[1:]}
    family = partial(one, trials.family, 1000, designs=100)
    return [
        *(partial(queues, first, setting, times(10_000), sizes=(30, 20, 10)) for setting in (latency.LIGHT, latency.BUSY)),
        *(partial(queues, system, latency.LIGHT, times(10_000), sizes=(20, 10)) for system in others),
        *(partial(queues, system, latency.BUSY, times(10_000), sizes=(20, 10)) for system in others),
        partial(queues, first, latency.HEAVY, times(10_000)),
        partial(queues, first, latency.BUSY_LONG, times(2000)),
        partial(queues, HEAVY_TAIL, latency.TAIL, times(10_000), steady=unknown, **quantiles),
        partial(queues, INDEPENDENT, latency.ALONE, times(10_000), **quantiles),
        *(at_atoms(setting) for setting in atoms.SETTINGS),
        *(partial(engine_rows, system, times(1000 * engine)) for system in SYSTEMS),
        *(partial(cut_rows, system, times(1000 * engine)) for system in SYSTEMS[1:2]),
        *(one(trials.skewed_means, 10_000, law=law, adjusted=adjusted) for law in trials.LAWS for adjusted in (True, False)),
        one(trials.sequential, 4000),
        family(),
        family(skewed=True),
        family(statistic="skew"),
        family(skewed=True, statistic="skew"),
        selection(0.0),
        selection(0.5),
        one(trials.equivalence, 10_000),
        one(trials.recovered, 10_000),
        one(trials.median_recovered, 10_000),
        one(trials.ranks, 10_000),
    ]


def rows(size: float, engine: float = 1.0, jobs: int = 1) -> Iterator[Row]:
    """The rows of all trials in their order, so many of them worked on at a time, each in a process."""
    count = len(groups(size, engine))
    if jobs == 1:
        yield from chain.from_iterable(group_rows(size, engine, number) for number in range(count))
        return
    with ProcessPoolExecutor(jobs, get_context("spawn")) as processes:
        yield from chain.from_iterable(processes.map(group_rows, *zip(*((size, engine, k) for k in range(count)), strict=True)))


def group_rows(size: float, engine: float, number: int) -> list[Row]:
    """The rows of the ``number``-th group of trials."""
    return list(groups(size, engine)[number]())
