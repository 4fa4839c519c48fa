"""Is the declared warm-up long enough? Asked of the mean over the replications, for steady-state questions only.

    waiting   |      .-.--.-.--.-        declared:   |--|
              |  .--'                    estimated:  |-----|   MSER-5: too short a warm-up, say so
              +--|--|--------------

A scenario with faults, or with a load that changes, has no steady state: what happens is measured as it happens.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.metrics.paths import measure, resolve
from sim.record import fields as f
from sim.scenario.units import format_duration
from sim.stats.figures import rounded
from sim.stats.intervals import estimate
from sim.stats.warmup import BATCH, BATCHES_MIN, REPLICATIONS_MIN, WarmUp, warm_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.results.result import Result
    from sim.scenario.scenario import Scenario

    Floats = NDArray[np.float64]

WAITING = "waiting"
"""Requests in queues and messages not yet committed: what takes longest to settle."""
WINDOWS_MIN = BATCH * BATCHES_MIN
WINDOWS_TOLD = 240
"""From how many windows on a run is called too short unasked: of fewer, too many that do settle look as if they did not."""
SECOND = 1_000_000_000


@dataclass(frozen=True, kw_only=True)
class WarmUpCheck:
    """What MSER-5 says of a run's start, beside what the run declares.

    Attributes:
        path: the metric that was looked at; ``waiting`` for requests and messages that wait.
        declared, needed: the warm-up that is declared, and the one that is estimated, in ns.
        found: the estimate, in windows.
    """

    path: str
    declared: int
    needed: int
    found: WarmUp

    @property
    def enough(self) -> bool:
        """Whether the declared warm-up leaves out what shows of the start."""
        return self.found.long_enough and self.declared >= self.needed

    def __str__(self) -> str:
        """Return one sentence: long enough, too short a warm-up, or too short a run."""
        declared, what = format_duration(self.declared), "what waits" if self.path == WAITING else self.path
        seen = f"(MSER-5 on the mean of {self.found.n} replications)"
        if not self.found.long_enough:
            if self.found.windows < WINDOWS_MIN:
                remedy = f"it takes {WINDOWS_MIN} windows to tell; write a longer run.horizon or a shorter run.window"
                return f"warm-up: the run has {self.found.windows} windows, too few to tell when {what} settles; {remedy}"
            return f"warm-up: the run is too short, {what} does not settle within half of it {seen}; write a longer run.horizon"
        if self.enough:
            return f"warm-up: {declared} is long enough, {what} settles within {format_duration(self.needed)} {seen}"
        needed = format_duration(self.needed)
        return f"warm-up: {declared} is too short, {what} settles after {needed} {seen}; write run.warmup: {needed}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {
            "path": self.path,
            "declared_s": rounded(self.declared / SECOND),
            "needed_s": rounded(self.needed / SECOND) if self.found.long_enough else None,
            "enough": self.enough,
            "long_enough_run": self.found.long_enough,
            "sentence": str(self),
        }


def check_warm_up(result: Result, path: str = WAITING) -> WarmUpCheck:
    """Return when a metric settles, by default what waits, beside the warm-up that is declared.

    Raises ``ValueError`` with fewer than 10 replications or a window without a value, and `UnknownMetricError`.
    """
    run = result.scenario.run
    found = warm_up(series(result, path))
    return WarmUpCheck(path=path, declared=run.warmup, needed=found.cut * run.window, found=found)


def doubtful_warm_up(result: Result) -> WarmUpCheck | None:
    """Return what is to be said of the warm-up without being asked; None when all is well, or nobody can tell.

    The rule finds something to cut in noise too: it is said only when leaving it out changes the mean by more than chance.
    """
    windows = result.scenario.run.horizon // result.scenario.run.window
    if result.replications < REPLICATIONS_MIN or windows < WINDOWS_MIN or not is_steady(result.scenario):
        return None
    found = check_warm_up(result)
    if found.enough:
        return None
    if not found.found.long_enough:
        return found if windows >= WINDOWS_TOLD else None
    return found if _matters(series(result), -(-found.declared // result.scenario.run.window), found.found.cut) else None


def is_steady(scenario: Scenario) -> bool:
    """Whether a scenario can have a steady state: no faults, and every load level."""
    return not scenario.faults and all(flow.arrivals.level for flow in scenario.workload.values())


def series(result: Result, path: str = WAITING) -> Floats:
    """Return a metric in each whole window, of shape (replications, windows), in the metric's unit; nan without a value."""
    run = result.scenario.run
    windows = run.horizon // run.window
    if path == WAITING:
        areas = [
            record.services[:windows, :, f.services.SERVICE_WAITING_AREA].sum(axis=1)
            + record.groups[:windows, :, f.groups.GROUP_LAG_AREA].sum(axis=1)
            for record in result.records
        ]
        return np.array(areas, dtype=np.float64) / run.window
    metric, subject = resolve(path, result.scenario)
    rows = [[measure(record, metric, subject, at, at + 1) for at in range(windows)] for record in result.records]
    return np.array(rows, dtype=np.float64)


def _matters(values: Floats, declared: int, cut: int) -> bool:
    """Whether the mean from the declared warm-up on differs from that of the settled part, replication by replication."""
    parts = [(row[declared:], row[cut:]) for row in values.tolist()]
    bias = estimate([math.fsum(whole) / len(whole) - math.fsum(rest) / len(rest) for whole, rest in parts])
    return bias.estimable and not bias.low <= 0.0 <= bias.high
