"""What the terminal on stdout can show: its width, colours, blocks; and what must never reach it raw.

    NO_COLOR set            no colours, whatever else is set
    FORCE_COLOR set         colours, also into a pipe
    TERM=dumb, or a pipe    none of either

Colours only repeat what words say. Where stdout is no terminal, lines are as long as they are: who reads a pipe wraps by
himself; ``COLUMNS`` says otherwise.
"""

from __future__ import annotations

import os
import shutil
import sys
import unicodedata

COLUMNS_MIN = 24
"""Narrower terminals get lines of so many columns, and wrap them."""
KEPT = "\n\t"
DANGEROUS = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories that move the cursor, reverse the direction of writing, or end a line."""


def open_closed() -> None:
    """Where stdout or stderr was closed (``>&-``), let it lead nowhere: what is written to it is lost, as was asked for.

    To be done before anything is opened, so that no file or socket gets its number.
    """
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115 - open as long as the process


def columns() -> int | None:
    """How many columns a line on stdout may have; None: as many as it takes."""
    columns = os.environ.get("COLUMNS", "")
    if columns.isdecimal() and int(columns) > 0:
        return max(COLUMNS_MIN, int(columns))
    return max(COLUMNS_MIN, shutil.get_terminal_size().columns) if sys.stdout.isatty() else None


def colours() -> bool:
    """Whether words on stdout are coloured."""
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR", "0") not in {"", "0"}:
        return True
    return sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def blocks() -> bool:
    """Whether stdout can show blocks; else ASCII is drawn with."""
    if os.environ.get("TERM") == "dumb":
        return False
    try:
        "▁█━·".encode(sys.stdout.encoding or "ascii")
    except (UnicodeEncodeError, LookupError):
        return False
    return True


def clean(text: str) -> str:
    r"""A text without characters that do something to a terminal: they are shown as escapes, such as ``\x1b``."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        sign if sign in KEPT or unicodedata.category(sign) not in DANGEROUS else sign.encode("unicode_escape").decode()
        for sign in text
    )
