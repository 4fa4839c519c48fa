"""A queue that all who find no free worker join, as long as there is room."""

from sim.scenario.kinds import REJECT, START, WAIT
from sim.shared import shared


@shared
def accept(busy: int, workers: int, waiting: int, queue_max: int) -> int:
    """A free worker takes the request; else it waits if the queue (of waiting requests only, -1 unbounded) has room."""
    if busy < workers:
        return START
    if queue_max < 0 or waiting < queue_max:
        return WAIT
    return REJECT
