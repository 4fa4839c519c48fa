"""``eventflow report``: one page, with the replay, of what a run or a comparison left in its folder."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import options
from sim.cli.output import echo
from sim.errors import EventflowError

PLACE = 4.7


def command(
    folder: Annotated[
        Path | None,
        typer.Argument(metavar="[DIR]", file_okay=False, help="Folder of a report, or of all reports: then the newest."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FILE", dir_okay=False, help="Where to write; default: DIR/report.html."),
    ] = None,
) -> int:
    """Make one HTML page of a report's folder: the verdict, why, the replay, every table. It needs no other file."""
    from sim.report.html.page import write_page  # noqa: PLC0415 - not for --help
    from sim.report.write import PAGE  # noqa: PLC0415

    place = newest(options.OUT if folder is None else folder)
    if out is not None and out.suffix not in {".html", ".htm"}:
        raise typer.BadParameter(f"--out {out.as_posix()}: the report is a page; write {out.stem}.html")
    path = place / PAGE if out is None else out
    write_page(place, path)
    echo(path.as_posix())
    return 0


def newest(folder: Path) -> Path:
    """The folder itself, or the newest report below it when it is the folder of all reports."""
    from sim.report.folder import POINTER  # noqa: PLC0415 - not for --help

    pointer = folder / POINTER
    if (folder / "manifest.json").exists() or not pointer.is_file():
        return folder
    place = folder / pointer.read_text(encoding="utf-8").strip()
    if not place.resolve().is_relative_to(folder.resolve()):
        raise EventflowError(f"{pointer} points outside of its folder; name the folder of the report itself")
    return place
