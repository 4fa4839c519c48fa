"""How results show themselves in a notebook: HTML that folds, reads in the light and in the dark, and is escaped.

    name (architecture), n, seed
    PASS  objective   reason              words, so that colours need not say it
    > system      figures                 <details>, open or folded
    > flows       figures

Colours are those of the page around it. Nothing is loaded, and no script is run.
"""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

STYLE = (
    "<style>"
    ".eventflow{overflow-x:auto}"
    ".eventflow table{border-collapse:collapse;margin:.2em 0 .6em 1em;font-variant-numeric:tabular-nums}"
    ".eventflow th,.eventflow td{border-bottom:1px solid rgba(128,128,128,.35);padding:.15em .7em;text-align:left;"
    "background:transparent;color:inherit;unicode-bidi:isolate}"
    ".eventflow summary{cursor:pointer;font-weight:600}"
    ".eventflow ul{margin:.3em 0;padding-left:1.4em}"
    "</style>"
)
SIGNS = {"pass": "\N{CHECK MARK} PASS", "fail": "\N{BALLOT X} FAIL", "unsure": "? UNSURE"}


@dataclass(frozen=True)
class Part:
    """A table below a heading that folds.

    Attributes:
        name: the heading.
        heads: the headings of its columns.
        rows: texts, as many in each row as there are headings.
        folded: whether it is closed at first.
    """

    name: str
    heads: Sequence[str]
    rows: Sequence[Sequence[str]]
    folded: bool = False

    def html(self) -> str:
        """The part as HTML; nothing when it has no rows."""
        if not self.rows:
            return ""
        heads = "".join(f'<th scope="col">{_safe(head)}</th>' for head in self.heads)
        body = "".join("<tr>" + "".join(f"<td>{_safe(cell)}</td>" for cell in row) + "</tr>" for row in self.rows)
        table = f"<table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        state = "" if self.folded else " open"
        return f"<details{state}><summary>{_safe(self.name)} ({len(self.rows)})</summary>{table}</details>"


def page(title: str, sentences: Sequence[str], parts: Sequence[Part]) -> str:
    """HTML of a result: what it is, what is to be said of it, and its figures; every text is escaped."""
    said = "".join(f"<li>{_safe(sentence)}</li>" for sentence in sentences)
    listed = f"<ul>{said}</ul>" if said else ""
    return f'<div class="eventflow">{STYLE}<p><b>{_safe(title)}</b></p>{listed}{"".join(part.html() for part in parts)}</div>'


def judged(outcome: str, objective: str, reason: str) -> str:
    """An objective in words: a sign, its outcome, what was asked and what was found."""
    return f"{SIGNS.get(outcome, outcome.upper())}: {objective}: {reason}"


def _safe(text: str) -> str:
    """A text that does nothing: no markup, no control characters."""
    kept = "".join(sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text)
    return html.escape(kept)
