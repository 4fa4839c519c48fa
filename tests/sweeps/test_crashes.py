"""Whatever happens to a sweep, it goes on to the same bytes, and costs at most the run in progress."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.sweeps import SweepError, run_sweep
from tests.shares import THOROUGH
from tests.sweeps.conftest import ERRORS, OVER, RUNS, Disk, Killed, Stub, tree

if TYPE_CHECKING:
    from sim.scenario import Scenario
    from sim.sweeps import Sweep

TASKS = 4
ROOT = Path(__file__).parents[2]
EVERY_WAY = [0, Disk.POWER, Disk.POWER_BUT_NAMES, *ERRORS, *(-code for code in ERRORS)]
WAYS = [0, Disk.POWER, Disk.POWER_BUT_NAMES, ERRORS[0], -ERRORS[0]]


def sweep(tiny: Scenario, folder: Path, disk: Disk, stub: Stub, **asked: Any) -> Sweep:
    """The tiny sweep, unless asked otherwise on one thread so that operations come in one order."""
    return run_sweep(tiny, OVER, folder=folder, files=disk, runner=stub, **{"runs": RUNS, "jobs": 1, **asked})


@pytest.fixture(scope="module")
def whole(tiny: Scenario, tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[str, bytes], int]:
    """The folder of an undisturbed sweep, and how many operations it took."""
    folder, disk = tmp_path_factory.mktemp("whole"), Disk()
    assert sweep(tiny, folder, disk, Stub()).complete
    found = tree(folder)
    assert sorted(Path(name).parts[0] for name in found) == ["runs"] * TASKS + ["sweep.json"]
    return found, disk.count


def disturbed(tiny: Scenario, folder: Path, disk: Disk, stub: Stub, **asked: Any) -> None:
    """A sweep that may end early, in a sentence that names the folder, or by a kill."""
    try:
        sweep(tiny, folder, disk, stub, **asked)
    except SweepError as error:
        assert str(folder) in str(error)
    except Killed:
        assert disk.how in {0, Disk.POWER, Disk.POWER_BUT_NAMES}


@pytest.mark.parametrize("one_in", [4, pytest.param(1, marks=THOROUGH)])
@pytest.mark.parametrize("how", EVERY_WAY)
def test_any_operation_may_fail_or_be_the_last(
    tiny: Scenario, whole: tuple[dict[str, bytes], int], tmp_path: Path, how: int, one_in: int
) -> None:
    """Each operation fails once, or for ever, or is where the process or the power goes: resumed, the bytes are the same."""
    expected, operations = whole
    for at in range(EVERY_WAY.index(how) % one_in, operations, one_in):
        stub, folder = Stub(), tmp_path / str(at)
        disturbed(tiny, folder, Disk(1, at=at, how=how), stub)
        if how in ERRORS:
            assert not list(folder.rglob("*.part")), f"operation {at} left something half written"
        resumed = sweep(tiny, folder, Disk(2), stub)
        assert tree(folder) == expected, f"operation {at}"
        assert resumed.complete
        assert not resumed.damaged, f"operation {at} left a torn file under a good name"
        assert len(stub.ran) <= TASKS + 1, f"operation {at} cost more than the run in progress"


@pytest.mark.parametrize("step", [12, pytest.param(1, marks=THOROUGH)])
@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("how", WAYS)
def test_two_threads_and_what_files_beside_them(tiny: Scenario, tmp_path: Path, how: int, step: int, *, share: bool) -> None:
    """The same with two runs at a time: it costs these at most, and one that was being stored beside them; no lock is left.

    One of twelve operations by default, others for each of the ways; all when asked for.
    """
    disk, asked = Disk(), {"runs": 5, "jobs": 2, "share": share}
    sweep(tiny, tmp_path / "whole", disk, Stub(), **asked)
    expected = tree(tmp_path / "whole")
    for at in range(WAYS.index(how) % step, disk.count, step):
        stub, folder = Stub(), tmp_path / str(at)
        disturbed(tiny, folder, Disk(1, at=at, how=how), stub, **asked)
        resumed = sweep(tiny, folder, Disk(2), stub, **asked)
        assert tree(folder) == expected, f"operation {at}"
        assert resumed.complete
        assert not resumed.damaged
        assert len(stub.ran) <= 10 + 3, f"operation {at} cost more than the runs in progress"


@pytest.mark.parametrize("step", [53, pytest.param(15, marks=THOROUGH)])
def test_a_crash_within_the_recovery_from_a_crash(
    tiny: Scenario, whole: tuple[dict[str, bytes], int], tmp_path: Path, step: int
) -> None:
    """Killed, gone on, killed again, gone on: the same bytes, and at most two runs more than needed."""
    expected, operations = whole
    for at in range(operations):
        for later in range(at % step, operations, step):
            stub, folder = Stub(), tmp_path / f"{at}-{later}"
            disturbed(tiny, folder, Disk(1, at=at, how=Disk.POWER), stub)
            disturbed(tiny, folder, Disk(2, at=later), stub)
            sweep(tiny, folder, Disk(3), stub)
            assert tree(folder) == expected, f"operations {at} and {later}"
            assert len(stub.ran) <= TASKS + 2


def test_a_disk_that_refuses_is_named(tiny: Scenario, tmp_path: Path) -> None:
    """The message has the path, the reason, the bytes needed, and what to do."""
    with pytest.raises(SweepError, match=r"runs/\w+\.json: No space left .*\(\d+ bytes are needed\).*repeat the command"):
        sweep(tiny, tmp_path, Disk(1, at=25, how=-ERRORS[0]), Stub())


def test_a_folder_that_is_a_file(tiny: Scenario, tmp_path: Path) -> None:
    """A file in the place of the folder is a clear refusal."""
    (tmp_path / "out").write_text("here")
    with pytest.raises(SweepError, match="out"):
        sweep(tiny, tmp_path / "out", Disk(), Stub())


KILLER = """
import os, signal, sys
sys.path[:0] = [{root!r}]
from sim.scenario import Scenario
from sim.sweeps import run_sweep
from sim.files import Files
from tests.sweeps.conftest import OVER, RUNS, TINY, Stub

