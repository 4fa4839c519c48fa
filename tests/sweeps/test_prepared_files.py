"""Temporary files that are made before they are needed: one wait for the disk a run, and nothing is lost or left over."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

from sim.sweeps import SweepError, merge_sweeps, run_sweep
from sim.sweeps.prepared_files import AT_ONCE
from sim.sweeps.store import sealed
from tests.sweeps.conftest import OVER, RUNS, Disk, Killed, Stub, tree

if TYPE_CHECKING:
    from pathlib import Path

    from sim.scenario import Scenario
    from sim.sweeps import Sweep
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary


class Counting(Disk):
    """A disk that counts its syncs, of files and of folders, and the most temporary files that there were at a time."""

    def __init__(self) -> None:
        super().__init__()
        self.counts: Counter[str] = Counter()

    def sync(self, handle: int) -> None:
        """Count one."""
        super().sync(handle)
        self.counts["file"] += 1

    def sync_folder(self, path: Path) -> None:
        """Count one; see how many files are ready."""
        super().sync_folder(path)
        self.counts["folder"] += 1
        self.counts["ready"] = max(self.counts["ready"], len(list(path.glob("*.part"))))


def sweep(tiny: Scenario, folder: Path, **changes: Any) -> Sweep:
    """The tiny sweep, on one thread."""
    given: dict[str, Any] = {"runs": RUNS, "files": Disk(), "runner": Stub(), "jobs": 1, **changes}
    return run_sweep(tiny, OVER, folder=folder, **given)


def test_a_run_waits_for_the_disk_once(tiny: Scenario, tmp_path: Path) -> None:
    """Files are synced one by one, folders once for every batch of runs and at the end; no more are made than are needed."""
    for runs in (RUNS, AT_ONCE):
        disk = Counting()
        made = sweep(tiny, tmp_path / str(runs), runs=runs, files=disk)
        total = len(made.plan.tasks)
        batches = -(-total // AT_ONCE)
        assert disk.counts == {"file": 1 + total, "folder": 1 + batches + 1, "ready": min(total, AT_ONCE)}
        assert not list(tmp_path.rglob("*.part"))


def test_putting_parts_together_waits_as_little(tiny: Scenario, tmp_path: Path) -> None:
    """A merge files what it finds in the same way."""
    sweep(tiny, tmp_path / "one")
    disk = Counting()
    merge_sweeps([tmp_path / "one"], tmp_path / "both", files=disk)
    assert disk.counts == {"file": 1 + 4, "folder": 1 + 1 + 1, "ready": 4}
    assert tree(tmp_path / "both") == tree(tmp_path / "one")


def test_runs_that_fail_leave_no_file_behind(tiny: Scenario, tmp_path: Path) -> None:
    """What was made for a run that has no result is removed; also when the sweep ends early."""

    class Failing(Stub):
        def __call__(self, task: Task, seed: int) -> Summary:
            if task.replication == 1:
                raise error
            return super().__call__(task, seed)

    for error in (RuntimeError("stuck"), KeyboardInterrupt()):
        try:
            sweep(tiny, tmp_path, runner=Failing())
        except KeyboardInterrupt:
            assert isinstance(error, KeyboardInterrupt)
        assert not list(tmp_path.rglob("*.part"))


def test_a_run_that_was_written_before_the_kill_is_stored(tiny: Scenario, tmp_path: Path) -> None:
    """Killed between writing and renaming: the next sweep gives the file its name, and runs only what was not begun."""
    sweep(tiny, tmp_path / "whole")
    expected, disk = tree(tmp_path / "whole"), Disk(1, how=0)

    def dying(path: Path, target: Path) -> None:
        if target.parent.name == "runs":
            raise Killed
        Disk.rename(disk, path, target)

    disk.rename = dying  # type: ignore[method-assign]
    with pytest.raises(Killed):
        sweep(tiny, tmp_path / "killed", files=disk)
    stub = Stub()
    sweep(tiny, tmp_path / "killed", files=Disk(2), runner=stub)
    assert len(stub.ran) == 3
    assert tree(tmp_path / "killed") == expected


@pytest.mark.parametrize("key", ["../../sweep", "A" * 64, 7, None])
def test_only_runs_are_stored(tiny: Scenario, tmp_path: Path, key: Any) -> None:
    """A whole temporary file that names no run is removed; it goes nowhere else."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    (tmp_path / "runs" / ".5-0123-0.part").write_bytes(sealed({"key": key}))
    (tmp_path / "runs" / ".5-0123-1.part").write_bytes(sealed([1]))
    sweep(tiny, tmp_path)
    assert tree(tmp_path) == expected


def test_files_of_another_machine_that_shares_the_folder_stay(tiny: Scenario, tmp_path: Path) -> None:
    """As long as its lock is there it may be about to write them; when the lock is gone, they go."""
    sweep(tiny, tmp_path)
    expected = tree(tmp_path)
    lock, part = tmp_path / ".claim-5-0123", tmp_path / "runs" / ".5-0123-0.part"
    lock.write_bytes(b'{"pid": 5, "boot": "x", "host": "elsewhere"}')
    part.write_bytes(b"")
    sweep(tiny, tmp_path, share=True)
    assert part.exists()
    lock.unlink()
    sweep(tiny, tmp_path, share=True)
    assert tree(tmp_path) == expected


def test_the_last_sync_may_fail(tiny: Scenario, tmp_path: Path) -> None:
    """All is stored, but not surely on the disk: that is said, and the next sweep has nothing left to run."""
    disk = Disk(1, how=0)
    disk.sync_folder = refusing(disk)  # type: ignore[method-assign]
    with pytest.raises(SweepError, match="runs: Input/output error; what is finished is kept"):
        sweep(tiny, tmp_path, files=disk)
    assert sweep(tiny, tmp_path).ran == 0


def refusing(disk: Disk) -> Any:
    """The syncing of folders, which fails once all four runs are stored."""

    def sync_folder(path: Path) -> None:
        if len(list(path.glob("*.json"))) == 4:
            raise OSError(5, "Input/output error")
        Disk.sync_folder(disk, path)

    return sync_folder
