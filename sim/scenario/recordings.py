"""Files beside a scenario, whose times its flows replay: read once, when the scenario is loaded.

    shop.yaml      arrivals: {kind: replay, file: arrivals.csv}
    arrivals.csv   0.5 ...              --> times and their SHA-256 in the declaration, so that a run needs no file

A file is looked for beside the file that names it, which may be a base. Nothing is read that is not in that folder or below
it, wherever links lead.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim.scenario.arrivals.replay import BYTES_MAX, BadTimeError, hash_of, times_of
from sim.scenario.problems import did_you_mean, visible
from sim.scenario.yaml_reader import BROKEN

if TYPE_CHECKING:
    from sim.scenario.problems import Location
    from sim.scenario.yaml_reader import Document, Node

BESIDE_MAX = 100
"""Of so many files beside it a misspelt one is thought to be meant."""
INSIDE = "write the name of a file in the folder of the scenario, or below it, such as arrivals.csv"


class _RefusedError(ValueError):
    """Why a file is not read."""


def take_in(document: Document) -> None:
    """Read the files that flows of a document replay; what is wrong with them is among the document's problems."""
    workload = document.data.get("workload") if isinstance(document.data, dict) else None
    for name, flow in workload.items() if isinstance(workload, dict) else ():
        arrivals = flow.get("arrivals") if isinstance(flow, dict) else None
        if isinstance(arrivals, dict) and arrivals.get("kind") == "replay" and _unread(arrivals):
            _take_in(document, arrivals, ("workload", name, "arrivals", "file"))


def _unread(arrivals: dict[Any, Any]) -> bool:
    """Whether it names a file whose times are not there yet."""
    return isinstance(arrivals.get("file"), str) and arrivals.get("times") is None and arrivals.get("sha256") is None


def _take_in(document: Document, arrivals: dict[Any, Any], loc: Location) -> None:
    given = arrivals["file"]
    holder = document.holder(loc)
    wrong, lines = "", list[str]()
    try:
        lines = _lines_of(given, Path(holder.path).parent)
        times_of(lines)
    except _RefusedError as error:
        wrong = str(error)
    except BadTimeError as error:
        wrong = f"{given}:{error.place}: {error}"
    if wrong:
        document.problems.append(holder.problem_at(*document.locate(loc), wrong, loc))
        arrivals["file"] = BROKEN
        _refuse(document, loc)
        return
    arrivals["times"] = " ".join(lines)
    arrivals["sha256"] = hash_of(given, arrivals["times"])


def _refuse(document: Document, loc: Location) -> None:
    """Nothing else is to be said of arrivals without times."""
    node: Node | None = document.root
    for part in loc[:-1]:
        node = None if node is None else node.children.get(part)
    if node is not None:
        node.broken = True


def _lines_of(given: str, folder: Path) -> list[str]:
    """The lines of a file; raises `_RefusedError` with what is wrong with it."""
    try:
        content = _content_of(given, folder)
    except FileNotFoundError:
        known = did_you_mean(given, _beside(folder), noun="there are")
        raise _RefusedError(f"there is no file '{given}' beside this one; {known}") from None
    except _RefusedError:
        raise
    except (OSError, ValueError, RuntimeError) as error:  # the last: links in a circle
        reason = getattr(error, "strerror", None) or str(error)
        raise _RefusedError(f"'{given}' cannot be read: {reason}; {INSIDE}") from None
    try:
        text = content.decode("ascii")
    except UnicodeDecodeError:
        raise _RefusedError(f"'{given}' is no text of numbers; write one time a line, in seconds, such as 0.25") from None
    lines = text.replace("\r\n", "\n").removesuffix("\n").split("\n")
    return [line.strip(" \t") for line in lines] if text.strip() else []


def _content_of(given: str, folder: Path) -> bytes:
    """What is in a file, if it is one and lies in the folder or below it; raises `_RefusedError`, ``OSError``, ..."""
    if Path(given).is_absolute() or ".." in Path(given).parts or "\\" in given or not given.isprintable():
        raise _RefusedError(f"'{visible(given[:255])}' leads out of the folder of this file; {INSIDE}")
    real = (folder / given).resolve()
    if folder.resolve() not in real.parents:
        raise _RefusedError(f"'{given}' is a link that leads out of the folder of this file; {INSIDE}")
    if real.exists() and not real.is_file():
        raise _RefusedError(f"'{given}' is no file; {INSIDE}")
    with real.open("rb") as opened:
        content = opened.read(BYTES_MAX + 1)
    if len(content) > BYTES_MAX:
        raise _RefusedError(f"'{given}' is longer than {BYTES_MAX} bytes; cut out a shorter stretch, or write fewer digits")
    return content


def _beside(folder: Path) -> list[str]:
    """Names of some files in a folder that may be recordings."""
    if not folder.is_dir():
        return []
    with os.scandir(folder) as found:
        names = sorted(one.name for one in found if not one.name.startswith(".") and not one.name.endswith((".yaml", ".yml")))
    return names[:BESIDE_MAX]
