r"""Texts on charts: names as they are written, and never wider than their place.

    "pay$ment$_"      ->  pay$ment$_            nothing is read as mathematics
    "a\nb\u202ec"     ->  a\nb\u202ec           what cannot be seen, or has no letter in the font, is written out
    "a" * 5000        ->  aaaaaaa…aaaaaaa       the middle is left out, since ends tell names apart

Widths are measured with Matplotlib's own font, so they are the same on every machine.
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FONT = "DejaVu Sans"
SMALLEST = 8.0
"""Points: no text on any chart is smaller."""
NAME_MAX = 60
"""Characters of a name that has a line to itself."""
UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
WHOLE_MAX = 400
"""Characters of the longest line that is measured."""
HINTED = 1.05
"""On coarse screens letters are set to whole pixels, and a line gets so much wider."""
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"
TITLE_SIZE = 10.5
TITLE_LINES_MAX = 3
SHARES = (0.775, 0.77)
"""Part of a figure that Matplotlib gives to its axes before the layout."""
MOST = 0.8
NAMES_USUAL = 30.0
"""Points of usual tick labels, which are in what labels take."""
AROUND_ONE, AROUND_MANY = (0.75, 1.15), (0.75, 0.5)
"""Inches that labels, titles, legend and footer take around the only axes of a figure, and around one of many."""


def shown(text: str, most: int = NAME_MAX) -> str:
    """A text as a chart can show it: unseen characters written out, cut in the middle to ``most`` characters."""
    return "".join(_cut(_pieces(text), most))


def width_of(text: str, size: float, *, bold: bool = False) -> float:
    """Width of a text in points."""
    return max((_line_width(line, bold) for line in text.split("\n")), default=0.0) * size * HINTED


def fitted(text: str, points: float, size: float = SMALLEST, *, bold: bool = False) -> str:
    """A text as a chart can show it, cut in the middle until it is at most so many points wide; '' when nothing fits."""
    pieces = _pieces(text)
    whole = "".join(pieces)
    if len(whole) <= WHOLE_MAX and width_of(whole, size, bold=bold) <= points:
        return whole
    low, high = 0, min(WHOLE_MAX, sum(map(len, pieces)))
    while low < high:
        middle = (low + high + 1) // 2
        if width_of("".join(_cut(pieces, middle)), size, bold=bold) <= points:
            low = middle
        else:
            high = middle - 1
    return "".join(_cut(pieces, low)) if low else ""


def wrapped(text: str, points: float, size: float, *, bold: bool = False, lines: int = TITLE_LINES_MAX) -> str:
    """A sentence in lines of at most so many points, broken at spaces; the last line is cut when there are too many."""
    whole = "".join(_pieces(text))
    if len(whole) <= WHOLE_MAX and width_of(whole, size, bold=bold) <= points:
        return whole
    rows = [""]
    for word in whole.split(" "):
        longer = f"{rows[-1]} {word}" if rows[-1] else word
        if not rows[-1] or width_of(longer, size, bold=bold) <= points:
            rows[-1] = longer
        else:
            rows.append(word)
    kept = [*rows[: lines - 1], " ".join(rows[lines - 1 :])] if len(rows) > lines else rows
    return "\n".join(fitted(row, points, size, bold=bold) for row in kept)


def title(ax: Axes, text: str, *, y: float | None = None, less: float = 0.0) -> None:
    """Give the axes a title on the left, in as many lines as its width asks for.

    ``y``: as Matplotlib has it. ``less``: points by which the axes are narrower than `inches` knows.
    """
    ax.set_title(wrapped(text, max(72.0, inches(ax)[0] * 72.0 - less), TITLE_SIZE, bold=True), loc="left", y=y)


def inches(ax: Axes) -> tuple[float, float]:
    """Width and height of the axes, as far as they are known before the layout."""
    figure: Figure | None = ax.get_figure(root=True)
    if figure is None:
        return 6.0, 2.0
    width, height = (float(part) for part in figure.get_size_inches())
    box = ax.get_position()
    if figure.get_layout_engine() is None:
        return max(0.5, width * box.width), max(0.4, height * box.height)
    across, up = box.width / SHARES[0], box.height / SHARES[1]  # of the figure, before labels take their part of it
    around = AROUND_ONE if up > MOST else AROUND_MANY
    names = names_beyond(ax) / 72.0
    return max(0.5, width * across - AROUND_ONE[0] - names), max(0.4, height * up - around[1])


def names_beyond(ax: Axes) -> float:
    """Points that names at the left of the axes take beyond what tick labels usually do."""
    return max(0.0, _names_width(ax) - NAMES_USUAL)


def _names_width(ax: Axes) -> float:
    """Points that names at the left of the axes take, where ticks have names."""
    from matplotlib.ticker import FixedLocator

    if not isinstance(ax.yaxis.get_major_locator(), FixedLocator):
        return 0.0
    return max((width_of(label.get_text(), SMALLEST) for label in ax.get_yticklabels()), default=0.0)


def _pieces(text: str) -> list[str]:
    """One piece for each character: itself, or its escape."""
    known = _letters()
    return [
        sign if unicodedata.category(sign) not in UNSEEN and ord(sign) in known else _escape(sign)
        for sign in unicodedata.normalize("NFC", text)
    ]


def _escape(sign: str) -> str:
    return sign.encode("unicode_escape").decode("ascii")


def _cut(pieces: list[str], most: int) -> list[str]:
    """At most so many characters, from both ends, no escape cut in two."""
    if sum(map(len, pieces)) <= most:
        return pieces
    room = most - 1
    head: list[str] = []
    tail: list[str] = []
    front, back = iter(pieces), reversed(pieces)
    for part, side in ((head, front), (tail, back)):
        left = (room + 1) // 2 if part is head else room // 2
        for piece in side:
            if len(piece) > left:
                break
            part.append(piece)
            left -= len(piece)
    return [*head, ELLIPSIS, *reversed(tail)]


@lru_cache(maxsize=1)
def _letters() -> frozenset[int]:
    """Code points that the font has a letter for."""
    from matplotlib import font_manager

    return frozenset(font_manager.get_font(font_manager.findfont(FONT)).get_charmap())


@lru_cache(maxsize=8192)
def _line_width(line: str, bold: bool) -> float:  # noqa: FBT001 - of a cache
    """Width of one line in font sizes."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    if not line:
        return 0.0
    font = FontProperties(family=FONT, weight="bold" if bold else "normal", size=100.0)
    seen = "".join(_pieces(line))
    return float(text_to_path.get_text_width_height_descent(seen, font, ismath=False)[0]) / 100.0
