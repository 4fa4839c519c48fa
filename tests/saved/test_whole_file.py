"""A file is there whole or not at all: what is done to the disk for it, in which order, and what is left when it refuses."""

from __future__ import annotations

import os
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from sim.files import Files
from sim.whole_file import PART, finish, part_name, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


VERBS = ("new", "write", "sync", "close", "rename", "sync_folder")


def noting(name: str, act: Callable[..., Any]) -> Callable[..., Any]:
    """A verb of the disk that notes that it was asked for, and refuses where it should."""

    def verb(self: Noting, *given: Any) -> Any:
        self.asked.append(name)
        if name == self.broken:
            raise OSError(28, "No space left on device", "somewhere")
        return act(self, *given)

    return verb


class Noting(Files):
    """A disk that notes what it is asked for, and refuses one of the verbs."""

    def __init__(self, broken: str = "") -> None:
        super().__init__()
        self.asked: list[str] = []
        self.broken = broken


for each in VERBS:
    setattr(Noting, each, noting(each, getattr(Files, each)))


def test_what_is_durable_is_synced_before_it_has_its_name(tmp_path: Path) -> None:
    """The file before it is renamed, its folder afterwards; what need not be durable is renamed all the same."""
    disk = Noting()
    assert write_whole(tmp_path / "a", b"one", files=disk) == tmp_path / "a"
    assert disk.asked == ["new", "write", "sync", "close", "rename", "sync_folder"]
    disk = Noting()
    write_whole(str(tmp_path / "a"), b"two", durable=False, files=disk)
    assert disk.asked == ["new", "write", "close", "rename"]
    assert (tmp_path / "a").read_bytes() == b"two"
    assert names(tmp_path) == ["a"]


@pytest.mark.parametrize("broken", VERBS[:-1])
def test_a_disk_that_refuses_leaves_what_was_there(tmp_path: Path, broken: str) -> None:
    """Whatever it refuses: the error names the file that was asked for, and nothing is left beside it."""
    path = tmp_path / "a"
    path.write_bytes(b"before")
    with pytest.raises(OSError, match="No space left on device") as raised:
        write_whole(path, b"afterwards", files=Noting(broken))
    assert raised.value.filename == str(path)
    assert path.read_bytes() == b"before"
    assert names(tmp_path) == ["a"]


def test_a_folder_that_cannot_be_synced_is_said(tmp_path: Path) -> None:
    """Then the file is there, but nobody knows for how long."""
    with pytest.raises(OSError, match="No space left on device"):
        write_whole(tmp_path / "a", b"afterwards", files=Noting("sync_folder"))
    assert (tmp_path / "a").read_bytes() == b"afterwards"


def test_a_write_that_dies_half_way_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever ends the process during a write, the name has the old content, whole."""
    path = tmp_path / "a.npz"
    path.write_bytes(b"before")
    real = os.write

    def dying(handle: int, data: Any) -> int:
        real(handle, bytes(data[:2]))
        raise KeyboardInterrupt

    monkeypatch.setattr("os.write", dying)
    with pytest.raises(KeyboardInterrupt):
        write_whole(path, b"afterwards")
    assert path.read_bytes() == b"before"


def test_temporary_names_say_who_writes_and_never_meet(tmp_path: Path) -> None:
    """Two writes of one file, of one process, have two temporary files; who cleans up can read the owner from the name."""
    made = [part_name("7-abc", "report.html") for _ in range(2)] + [part_name("7-abc")]
    assert len(set(made)) == 3
    assert all(name.startswith(".") and name.endswith(PART) and name.split(".")[-2].startswith("7-abc-") for name in made)
    seen: list[str] = []

    class Looking(Files):
        def rename(self, path: Path, target: Path) -> None:
            seen.append(path.name)
            super().rename(path, target)

    write_whole(tmp_path / "a", b"1", files=Looking())
    write_whole(tmp_path / "a", b"2", owner="9-x", files=Looking())
    assert [name.split(".")[1] for name in seen] == ["a", "a"]
    assert seen[0].split(".")[2].startswith(f"{os.getpid()}-")
    assert seen[1].split(".")[2].startswith("9-x-")


def test_a_file_that_lies_ready_is_finished_the_same_way(tmp_path: Path) -> None:
    """What was made before there was anything to write is written, synced, closed and renamed; removed when that fails."""
    disk = Noting()
    part = tmp_path / ".part"
    finish(disk, disk.new(part), part, tmp_path / "a", b"one")
    assert disk.asked[1:] == ["write", "sync", "close", "rename"]
    disk = Noting("rename")
    with pytest.raises(OSError, match="No space left on device"):
        finish(disk, disk.new(part), part, tmp_path / "a", b"two")
    assert (tmp_path / "a").read_bytes() == b"one"
    assert names(tmp_path) == ["a"]


@pytest.mark.skipif(os.name != "posix", reason="pipes and links by name are POSIX's")
def test_a_pipe_stays_a_pipe_and_a_link_a_link(tmp_path: Path) -> None:
    """What is no file is written to, not replaced; of a link it is the file that is replaced."""
    pipe, got = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: got.append(pipe.read_bytes()))
    reader.start()
    write_whole(pipe, b"through")
    reader.join()
    assert got == [b"through"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
    (tmp_path / "file").write_bytes(b"before")
    (tmp_path / "link").symlink_to("file")
    assert write_whole(tmp_path / "link", b"afterwards") == tmp_path / "link"
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"afterwards"
    with pytest.raises(IsADirectoryError):
        write_whole(tmp_path, b"afterwards")
