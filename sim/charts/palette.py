"""One colour and one line style for each architecture, the same on every chart.

    synchronous   ------  #D55E00 vermillion, solid
    event-driven  - - -   #0072B2 blue, dashed

Okabe and Ito's palette: told apart by people with any colour vision, and by the line style where there is no colour. Heat
maps use sequential maps only: what is far from the paper's shade is bad. Everything else comes from the theme:

    with themed("dark"):      paper, ink, grid, maps        default: light
        result.plot.goodput()
"""

from __future__ import annotations

from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")



@dataclass(frozen=True)
class Theme:
    """Shades of everything that is not a side of a comparison.

    Attributes:
        paper, ink: background and text.
        quiet: axes, notes, footers.
        grid, rule: lines behind the curves, lines between the rows of a map.
        fault: the shade of a fault's window.
        sound: a cell where nothing failed.
        failed_map, backlog_map: Matplotlib's names of the maps for failed shares and for backlogs.
        failed_from: where on its map a failed share begins; what is sound must look better than the smallest share.
    """

    name: str
    paper: str
    ink: str
    quiet: str
    grid: str
    rule: str
    fault: str
    sound: str
    failed_map: str
    backlog_map: str
    failed_from: float = 0.0


THEMES = {
    "light": Theme(
        "light", "#FFFFFF", "#1A1A1A", "#5F5F5F", "#E4E4E4", "#F0F0F0", "#8C8C8C", "#ECECEC", "magma_r", "Greys"
    ),
    "dark": Theme(
        "dark", "#15181C", "#ECECEC", "#A9ADB3", "#33383F", "#22262B", "#9A9A9A", "#2C3137", "magma", "Greys_r", 0.3
    ),
}
_CHOSEN: ContextVar[str] = ContextVar("theme", default="light")


def theme() -> Theme:
    """The theme that charts are drawn in now."""
    return THEMES[_CHOSEN.get()]


@contextmanager
def themed(name: str | None) -> Iterator[None]:
    """Draw in the theme ``light`` or ``dark`` inside the block; None keeps the present one. Raises ``ValueError``."""
    if name is not None and name not in THEMES:
        raise ValueError(f"there is no theme '{name}'; {did_you_mean(name, THEMES)}")
    token = _CHOSEN.set(name or _CHOSEN.get())
    try:
        yield
    finally:
        _CHOSEN.reset(token)


CONTRAST = 4.5
"""Least contrast of text with its background, after WCAG 2."""


def luminance(colour: str) -> float:
    """Relative luminance of a hex colour, 0 to 1, after WCAG 2."""
    parts = [int(colour[at : at + 2], 16) / 255.0 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)  # noqa: PLR2004
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Contrast of two hex colours, 1 to 21, after WCAG 2."""
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def readable(colour: str) -> str:
    """A colour for text: the one given, mixed with the theme's ink until it can be read on the theme's paper."""
    now = theme()
    pairs = [(int(colour[at : at + 2], 16), int(now.ink[at : at + 2], 16)) for at in (1, 3, 5)]
    for step in range(11):
        mixed = "#" + "".join(f"{round(own + (ink - own) * step / 10):02X}" for own, ink in pairs)
        if contrast(mixed, now.paper) >= CONTRAST:
            return mixed
    return now.ink


@dataclass(frozen=True)
class Look:
    """How a side is drawn.

    Attributes:
        colour: hex.
        line: Matplotlib's line style, by its sign or by its dashes.
        marker: for points.
    """

    colour: str
    line: str | tuple[int, tuple[int, ...]]
    marker: str


LOOKS = {
    "synchronous": Look("#D55E00", "-", "o"),
    "event-driven": Look("#0072B2", "--", "s"),
}
SECOND = {
    "synchronous": Look("#E69F00", "-.", "^"),
    "event-driven": Look("#56B4E9", ":", "D"),
}
"""For the second of two scenarios of one architecture that are drawn beside each other."""
THIRD = {
    "synchronous": Look("#CC79A7", (0, (5, 1)), "v"),
    "event-driven": Look("#009E73", (0, (3, 1, 1, 1)), "P"),
}
"""For the third one."""
NTH = (LOOKS, SECOND, THIRD)


def look_of(architecture: str, *, second: bool = False) -> Look:
    """The look of an architecture; ``second`` when the other side of a comparison has the same one."""
    return (SECOND if second else LOOKS)[architecture]


def looks_of(architectures: Sequence[str]) -> list[Look]:
    """The looks of scenarios beside each other: the first, second and third of each architecture, and then those again."""
    return [NTH[architectures[:at].count(one) % len(NTH)][one] for at, one in enumerate(architectures)]


CYCLE = (
    ("#0072B2", "-", "o"),
    ("#D55E00", "--", "s"),
    ("#009E73", "-.", "^"),
    ("#CC79A7", ":", "D"),
    ("#E69F00", (0, (5, 1)), "v"),
    ("#56B4E9", (0, (3, 1, 1, 1)), "P"),
    ("#7F7F7F", (0, (1, 1)), "X"),
    ("#8C6D1F", (0, (6, 2, 1, 2)), "*"),
)
"""Looks of lines that are no architectures: each its own colour, dashes and marker."""


def look_number(number: int) -> Look:
    """The look of the n-th line of a chart whose lines are values of a parameter."""
    return Look(*CYCLE[number % len(CYCLE)])
