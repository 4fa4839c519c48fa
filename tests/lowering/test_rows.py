"""Rows mean the same as plain Python and in machine code: every kind of field, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.rows import NOWHERE, Row
from tests.lowering.some_rows import Box, Cell, World

if TYPE_CHECKING:
    from sim.shared import Words

CELLS, BOXES, CHOSEN, NUMBERS, SIZE = 20, 40, 70, 80, 96


def laid_out() -> np.ndarray:
    """A memory with five cells, two boxes, a list of three cells and five numbers."""
    m = np.zeros(SIZE, dtype=np.int64)
    m[: World.SIZE] = [0, CELLS, CHOSEN, BOXES, NUMBERS, CELLS]
    m[CHOSEN : CHOSEN + 3] = [CELLS + 2 * number for number in (4, 0, 2)]
    m[NUMBERS : NUMBERS + 5] = [3, 1, 4, 1, 5]
    return m


def linked(w: World) -> None:
    """Links the cells one after the other, gives them values, and ends the list."""
    last = w.first
    for number in range(1, 5):
        cell = w.cells[number]
        cell.value = w.numbers[number] * 10
        last.next = cell
        last = cell
    last.next = NOWHERE
    w.count = length(w.first)


def length(cell: Cell) -> int:
    """How many cells follow each other; of no cell, none."""
    count = 0
    while cell:
        count += 1
        cell = cell.next
    return count


def largest(first: Cell) -> Cell:
    """The cell of the largest value, the first one of several."""
    found, cell = first, first.next
    while cell:
        if cell.value > found.value:
            found = cell
        cell = cell.next
    return found


def boxed(w: World, number: int) -> None:
    """Puts what is in a list into a box: beside it, within it and behind it."""
    box = w.boxes[0] if number == 0 else Box(w, w.boxes.at + 10)
    box.value = w.chosen[0].value + w.chosen[2].value
    box.open = box.value > 20
    box.cell.value = -1
    box.cell.next = largest(w.first)
    box.cell.next.value += 1
    for index in range(3):
        box.room[index] = w.numbers[index] - (w.chosen[index] == w.first)
    w.chosen[1] = box.cell if box.open else NOWHERE
    w.numbers[4] -= int(bool(w.chosen[1]) and w.chosen[1].next != w.first)


def run(m: World, r: Words) -> None:
    """All of it."""
    linked(m)
    boxed(m, 0)
    boxed(m, 1)
    r[0] = m[NUMBERS] + length(NOWHERE) + m.boxes[0].cell.at


def test_rows_are_the_same_words_in_both() -> None:
    """A list is linked, measured and put into boxes: the same memory, word by word, un-lowered and lowered."""
    plain, machine = laid_out(), laid_out()
    seen, written = np.zeros(1, dtype=np.int64), np.zeros(1, dtype=np.int64)
    run(World(plain), seen)  # type: ignore[arg-type]
    loaded(object_code(lowered(run, "tried")), "tried", memories=2)(int(machine.ctypes.data), int(written.ctypes.data))
    assert machine.tolist() == plain.tolist()
    assert written[0] == seen[0] == 3 + BOXES + 2
    assert World(plain).count == 5
    assert plain[BOXES : BOXES + 7].tolist() == [50 + 40, 1, -1, CELLS + 8, 3, 0, 4]


def test_the_declaration_says_where_everything_is() -> None:
    """Fields follow each other; a row within takes its own size, and what follows a row takes none."""
    assert {name: field.offset for name, field in Box.fields.items()} == {"value": 0, "open": 1, "cell": 2, "room": 4}
    assert (Cell.SIZE, Box.SIZE, World.SIZE) == (2, 4, 6)


def test_no_row_has_no_fields() -> None:
    """In machine code it would be a word of the header; un-lowered it is an error that says so."""
    nothing = Cell(laid_out(), 0)
    assert not nothing
    assert nothing == NOWHERE
    with pytest.raises(IndexError, match="Cell: this is no row"):
        _ = nothing.value
    with pytest.raises(IndexError, match="Cell: this is no row"):
        nothing.value = 1


def test_a_row_says_what_it_is() -> None:
    """For whoever looks at one: its address, and its numbers."""
    m = laid_out()
    m[CELLS] = 7
    assert repr(World(m).cells[0]) == f"Cell({CELLS}: value=7)"
    assert isinstance(World(m).cells[0], Row)
