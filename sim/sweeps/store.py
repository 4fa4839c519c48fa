"""The folder of a sweep: one small file for each run, whole or not there.

    sweep.json                 what was asked for: points, settings, seed
    runs/<key>.json            sha256:<checksum of the rest>
                               {"fingerprint": ..., "key": ..., "values": {...}}
    runs/<key>.failed          {"key": ..., "reason": ...}: ended in an error or at a limit; gone as soon as there is a result
    runs/.<owner>-<n>.part     before it has its name; the next sweep keeps it when it is whole, and removes it when it is not
    .claim                     who is at work here

A file is written under a temporary name, synced and renamed: after a kill, a full disk or a loss of power it is there whole or
not at all (see `sim.sweeps.prepared_files`). A file that does not match its checksum counts as absent and is written again.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
from typing import TYPE_CHECKING, Any

from sim.files import Files
from sim.sweeps.errors import SweepError
from sim.sweeps.plan import canonical
from sim.sweeps.prepared_files import PreparedFiles
from sim.sweeps.summary import Summary
from sim.whole_file import PART, finish, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sim.sweeps.plan import Task

PLAN = "sweep.json"
RUNS = "runs"
RESULT, FAILED = ".json", ".failed"
LOCK = ".claim"
"""The name of a lock on the disk, which earlier versions look for too."""
_KEY = re.compile(r"[0-9a-f]{64}")
_PREFIX = b"sha256:"
_AT_ONCE = 2047
"""Bytes hashed at a time: for more, hashlib lets go of Python's lock, and to get it back takes longer than to hash a file."""


def sealed(data: Any) -> bytes:
    """Return data as the bytes of a file: a line with the checksum of the rest, and the rest."""
    body = canonical(data) + b"\n"
    return _head(body) + b"\n" + body


def unsealed(content: bytes) -> dict[str, Any] | None:
    """Return the data of a file; None when a single bit of it is not as it was written, or nobody here wrote it."""
    head, _, body = content.partition(b"\n")
    if head != _head(body):
        return None
    try:
        data = json.loads(body)
    except ValueError:
        return None
    return data if isinstance(data, dict) else None


def _head(body: bytes) -> bytes:
    """The first line of a file: the checksum of what follows."""
    digest = hashlib.sha256()
    for at in range(0, len(body), _AT_ONCE):
        digest.update(body[at : at + _AT_ONCE])
    return _PREFIX + digest.hexdigest().encode()


