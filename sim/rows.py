"""Rows: what exists in a run, declared once as annotated fields, in the order in which they lie in memory.

    class Replica(Row):               replica.busy += 1              word 1 of the row
        service: Service              replica.service.workers        a field that is a row: the address of another one
        busy: int
        consumers: Refs[Consumer]     replica.consumers[0]           a list of addresses
        node: Node = inside()         replica.node.time              a row that lies in this one
        up: int = packed(1)           replica.up = 0                 these two share a word
        turn: int = packed(32)
        asked: int = apart("asked_at")                               a word behind the row, where `World.asked_at` says

From the declaration come the offsets, the accessors of the compiled engine (`sim.lowering`) and the view of plain Python: a
small object of a memory and an address, which reads and writes the same words. A row at address 0 is no row, and false:
`NOWHERE`.

A field of which there are millions may be ``packed``: numbers from 0, or addresses, of so many bits. Neighbours share a word as
long as they have 64 bits together. What does not fit is an `OverflowError` in plain Python; machine code keeps the lowest bits.

A field that few scenarios need may lie ``apart``: it is laid out only there, with the others of the same name. That name is a
field of the header, which says how many words behind a row they begin, or 0: there are none here, which is an `IndexError` in
plain Python; machine code would take the row's first words for them.

Fields are ``int`` and ``bool``; a row; ``Rows[R]``, rows that lie side by side; ``Refs[R]``, a list of addresses of rows;
``Ints``, a list of integers; and ``inside()``, a row that lies here; ``tail()``, integers that follow the row. A row is found
by its name, among what its module imports, or the rows of its package: so rows of two files may lead to each other.
"""

from __future__ import annotations

import re
import sys
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

if TYPE_CHECKING:
    from sim.shared import Words

R = TypeVar("R", bound="Row")
WORD_BITS = 64
FORM = re.compile(r"(?:(Rows|Refs)\[)?(\w+)\]?")


OF_PACKAGES: dict[str, dict[str, type[Row]]] = {}
"""The rows that each package declares, by name."""


def _known(module: str) -> dict[str, type[Row]]:
    """The rows of the package of a module."""
    return OF_PACKAGES.setdefault(module.rpartition(".")[0], {})


@dataclass(frozen=True)
class Field:
    """One field: where it is in its row, and what it holds.

    form: ``int``, ``row`` (an address), ``inside``, ``rows``, ``refs``, ``ints`` or ``tail``
    """

    offset: int
    form: str
    name: str
    module: str
    bits: int = WORD_BITS
    shift: int = 0
    apart: str = ""

    @property
    def row(self) -> type[Row]:
        """The rows that it holds or leads to."""
        own: type[Row] | None = getattr(sys.modules[self.module], self.name, None)
        found = own or _known(self.module).get(self.name)
        if found is None:
            message = f"{self.module}: no row is called {self.name}; import it, or declare it in a file of this package"
            raise TypeError(message)
        return found

    @property
    def begins(self) -> int:
        """Where in the header it stands how far behind a row the fields begin that lie apart with this one."""
        own = [one for one in vars(sys.modules[self.module]).values() if isinstance(one, type) and issubclass(one, Row)]
        header = next(one for one in (*own, *_known(self.module).values()) if one.header)
        return header.fields[self.apart].offset


