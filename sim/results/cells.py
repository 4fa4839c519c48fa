"""One measure under one fault, of every architecture of a matrix, and what is proven of each two of them.

                 a               b               c            contrasts: b less a, c less a, c less b
    goodput lost 14 %            3 %             0 %          better: b, c, c      best: c, as it beats every other one
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.metrics.base import Direction, Unit
    from sim.stats.intervals import Estimate
    from sim.stats.survival import Sooner

Side = Literal["a", "b", "c", "d", "e", "f"]
SIDES: tuple[Side, ...] = ("a", "b", "c", "d", "e", "f")
"""What the architectures of a matrix are called where a name would be long: the first one ``a``."""


def pairs_of(count: int) -> Iterator[tuple[Side, Side]]:
    """Yield each two of so many sides, the one that comes first before the other."""
    yield from combinations(SIDES[:count], 2)


@dataclass(frozen=True)
class Contrast:
    """Two architectures beside each other, in one measure under one fault.

    Attributes:
        one, other: the two sides.
        difference: the other minus the one, pair by pair; up to the time that all were watched, where some runs ended before.
        leaning: which side looks better, proven or not.
        better: the side where it is proven together with every other difference of the matrix (Holm), else ''.
        p: of this difference alone; 1 where nothing can be told.
        survival: of a time that some runs ended before.
        compared: whether the fault struck both, so that they can be held against each other.
    """

    one: Side
    other: Side
    difference: Estimate
    leaning: Side | Literal[""]
    better: Side | Literal[""] = ""
    p: float = 1.0
    survival: Sooner | None = None
    compared: bool = True

    @property
    def worse(self) -> Side | Literal[""]:
        """The side that the other one is proven to be better than."""
        return "" if not self.better else self.one if self.better == self.other else self.other

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        survival = {} if self.survival is None else {"survival": self.survival.to_dict()}
        return {"difference": self.difference.to_dict(), "better": self.better, "p": self.p, **survival}


@dataclass(frozen=True)
class Cells:
    """One measure under one fault, of all architectures.

    Attributes:
        fault: its name, '' for the row without one.
        measure, label, unit, direction: as metrics have them.
        figures: the cells by side, each with its interval.
        contrasts: each two sides beside each other.
        exercised: whether the fault struck anything of each side. Where it did not, the cell has no value, and nothing is
            compared: it says nothing of how that side would bear it.
        least, most: means of what a count may be, by side, where it is not known exactly; else both are the count.
    """

    fault: str
    measure: str
    label: str
    unit: Unit
    direction: Direction
    figures: tuple[Estimate, ...]
    contrasts: tuple[Contrast, ...]
    exercised: tuple[bool, ...]
    least: tuple[float, ...] = ()
    most: tuple[float, ...] = ()

    @property
    def sides(self) -> tuple[Side, ...]:
        """The sides that there are."""
        return SIDES[: len(self.figures)]

    @property
    def a(self) -> Estimate:
        """The cell of the first side."""
        return self.figures[0]

    @property
    def b(self) -> Estimate:
        """The cell of the second side."""
        return self.figures[1]

    def of(self, side: Side) -> Estimate:
        """The cell of one side."""
        return self.figures[SIDES.index(side)]

    def met(self, side: Side) -> bool:
        """Whether the fault struck anything of a side."""
        return self.exercised[SIDES.index(side)]

    @property
    def compared(self) -> bool:
        """Whether the fault struck all sides, so that they can be held against each other."""
        return all(self.exercised)

    def between(self, side: Side) -> tuple[float, float] | None:
        """What the mean of a side may be, where that is not known exactly."""
        at = SIDES.index(side)
        least, most = (ends[at] if ends else math.nan for ends in (self.least, self.most))
        return (least, most) if least < most else None

    def contrast(self, one: Side, other: Side) -> Contrast:
        """Return two sides beside each other, whichever is named first; the difference is the later one less the former."""
        return next(found for found in self.contrasts if {found.one, found.other} == {one, other})

    def beaten(self, side: Side) -> tuple[Side, ...]:
        """The sides that one is proven to be better than, together with all other differences of the matrix."""
        lost = {found.worse for found in self.contrasts if found.better == side}
        return tuple(one for one in self.sides if one in lost)

    @property
    def better(self) -> Side | Literal[""]:
        """The side that is proven to be better than every other one that the fault struck, else ''."""
        struck = [side for side in self.sides if self.met(side)]
        return next((side for side in struck if len(struck) > 1 and len(self.beaten(side)) == len(struck) - 1), "")

    def to_dict(self) -> dict[str, Any]:
        """Return plain data."""
        found = {"measure": self.measure, "label": self.label, "unit": self.unit, "direction": self.direction}
        cells: dict[str, Any] = {side: self.of(side).to_dict() for side in self.sides}
        bounds = {side: self.between(side) for side in self.sides if self.between(side)}
        known = {"exercised": list(self.exercised), **({"between": bounds} if bounds else {})}
        if len(self.contrasts) == 1:
            return {**found, **cells, **self.contrasts[0].to_dict(), **known}
        contrasts = {f"{one.other} less {one.one}": one.to_dict() for one in self.contrasts}
        return {**found, **cells, "better": self.better, "contrasts": contrasts, **known}
