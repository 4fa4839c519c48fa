"""Put the page together, and say in it what a browser may do: run these two scripts, use this style, show these images.

    Content-Security-Policy: default-src 'none'; script-src 'sha256-...'; style-src 'sha256-...'; img-src data:

Whatever a name or a title holds, no other code runs, and nothing is ever fetched.
"""

from __future__ import annotations

import base64
import hashlib
from importlib import resources
from typing import TYPE_CHECKING

from sim.report.folder import sync
from sim.report.html import console, detail, settings, verdict, why
from sim.report.html.elements import Html, join, name_of, swatch, tag
from sim.report.html.folder import Folder, read_folder
from sim.stats.figures import format_value
from sim.version import __version__

if TYPE_CHECKING:
    from pathlib import Path

SCRIPTS = ("replay.js", "tables.js")
STYLE = "report.css"
SECTIONS = (
    ("verdict", "Verdict"),
    ("why", "Why"),
    ("replay", "Replay"),
    ("detail", "Detail"),
    ("charts", "Charts"),
    ("settings", "Settings"),
)


def write_page(folder: Path, path: Path) -> None:
    """Make the page of a report's folder and write it to ``path``.

    The page appears whole or not at all. Raises `PageError` when it cannot be made, ``OSError`` when it cannot be written.
    """
    text = page(read_folder(folder))
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(text, encoding="utf-8", newline="\n")
    sync(draft)
    draft.replace(path)


def page(folder: Folder) -> str:
    """The whole page as text; equal folders give equal pages."""
    style = _file(STYLE)
    scripts = [_file(name) for name in SCRIPTS]
    body = [
        verdict.section(folder),
        why.section(folder),
        console.section(folder),
        detail.section(folder),
        detail.figures(folder),
        settings.section(folder),
    ]
    there = [part is not None for part in body]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, scripts)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content=f"eventflow {__version__}"),
        tag("title", " \N{EM DASH} ".join([*_names(folder), "eventflow report"])),
        tag("style", Html(style)),
    )
    links = [tag("a", text, href=f"#{key}") for (key, text), shown in zip(SECTIONS, there, strict=True) if shown]
    content = tag(
        "body",
        tag("a", "Skip to the verdict", href="#verdict", class_="skip"),
        _header(folder),
        tag("nav", *links, aria_label="Parts of this page"),
        tag("main", join(body, "\n")),
        tag("footer", tag("p", f"Made by eventflow {__version__} from the files beside it; it needs nothing else.")),
        *(tag("script", Html(script)) for script in scripts),
        class_=_looks(folder),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, content, lang='en')}\n"


def policy(style: str, scripts: list[str]) -> str:
    """What the browser may do: nothing but these scripts, this style, and images that stand in the page."""
    allowed = " ".join(f"'{_hash(script)}'" for script in scripts)
    return (
        f"default-src 'none'; script-src {allowed}; style-src '{_hash(style)}'; img-src data:; "
        "base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _file(name: str) -> str:
    """A file of this package."""
    return (resources.files("sim.report.html") / name).read_text(encoding="utf-8")


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
