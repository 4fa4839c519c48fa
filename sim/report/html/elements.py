"""HTML and SVG from data: every text is escaped where it is put in, and what cannot be seen is shown as an escape.

    tag("td", "a < b", class_="name")   ->   <td class="name">a &lt; b</td>          Html is taken as it is, str never
"""

from __future__ import annotations

import html
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

VOID = frozenset({"br", "col", "input", "meta", "link", "hr", "img", "wbr"})
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories of controls, of marks that turn the direction of a text, of halves of characters, of line ends."""
LETTERS = "abcdef"
JOINERS = frozenset("\u200c\u200d")
"""Marks that some scripts cannot be written without; they change nothing but the letters next to them."""


class Html(str):
    """Text that is markup already: made by `tag` and `join`, never from data."""

    __slots__ = ()


Child = str | Html | None


def visible(text: str, keep: str = "") -> str:
    r"""The text with what cannot be seen written as an escape: a right-to-left override as ``\u202e``."""
    return "".join(
        sign.encode("unicode_escape").decode()
        if unicodedata.category(sign) in UNSEEN and sign not in JOINERS and sign not in keep
        else sign
        for sign in str(text)
    )


def escape(text: str, keep: str = "") -> Html:
    """Text as HTML: nothing in it is markup, everything in it can be seen."""
    return Html(html.escape(visible(text, keep), quote=True))


def tag(name: str, /, *children: Child, **attributes: str | float | bool | None) -> Html:
    """An element; ``class_`` is class, ``data_node`` is data-node; None and False are left out, True has no value."""
    words = [name]
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        shown = key.rstrip("_").replace("_", "-")
        words.append(shown if value is True else f'{shown}="{escape(_text(value))}"')
    opened = f"<{' '.join(words)}>"
    return Html(opened) if name in VOID else Html(f"{opened}{join(children)}</{name}>")


def join(children: Iterable[Child], between: str = "") -> Html:
    """Children one after the other: markup as it is, texts escaped, None left out."""
    return Html(between.join(one if isinstance(one, Html) else escape(one) for one in children if one is not None))


def name_of(text: str) -> Html:
    """A name: kept apart from the direction of the text around it."""
    return tag("bdi", text)


def dotted(path: str) -> Html:
    """A path such as ``services.pay.workers``, which may go on in a new line after each dot."""
    parts = path.split(".")
    return join([part for one in parts[:-1] for part in (f"{one}.", tag("wbr"))] + [parts[-1]])


def swatch(number: int) -> Html:
    """The colour and line of side 0, 1 or a further one, for those who look."""
    return tag("span", class_=f"swatch {letter(number)}", aria_hidden="true")


def letter(number: int) -> str:
    """What classes call side 0, 1 and so on: ``a``, ``b``."""
    return LETTERS[number % len(LETTERS)]


def _text(value: str | float) -> str:
    """Numbers in as few digits as a drawing needs."""
    if isinstance(value, float):
        short = f"{value:.2f}".rstrip("0").rstrip(".")
        return "0" if short in {"-0", ""} else short
    return str(value)
