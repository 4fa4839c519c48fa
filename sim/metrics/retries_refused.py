"""How many retries were not made as a retry budget refused them: of all that the retry policy would have made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.counts import share
from sim.metrics.guarded import by_edges
from sim.record import fields as f

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.record.record import Record


def of_edges(record: Record, edges: Iterable[int], first: int, stop: int) -> float:
    """Refused retries over some edges, of those that were wanted; nan when none was."""
    wanted = set(edges)
    rows = [number for number, budget in enumerate(record.network.budgets) if budget.edge in wanted]
    counted = record.budgets[first:stop, rows].sum(axis=(0, 1))
    return share(int(counted[f.budgets.BUDGET_REFUSED]), int(counted[f.budgets.BUDGET_WANTED]))


RETRIES_REFUSED = Metric(
    name="retries_refused",
    label="retries refused by budgets",
    unit="share",
    direction="neither",
    named="lower",
    measures=by_edges(of_edges),
    meaning="retries that were not made as a retry budget refused them, of all that the retry policy would have made under one",
    missing="where no retry was wanted that has a budget",
    most=1.0,
)
