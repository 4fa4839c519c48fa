"""Rows mean the same as plain Python and in machine code: every kind of field, read and written."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from sim.lowering.machine import loaded, object_code
from sim.lowering.module import lowered
from sim.rows import NOWHERE, Field, Row
from tests.lowering.some_rows import Box, Cell, Parcel, Tag, World

if TYPE_CHECKING:
    from sim.shared import Words
    from tests.lowering.some_rows import Chest

CELLS, BOXES, CHOSEN, NUMBERS, SIZE = 20, 40, 70, 80, 96
PARCEL, NOTES = 60, 6  # where a parcel is, and how far behind it its notes are


class Owner(Row):
    """A row that leads to one of another file."""

    chest: Chest


def laid_out() -> np.ndarray:
    """A memory with five cells, two boxes, a list of three cells and five numbers."""
    m = np.zeros(SIZE, dtype=np.int64)
    m[: World.SIZE] = [0, CELLS, CHOSEN, BOXES, NUMBERS, CELLS, NOTES, 0]
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
    loaded([object_code(lowered(run, "tried"))], "tried", memories=2)(int(machine.ctypes.data), int(written.ctypes.data))
    assert machine.tolist() == plain.tolist()
    assert written[0] == seen[0] == 3 + BOXES + 2
    assert World(plain).count == 5
    assert plain[BOXES : BOXES + 7].tolist() == [50 + 40, 1, -1, CELLS + 8, 3, 0, 4]


def pack(w: World, r: Words) -> None:
    """Fills a parcel to the brim, then changes one field after the other."""
    parcel = Parcel(w, r[0])
    parcel.flag = 1
    parcel.count = (1 << 30) - 1
    parcel.cell = w.cells[3]
    parcel.turn = (1 << 63) - 1
    parcel.open = True
    parcel.value = -1
    parcel.last = (1 << 40) - 1
    parcel.room[0] = -1
    parcel.cell.value += parcel.flag + parcel.count
    parcel.count -= 5
    parcel.turn >>= 1
    parcel.flag = 0
    parcel.cell = parcel.cell if parcel.open else NOWHERE
    parcel.last -= 1
    r[0] = parcel.count + parcel.turn + parcel.last + parcel.cell.at


def test_packed_fields_leave_their_neighbours_alone() -> None:
    """Fields that share a word are written in any order: the same words in both, and each reads as it was put."""
    plain, machine = laid_out(), laid_out()
    seen, written = np.full(1, PARCEL, dtype=np.int64), np.full(1, PARCEL, dtype=np.int64)
    pack(World(plain), seen)  # type: ignore[arg-type]
    loaded([object_code(lowered(pack, "tried"))], "tried", memories=2)(int(machine.ctypes.data), int(written.ctypes.data))
    assert machine.tolist() == plain.tolist()
    assert written[0] == seen[0] == (1 << 30) - 6 + (1 << 62) - 1 + (1 << 40) - 2 + CELLS + 6
    parcel = Parcel(plain, PARCEL)
    assert (parcel.flag, parcel.open, parcel.value, parcel.room[0]) == (0, True, -1, -1)
    assert World(plain).cells[3].value == 1 << 30


def test_fields_share_a_word_as_long_as_they_fit() -> None:
    """Neighbours lie in one word up to 64 bits; an un-packed field begins a word, and what follows it another one."""
    places = {name: (field.offset, field.shift) for name, field in Parcel.fields.items()}
    shared = {"flag": (0, 0), "cell": (0, 1), "count": (0, 33), "turn": (1, 0), "open": (1, 63)}
    apart = {"note": (0, 0), "name": (0, 0), "noted": (1, 0)}
    assert places == {**shared, "value": (2, 0), "last": (3, 0), "room": (4, 0), **apart}
    assert Parcel.SIZE == 4


@pytest.mark.parametrize("number", [-1, 1 << 30])
def test_what_does_not_fit_into_a_packed_field_is_an_error(number: int) -> None:
    """Plain Python says so, which is how un-lowered runs show it."""
    with pytest.raises(OverflowError, match="not a number of 30 bits"):
        Parcel(laid_out(), PARCEL).count = number


def note(w: World, r: Words) -> None:
    """Writes what lies apart, and reads it."""
    parcel = Parcel(w, r[0])
    parcel.note = 7
    parcel.noted = w.cells[2]
    parcel.noted.value += parcel.note
    r[0] = value_of(parcel)


def value_of(parcel: Parcel) -> int:
    """A function that has no header finds it too."""
    return parcel.noted.value * 100 + parcel.note


def test_what_lies_apart_is_where_the_header_says() -> None:
    """The same words in both, as far behind the row as the header says; nothing of the row itself is touched."""
    plain, machine = laid_out(), laid_out()
    seen, written = np.full(1, PARCEL, dtype=np.int64), np.full(1, PARCEL, dtype=np.int64)
    note(World(plain), seen)  # type: ignore[arg-type]
    loaded([object_code(lowered(note, "tried"))], "tried", memories=2)(int(machine.ctypes.data), int(written.ctypes.data))
    assert machine.tolist() == plain.tolist()
    assert written[0] == seen[0] == 707
    assert plain[PARCEL : PARCEL + NOTES + 2].tolist() == [0] * NOTES + [7, CELLS + 4]
    assert Parcel.APART == {"notes_at": 2, "names_at": 1}


def test_what_is_not_laid_out_is_an_error_in_plain_python() -> None:
    """Where the header says 0 there are no such fields, to read or to write."""
    with pytest.raises(IndexError, match="Parcel: names_at is 0"):
        _ = Parcel(laid_out(), PARCEL).name
    with pytest.raises(IndexError, match="not laid out"):
        Parcel(laid_out(), PARCEL).name = 1


def test_a_plain_object_has_what_lies_apart() -> None:
    """For the readable engine a field that lies apart is one like any other."""
    assert Tag.plain(1, 2).note == 2


def test_the_declaration_says_where_everything_is() -> None:
    """Fields follow each other; a row within takes its own size, and what follows a row takes none."""
    assert {name: field.offset for name, field in Box.fields.items()} == {"value": 0, "open": 1, "cell": 2, "room": 4}
    assert (Cell.SIZE, Box.SIZE, World.SIZE) == (2, 4, 8)


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


def test_rows_of_a_package_know_each_other_by_name() -> None:
    """A file need not import the rows that its rows lead to, so two may lead to each other; what is nowhere is an error."""
    m = laid_out()
    m[50], m[52] = 52, 7
    assert Owner(m, 50).chest.value == 7
    with pytest.raises(TypeError, match="no row is called Chests; import it, or declare it"):
        _ = Field(0, "row", "Chests", __name__).row
