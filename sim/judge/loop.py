r"""Up a staircase of loads and down again: does the system come back the way it went?

    load  __--==--__        goodput on the way up against that on the way down, at the same loads, replication by replication
          | | || | |        each measured over the second half of its step, when what came before has had time to settle
          up  ||  down

A step that is twice as long tells a state that stays (metastable) from one that only takes long to leave.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.metrics.paths import measure, resolve
from sim.stats.intervals import estimate
from sim.stats.knee import find_knee, judge_loop, loop_area

if TYPE_CHECKING:
    from sim.judge.result import Result
    from sim.scenario.arrivals import Piece
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.knee import Knee, Loop

LOADS_MIN = 2
"""Loads on the way up that make a loop, the highest included."""

Step = tuple[float, int, int]
"""A load per second, and the windows over which it is measured: first, first no longer included."""


@dataclass(frozen=True, kw_only=True)
class LoadLoop:
    """Goodput of one flow at each load, on the way up and on the way down, per second.

    Attributes:
        flow: the flow.
        loads: ascending, the highest last.
        up, down: at each load, with intervals over the replications; the same at the highest.
        knee: of the way up.
        loop: whether the way down is the way up.
    """

    flow: str
    loads: tuple[float, ...]
    up: tuple[Estimate, ...]
    down: tuple[Estimate, ...]
    knee: Knee
    loop: Loop

    def __str__(self) -> str:
        """Return two sentences: how far goodput follows the load, and whether it comes back."""
        return f"{self.flow}, load up and down again: {self.knee}; {self.loop}"

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        rows = zip(self.loads, self.up, self.down, strict=True)
        return {
            "flow": self.flow,
            "loads": [{"load": load, "up": up.to_dict(), "down": down.to_dict()} for load, up, down in rows],
            "knee": self.knee.knee,
            "state": self.loop.state,
            "area": self.loop.area.to_dict(),
            "doubled": None if self.loop.doubled is None else self.loop.doubled.to_dict(),
            "sentence": str(self),
        }


def staircases(scenario: Scenario) -> list[str]:
    """Return the flows whose load goes up step by step and down the same steps."""
    return [flow for flow in scenario.workload if _steps(scenario, flow) is not None]


def load_loop(result: Result, flow: str = "", doubled: Result | None = None) -> LoadLoop:
    """Return goodput up and down a staircase of loads; ``flow`` is '' where only one has such a load.

    ``doubled`` is a result of the same loads with steps twice as long. Raises ``ValueError`` when the load of the flow does
    not go up and down the same steps, or a step is shorter than two windows.
    """
    found = staircases(result.scenario)
    name = flow or (found[0] if len(found) == 1 else "")
    if name not in found:
        known = ", ".join(found) or "none"
        raise ValueError(f"no load goes up and down the same steps; flows that do: {known}; see kind: step")
    loads, up, down = _ways(result, name)
    twice = None
    if doubled is not None:
        other, higher, lower = _ways(doubled, name)
        if other != loads:
            raise ValueError(f"the two results have other loads: {loads} and {other}")
        twice = loop_area(other, higher, lower)
    return LoadLoop(
        flow=name,
        loads=loads,
        up=_figures(up),
        down=_figures(down),
        knee=find_knee(loads, up),
        loop=judge_loop(loop_area(loads, up, down), twice),
    )


def _ways(result: Result, flow: str) -> tuple[tuple[float, ...], list[list[float]], list[list[float]]]:
    """Loads, and goodput of shape (replications, loads) up and down."""
    steps = _steps(result.scenario, flow)
    if steps is None:
        raise ValueError(f"the load of '{flow}' does not go up and down the same steps; see kind: step")
    metric, subject = resolve(f"{flow}.goodput", result.scenario)
    rows = [[measure(record, metric, subject, first, stop) for _, first, stop in steps] for record in result.records]
    top = len(steps) // 2
    loads = tuple(load for load, _, _ in steps[: top + 1])
    return loads, [row[: top + 1] for row in rows], [row[top:][::-1] for row in rows]


def _steps(scenario: Scenario, flow: str) -> list[Step] | None:
    """The steps of a staircase that goes up and down again; None for any other load."""
    pieces: tuple[Piece, ...] = getattr(scenario.workload[flow].arrivals, "pieces", tuple)()
    run = scenario.run
    if len(pieces) < 2 * LOADS_MIN - 1 or any(piece.rate != piece.rate_end for piece in pieces):
        return None
    rates = [piece.rate for piece in pieces]
    top = len(rates) // 2
    if rates != rates[::-1] or not all(0.0 < low < high for low, high in pairwise(rates[: top + 1])):
        return None
    ends = [*(piece.at_ns for piece in pieces[1:]), run.horizon]
    steps = []
    for piece, end in zip(pieces, ends, strict=True):
        first, stop = -(-(piece.at_ns + (end - piece.at_ns) // 2) // run.window), end // run.window
        if stop <= first:
            return None
        steps.append((piece.rate, first, stop))
    return steps


def _figures(rows: list[list[float]]) -> tuple[Estimate, ...]:
    return tuple(estimate(list(column), unit="1/s", least=0.0) for column in zip(*rows, strict=True))