class Row:
    """One row, as plain Python sees it."""

    __slots__ = ("at", "memory")
    __hash__ = None  # type: ignore[assignment]
    SIZE: ClassVar[int] = 0
    """Words of a row, without its tail and without what lies apart."""
    APART: ClassVar[dict[str, int]] = {}
    """How many of its words lie apart, by the field of the header that says where."""
    fields: ClassVar[dict[str, Field]] = {}
    header: ClassVar[bool] = False
    """Whether it is the one row at the front of the memory, which is given to functions as the memory itself."""
    memory: Words
    at: int

    def __init__(self, memory: Any, at: int = 0) -> None:
        self.memory = getattr(memory, "memory", memory)
        self.at = at

    def __init_subclass__(cls, *, header: bool = False) -> None:
        """Give each annotated field its place and its accessor."""
        _known(cls.__module__)[cls.__name__] = cls
        cls.header, cls.fields, cls.SIZE, cls.APART = header, {}, 0, {}
        taken = WORD_BITS  # bits of the last word
        for name, annotation in cls.__annotations__.items():
            written = annotation if isinstance(annotation, str) else annotation.__name__
            form, of = FORM.fullmatch(written).groups()  # type: ignore[union-attr]
            given = vars(cls).get(name)
            placed = given if isinstance(given, _Placed) else _Placed()
            form = placed.form or form
            form = form.lower() if form else {"int": "int", "bool": "int", "Ints": "ints"}.get(of, "row")
            if placed.apart:
                offset = cls.APART.get(placed.apart, 0)
                cls.APART[placed.apart] = offset + 1
                cls.fields[name] = field = Field(offset, form, of, cls.__module__, apart=placed.apart)
                setattr(cls, name, _accessor(field))
                continue
            shares = taken + placed.bits <= WORD_BITS
            field = Field(cls.SIZE - shares, form, of, cls.__module__, placed.bits, taken if shares else 0)
            cls.fields[name] = field
            cls.SIZE += field.row.SIZE if form == "inside" else 0 if form == "tail" or shares else 1
            taken = field.shift + placed.bits if placed.bits < WORD_BITS else WORD_BITS
            setattr(cls, name, _accessor(field))

    @classmethod
    def plain(cls, *words: int) -> Any:
        """A plain object with the same fields, without a memory: for the readable engine.

        Its integers are the words given, zeros by default; a field that is a row leads nowhere yet, one that lies inside is a
        plain object too, and a tail is empty.
        """
        found = _plain(cls)()  # type: ignore[arg-type]
        for name, word in zip(cls.fields, words or _blank(cls), strict=True):
            setattr(found, name, word)
        return found

    @classmethod
    def roomy(cls, tail: int) -> Any:
        """A plain object of zeros whose tail has so many integers: its own one, or that of the row that lies in it last."""
        found = owner = cls.plain()
        row: type[Row] = cls
        while row.fields:
            name, last = list(row.fields.items())[-1]
            if last.form == "tail":
                setattr(owner, name, [0] * tail)
            if last.form != "inside":
                break
            owner, row = getattr(owner, name), last.row
        return found

    def __bool__(self) -> bool:
        """Whether it is a row."""
        return self.at != 0

    def __eq__(self, other: object) -> bool:
        """Whether both are at the same address."""
        return isinstance(other, Row) and self.at == other.at

    def __getitem__(self, at: int) -> int:
        """A word of the memory, of a header."""
        return int(self.memory[at])

    def __setitem__(self, at: int, word: int) -> None:
        """Put a word into the memory, of a header."""
        self.memory[at] = word

    def __repr__(self) -> str:
        """Its address and its numbers."""
        shown = ", ".join(f"{name}={getattr(self, name)!r}" for name, one in self.fields.items() if one.form == "int")
        return f"{type(self).__name__}({self.at}: {shown})"


class Rows(Generic[R]):
    """Rows side by side; the word of the field is the address of the first."""

    def __init__(self, memory: Words, at: int, row: type[R]) -> None:
        self.memory, self.at, self.row = memory, at, row

    def __getitem__(self, index: int) -> R:
        """One of them."""
        return self.row(self.memory, self.at + index * self.row.SIZE)


class Refs(Rows[R]):
    """A list of addresses of rows; the word of the field is where it begins."""

    def __getitem__(self, index: int) -> R:
        """The row that stands there."""
        return self.row(self.memory, int(self.memory[self.at + index]))

    def __setitem__(self, index: int, row: R) -> None:
        """Put another row there."""
        self.memory[self.at + index] = row.at


class Ints:
    """A list of integers."""

    def __init__(self, memory: Words, at: int) -> None:
        self.memory, self.at = memory, at

    def __getitem__(self, index: int) -> int:
        """One of them."""
        return int(self.memory[self.at + index])

    def __setitem__(self, index: int, value: int) -> None:
        """Put another one there."""
        self.memory[self.at + index] = value


