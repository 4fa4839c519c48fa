"""A file that appears under its name whole, or not at all: the one way in which eventflow writes a file that has to be.

    .baseline.npz.4711-0.part   new -> write -> sync -> close --rename--> baseline.npz, and the folder synced     durable
                                new -> write ---------> close --rename-->                                         not durable

What is not durable is whole as well, but a loss of power may take it: a cache, a chart, what lies in a folder that is synced
later.
"""

from __future__ import annotations

import contextlib
import itertools
from pathlib import Path
from typing import TYPE_CHECKING

from sim.files import Files

if TYPE_CHECKING:
    import os

PART = ".part"
_numbers = itertools.count()


def write_whole(
    path: str | os.PathLike[str], content: bytes, *, durable: bool = True, owner: str = "", files: Files | None = None
) -> Path:
    """Write a file, in the place of one that has the name; returns its path.

    A link is followed. What is no file, such as a pipe, is written to as it is.

    Args:
        path: the file.
        content: all of it.
        durable: whether it is on the disk when this returns.
        owner: who writes, for the name that the file has until it is whole; default: the number of this process.
        files: the disk.

    Raises ``OSError`` with that path when the disk refuses; then what was there before is still there.
    """
    target, disk = Path(path), Files() if files is None else files
    try:
        place = target.resolve() if target.is_symlink() else target
        if place.exists() and not place.is_file():
            place.write_bytes(content)
            return target
        part = place.with_name(part_name(owner or str(disk.pid), place.name))
        finish(disk, disk.new(part), part, place, content, durable=durable)
        if durable:
            disk.sync_folder(place.parent)
    except OSError as error:
        raise OSError(error.errno, error.strerror or str(error), str(target)) from error
    return target


def part_name(owner: str, name: str = "") -> str:
    """Return a name that no other process and no other write of this one has, for a file that will be called ``name``."""
    return f".{f'{name}.' if name else ''}{owner}-{next(_numbers)}{PART}"


def finish(files: Files, handle: int, part: Path, path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write a temporary file that is open, sync it, close it, give it its name; remove it when the disk refuses."""
    try:
        try:
            files.write(handle, content)
            if durable:
                files.sync(handle)
        finally:
            files.close(handle)
        files.rename(part, path)
    except OSError:
        with contextlib.suppress(OSError):
            files.remove(part)
        raise
