"""Fit texts and tables into so many columns of a terminal: nothing is torn, nothing is lost without a word.

    wide enough        metric      mean [95 %]       n          the table as it is
    narrower           words wrap inside their cells            intervals stay whole, the widest column gives first
    narrower still     columns go, in the order that the table states, and a note names them
    narrower than all  one figure below the other               metric / mean: ... / n: ...
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

GAP = "  "
LEAST = 13
"""A word longer than this may be broken, after a hyphen, dot, underscore or slash where it has one."""
_TIED = r"(?<!=)(?<!\bseed)(?<!\d of) +(?!=|of \d)"
"""Spaces, but those between a name and its number: ``n = 5``, ``seed 1``, ``3 of 3``."""
_SPACE = re.compile(_TIED + r"(?![^\[]*\])(?!(?:%|/s|pp|[mun]?s|e-3)(?:[ ,;).]|$))")  # nor in an interval, nor before a unit
_PIECE = re.compile(r"[^-._/,]*[-._/,]+|[^-._/,]+")


def width(text: str) -> int:
    """How many columns of a terminal a text takes: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(letter) else 2 if unicodedata.east_asian_width(letter) in "WF" else 1 for letter in text
    )


def fill(text: str, columns: int | None, first: str = "", later: str = "") -> str:
    """A text as lines of at most so many columns, the first begun by ``first``, the others by ``later``."""
    if columns is None:
        return first + text
    room = max(LEAST, columns - max(width(first), width(later)))
    lines = wrapped(text, room)
    return "\n".join((first if number == 0 else later) + line for number, line in enumerate(lines))


def wrapped(text: str, room: int) -> list[str]:
    """Break a text at its spaces into lines of at most ``room`` columns; longer words at their joints, or anywhere."""
    lines, line = [], ""
    for word in _SPACE.split(text):
        longer = f"{line} {word}" if line else word
        if width(longer) <= room:
            line = longer
            continue
        if line:
            lines.append(line)
        *whole, line = _broken(word, room)
        lines += whole
    return [*lines, line]


def _broken(word: str, room: int) -> list[str]:
    """A word in pieces of at most ``room`` columns."""
    if width(word) <= room:
        return [word]
    pieces = [""]
    for part in word.split(" ") if " " in word else _PIECE.findall(word):
        piece = f"{pieces[-1]} {part}" if " " in word and pieces[-1] else pieces[-1] + part
        if width(piece) <= room:
            pieces[-1] = piece
            continue
        if pieces[-1]:
            pieces.append("")
        for letter in part:
            if width(pieces[-1] + letter) > room:
                pieces.append("")
            pieces[-1] += letter
    return pieces


def widths_for(rows: Sequence[Sequence[str]], columns: int | None, right: Sequence[bool]) -> list[int] | None:
    """How wide each column may be so that all fit; None when they do not, however their words are wrapped.

    Columns of words give first, then those of figures, which are ``right``.
    """
    natural = [max(width(row[at]) for row in rows) for at in range(len(rows[0]))]
    if columns is None:
        return natural
    room = columns - len(GAP) * (len(natural) - 1)
    least = [min(natural[at], max(_longest(row[at]) for row in rows)) for at in range(len(natural))]
    if sum(least) > room:
        return None
    while sum(natural) > room:
        giving = [at for at in range(len(natural)) if natural[at] > least[at]]
        widest = max(giving, key=lambda at: (not right[at], natural[at], -at))
        natural[widest] -= 1
    return natural


def _longest(text: str) -> int:
    """How wide a cell must be: its longest word or interval; what is no figure may be broken beyond `LEAST`."""
    words = _SPACE.split(text)
    return max(width(word) if "]" in word or word[:1].isdigit() else min(width(word), LEAST) for word in words)


def laid_out(row: Sequence[str], widths: Sequence[int], right: Sequence[bool]) -> list[str]:
    """One row of a table as lines: each cell wrapped in its column, aligned; no line ends in spaces."""
    cells = [wrapped(cell, wide) for cell, wide in zip(row, widths, strict=True)]
    lines = []
    for number in range(max(len(cell) for cell in cells)):
        parts = [cell[number] if number < len(cell) else "" for cell in cells]
        padded = [
            " " * (wide - width(part)) + part if aligned else part + " " * (wide - width(part))
            for part, wide, aligned in zip(parts, widths, right, strict=True)
        ]
        lines.append(GAP.join(padded).rstrip())
    return lines


def stacked(heads: Sequence[str], rows: Sequence[Sequence[str]], columns: int) -> list[str]:
    """A table as a list, for where no table fits: the first cell of a row, then each other below it by name."""
    lines: list[str] = []
    for row in rows:
        lines += fill(row[0], columns).split("\n")
        for head, cell in zip(heads[1:], row[1:], strict=True):
            lines += fill(f"{head}: {cell}", columns, GAP, GAP * 2).split("\n")
    return lines
