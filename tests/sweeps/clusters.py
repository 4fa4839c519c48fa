"""What is asked of every cluster: the same bytes, also when one of its workers is killed in the middle.

one thread's folder  ==  the cluster's folder, undisturbed  ==  the cluster's folder, a worker killed
"""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING, Any

from sim.sweeps import run_sweep
from tests.sweeps import bad_runs
from tests.sweeps.conftest import Stub, tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sim.scenario import Scenario

FACTORS = ("faults.slow.factor=1,20",)
MANY = 60
BEFORE_KILL = 10


def same_bytes(tiny: Scenario, tmp_path: Path, executor: str) -> None:
    """The engine's runs, of two points: the folder is that of one thread."""
    run_sweep(tiny, FACTORS, runs=5, folder=tmp_path / "thread", jobs=1)
    made = run_sweep(tiny, FACTORS, runs=5, folder=tmp_path / "cluster", executor=executor)
    assert made.complete
    assert tree(tmp_path / "cluster") == tree(tmp_path / "thread")


def one_bad_run(tiny: Scenario, executor: str) -> None:
    """A run that never ends is stopped by its limit, tried again, and named; all others are delivered."""
    made = run_sweep(tiny, runs=60, runner=bad_runs.hangs, executor=executor, max_wall="2s")
    assert made.failures == {made.plan.tasks[bad_runs.BAD].key: "max-wall: still running after 2 s; tried 2 times"}
    assert made.done == 59


def worker_killed(tiny: Scenario, tmp_path: Path, executor: str, victim: Callable[[], int]) -> None:
    """A worker of the cluster is killed when some runs are stored: all are delivered, in the same bytes."""
    run_sweep(tiny, FACTORS, runs=MANY, folder=tmp_path / "thread", runner=Stub(), jobs=1)
    folder = tmp_path / "cluster"
    killed: list[int] = []

    def kill() -> None:
        while len(list(folder.glob("runs/*.json"))) < BEFORE_KILL:
            time.sleep(0.01)
        pid = victim()
        os.kill(pid, signal.SIGKILL)
        killed.append(len(list(folder.glob("runs/*.json"))))

    killer = threading.Thread(target=kill)
    killer.start()
    made: Any = run_sweep(tiny, FACTORS, runs=MANY, folder=folder, runner=bad_runs.slow, executor=executor)
    killer.join()
    assert killed[0] < 2 * MANY, "the worker was killed after the sweep"
    assert made.complete, made.failures
    assert tree(folder) == tree(tmp_path / "thread")
