"""What the published results ask of runs: shares that came back, attempts for each call, and how surely.

    scenarios/published/NAME.yaml  --overrides-->  records  --one number each-->  mean +- SE, or k of n
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sim
from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.record.record import Record
    from sim.results.result import Result

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "scenarios" / "published"
Z95 = 1.959964
SIGMAS = 4.0
"""How many standard errors a figure may be off, as in `tests.theory`."""


@dataclass(frozen=True)
class Figure:
    """A mean over replications with its standard error."""

    mean: float
    se: float
    n: int

    def agrees(self, published: float, se: float = 0.0) -> bool:
        """Whether it is right to four standard errors, of both together."""
        return abs(self.mean - published) <= SIGMAS * math.hypot(self.se, se)

    def __str__(self) -> str:
        """The mean with its 95 % interval."""
        return within(self.mean, Z95 * self.se) + f" (n = {self.n})"


@dataclass(frozen=True)
class Count:
    """How many of several runs did something."""

    hits: int
    n: int

    @property
    def interval(self) -> tuple[float, float]:
        """The 95 % interval of the share, after Wilson (1927)."""
        share, square = self.hits / self.n, Z95 * Z95 / self.n
        middle = (share + square / 2) / (1 + square)
        half = Z95 / (1 + square) * math.sqrt(share * (1 - share) / self.n + square / (4 * self.n))
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        """The count with the interval of the share."""
        low, high = self.interval
        return f"{self.hits} of {self.n} [{100 * low:.0f}, {100 * high:.0f}] %"


def within(mean: float, half: float) -> str:
    """A number with its interval, as texts."""
    digits = 4 if half == 0 else max(2, min(6, 2 + math.floor(math.log10(max(abs(mean), half) / half))))
    middle, low, high = (format_number(value, digits) for value in (mean, mean - half, mean + half))
    return middle if half == 0 else f"{middle} [{low}, {high}]"


@cache
def result_of(name: str, overrides: tuple[str, ...] = (), replications: int | None = None) -> Result:
    """The runs of a scenario, ``retry-storm/held``, as it is declared or with overrides."""
    return sim.run(sim.load(FOLDER / f"{name}.yaml", list(overrides)), replications=replications)


def figure(result: Result, measure: Callable[[Record], float]) -> Figure:
    """The mean of a number of each record."""
    values = [measure(record) for record in result.records]
    n = len(values)
    mean = math.fsum(values) / n
    spread = math.fsum((value - mean) ** 2 for value in values) / max(1, n - 1)
    return Figure(mean, math.sqrt(spread / n), n)


def count(result: Result, holds: Callable[[Record], bool]) -> Count:
    """In how many of the records something holds."""
    return Count(sum(holds(record) for record in result.records), len(result.records))


def edge(record: Record, operation: str, field: int, last: int = 0) -> int:
    """A counter of the edges to an operation, of all windows or of the last ones."""
    names = [one.name for one in record.network.operations]
    rows = [row for row, one in enumerate(record.network.edges) if names[one.operation] == operation]
    return int(record.edges[-last:, rows, field].sum())


def attempts(operation: str) -> Callable[[Record], float]:
    """Attempts for each call of an operation."""
    return lambda record: edge(record, operation, f.edges.EDGE_ATTEMPTS) / edge(record, operation, f.edges.EDGE_CALLS)


def attempts_a_second(operation: str, last: int) -> Callable[[Record], float]:
    """Attempts in so many windows before the end, for each second."""
    sent = f.edges.EDGE_ATTEMPTS
    return lambda record: edge(record, operation, sent, last) / (last * record.network.scenario.run.window / 1e9)


def goodput(last: int) -> Callable[[Record], float]:
    """What was done well in so many windows before the end, as a share of what came."""

    def measure(record: Record) -> float:
        end = record.flows[-last:, 0].sum(axis=0)
        return float(end[f.flows.FLOW_GOOD] / end[f.flows.FLOW_OFFERED])

    return measure


def is_back(last: int) -> Callable[[Record], bool]:
    """Whether more than half of what comes at the end is done well."""
    return lambda record: goodput(last)(record) > 0.5


def success(record: Record) -> float:
    """The share of the answered requests that ended well."""
    settled = record.flows[:, 0, f.flows.FLOW_SETTLED : f.flows.FLOW_SETTLED + OUTCOME_COUNT].sum(axis=0)
    return float(settled[OK] / settled.sum())


def last_answer(record: Record) -> float:
    """When the last request that came at 0 was answered well, in s."""
    return float(record.flows[:, 0, f.flows.FLOW_REPLY_MOST].max()) / 1e9


def refused(operation: str) -> Callable[[Record], bool]:
    """Whether a guard has refused an attempt of an operation."""
    return lambda record: edge(record, operation, f.edges.EDGE_SETTLED + 2) > 0
