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

from sim.former_names import warn
from sim.metrics.paths import measure, resolve
from sim.scenario.units import format_duration
from sim.stats.intervals import estimate
from sim.stats.knee import find_knee, hysteresis_area, judge_hysteresis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record
    from sim.results.result import Result
    from sim.scenario.arrivals import Piece
    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.knee import Hysteresis, Knee

LOADS_MIN = 2
"""Loads on the way up that make a staircase, the highest included."""

Step = tuple[float, int, int]
"""A load per second, and the windows over which it is measured: first, first no longer included."""


@dataclass(frozen=True, kw_only=True)
class LoadHysteresis:
    """Goodput of one flow at each load, on the way up and on the way down, per second.

    Attributes:
        flow: the flow.
        loads: ascending, the highest last.
        up, down: at each load, with intervals over the replications; the same at the highest.
        knee: of the way up.
        hysteresis: whether the way down is the way up.
    """

    flow: str
    loads: tuple[float, ...]
    up: tuple[Estimate, ...]
    down: tuple[Estimate, ...]
    knee: Knee
    hysteresis: Hysteresis

    def __str__(self) -> str:
        """Return two sentences: how far goodput follows the load, and whether it comes back."""
        return f"{self.flow}, load up and down again: {self.knee}; {self.hysteresis}"

    @property
    def loop(self) -> Hysteresis:
        """The former name of `hysteresis`."""
        warn("LoadHysteresis.loop", "LoadHysteresis.hysteresis")
        return self.hysteresis

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        rows = zip(self.loads, self.up, self.down, strict=True)
        return {
            "flow": self.flow,
            "loads": [{"load": load, "up": up.to_dict(), "down": down.to_dict()} for load, up, down in rows],
            "knee": self.knee.knee,
            "state": self.hysteresis.state,
            "area": self.hysteresis.area.to_dict(),
            "doubled": None if self.hysteresis.doubled is None else self.hysteresis.doubled.to_dict(),
            "sentence": str(self),
        }


def staircases(scenario: Scenario) -> list[str]:
    """Return the flows whose load goes up step by step and down the same steps."""
    return [flow for flow in scenario.workload if _steps(scenario, flow) is not None]


def chosen(scenario: Scenario, flow: str = "") -> str:
    """Return the flow whose load goes up and down; '' is the only one there is. Raises ``ValueError`` with the remedy."""
    found = staircases(scenario)
    name = flow or (found[0] if len(found) == 1 else "")
    if name not in found:
        known = ", ".join(found) or "none"
        such = "give arrivals of kind: step with rates such as 20/s, 40/s, 20/s, each for two windows or more"
        raise ValueError(f"{scenario.name}: no load goes up and down the same steps; flows that do: {known}; {such}")
    return name


def twice_as_long(scenario: Scenario) -> Scenario:
    """Return the scenario with twice the time at each load: what tells a state that stays from one that is slow to leave.

    Faults begin at the same step, and last as long as they did. Raises ``ValueError`` when no load goes up and down the same
    steps, or another load changes over time.
    """
    flows = staircases(scenario)
    if not flows:
        chosen(scenario)
    changes = [("run.horizon", format_duration(2 * scenario.run.horizon))]
    for name, flow in scenario.workload.items():
        if name in flows:
            steps = [(f"workload.{name}.arrivals.steps.{at}.at", one) for at, one in enumerate(flow.arrivals.pieces())]
            changes += [(place, format_duration(2 * one.at_ns)) for place, one in reversed(steps)]  # so that they always ascend
        elif not flow.arrivals.level:
            raise ValueError(f"the load of '{name}' changes over time too, and is no staircase; double its times by hand")
    changes += [(f"faults.{name}.at", format_duration(2 * fault.at)) for name, fault in scenario.faults.items()]
    for path, value in changes:
        scenario = scenario.replace(path, value)
    return scenario


def load_hysteresis(result: Result, flow: str = "", doubled: Result | None = None) -> LoadHysteresis:
    """Return goodput up and down a staircase of loads; ``flow`` is '' where only one has such a load.

    ``doubled`` is a result of the same loads with steps twice as long, as `twice_as_long` makes them. Raises ``ValueError``
    when the load of the flow does not go up and down the same steps, or a step is shorter than two windows.
    """
    return hysteresis_of(result.records, flow, () if doubled is None else doubled.records)


def hysteresis_of(records: Sequence[Record], flow: str = "", doubled: Sequence[Record] = ()) -> LoadHysteresis:
    """Return what `load_hysteresis` does, of the records of all replications."""
    name = chosen(records[0].network.scenario, flow)
    loads, up, down = _ways(records, name)
    twice = None
    if doubled:
        other, higher, lower = _ways(doubled, chosen(doubled[0].network.scenario, name))
        if other != loads:
            raise ValueError(f"the two results have other loads: {loads} and {other}")
        twice = hysteresis_area(other, higher, lower)
    return LoadHysteresis(
        flow=name,
        loads=loads,
        up=_figures(up),
        down=_figures(down),
        knee=find_knee(loads, up),
        hysteresis=judge_hysteresis(hysteresis_area(loads, up, down), twice),
    )


def _ways(records: Sequence[Record], flow: str) -> tuple[tuple[float, ...], list[list[float]], list[list[float]]]:
    """Loads, and goodput of shape (replications, loads) up and down."""
    scenario = records[0].network.scenario
    steps = _steps(scenario, flow) or []
    metric, subject = resolve(f"{flow}.goodput", scenario)
    rows = [[measure(record, metric, subject, first, stop) for _, first, stop in steps] for record in records]
    top = len(steps) // 2
    loads = tuple(load for load, _, _ in steps[: top + 1])
    return loads, [row[: top + 1] for row in rows], [row[top:][::-1] for row in rows]


def _steps(scenario: Scenario, flow: str) -> list[Step] | None:
    """The steps of a staircase that goes up and down again; None for any other load."""
    pieces: tuple[Piece, ...] = scenario.workload[flow].arrivals.pieces()
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
