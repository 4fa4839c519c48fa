"""What links do to what crosses them: which way a fault strikes, and how long a pipe takes for so many bytes.

    first  --TO-->  second       a request of a call goes from the caller's side to the callee's, its answer back
           <-FROM-

    pipe   [ bytes of A ][ bytes of B ]      one after the other, each for size / bandwidth; then the way itself
"""

from sim.scenario.links import FIRST, FROM, SECOND, TO
from sim.semantics.rules import FOREVER
from sim.shared import shared

LOST = -1
"""Instead of a delay: it does not arrive."""


@shared
def crosses(directions: int, sender: int, receiver: int) -> bool:
    """Whether what goes from one side to another is struck by a fault that strikes these directions."""
    if sender & FIRST != 0 and receiver & SECOND != 0 and directions & TO != 0:
        return True
    return sender & SECOND != 0 and receiver & FIRST != 0 and directions & FROM != 0


@shared
def free_again(free: int, now: int, takes: int) -> int:
    """When a pipe is free again that is free at ``free``, and gets what takes it so long ``now``; in ns, at most `FOREVER`."""
    begins = max(now, free)
    return begins + takes if begins < FOREVER - takes else FOREVER


@shared
def later(delay: int, more: int) -> int:
    """The sum of two delays in ns; longer than `FOREVER` is `FOREVER`."""
    return delay + more if delay < FOREVER - more else FOREVER
