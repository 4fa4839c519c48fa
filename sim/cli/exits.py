"""Exit codes: part of the public interface, listed in ``eventflow --help``."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sim.result import Verdict

OK = 0
BREACHED = 1
USAGE = 2
INTERNAL = 3
INCONCLUSIVE = 4
NOTHING = 5
INTERRUPTED = 130

MEANINGS = {
    OK: "ok",
    BREACHED: "an objective is breached, or a repeated run gave other numbers",
    USAGE: "wrong usage, or an invalid scenario",
    INTERNAL: "internal error, or a run that does not move on",
    INCONCLUSIVE: "inconclusive: too few replications to tell whether an objective holds",
    NOTHING: "nothing to check",
    INTERRUPTED: "interrupted",
}


def of_verdicts(verdicts: Iterable[Verdict]) -> int:
    """What the objectives' outcomes amount to: one failure decides, then one doubt."""
    outcomes = {verdict.outcome for verdict in verdicts}
    return BREACHED if "fail" in outcomes else INCONCLUSIVE if "unsure" in outcomes else OK
