"""A page as a parser sees it: its elements, their attributes, its texts."""

from __future__ import annotations

import base64
import hashlib
from html.parser import HTMLParser

SINKS = {"src", "href", "action", "data", "srcset", "poster", "xlink:href", "formaction", "background"}
VOID = {"br", "col", "input", "meta", "link", "hr", "img", "wbr"}


class Seen(HTMLParser):
    """Every element of a page with its attributes, every text, and whether all that was opened is closed."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.setdefault(self.open[-1] if self.open else "", []).append(data)

    def of(self, name: str) -> list[dict[str, str | None]]:
        """The attributes of every element of a name."""
        return [attributes for element, attributes in self.elements if element == name]


def hashed(text: str) -> str:
    """What a policy calls a text."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
