"""Tables that can be sorted: cells with a text and, beside it, the number that they are sorted by.

    metric          synchronous ^    event-driven      every heading is a button; `tables.js` sorts
    goodput         181/s            206/s             numbers by number, texts by text, what has no number last
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

from sim.report.html.elements import Html, join, name_of, tag

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS_SEEN = 40
"""A longer table scrolls in a window of its own."""


@dataclass(frozen=True)
class Cell:
    """What stands in a place of a table.

    Attributes:
        text: what is read; Html is taken as it is.
        value: what a number is sorted by; inf comes after every number, nan last of all.
        kind: a class of its own.
    """

    text: str
    value: float | None = None
    kind: str = ""


@dataclass(frozen=True)
class Column:
    """A column with its heading.

    Attributes:
        head: what the column holds.
        number: whether it is aligned to the right.
        above: a heading that it shares with its neighbours of the same one; '' for none.
    """

    head: str
    number: bool = False
    above: str = ""


def sortable(
    name: str, caption: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
) -> Html:
    """A table with a caption and with headings to sort by; the first cell of a row is its heading."""
    heads = [
        tag(
            "th",
            tag("button", column.head, type="button"),
            scope="col",
            aria_sort="none",
            class_="number" if column.number else None,
        )
        for column in columns
    ]
    body = [tag("tr", *(_cell(at, cell, columns[at]) for at, cell in enumerate(row))) for row in rows]
    table = tag(
        "table",
        tag("caption", caption),
        tag("thead", _shared(columns), tag("tr", *heads)),
        tag("tbody", join(body, "\n")),
        class_="sortable side-by-side" if any(column.above for column in columns) else "sortable",
    )
    below = tag("ul", *(tag("li", note) for note in notes), class_="notes") if notes else None
    kind = "scroll tall" if len(rows) > ROWS_SEEN else "scroll"
    return join([tag("div", table, class_=kind, role="region", tabindex=0, aria_label=name), below])


def _shared(columns: Sequence[Column]) -> Html | None:
    """The row of shared headings, each over its columns; None when there are none."""
    if not any(column.above for column in columns):
        return None
    cells = []
    for above, group in groupby(columns, key=lambda column: column.above):
        count = len(list(group))
        cells.append(tag("th", above, scope="colgroup", colspan=count, class_="above") if above else tag("td", colspan=count))
    return tag("tr", *cells, class_="shared")


def _cell(at: int, cell: Cell, column: Column) -> Html:
    sign = " ".join(word for word in ("number" if column.number else "", cell.kind) if word) or None
    value = None if cell.value is None or math.isnan(cell.value) else repr(float(cell.value))
    if at == 0:
        return tag("th", cell.text if isinstance(cell.text, Html) else name_of(cell.text), scope="row", class_=sign)
    return tag("td", cell.text, class_=sign, data_value=value)
