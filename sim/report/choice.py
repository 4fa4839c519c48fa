"""Which point of a sweep is best, as far as that can be told: the point, that nobody knows yet, or why nobody can.

    every run there          --> Best: the point with its guarantee, or how many replications decide
    runs failed or missing   --> no Best, and why
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.sweeps.errors import SweepError

if TYPE_CHECKING:
    from sim.sweeps.best import Best
    from sim.sweeps.result import Sweep


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What became of the question for the best point.

    Attributes:
        path: the metric; ``within`` is the smallest difference that matters, as it was asked for.
        best: the answer; None where the runs do not let anyone choose.
        why: then the reason, in a sentence.
    """

    path: str
    within: str
    best: Best | None
    why: str = ""

    @property
    def question(self) -> str:
        """The question in a few words."""
        return f"the best point by {self.path} within {self.within}"

    @property
    def decided(self) -> bool:
        """Whether there is a best point."""
        return self.best is not None and self.best.point is not None

    def __str__(self) -> str:
        """Return the answer in a sentence."""
        return self.why if self.best is None else str(self.best)

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        return {"path": self.path, "point": None, "sentence": self.why} if self.best is None else self.best.to_dict()


def choose(sweep: Sweep, path: str, within: str) -> Choice:
    """Ask for the best point of a sweep whose question was checked before it was run; see `Sweep.best`."""
    try:
        return Choice(path=path, within=within, best=sweep.best(path, within))
    except SweepError as error:
        return Choice(path=path, within=within, best=None, why=f"No best point can be chosen by {path}{_why(sweep, error)}")


def _why(sweep: Sweep, error: SweepError) -> str:
    """What keeps anyone from choosing: runs that failed, runs that are still to come, or what the runs say."""
    total = len(sweep.plan.tasks)
    if sweep.failures:
        return f": {len(sweep.failures)} of {total} runs failed"
    if not sweep.complete:
        left = total - sweep.done
        return f" yet: {left} of {total} runs are missing; the same command without --shard, in a folder that has them, chooses"
    return f": {error}"
