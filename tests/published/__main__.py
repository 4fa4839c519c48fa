"""Run published results anew and write what came out: ``python -m tests.published [NAME ...]``, some minutes.

Names are those of the folders, and ``report`` for the whole grid of the retry strategies; without one it is all of them.
"""

from __future__ import annotations

import sys

from tests.published.page import PAGE, REPORT, name_of, page, report, tables
from tests.published.results import RESULTS


def main(names: list[str]) -> None:
    """Write the tables that are asked for, each as soon as it is there."""
    for result in RESULTS:
        if not names or name_of(result) in names:
            found = tables((result,))
            PAGE.write_text(page(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
            sys.stderr.write(f"{name_of(result)}\n")
    if not names or "report" in names:
        REPORT.write_text(report(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
