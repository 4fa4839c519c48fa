"""How a request, an attempt or a delivery can end. The codes are part of every record, in this order."""

from sim.shared import shared

OK = 0
ERROR = 1
REJECTED = 2
TIMEOUT = 3
CRASHED = 4
UNAVAILABLE = 5
DEPENDENCY = 6
CANCELLED = 7
EXPIRED = 8
DROPPED = 9
EVICTED = 10
LIMIT = 11
SHED = 12

OUTCOMES = (
    *("ok", "error", "rejected", "timeout", "crashed", "unavailable", "dependency"),
    *("cancelled", "expired", "dropped", "evicted", "limit", "shed"),
)
OUTCOME_COUNT = len(OUTCOMES)
FIRST_OUTCOMES = 7
"""Those that every record has counted; what counts later ones has no part in a fingerprint where they are 0."""

OUTCOME_MEANINGS = {
    "ok": "done, and the caller was told in time",
    "error": "the handler failed by a `fail` step",
    "rejected": "turned away: the queue of the replica was full, or a guard of the caller refused the attempt",
    "timeout": "the caller stopped waiting; the work itself goes on",
    "crashed": "the replica, or the caller itself, went down with the request",
    "unavailable": "no replica was in service to send to",
    "dependency": "a call that the handler needs failed after its last attempt",
    "cancelled": "stopped, as the caller no longer waited and had said so (`cancel`)",
    "expired": "not begun, as its deadline had passed",
    "dropped": "given up by the queue of the replica: it had waited too long there (`ttl`, `wait_max`, `codel`)",
    "evicted": "put out of a full queue of the replica for another request (`evict`)",
    "limit": "turned away: as many requests were in flight at the replica as its `limit` lets be",
    "shed": "turned away: the replica keeps what room it has for requests of higher priority (`shed`)",
}


@shared
def unanswered(outcome: int) -> bool:
    """Whether nobody knows if it was done: the caller gave up, or one of the two went down."""
    return outcome == TIMEOUT or outcome == CRASHED  # noqa: PLR1714 - the kernel's language has no `in`
