"""The frame of every page: its head, links to its parts, its footer, and what a browser may do with it.

    Content-Security-Policy: default-src 'none'; script-src 'sha256-...'; style-src 'sha256-...'; img-src data:

Only the scripts and the style of this package run, by their hashes, and images stand in the page. Whatever a name or a title
holds, no other code runs, and nothing is ever fetched.
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING

from sim.report.html.elements import Html, join, tag
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE = "report.css"


@dataclass(frozen=True)
class Part:
    """A section of a page: the id it has, what a link to it says, and the section; None when there is nothing to show."""

    key: str
    name: str
    section: Html | None


def document(
    names: Sequence[str], header: Html, parts: Sequence[Part], *, scripts: Sequence[str], end: str, looks: str | None = None
) -> str:
    """A whole page as text.

    ``names``: what it is of, for its title. ``scripts``: files of this package. ``end``: the footer. ``looks``: classes that
    give the sides of a comparison their colours.
    """
    style, code = _file(STYLE), [_file(name) for name in scripts]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=policy(style, code)),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="generator", content=f"eventflow {__version__}"),
        tag("title", " \N{EM DASH} ".join([*names, "eventflow report"])),
        tag("style", Html(style)),
    )
    links = [tag("a", part.name, href=f"#{part.key}") for part in parts if part.section is not None]
    body = tag(
        "body",
        tag("a", "Skip to the verdict", href="#verdict", class_="skip"),
        header,
        tag("nav", *links, aria_label="Parts of this page"),
        tag("main", join((part.section for part in parts), "\n")),
        tag("footer", tag("p", end)),
        *(tag("script", Html(script)) for script in code),
        class_=looks,
    )
    return f"<!DOCTYPE html>\n{tag('html', head, body, lang='en')}\n"


def policy(style: str, scripts: Sequence[str]) -> str:
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
