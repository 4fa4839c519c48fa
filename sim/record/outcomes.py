"""How a request, an attempt or a delivery can end. The codes are part of every record, in this order."""

from sim.shared import shared

OK = 0
ERROR = 1
REJECTED = 2
TIMEOUT = 3
CRASHED = 4
UNAVAILABLE = 5
DEPENDENCY = 6

OUTCOMES = ("ok", "error", "rejected", "timeout", "crashed", "unavailable", "dependency")
OUTCOME_COUNT = len(OUTCOMES)

OUTCOME_MEANINGS = {
    "ok": "done, and the caller was told in time",
    "error": "the handler failed by a `fail` step",
    "rejected": "turned away: the queue of the replica was full, or a guard of the caller refused the attempt",
    "timeout": "the caller stopped waiting; the work itself goes on",
    "crashed": "the replica, or the caller itself, went down with the request",
    "unavailable": "no replica was in service to send to",
    "dependency": "a call that the handler needs failed after its last attempt",
}


@shared
def unanswered(outcome: int) -> bool:
    """Whether nobody knows if it was done: the caller gave up, or one of the two went down."""
    return outcome == TIMEOUT or outcome == CRASHED  # noqa: PLR1714 - the kernel's language has no `in`
