"""One colour and one line style for each architecture, the same on every chart.

    synchronous   ------  #D55E00 vermillion, solid
    event-driven  - - -   #0072B2 blue, dashed

Okabe and Ito's palette: told apart by people with any colour vision, and by the line style where there is no colour. Heat
maps use sequential maps only: shares of failures from light to dark, backlogs from white to black.
"""

from __future__ import annotations

from dataclasses import dataclass

OKABE_ITO = ("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")

INK = "#1A1A1A"
QUIET = "#6B6B6B"
GRID = "#E4E4E4"
FAULT = "#8C8C8C"
FAILED_MAP = "magma_r"
BACKLOG_MAP = "Greys"


@dataclass(frozen=True)
class Look:
    """How a side is drawn.

    Attributes:
        colour: hex.
        line: Matplotlib's line style.
        marker: for points.
    """

    colour: str
    line: str
    marker: str


LOOKS = {
    "synchronous": Look("#D55E00", "-", "o"),
    "event-driven": Look("#0072B2", "--", "s"),
}
SECOND = {
    "synchronous": Look("#E69F00", "-.", "^"),
    "event-driven": Look("#56B4E9", ":", "D"),
}
"""For the other side of a comparison of two scenarios of one architecture."""


def look_of(architecture: str, *, second: bool = False) -> Look:
    """The look of an architecture; ``second`` when the other side of a comparison has the same one."""
    return (SECOND if second else LOOKS)[architecture]