class Store:
    """Reads and writes the files of one sweep's folder.

    Attributes:
        folder: where they are.
        files: the disk.
        damaged: names of the files that were read and did not match their checksums, or are not of a run.
    """

    def __init__(self, folder: Path, files: Files | None = None) -> None:
        self.folder = folder
        self.files = Files() if files is None else files
        self.damaged: list[str] = []
        self._prepared = PreparedFiles(self.files, folder / RUNS, self.owner)
        self._noted: set[str] = set()

    @property
    def owner(self) -> str:
        """This process, as temporary names and locks have it."""
        return f"{self.files.pid}-{hashlib.sha256(self.files.boot.encode()).hexdigest()[:12]}"

    def prepare(self) -> None:
        """Create the folders. Raises `SweepError` when the disk refuses, or a file is in the way."""
        try:
            self._guarded(self.files.make_folder, self.folder / RUNS, self.folder / RUNS)
        except SweepError as error:
            if isinstance(error.__cause__, (FileExistsError, NotADirectoryError)):
                raise SweepError(f"{self.folder} is a file, or below one; a sweep is a folder: name another by --out") from None
            raise

    def clean(self) -> None:
        """Keep what killed sweeps left whole, remove what they left half written; what cannot be, is left: nobody reads it."""
        for folder in (self.folder, self.folder / RUNS):
            for name in self.names(folder):
                if name.endswith(PART) and not self._is_at_work(name.split(".")[-2]):
                    with contextlib.suppress(OSError):
                        if folder == self.folder or not self._adopted(folder / name):
                            self.files.remove(folder / name)
        self._noted = self._keys(FAILED)
        for key in self._noted & self.keys():
            self._forget(key)

    @contextlib.contextmanager
    def writing(self, runs: int) -> Iterator[None]:
        """Be ready to `save` so many runs; in the end they are on the disk. Raises `SweepError` when it refuses."""
        self._prepared.expect(runs)
        try:
            yield
        except BaseException:
            with contextlib.suppress(OSError):
                self._prepared.clear()
            raise
        self._guarded(self._prepared.clear, self._prepared.folder)

    def save_plan(self, data: dict[str, Any]) -> None:
        """Write what was asked for, unless it is there already. Raises `SweepError` when the disk refuses."""
        content = sealed(data)
        if self._read(self.folder / PLAN) != content:
            self._write(self.folder / PLAN, content)

    def plan_there(self) -> dict[str, Any] | None:
        """Return what was asked for; None when it is not there, or damaged."""
        content = self._read(self.folder / PLAN)
        return None if content is None else unsealed(content)

    def load_plan(self) -> dict[str, Any]:
        """Read what was asked for. Raises `SweepError` when it is not there or damaged."""
        content = self._read(self.folder / PLAN)
        if content is None:
            raise SweepError(f"{self.folder} is not the folder of a sweep: it has no {PLAN}")
        data = unsealed(content)
        if data is None:
            raise SweepError(f"{self.folder / PLAN} is damaged; repeat the command of the sweep with --out {self.folder}")
        return data

    def save(self, task: Task, summary: Summary) -> None:
        """File the summary of a run. Raises `SweepError` when the disk refuses."""
        self._file(self.path(task.key), {"key": task.key, **summary.to_dict(task.point.paths)})
        if task.key in self._noted:
            self._forget(task.key)

    def save_failure(self, task: Task, reason: str) -> None:
        """Note why a run has no result, for whoever reads the folder; it is run again. Raises `SweepError` as `save` does."""
        self._file(self._note(task.key), {"key": task.key, "reason": reason})
        self._noted.add(task.key)

    def failure(self, task: Task) -> str | None:
        """Return why a run has no result; None when nothing is known of it."""
        content = self._read(self._note(task.key))
        data = None if content is None else unsealed(content)
        return None if data is None or data.get("key") != task.key else str(data.get("reason", "no reason was noted"))

    def load(self, task: Task) -> Summary | None:
        """Return the summary of a run, or None when it is not stored, or not whole."""
        content = self._read(self.path(task.key))
        if content is None:
            return None
        data = unsealed(content)
        if data is not None and data.get("key") == task.key:
            with contextlib.suppress(KeyError, TypeError, ValueError):  # whole, and not what is written here
                return Summary.of_dict(data, task.point.paths)
        self.damaged.append(self.path(task.key).name)
        return None

    def path(self, key: str) -> Path:
        """Where a run is stored."""
        return self.folder / RUNS / f"{key}{RESULT}"

    def keys(self) -> set[str]:
        """What the folder has runs of, whole or not."""
        return self._keys(RESULT)

    def names(self, folder: Path) -> list[str]:
        """The names in a folder. Raises `SweepError` when it cannot be read."""
        found: list[str] = self._guarded(self.files.names, folder, folder)
        return found

    def _keys(self, suffix: str) -> set[str]:
        names = self.names(self.folder / RUNS)
        return {name.removesuffix(suffix) for name in names if name.endswith(suffix)}

    def _note(self, key: str) -> Path:
        return self.folder / RUNS / f"{key}{FAILED}"

    def _forget(self, key: str) -> None:
        """Remove the note of a failure; what cannot be removed now is when the next sweep begins."""
        with contextlib.suppress(OSError):
            self.files.remove(self._note(key))

    def _file(self, path: Path, data: dict[str, Any]) -> None:
        """Write a file of a run into one that lies ready."""
        content = sealed(data)
        self._guarded(lambda: finish(self.files, *self._prepared.take(), path, content), path, size=len(content))

    def _read(self, path: Path) -> bytes | None:
        content: bytes | None = self._guarded(self.files.read, path, path)
        return content

    def _write(self, path: Path, content: bytes) -> None:
        self._guarded(lambda: write_whole(path, content, owner=self.owner, files=self.files), path, size=len(content))

    def _adopted(self, part: Path) -> bool:
        """Give a temporary file the name of the run that it holds; False when it is not whole, or the run is there."""
        content = self.files.read(part)
        data = None if content is None else unsealed(content)
        key = data.get("key") if data is not None and "fingerprint" in data else None
        if not isinstance(key, str) or not _KEY.fullmatch(key) or self.files.read(self.path(key)) == content:
            return False
        handle = self.files.open(part)
        try:
            self.files.sync(handle)  # who was killed within that had not
        finally:
            self.files.close(handle)
        self.files.rename(part, self.path(key))
        return True

    def _guarded(self, act: Any, path: Path, *given: Any, size: int = 0) -> Any:
        """Do something; when the disk refuses, say what, where and what it takes."""
        try:
            return act(*given)
        except OSError as error:
            needs = f" ({size} bytes are needed)" if size else ""
            raise SweepError(
                f"{path}: {error.strerror or error}{needs}; what is finished is kept: "
                "put it right and repeat the command, and it goes on from there"
            ) from error

    def _is_at_work(self, owner: str) -> bool:
        """Whether the writer of a temporary file may still be there: a running process of this start, not this one.

        Of another machine nobody knows; there a sweep that shares the folder is at work as long as its lock is there.
        """
        pid, _, rest = owner.partition("-")
        boot = rest.partition("-")[0]
        if not pid.isdigit():
            return False
        if boot != self.owner.partition("-")[2]:
            return self.files.read(self.folder / f"{LOCK}-{pid}-{boot}") is not None
        return int(pid) != self.files.pid and self.files.is_running(int(pid))
