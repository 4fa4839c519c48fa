"""A few rows for tests: every kind of field."""

from __future__ import annotations

from sim.rows import Ints, Refs, Row, Rows, apart, inside, packed, tail


class World(Row, header=True):
    """What there is one of."""

    count: int
    cells: Rows[Cell]
    chosen: Refs[Cell]
    boxes: Rows[Box]
    numbers: Ints
    first: Cell
    notes_at: int
    names_at: int


class Cell(Row):
    """A cell of a list."""

    value: int
    next: Cell


class Box(Row):
    """A cell in a box, with numbers behind it."""

    value: int
    open: bool
    cell: Cell = inside()
    room: Ints = tail()


class Chest(Row):
    """A row that another file of the package leads to."""

    value: int


class Tag(Row):
    """A row of integers, one of which lies apart."""

    value: int
    note: int = apart("notes_at")


class Parcel(Row):
    """Small fields that share words: three, two that fill one, and one behind a whole one; and fields that lie apart."""

    flag: int = packed(1)
    cell: Cell = packed(32)
    count: int = packed(30)
    turn: int = packed(63)
    open: bool = packed(1)
    value: int
    last: int = packed(40)
    room: Ints = tail()
    note: int = apart("notes_at")
    name: int = apart("names_at")
    noted: Cell = apart("notes_at")
