"""Exit codes: part of the public interface, listed in ``eventflow --help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sim.judgements.non_inferiority import NonInferiority
    from sim.stats.judging import Verdict
    from sim.stats.sequential import Precision

OK = 0
BREACHED = 1
USAGE = 2
INTERNAL = 3
INCONCLUSIVE = 4
NOTHING = 5
MACHINE = 6
INTERRUPTED = 130
TERMINATED = 143

MEANINGS = {
    OK: "ok",
    BREACHED: "an objective is breached, a regression is proven, or a repeated run gave other numbers",
    USAGE: "wrong usage, or an invalid scenario",
    INTERNAL: "internal error, or a run that does not move on",
    INCONCLUSIVE: "inconclusive: too few replications to tell whether an objective holds",
    NOTHING: "nothing to check",
    MACHINE: "the machine refused: its disk is full or fails, or its memory is used up",
    INTERRUPTED: "interrupted: what is finished is kept",
    TERMINATED: "the same, by SIGTERM",
}


SEVERITY = (INTERNAL, BREACHED, INCONCLUSIVE, NOTHING, OK)


def worst(codes: Iterable[int]) -> int:
    """Of several answers the one that decides."""
    return min(codes, key=SEVERITY.index, default=OK)


def of_precision(precision: Precision | None) -> int:
    """What a precision amounts to that was asked for: not reached is inconclusive."""
    return OK if precision is None or precision.reached else INCONCLUSIVE


def of_required(verdicts: Sequence[Verdict | NonInferiority]) -> int:
    """The same where verdicts were asked for: none at all is nothing to check."""
    return of_verdicts(verdicts) if verdicts else NOTHING


def of_verdicts(verdicts: Iterable[Verdict | NonInferiority]) -> int:
    """What the objectives' outcomes amount to: one failure decides, then one doubt."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return BREACHED if "fail" in outcomes else INCONCLUSIVE if "unsure" in outcomes else OK
