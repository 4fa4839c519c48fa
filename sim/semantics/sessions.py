"""What users do who ask for one thing after another: ask again, go on, or give up.

    answer --> again            they have not asked as often as they would, or do not know yet
           --> done             and come to the next step, if they want to
           --> given up         it was a failure, and they put up with none
"""

from sim.shared import shared

AGAIN = 0
DONE = 1
GIVEN_UP = 2


@shared
def after_answer(failed: bool, asked: int, times: int, knows: bool, abandons: bool) -> int:  # noqa: FBT001
    """What a user does after a request that ``failed`` or not, the ``asked``-th of ``times``; 0: it asks until it ``knows``."""
    if failed and abandons:
        return GIVEN_UP
    if times == 0:
        return DONE if knows else AGAIN
    return DONE if asked == times else AGAIN


@shared
def too_late(times: int, deadline: int, age: int) -> bool:
    """Whether a user does not ask any more, whose next request would leave ``age`` ns after its first: one that polls."""
    return times == 0 and deadline >= 0 and deadline < age
