"""Work under way: it goes at the pace of the moment.

    begins, 10 ms |----- as declared, 4 ms -----|== 3 times slower: the other 6 ms take 18 ==| done
                                                ^ the pace changes: the end on the calendar is stale, a new one is put there
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.order import WORKED, rank_of
from sim.engine.rules import left, left_part, paced
from sim.engine.simpy_engine.clock import Timer

if TYPE_CHECKING:
    from sim.engine.simpy_engine.clock import Clock
    from sim.engine.simpy_engine.state import Span


class Work(Timer):
    """The end of a handler's work, which begins now and takes ``duration`` ns at the declared pace.

    Attributes:
        left: what was left of it at ``since``, in whole ns at the declared pace.
        part: their fraction, see `sim.engine.rules.left`.
        ends: when it ends, if the pace stays; a work is under way until then.
    """

    def __init__(self, clock: Clock, span: Span, duration: int, part: int = 0, *, begun: bool = False) -> None:
        takes = paced(duration, part, span.replica.pace)
        self.left, self.part = duration, part
        self.since = now = clock.now
        self.ends = now + takes
        span.work = self
        super().__init__(clock, takes, rank_of(WORKED, span.ident), on_calendar=begun)

    def go_on(self, clock: Clock, span: Span, before: int) -> None:
        """The pace was ``before`` until now: what is left goes on at that of the replica.

        Who waited for this event waits for another one. This one still happens, and nobody hears of it.
        """
        elapsed = clock.now - self.since
        rest = left(self.left, self.part, elapsed, before)
        following = Work(clock, span, rest, left_part(self.part, elapsed, before), begun=True)
        following.callbacks, self.callbacks = self.callbacks, []
