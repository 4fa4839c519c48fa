"""Everything that is done to the disk, one small verb each, so that tests can make any of them fail.

new -> write -> sync -> close -> rename -> sync_folder      how a file gets its name (`sim.whole_file`); a lock: by link
open -> sync -> close -> rename                             the same of one that a killed sweep left whole
"""

from __future__ import annotations

import os
import socket
import sys
import time
from pathlib import Path

_sync = getattr(os, "fdatasync", os.fsync)
_BOOT = Path("/proc/sys/kernel/random/boot_id")


class Files:
    """The real disk.

    Attributes:
        pid: of this process.
        host: name of this machine.
        boot: which start of it this is; a process id means something within it only.
    """

    def __init__(self) -> None:
        self.pid = os.getpid()
        self.host = socket.gethostname()
        self.boot = _boot()

    def new(self, path: Path) -> int:
        """Create a file that must not exist, for writing; returns its handle."""
        return os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0), 0o644)

    def open(self, path: Path) -> int:
        """Open a file that is there, for writing; returns its handle."""
        return os.open(path, os.O_WRONLY | getattr(os, "O_BINARY", 0))

    def write(self, handle: int, data: bytes) -> None:
        """Write all of the data."""
        view = memoryview(data)
        while view:
            view = view[os.write(handle, view) :]

    def sync(self, handle: int) -> None:
        """Bring a file to the disk: what is in it, and how long it is."""
        _sync(handle)

    def close(self, handle: int) -> None:
        """Close a handle."""
        os.close(handle)

    def rename(self, path: Path, target: Path) -> None:
        """Give a file another name; a file that has it is replaced."""
        path.replace(target)

    def link(self, path: Path, target: Path) -> None:
        """Give a file a second name, which no file has yet. Raises ``OSError`` also where a disk has no second names."""
        os.link(path, target)

    def sync_folder(self, path: Path) -> None:
        """Bring the names in a folder to the disk, where the system can."""
        try:
            handle = os.open(path, os.O_RDONLY)
        except PermissionError:  # folders cannot be opened on Windows
            return
        try:
            os.fsync(handle)
        finally:
            os.close(handle)

    def remove(self, path: Path) -> None:
        """Remove a file; it is no error when there is none."""
        path.unlink(missing_ok=True)

    def make_folder(self, path: Path) -> None:
        """Create a folder and those above it, where they are missing."""
        path.mkdir(parents=True, exist_ok=True)

    def read(self, path: Path) -> bytes | None:
        """Return what is in a file; None when there is none."""
        try:
            return path.read_bytes()
        except FileNotFoundError:
            return None

    def names(self, path: Path) -> list[str]:
        """Return the names in a folder, sorted; [] when there is none."""
        try:
            return sorted(entry.name for entry in path.iterdir())
        except FileNotFoundError:
            return []

    def wait(self, seconds: float) -> None:
        """Give others the time to finish what they write."""
        time.sleep(seconds)

    def is_running(self, pid: int) -> bool:
        """Whether a process of this machine exists."""
        if sys.platform == "win32":
            return _is_running_on_windows(pid)
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def _boot() -> str:
    """This start of this machine; where the system does not tell, the machine."""
    try:
        return _BOOT.read_text(encoding="ascii").strip()
    except OSError:
        return socket.gethostname()


def _is_running_on_windows(pid: int) -> bool:
    import ctypes

    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined, unused-ignore]
    handle = kernel.OpenProcess(0x1000, False, pid)
    if handle:
        kernel.CloseHandle(handle)
    return bool(handle)
