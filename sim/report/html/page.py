"""Put the page of a run or of a comparison together: `document` frames it, each part is a section of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.html import console, detail, settings, verdict, why
from sim.report.html.document import Part, document
from sim.report.html.elements import Html, name_of, swatch, tag
from sim.report.html.folder import Folder, read_folder
from sim.stats.figures import format_value
from sim.version import __version__
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = ("replay.js", "tables.js")


def write_page(folder: Path, path: Path, *, durable: bool = True) -> None:
    """Make the page of a report's folder and write it to ``path``.

    The page appears whole or not at all; ``durable``: and is on the disk then. Raises `PageError` when it cannot be made,
    ``OSError`` when it cannot be written.
    """
    write_whole(path, page(read_folder(folder)).encode(), durable=durable)


def page(folder: Folder) -> str:
    """The whole page as text; equal folders give equal pages."""
    parts = [
        Part("verdict", "Verdict", verdict.section(folder)),
        Part("why", "Why", why.section(folder)),
        Part("replay", "Replay", console.section(folder)),
        Part("detail", "Detail", detail.section(folder)),
        Part("charts", "Charts", detail.figures(folder)),
        Part("settings", "Settings", settings.section(folder)),
    ]
    end = f"Made by eventflow {__version__} from the files beside it; it needs nothing else."
    return document(_names(folder), _header(folder), parts, scripts=SCRIPTS, end=end, looks=_looks(folder))


def _names(folder: Folder) -> list[str]:
    """The names of the scenarios, each once."""
    return list(dict.fromkeys(str(run["scenario"]) for run in folder.runs))


def _header(folder: Folder) -> Html:
    """What was compared, and the verdict in a sentence."""
    run = folder.runs[0]
    titles = [str(run.get("title") or "") for run in folder.runs]
    sides = [
        tag(
            "li",
            swatch(number),
            tag("b", label),
            " ",
            name_of(str(one["scenario"])),
            tag("span", name_of(title), class_="quiet title") if title else None,
        )
        for number, (label, one, title) in enumerate(zip(folder.labels, folder.runs, titles, strict=True))
    ]
    count = run["replications"]
    head, more = verdict.headline(folder)
    what = f"{count} {'pairs of ' if folder.kind == 'compare' else ''}replication{'s' if count != 1 else ''}"
    length = format_value(float(run["horizon_s"]), "s", 6)
    return tag(
        "header",
        tag("p", "eventflow ", "comparison" if folder.kind == "compare" else "run", class_="kicker"),
        tag("h1", head),
        tag("p", more, class_="more") if more else None,
        tag("ul", *sides, class_="sides"),
        tag("p", f"{what} of {length} of simulated time, seed {run['seed']}", class_="quiet"),
    )


def _looks(folder: Folder) -> str:
    """Classes that give each side the colour of its architecture, the same as on every chart."""
    kinds = [str(run["architecture"]) for run in folder.runs]
    words = []
    for number, kind in enumerate(kinds):
        second = "-second" if number and kind == kinds[0] else ""
        words.append(f"{'ab'[number]}-{kind if kind == 'event-driven' else 'synchronous'}{second}")
    return " ".join(words)
