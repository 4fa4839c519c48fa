"""Families of entities: what a record counts of services, of edges, of flows, ... Each is declared once, with its columns.

    GUARDS = Family("guards", one="guard")
    GUARD_ASKED = GUARDS.counter("asked")                    a column of the table (window, guard, column)
    LEVEL_OPEN = GUARDS.level("open")                        how many there are now; one row a guard
    GUARD_OPEN_AREA = GUARDS.area("open_area", LEVEL_OPEN)   the level over time, in ns, kept up by `recorder.advance`
    GUARDS.balance("guard", GUARD_ASKED, [GUARD_ADMITTED, GUARD_REFUSED])

What is laid out in memory, recorded, checked by the ledger, saved, loaded and hashed is read off these declarations: a family
more, or a column more, is written in one place. Each has a few words in the header of a recording, which say where it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.record.outcomes import FIRST_OUTCOMES, OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import Network

FAMILIES: list[Family] = []
"""Every family, in the order of its declaration."""

# the words of a family in the header
COUNT = 0  # entities
FIRST = 1  # where its table begins
WINDOW = 2  # where the rows of the current window are
LEVEL = 3  # where its levels are
FIELDS = 4  # columns of its table
LEVELS = 5  # columns of its levels
SINCE = 6  # the level that says when the areas were brought up to date, or -1
AREAS = 7  # where its list of areas begins: pairs of the level and the area
AREAS_END = 8
MAXIMA = 9  # and of its maxima: pairs of the level and the maximum
MAXIMA_END = 10
FAMILY_WORDS = 11
FAMILIES_AT = 24
"""Where the words of the first family are in the header."""


@dataclass(frozen=True)
class Balance:
    """An identity: what came in is what went out by these columns, and what these levels hold at the horizon."""

    what: str
    came_in: tuple[int, ...]
    went_out: tuple[int, ...]
    levels: tuple[int, ...]


@dataclass(frozen=True)
class Sum:
    """A column that adds up times, one of each that is counted, none longer than the longest: both are columns, or levels."""

    column: int
    count: int
    longest: int
    in_levels: bool


@dataclass(frozen=True)
class Holding:
    """What an engine itself holds at the horizon, to be held against a level, and against a column by window (or None)."""

    what: str
    level: int
    by_window: int | None


class Family:
    """One family of entities.

    Attributes:
        name: its plural: the attribute of a network that lists the entities, and of a record that is its table
        one: its singular, for the names of columns and messages
        hashed: whether it is part of what happened, and so of the fingerprint and of saved tables
        counters: names of the columns of its table; times and areas are in ns
        levels: names of the columns of its levels
        rare: columns of its table that have no part in a fingerprint where they are 0
        outlooks: columns of its table that have none at all: they say what may come of what is open, not what happened
        printed: whether it has a part in a fingerprint where there are entities; not where it says how often, and for how
            long, what there was before there was the family
    """

    def __init__(self, name: str, *, one: str, hashed: bool = True, printed: bool = True) -> None:
        self.name, self.one, self.hashed, self.printed = name, one, hashed, printed
        self.counters: list[str] = []
        self.levels: list[str] = []
        self.rare: list[int] = []
        self.outlooks: list[int] = []
        self.areas: list[tuple[int, int]] = []
        self.maxima: list[tuple[int, int]] = []
        self.balances: list[Balance] = []
        self.sums: list[Sum] = []
        self.holdings: list[Holding] = []
        self.since = -1
        self.at = FAMILIES_AT + FAMILY_WORDS * len(FAMILIES)
        FAMILIES.append(self)

    # -- declaring

    def counter(self, name: str, *, rare: bool = False) -> int:
        """Declare a column of the table; returns its number.

        A ``rare`` one has no part in a fingerprint where it is 0 throughout, so that one may be declared later.
        """
        self.counters.append(name)
        if rare:
            self.rare.append(len(self.counters) - 1)
        return len(self.counters) - 1

    def outlook(self, name: str) -> int:
        """Declare a column for what may come of what is open at the horizon; returns its number. No fingerprint has it."""
        self.outlooks.append(self.counter(name))
        return self.outlooks[-1]

    def by_outcome(self, name: str) -> int:
        """Declare a column for each outcome; returns the number of the first one's. Those of later outcomes are rare."""
        first = len(self.counters)
        for number, outcome in enumerate(OUTCOMES):
            self.counter(f"{name}.{outcome}", rare=number >= FIRST_OUTCOMES)
        return first

    def level(self, name: str) -> int:
        """Declare a level; returns its number."""
        self.levels.append(name)
        return len(self.levels) - 1

    def since_level(self, name: str = "since") -> int:
        """Declare the level that remembers when the areas were last brought up to date."""
        self.since = self.level(name)
        return self.since

    def area(self, name: str, level: int) -> int:
        """Declare the area under a level, in ns; returns its column."""
        self.areas.append((level, self.counter(name)))
        return self.areas[-1][1]

    def maximum(self, name: str, level: int) -> int:
        """Declare the largest value of a level in a window; a window begins with what there is. Returns its column."""
        self.maxima.append((level, self.counter(name)))
        return self.maxima[-1][1]

    def balance(
        self, what: str, came_in: int | Sequence[int], went_out: Sequence[int], levels: Sequence[int] = ()
    ) -> None:
        """Declare an identity that the ledger asserts on every run."""
        came = (came_in,) if isinstance(came_in, int) else tuple(came_in)
        self.balances.append(Balance(what, came, tuple(went_out), tuple(levels)))

    def summed(self, column: int, *, count: int, longest: int, in_levels: bool = False) -> None:
        """Declare how much a column of times may have added up that is no part of an area; see `sim.record.magnitude`."""
        self.sums.append(Sum(column, count, longest, in_levels))

    def holding(self, what: str, level: int, by_window: int | None = None) -> int:
        """Declare what engines count themselves at the horizon; returns its column in `Recording.inside`."""
        self.holdings.append(Holding(what, level, by_window))
        return len(self.holdings) - 1

    # -- reading

    @property
    def table_of_levels(self) -> str:
        """Name of its levels, as a record and a file know them."""
        return f"{self.one}_levels"

    @property
    def number(self) -> int:
        """Its place among all families."""
        return (self.at - FAMILIES_AT) // FAMILY_WORDS

    @property
    def count_at(self) -> int:
        """Address of how many entities there are."""
        return self.at + COUNT

    @property
    def first_at(self) -> int:
        """Address of the address of its table."""
        return self.at + FIRST

    @property
    def window_at(self) -> int:
        """Address of the address of its rows of the current window."""
        return self.at + WINDOW

    @property
    def level_at(self) -> int:
        """Address of the address of its levels."""
        return self.at + LEVEL

    @property
    def fields_at(self) -> int:
        """Address of how many columns its table has."""
        return self.at + FIELDS

    @property
    def levels_at(self) -> int:
        """Address of how many levels an entity has."""
        return self.at + LEVELS

    def entities(self, network: Network) -> Sequence[Any]:
        """What a network has of the family."""
        found: Sequence[Any] = getattr(network, self.name)
        return found

    def names(self, network: Network) -> list[str]:
        """Names of its entities, in the order of their rows."""
        return [one.name for one in self.entities(network)]


def outcomes_from(first: int) -> range:
    """The columns that `Family.by_outcome` declared."""
    return range(first, first + len(OUTCOMES))
