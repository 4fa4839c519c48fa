"""Places that leak: how many are lost more, or come back, when a fault has taken so many in all.

    taken by faults   1   2   3   0        of 2 places, which are all there after a restart at |
    lost              1   2   2   0        and     1   2 | 1   0
"""

from sim.shared import shared


@shared
def change(total: int, before: int, lost: int, places: int, there: bool) -> int:  # noqa: FBT001
    """How many places more are lost, with ``total`` taken by faults and ``before`` until now; below 0: so many come back.

    Nothing is lost of what is not ``there``, and never more than there are.
    """
    more = total - before
    if more > 0 and not there:
        return 0
    return max(min(more, places - lost), -lost)
