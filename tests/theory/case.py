r"""A case: figures that theory knows, scenarios that ought to show them, and how to read them off.

    theory.json --inputs--> Case.parts(effort) --scenario--> engine --records--> Part.measure --figures--> judge
           \--expected----------------------------------------------------------------------------------/

A case may take several parts (the same law for several service times, or one run for means and one, with an event log,
for the waits of single requests). ``effort`` shortens or lengthens the runs; what is judged stays the same.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zlib import crc32

from sim.engine import run_once
from sim.network import compile as compile_network
from tests.theory.judge import Bar, Verdict, mean_and_se, usual_bar
from tests.theory.observe import Observed

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from sim.network import Network
    from sim.scenario.scenario import Scenario

Figures = dict[str, float]
Measure = Callable[[Sequence[Observed]], Figures]
REPLICATIONS = 32
THEORY = Path(__file__).with_name("theory.json")


@dataclass(frozen=True)
class Part:
    """One scenario, replicated.

    measure:      figures from the observations of a batch of replications (one, unless ``batch`` says more).
    replications: how many batches; at least ten.
    batch:        replications that give one value of each figure together.
    facts:        rows of the event log of each replication.
    label:        told apart in the report from other parts that show the same figures.
    """

    scenario: Scenario
    measure: Measure
    replications: int = REPLICATIONS
    batch: int = 1
    facts: int = 0
    label: str = ""


@dataclass(frozen=True)
class Known:
    """A case of theory: inputs and the figures that follow."""

    id: str
    title: str
    model: str
    inputs: dict[str, Any]
    expected: Figures
    source: str
    note: str = ""


@dataclass(frozen=True)
class Case:
    """A case that the simulator covers.

    parts:   from an effort (1 in the full suite) to what is run.
    heavy:   whether the load is 90 % or more, so that the cap for means is 2 %.
    bars:    how single figures are judged, where not as usual.
    left:    expected figures that are not measured, each with the reason.
    fast:    effort in the default test run, or None when the case is only in the full suite.
    """

    known: Known
    parts: Callable[[float], Sequence[Part]]
    heavy: bool = False
    bars: dict[str, Bar] = field(default_factory=dict)
    left: dict[str, str] = field(default_factory=dict)
    fast: float | None = None

    def bar(self, figure: str) -> Bar:
        """How a figure is judged."""
        return self.bars.get(figure) or usual_bar(figure, heavy=self.heavy)


@cache
def theory() -> dict[str, Known]:
    """All cases of ``theory.json`` by their id."""
    rows = json.loads(THEORY.read_text(encoding="utf-8"))
    return {
        row["id"]: Known(
            row["id"], row["title"], row["model"], row.get("inputs", {}), row["expected"], row["source"], row.get("note", "")
        )
        for row in rows
    }


def known(case: str) -> Known:
    """A case of ``theory.json``."""
    return theory()[case]


def verdicts(case: Case, *, effort: float = 1.0, pool: Executor | None = None) -> list[Verdict]:
    """Run a case and judge every figure, in the order of what is expected."""
    found: list[Verdict] = []
    for number, part in enumerate(case.parts(effort)):
        seed = crc32(f"{case.known.id}/{number}".encode())  # its own numbers for every part: no luck is shared
        rows = _batches(part, seed, pool)
        for figure in rows[0]:
            values = [row[figure] for row in rows]
            mean, se = mean_and_se(values)
            shown = f"{figure} ({part.label})" if part.label else figure
            exact = case.known.expected[figure]
            found.append(Verdict(case.known.id, shown, exact, mean, se, len(values), case.bar(figure)))
    return found


def _batches(part: Part, seed: int, pool: Executor | None) -> list[Figures]:
    network = compile_network(part.scenario)
    jobs = [(network, part, seed, batch) for batch in range(part.replications)]
    return list(map(_batch, jobs) if pool is None else pool.map(_batch, jobs))


def _batch(job: tuple[Network, Part, int, int]) -> Figures:
    network, part, seed, batch = job
    numbers = range(batch * part.batch, (batch + 1) * part.batch)
    records = [run_once(network, seed=seed, replication=number, log_facts=part.facts) for number in numbers]
    return part.measure([Observed(record) for record in records])
