"""A folder that appears at once and whole, or not at all.

reports/online-boutique/.20270102T030405Z-1a2b3c4d.4711.part   written, every file synced
                         20270102T030405Z-1a2b3c4d             renamed when it is complete
reports/latest           the path of the newest, as text (a pointer file: every file system has those)
"""

from __future__ import annotations

import contextlib
import os
import shutil
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from sim.whole_file import PART, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator

COPIES_MAX = 1000
POINTER = "latest"
STALE_S = 3600.0
"""Seconds after which what nobody owns up to is taken for left behind."""


@contextmanager
def whole_folder(root: Path, group: str, name: str) -> Iterator[tuple[Path, Path]]:
    """Give a folder to write into, and the path it will have; on leaving, sync and rename it, or remove it on an error.

    When ``root/group/name`` exists, ``-2``, ``-3``, ... is appended. Group and name are single names, never paths.
    """
    for part in (group, name):
        if Path(part).name != part or part in {".", ".."}:
            raise ValueError(f"{part!r} is not the name of a folder")
    parent = root / group
    parent.mkdir(parents=True, exist_ok=True)
    final = _free(parent, name)
    draft = parent / f".{final.name}.{os.getpid()}{PART}"
    if draft.exists():
        shutil.rmtree(draft)
    draft.mkdir()
    clear_abandoned(draft)
    try:
        yield draft, final
        for path in sorted(draft.rglob("*")):
            sync(path)
        sync(draft)
        draft.rename(final)
        sync(parent)
    except BaseException as error:
        shutil.rmtree(draft, ignore_errors=True)
        if isinstance(error, OSError) and error.filename is None:  # a full disk does not say which file it was
            raise OSError(error.errno, error.strerror or str(error), str(final)) from error
        raise
    _point(root, final)


def clear_abandoned(draft: Path) -> None:
    """Remove what processes that were killed have left half written beside a new draft: their numbers are in the names.

    Where a name has no number, as in older versions, it must be an hour older than the draft, by the clock of the disk.
    """
    now = draft.stat().st_mtime
    for left in draft.parent.glob(f".*{PART}"):
        number = left.name.removesuffix(PART).rpartition(".")[2]
        with contextlib.suppress(OSError):
            stale = now - left.stat().st_mtime > STALE_S
            if left != draft and left.is_dir() and (_is_gone(int(number)) if number.isdecimal() else stale):
                shutil.rmtree(left, ignore_errors=True)


def _is_gone(process: int) -> bool:
    """Whether no process of that number runs on this machine."""
    if os.name != "posix":
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return True
    except PermissionError:
        return False
    return False


def sync(path: Path) -> None:
    """Bring a file or a folder to the disk, where the system can."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except PermissionError:  # folders cannot be opened on Windows
        return
    try:
        os.fsync(handle)
    except OSError:
        if path.is_file():
            raise
    finally:
        os.close(handle)


def _free(parent: Path, name: str) -> Path:
    names = [name, *(f"{name}-{number}" for number in range(2, COPIES_MAX))]
    for candidate in names:
        if not (parent / candidate).exists():
            return parent / candidate
    raise FileExistsError(f"{parent / name} exists {COPIES_MAX} times; choose another folder by --out")


def _point(root: Path, final: Path) -> None:
    write_whole(root / POINTER, f"{final.relative_to(root).as_posix()}\n".encode())
