"""Run every published result anew and write what came out: ``python -m tests.published``, some minutes."""

from __future__ import annotations

import sys

from tests.published.page import PAGE, REPORT, page, report


def say(line: str) -> None:
    """Tell how far it is."""
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    PAGE.write_text(page(say), encoding="utf-8")
    REPORT.write_text(report(), encoding="utf-8")