class Dying(Files):
    left = {at}
    def write(self, handle, data):
        self.left -= 1
        super().write(handle, data[: len(data) // 2] if not self.left else data)
        if not self.left:
            os.kill(os.getpid(), signal.SIGKILL)

run_sweep(Scenario.model_validate(TINY), OVER, runs=RUNS, folder={folder!r}, files=Dying(), runner=Stub(), jobs=1)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no SIGKILL here")
def test_a_real_kill(tiny: Scenario, whole: tuple[dict[str, bytes], int], tmp_path: Path) -> None:
    """Processes killed by the system, one after another in the same folder: each gets further, the last bytes are the same."""
    for at in (2, 4, 3):
        code = KILLER.format(root=str(ROOT), at=at, folder=str(tmp_path))
        done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        assert done.returncode == -signal.SIGKILL, done.stderr
    stub = Stub()
    again = run_sweep(tiny, OVER, runs=RUNS, folder=tmp_path, runner=stub, jobs=1)
    assert not again.damaged
    assert len(stub.ran) == TASKS - 2
    assert tree(tmp_path) == whole[0]


def test_ctrl_c_keeps_what_is_finished(tmp_path: Path) -> None:
    """Ctrl-C in the middle of a run that takes minutes: code 130 within 2 s, the finished run is kept."""
    import time  # the one test with a clock

    import yaml

    from tests.sweeps.conftest import TINY

    path, out = tmp_path / "tiny.yaml", tmp_path / "out"
    path.write_text(yaml.safe_dump({**TINY, "faults": {}}), encoding="utf-8")
    words = ["sweep", str(path), "--over", "run.horizon=6s,20000000s", "--runs", "1", "-j", "1", "-o", str(out)]
    process = subprocess.Popen([sys.executable, "-m", "sim", *words], cwd=ROOT, stderr=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 120
        while not list(out.glob("runs/*.json")) and time.monotonic() < deadline:
            time.sleep(0.05)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        began = time.monotonic()
        _, said = process.communicate(timeout=60)
        assert time.monotonic() - began < 2.0
        assert process.returncode == 130, said
        assert "Traceback" not in said
        assert len(list(out.glob("runs/*.json"))) == 1
        assert {name.name for name in out.iterdir()} == {"runs", "sweep.json"}
    finally:
        with contextlib.suppress(OSError):
            process.kill()