NOWHERE: Any = Row(None)
"""No row."""


@dataclass(frozen=True)
class _Placed:
    form: str = ""
    bits: int = WORD_BITS
    apart: str = ""


def signed(word: int) -> int:
    """The lowest 64 bits of a number, as those of an int64."""
    return (word + (1 << 63)) % (1 << 64) - (1 << 63)


def inside() -> Any:
    """A field whose row lies in this one, and is no address."""
    return _Placed("inside")


def tail() -> Any:
    """Integers that follow the row, as many as its pool makes room for."""
    return _Placed("tail")


def packed(bits: int) -> Any:
    """A field of so many bits, of a number that is not negative or an address, which shares its word with its neighbours."""
    return _Placed(bits=bits)


def apart(where: str) -> Any:
    """A field that is laid out only where a scenario needs it: as far behind the row as this field of the header says."""
    return _Placed(apart=where)


@cache
def _plain(row: type[Row]) -> type[Any]:
    """The class of plain objects of a row."""
    if not {one.form for one in row.fields.values()} <= {"int", "row", "inside", "tail"}:
        raise TypeError(f"{row.__name__} has lists; only rows of integers, of other rows and with a tail are plain objects")
    names = tuple(row.fields)

    def parts(one: Any) -> tuple[Any, ...]:
        return _plain_of, (row, tuple(getattr(one, name) for name in names))

    return type(row.__name__, (), {"__slots__": names, "__doc__": row.__doc__, "__reduce__": parts})


def _blank(row: type[Row]) -> list[Any]:
    """What the fields of a plain object are at first."""
    blank: dict[str, Any] = {"int": lambda _: 0, "row": lambda _: NOWHERE, "tail": lambda _: []}
    blank["inside"] = lambda one: one.row.plain()
    return [blank[one.form](one) for one in row.fields.values()]


def _plain_of(row: type[Row], words: tuple[int, ...]) -> Any:
    """A plain object, in another process."""
    return row.plain(*words)


def _accessor(field: Field) -> property:
    """What reads and writes a field in plain Python."""
    offset, form, shift = field.offset, field.form, field.shift
    mask = -1 if field.bits == WORD_BITS else (1 << field.bits) - 1

    def place(row: Row) -> int:
        return _place(row, offset) + (_apart(row, field) if field.apart else 0)

    def read(row: Row) -> Any:
        at = place(row)
        if form == "int":
            return (int(row.memory[at]) >> shift) & mask
        if form == "inside":
            return field.row(row.memory, at)
        if form == "tail":
            return Ints(row.memory, at)
        word = (int(row.memory[at]) >> shift) & mask
        if form == "ints":
            return Ints(row.memory, word)
        lists: dict[str, Any] = {"rows": Rows, "refs": Refs}
        return field.row(row.memory, word) if form == "row" else lists[form](row.memory, word, field.row)

    def write(row: Row, value: Any) -> None:
        at, word = place(row), int(value) if form == "int" else value.at
        if mask != -1:
            if word & mask != word:
                raise OverflowError(f"{type(row).__name__}: {word} is not a number of {field.bits} bits; give its field more")
            word = signed((int(row.memory[at]) & ~(mask << shift)) | (word << shift))
        row.memory[at] = word

    return property(read, None if form in {"inside", "tail"} else write)


def _place(row: Row, offset: int) -> int:
    """Where a field is. Of no row there is none: in machine code that would be a word of the header."""
    if row.at == 0 and not row.header:
        raise IndexError(f"{type(row).__name__}: this is no row")
    return row.at + offset


def _apart(row: Row, field: Field) -> int:
    """How far behind a row the fields begin that lie apart with this one."""
    begins = int(row.memory[field.begins])
    if begins == 0:
        raise IndexError(f"{type(row).__name__}: {field.apart} is 0: these fields are not laid out")
    return begins
