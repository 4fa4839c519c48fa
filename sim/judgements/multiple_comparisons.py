"""All claims of a comparison's verdict, judged together.

    fails less       p = 0.0004   --Holm-->  0.0024   claimed
    carries more     p = 0.02     --Holm-->  0.1      no proven difference, though alone it would have been

Of six claims about equals one in four verdicts would make a false one at 5 % each. Judged as one family (Holm), one in
twenty does: `python -m tests.stats.aa` measures it. What cannot be told is no claim, and makes the others no harder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sim.stats.intervals import LEVEL
from sim.stats.multiple import holm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.results.comparison import Comparison, Row, Side

ALPHA = 1.0 - LEVEL
"""The chance allowed of even one false claim in a verdict."""


@dataclass(frozen=True)
class Claim:
    """One question of a verdict, and what all of them together let one say.

    Attributes:
        row: the metric of both sides.
        says: what is claimed of the better side: ``fails less``.
        what: what is measured, in words.
        adjusted: the row's p value for the family as a whole, after Holm; what ``better`` goes by.
        better: ``a`` or ``b`` when it is proven, together with all others, that this side is better; else ''.
        family: how many claims are judged together.
    """

    row: Row
    says: str
    what: str
    adjusted: float
    better: Side | Literal[""]
    family: int


def claims_of(comparison: Comparison) -> dict[str, Claim]:
    """Return every claim that a verdict may make, by its metric's path, in the order in which they are said."""
    asked = _asked(comparison)
    return judge_together([(comparison.row(path), says, what) for path, says, what in asked])


def judge_together(asked: Sequence[tuple[Row, str, str]], alpha: float = ALPHA) -> dict[str, Claim]:
    """Judge rows (with what they would say, of what) as one family; ``alpha``: of even one false claim among them."""
    told = [row for row, _, _ in asked if row.paired.told]
    adjusted = dict(zip((row.path for row in told), holm([row.p for row in told]), strict=True))
    found = {}
    for row, says, what in asked:
        p = adjusted.get(row.path, 1.0)
        found[row.path] = Claim(row, says, what, p, row.leaning if p <= alpha else "", len(told))
    return found


def _asked(comparison: Comparison) -> list[tuple[str, str, str]]:
    """The questions: metric, claim, what it is of."""
    flow = comparison.flow
    asked = [(f"{flow}.spoiled", "fails less", f"{flow} requests not done well")]
    if comparison.a.scenario.faults or comparison.b.scenario.faults:
        asked.append(("blast_radius", "fails smaller", "services in breach"))
        asked.append(("time_to_recover", "recovers sooner", "time to recover after a fault"))
    asked.append(("goodput", "carries more", "goodput of the whole system"))
    asked.append((f"{flow}.latency.p50", "answers sooner", f"median latency of {flow}"))
    asked.append((f"{flow}.completion.p50", "is done with all sooner", f"median time until all of {flow} is done"))
    both = (other for other in comparison.a.scenario.workload if other in comparison.b.scenario.workload)
    asked += [(f"{other}.spoiled", "fails less", f"{other} requests not done well") for other in both if other != flow]
    return asked
