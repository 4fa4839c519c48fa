"""A file that appears under its name whole, or not at all.

.baseline.npz.4711.part   written, synced   --rename-->   baseline.npz, and the folder synced
"""

from __future__ import annotations

import contextlib
import itertools
import os
from pathlib import Path

PART = ".part"
_numbers = itertools.count()


def write_whole(path: str | os.PathLike[str], content: bytes) -> Path:
    """Write a file, in the place of one that has the name; returns its path.

    Raises ``OSError`` with that path when the disk refuses; then what was there before is still there.
    """
    target = Path(path)
    part = target.parent / f".{target.name}.{os.getpid()}-{next(_numbers)}{PART}"
    try:
        _write(part, content)
        part.replace(target)
        _sync_folder(target.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror or str(error), str(target)) from error
    return target


def _write(part: Path, content: bytes) -> None:
    """Write and sync a file that must not exist."""
    handle = os.open(part, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o644)
    try:
        view = memoryview(content)
        while view:
            view = view[os.write(handle, view) :]
        os.fsync(handle)
    finally:
        os.close(handle)


def _sync_folder(folder: Path) -> None:
    """Bring the name to the disk, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except PermissionError:  # folders cannot be opened on Windows
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
