"""A few rows for tests: every kind of field."""

from __future__ import annotations

from sim.rows import Ints, Refs, Row, Rows, inside, tail


class World(Row, header=True):
    """What there is one of."""

    count: int
    cells: Rows[Cell]
    chosen: Refs[Cell]
    boxes: Rows[Box]
    numbers: Ints
    first: Cell


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
