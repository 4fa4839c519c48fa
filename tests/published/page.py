"""The pages: the tables of `scenarios/published/README.md`, between their marks, and `reports/validation/published.md`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.published.observe import FOLDER, ROOT, SIGMAS
from tests.published.results import RESULTS, strategies_grid

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.published.results import Row

PAGE = FOLDER / "README.md"
REPORT = ROOT / "reports" / "validation" / "published.md"
MARKS = re.compile(r"<!-- ([a-z-]+) -->\n.*?<!-- end -->", re.DOTALL)
INTRODUCTION = f"""\
# Retry strategies against the share of failures, figure by figure

Written by `python -m tests.published`, with the tables of
[the page on published results](../../scenarios/published/README.md), which says what is compared and what differs. Published
figures are those of the published simulation run anew, with their standard error; what came out has 95 % intervals. Two
figures agree when they are within {SIGMAS:.0f} standard errors of both together.
"""


def table(rows: Sequence[Row]) -> str:
    """Rows as a table of Markdown."""
    word = {True: "yes", False: "**no**", None: "-"}
    lines = ["| | published | came out | agrees |", "|---|---|---|---|"]
    lines += [f"| {row.what} | {row.published} | {row.came} | {word[row.agrees]} |" for row in rows]
    return "\n".join(lines)


def name_of(result: Callable[[], list[Row]]) -> str:
    """The folder of a result."""
    return result.__name__.replace("_", "-")


def tables(results: Sequence[Callable[[], list[Row]]] = RESULTS) -> dict[str, str]:
    """The table of each result, by the name of its folder."""
    return {name_of(result): table(result()) for result in results}


def page(text: str, found: dict[str, str]) -> str:
    """The text of the page with tables in their places; places of others are as they were."""

    def filled(place: re.Match[str]) -> str:
        name = place[1]
        return f"<!-- {name} -->\n{found[name]}\n<!-- end -->" if name in found else place[0]

    return MARKS.sub(filled, text)


def report() -> str:
    """The whole grid of the retry strategies."""
    rows = strategies_grid()
    agreed = sum(row.agrees is True for row in rows)
    return f"{INTRODUCTION}\n**{agreed} of {len(rows)} agree.**\n\n{table(rows)}\n"
