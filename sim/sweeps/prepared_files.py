"""Temporary files that lie ready before there is anything to write: so a run waits for the disk once, not twice.

    made           runs/.<owner>-7.part     empty, with others; then the folder is synced once, and their names are on the disk
    a run is done  written and synced under that name, which has been open since
    stored         runs/<key>.json          renamed; that is on the disk with the next folder sync, at the latest in the end

After a loss of power a run stands under its new name or under the temporary one, whole either way: `Store.clean` keeps what it
finds whole. That takes a disk that renames at one stroke, as every journal and every copy-on-write does. Without, what was
renamed since the last sync of the folder may be gone; it is never torn.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from typing import TYPE_CHECKING

from sim.whole_file import part_name

if TYPE_CHECKING:
    from pathlib import Path

    from sim.files import Files

AT_ONCE = 32
"""Files made at a time."""


class PreparedFiles:
    """The temporary files of one folder; for all threads.

    Attributes:
        folder: where they are, and where what they are renamed to is.
    """

    def __init__(self, files: Files, folder: Path, owner: str) -> None:
        self.folder = folder
        self._files, self._owner = files, owner
        self._ready: deque[tuple[int, Path]] = deque()
        self._expected = 0
        self._making = threading.Lock()

    def expect(self, runs: int) -> None:
        """Say how many are to be stored, so that no more are made than are needed."""
        self._expected = runs

    def take(self) -> tuple[int, Path]:
        """Return the handle of an empty file, and its name, which is on the disk. Raises ``OSError`` when the disk refuses."""
        with self._making:
            if not self._ready:
                self._make(max(1, min(self._expected, AT_ONCE)))
            self._expected -= 1
            return self._ready.popleft()

    def clear(self) -> None:
        """Remove what was not needed, and bring to the disk what was stored. Raises ``OSError`` when the disk refuses."""
        with self._making:
            self._expected = 0
            self._discard(self._ready)
        self._files.sync_folder(self.folder)

    def _make(self, count: int) -> None:
        made: deque[tuple[int, Path]] = deque()
        try:
            for _ in range(count):
                part = self.folder / part_name(self._owner)
                made.append((self._files.new(part), part))
            self._files.sync_folder(self.folder)
        except BaseException:
            self._discard(made)
            raise
        self._ready.extend(made)

    def _discard(self, made: deque[tuple[int, Path]]) -> None:
        while made:
            handle, part = made.popleft()
            with contextlib.suppress(OSError):
                self._files.close(handle)
            with contextlib.suppress(OSError):  # nobody reads it; the next sweep removes it
                self._files.remove(part)
