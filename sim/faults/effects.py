"""What a fault may do to a replica: the two effects that the engines know, each over a window of time.

    Pace(begin, end, factor)     work takes ``factor`` times as long in the window
    Down(begin, end, ...)        the replica is dead in the window, and comes back empty

A fault's file says which effects it has on a struck replica. Effects compose when the scenario is compiled: the factors of
overlapping `Pace` windows multiply, overlapping `Down` windows unite. The end of one fault never undoes another.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Pace:
    """Work takes ``factor`` times as long in ``[begin, end)`` ns; of work that is under way then, the part that falls in it."""

    begin: int
    end: int
    factor: float


@dataclass(frozen=True, slots=True)
class Down:
    """The replica is dead in ``[begin, end)`` ns.

    Balancers take it from their list ``detection`` ns after the crash. ``silent``: callers learn nothing, instead of a
    connection reset one hop later.
    """

    begin: int
    end: int
    detection: int
    silent: bool


Effect = Pace | Down
