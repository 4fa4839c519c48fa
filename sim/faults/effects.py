"""What a fault may do to a thing: an effect gives a field of it a value over a window of time.

    effect                      field   value                      in the window, of a replica
    Pace(begin, end, factor)    pace    the factor                 work takes ``factor`` times as long
    Stopped(begin, end)         pace    without end                work stands still, whatever else its pace is
    Halted(begin, end)          halted  true                       nothing is taken in, and no answer is taken up
    CoresLost(begin, end, n)    cores   how many                   work has so many cores less
    Leaked(begin, end, n)       leaked  how many                   so many workers, or connections, are taken by nobody
    Down(begin, end, ...)       down    how others learn of it     the replica is dead; after it, it comes back empty
    Withdrawn(begin, end)       withdrawn true                     nothing new comes to it, and it reads nothing
    Rate(begin, end, factor)    rate    the factor                 of a flow: so many times as many arrive
    Failing(begin, end)         failing true                       of an operation: handlers fail that the fault picks
    Hanging(begin, end)         hanging true                       of an operation: those hang until the end
    Disturbed(begin, end)       disturbed true                     of a link: what crosses it is struck
    Emptied(begin, end)         emptied true                       of a projection, or of a cache: emptied at its begin
    Loss(begin, end, span)      lost    when, and how far back     of a store: the commits of the ``span`` before it are lost

A fault's file says which effects it has on what it strikes: replicas, or any other kind of thing that has fields of these names
(a broker can be down, too). Effects compose when the scenario is compiled: each field of each kind of thing declares how
(`sim.network.lower.faults`), and an effect on a field that nothing declares is an error. The factors of overlapping `Pace`
windows multiply, overlapping `Down` windows unite. The end of one fault never undoes another.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, ClassVar

KEEPS_WORK = 2
KEEPS_QUEUE = 4


@dataclass(frozen=True, slots=True)
class Effect(ABC):
    """The ``field`` of what is struck has a value in ``[begin, end)`` ns: base of the effects."""

    field: ClassVar[str]
    of_operations: ClassVar[bool] = False
    """Whether it is on the operations of what is struck, also where those are replicas."""
    begin: int
    end: int

    @property
    @abstractmethod
    def value(self) -> Any:
        """The value that the field has in the window, if no other effect changes it."""

    @property
    def of_pool(self) -> str:
        """The pool of the replica that it is on; none: it is on what is struck."""
        return ""


@dataclass(frozen=True, slots=True)
class Pace(Effect):
    """Work takes ``factor`` times as long in ``[begin, end)`` ns; of work that is under way then, the part that falls in it."""

    field = "pace"
    factor: float

    @property
    def value(self) -> float:
        """The factor."""
        return self.factor


@dataclass(frozen=True, slots=True)
class Stopped(Pace):
    """Work stands still in ``[begin, end)`` ns, whatever its pace is by other effects."""

    factor: float = math.inf


@dataclass(frozen=True, slots=True)
class Halted(Effect):
    """A replica takes in nothing in ``[begin, end)`` ns, nor do its handlers go on with answers that come."""

    field = "halted"

    @property
    def value(self) -> bool:
        """Whether it does."""
        return True


@dataclass(frozen=True, slots=True)
class CoresLost(Effect):
    """A replica has ``count`` cores less in ``[begin, end)`` ns."""

    field = "cores"
    count: int

    @property
    def value(self) -> int:
        """How many."""
        return self.count


@dataclass(frozen=True, slots=True)
class Leaked(Effect):
    """``count`` workers of a replica are taken by nobody in ``[begin, end)`` ns; or connections of a ``pool``, or store."""

    field = "leaked"
    count: int
    pool: str = ""

    @property
    def of_pool(self) -> str:
        """The pool that it is on, if it is not workers that leak."""
        return self.pool

    @property
    def value(self) -> int:
        """How many."""
        return self.count


@dataclass(frozen=True, slots=True)
class Rate(Effect):
    """The rate of a flow's arrivals is ``factor`` times as high in ``[begin, end)`` ns."""

    field = "rate"
    factor: float

    @property
    def value(self) -> float:
        """The factor."""
        return self.factor


@dataclass(frozen=True, slots=True)
class Failing(Effect):
    """An operation fails in ``[begin, end)`` ns for those whom the fault picks."""

    field = "failing"
    of_operations = True

    @property
    def value(self) -> bool:
        """Whether it does."""
        return True


@dataclass(frozen=True, slots=True)
class Hanging(Effect):
    """Handlers of an operation that begin in ``[begin, end)`` ns hang until ``end``, if the fault picks them."""

    field = "hanging"
    of_operations = True

    @property
    def value(self) -> bool:
        """Whether they do."""
        return True


@dataclass(frozen=True, slots=True)
class Disturbed(Effect):
    """What crosses a link in ``[begin, end)`` ns is struck as the fault says."""

    field = "disturbed"

    @property
    def value(self) -> bool:
        """Whether it is."""
        return True


@dataclass(frozen=True, slots=True)
class Emptied(Effect):
    """A projection is emptied at ``begin``, and filled anew from its topics for as long as that takes; or a cache."""

    field = "emptied"

    @property
    def value(self) -> bool:
        """Whether it is."""
        return True


@dataclass(frozen=True, slots=True)
class Loss(Effect):
    """A store loses at ``begin`` what was committed in the last ``span`` ns."""

    field = "lost"
    span: int

    @property
    def value(self) -> tuple[int, int]:
        """When that is, in ns, and how far back it reaches."""
        return self.begin, self.span


@dataclass(frozen=True, slots=True)
class Down(Effect):
    """The replica is dead in ``[begin, end)`` ns.

    Balancers take it from their list ``detection`` ns after the crash. ``silent``: callers learn nothing, instead of a
    connection reset one hop later. ``keeps``: what it has still when it comes back, `KEEPS_WORK` or `KEEPS_QUEUE`, or both.
    """

    field = "down"
    detection: int
    silent: bool
    keeps: int = 0

    @property
    def value(self) -> tuple[int, bool, int]:
        """When balancers learn of it, in ns from its begin; whether callers learn nothing; and what is kept."""
        return self.detection, self.silent, self.keeps


@dataclass(frozen=True, slots=True)
class Withdrawn(Effect):
    """The replica is to be replaced in ``[begin, end)`` ns: nothing new comes to it, and its consumers have left."""

    field = "withdrawn"

    @property
    def value(self) -> bool:
        """Whether it is."""
        return True
