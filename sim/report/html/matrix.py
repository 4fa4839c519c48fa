"""The page of a matrix: a sentence for each fault, every cell with its interval, the chart, and a replay of each fault.

    With payment down, ...                  | fault   | measure: synchronous, event-driven | ... |
    [ no fault ] [ slow-payment ] [ ... ]   which replay is shown: all architectures in step

Replays wait in `template` elements, which a browser neither draws nor runs; `matrix.js` takes the one that is asked for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.judgements.matrix_words import headline_of
from sim.report.html import console, detail
from sim.report.html.data import replay_data
from sim.report.html.document import Part, document
from sim.report.html.elements import Html, name_of, swatch, tag
from sim.report.html.folder import Folder, read_figures
from sim.report.html.tables import Cell, Column, sortable
from sim.report.matrix_table import NO_FAULT, TOGETHER, full
from sim.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.cells import Cells, Side
    from sim.results.matrix import Matrix

SCRIPTS = ("replay.js", "matrix.js", "tables.js")
NTH = ("", "-second", "-third")
"""What the colours of the first, second and third of an architecture are called in the style."""


def matrix_page(matrix: Matrix, chart: Path) -> str:
    """The whole page as text; equal matrices give equal pages. ``chart``: its chart as SVG."""
    parts = [
        Part("verdict", "Verdict", _verdict(matrix)),
        Part("charts", "Chart", detail.charts(read_figures([chart]), [])),
        Part("replays", "Replays", _replays(matrix)),
        Part("cells", "Cells", _cells(matrix)),
    ]
    end = f"Made by eventflow {__version__}; it needs nothing else."
    return document(matrix.names, _header(matrix), parts, scripts=SCRIPTS, end=end, looks=_looks(matrix))


def _looks(matrix: Matrix) -> str:
    """Classes that give each side the colour of its architecture."""
    kinds = [one.scenario.architecture for one in matrix.calm]
    nth = [kinds[:at].count(kind) for at, kind in enumerate(kinds)]
    return " ".join(f"{side}-{kind}{NTH[before]}" for side, kind, before in zip(matrix.sides, kinds, nth, strict=True))


def _header(matrix: Matrix) -> Html:
    """What was compared."""
    sides = [
        tag("li", swatch(number), tag("b", label), " ", name_of(side.name))
        for number, (label, side) in enumerate(zip(matrix.labels, matrix.calm, strict=True))
    ]
    what = f"{len(matrix.faults)} faults, each alone, and none; {matrix.replications} replications of each cell"
    return tag(
        "header",
        tag("p", "eventflow ", "matrix", class_="kicker"),
        tag("h1", headline_of(matrix)),
        tag("ul", *sides, class_="sides"),
        tag("p", f"{what}, under the same random numbers, seed {matrix.seed}", class_="quiet"),
    )


def _verdict(matrix: Matrix) -> Html:
    """The sentences, and what a reader must know."""
    notes = [tag("li", note) for note in matrix.notes]
    return tag(
        "section",
        tag("h2", "What each fault does", id="verdict-title"),
        tag("ul", *(tag("li", sentence) for sentence in matrix.verdict()), class_="said"),
        tag("ul", *notes, class_="notes") if notes else None,
        id="verdict",
        aria_labelledby="verdict-title",
    )


def _cells(matrix: Matrix) -> Html:
    """Every cell with its interval: a column for each measure and architecture."""
    columns = [Column("fault")]
    for measure in matrix.measures:
        label = matrix.cells("", measure).label
        columns += [Column(side, number=True, above=label) for side in matrix.labels]
    rows = []
    for fault in matrix.row_names:
        row = [Cell(fault or NO_FAULT)]
        for one in matrix.rows(fault):
            row += [_cell(one, side) for side in matrix.sides]
        rows.append(row)
    caption = "Every cell with its 95 % interval, which holds by itself"
    return tag(
        "section",
        tag("h2", "Cells", id="cells-title"),
        sortable("Cells", caption, columns, rows, [TOGETHER, *_meanings(matrix)]),
        id="cells",
        aria_labelledby="cells-title",
    )


def _meanings(matrix: Matrix) -> list[str]:
    """What each column is."""
    return [f"{one.label}: {matrix.meaning(one.measure)}" for one in matrix.rows("")]


def _cell(one: Cells, side: Side) -> Cell:
    text = full(one, side)
    return Cell(tag("b", text) if one.better == side else text, one.of(side).mean)


def _replays(matrix: Matrix) -> Html:
    """The replay of the first fault, and the others in wait."""
    faults = matrix.row_names
    first = faults[1]
    buttons = [
        tag("button", fault or NO_FAULT, type="button", data_replay=number, aria_pressed="true" if fault == first else "false")
        for number, fault in enumerate(faults)
    ]
    sections = [_replay(matrix, fault) for fault in faults]
    waiting = [tag("template", one, id=f"replay-of-{number}") for number, one in enumerate(sections)]
    return tag(
        "section",
        tag("h2", "Replays", id="replays-title"),
        tag("p", *buttons, class_="controls", role="group", aria_label="The fault whose replay is shown"),
        tag("div", sections[1], id="stage"),
        *waiting,
        id="replays",
        aria_labelledby="replays-title",
    )


def _replay(matrix: Matrix, fault: str) -> Html | None:
    """The replay of all architectures under a fault."""
    data = replay_data(matrix.row(fault), matrix.labels)
    return console.section(Folder("compare", {}, {}, data, ()))


