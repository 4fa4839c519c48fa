"""Wherever runs are worked on, the bytes are the same; a bad run costs itself alone, and is named with its limit."""

from __future__ import annotations

import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sim.sweeps import SweepError, load_sweep, run_sweep
from sim.sweeps.executors import names, split
from tests.shares import THOROUGH, share
from tests.sweeps import bad_runs
from tests.sweeps.conftest import OVER, Stub, tree

if TYPE_CHECKING:
    from collections.abc import Callable

    from sim.scenario import Scenario
    from sim.sweeps.plan import Task
    from sim.sweeps.summary import Summary

ROOT = Path(__file__).parents[2]
RUNS = 100
FACTORS = ("faults.slow.factor=1,20",)


@pytest.fixture(scope="module")
def whole(tiny: Scenario, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The folder of a small sweep by one thread."""
    folder = tmp_path_factory.mktemp("whole")
    run_sweep(tiny, FACTORS, runs=5, folder=folder, jobs=1)
    return tree(folder)


@pytest.mark.parametrize("executor", ["threads", "processes"])
@pytest.mark.parametrize("jobs", share([2, 1, 3, 8], 4))
def test_the_number_of_workers_does_not_matter(
    tiny: Scenario, whole: dict[str, bytes], tmp_path: Path, executor: str, jobs: int
) -> None:
    """1, 2, 3 and 8 threads or processes leave the same folder, to the byte."""
    made = run_sweep(tiny, FACTORS, runs=5, folder=tmp_path, jobs=jobs, executor=executor)
    assert made.complete
    assert tree(tmp_path) == whole


@pytest.mark.parametrize("executor", ["threads", "processes"])
def test_the_order_does_not_matter(
    tiny: Scenario, whole: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executor: str
) -> None:
    """Runs taken in a shuffled order leave the same folder, to the byte."""
    from sim.sweeps import run  # to shuffle what it hands out

    def shuffled(tasks: Any, work: Any, done: Any, **given: Any) -> None:
        mixed = list(tasks)
        random.Random(7).shuffle(mixed)
        assert mixed != list(tasks)
        hand_out(mixed, work, done, **given)

    hand_out = run.run_on_threads
    monkeypatch.setattr(run, "run_on_threads", shuffled)
    run_sweep(tiny, FACTORS, runs=5, folder=tmp_path, jobs=3, executor=executor)
    assert tree(tmp_path) == whole


@pytest.mark.parametrize(
    ("runner", "given", "said"),
    [
        (bad_runs.dies, {}, "killed: its process was ended by SIGKILL; tried 2 times"),
        pytest.param(bad_runs.leaves, {}, "killed: its process ended with code 0; tried 2 times", marks=THOROUGH),
        pytest.param(bad_runs.crashes, {}, "killed: its process was ended by SIGSEGV; tried 2 times", marks=THOROUGH),
        pytest.param(bad_runs.hangs, {"max_wall": "2s"}, "max-wall: still running after 2 s; tried 2 times", marks=THOROUGH),
        pytest.param(bad_runs.grows, {"max_memory": "64MiB"}, "max-memory: more than 64 MiB; tried 2 times", marks=THOROUGH),
        (bad_runs.grabs, {"max_memory": "64MiB"}, "max-memory: more than 64 MiB; tried 2 times"),
        (bad_runs.digs, {}, "RecursionError: "),
    ],
)
def test_one_bad_run_of_a_hundred(tiny: Scenario, tmp_path: Path, runner: Any, given: dict[str, Any], said: str) -> None:
    """99 runs are delivered as if nothing had been; the bad one is named with its limit, and missing from its average."""
    good = run_sweep(tiny, runs=RUNS, runner=Stub())
    made = run_sweep(tiny, runs=RUNS, runner=runner, executor="processes", jobs=2, folder=tmp_path, **given)
    bad = made.plan.tasks[bad_runs.BAD]
    assert list(made.failures) == [bad.key]
    assert made.failures[bad.key].startswith(said)
    assert made.done == RUNS - 1
    assert all(repr(made.found[key]) == repr(good.found[key]) for key in made.found)
    assert math.isnan(made.values(0, "goodput")[bad_runs.BAD])
    assert made.estimate(0, "goodput").missing == 1
    assert [path.name for path in tmp_path.rglob(f"{bad.key}*")] == [f"{bad.key}.failed"]
    assert load_sweep(tmp_path).failures == made.failures


def test_a_run_that_dies_once_is_tried_again(tiny: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker that is killed by chance costs nothing but time."""
    monkeypatch.setenv(bad_runs.TRACK, str(tmp_path))
    made = run_sweep(tiny, runs=RUNS, runner=bad_runs.dies_once, executor="processes", jobs=2)
    assert made.complete
    assert not made.failures
    assert [path.name for path in tmp_path.iterdir()] == [made.plan.tasks[bad_runs.BAD].key]


ORPHANS = """
import os, sys
sys.path[:0] = [{root!r}]
from sim.scenario import Scenario
from sim.sweeps import run_sweep
from tests.sweeps import bad_runs
from tests.sweeps.conftest import TINY

run_sweep(Scenario.model_validate(TINY), runs=40, runner=bad_runs.{runner}, executor="processes", jobs=4)
"""


def wait_for(met: Callable[[], bool], seconds: float) -> float:
    """Wait until something is so; returns how long it took, in seconds."""
    began = time.monotonic()
    while not met():
        assert time.monotonic() - began < seconds, "it never came"
        time.sleep(0.01)
    return time.monotonic() - began


def alive(pid: int) -> bool:
    """Whether a process exists and is no zombie."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
@pytest.mark.parametrize("how", share(["SIGKILL", "SIGTERM", "SIGINT"], 3))
def test_no_orphans(tmp_path: Path, how: str) -> None:
    """The parent gone, by whatever signal: 1 s later none of its workers is left, however busy."""
    code = ORPHANS.format(root=str(ROOT), runner="tracked")
    environment = {**os.environ, bad_runs.TRACK: str(tmp_path)}
    parent = subprocess.Popen([sys.executable, "-c", code], cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: len(list(tmp_path.iterdir())) == 4, 60)
        workers = [int(path.name) for path in tmp_path.iterdir()]
        assert all(map(alive, workers))
        parent.send_signal(getattr(signal, how))
        parent.wait(timeout=10)
        assert wait_for(lambda: not any(map(alive, workers)), 10) <= 1.0
    finally:
        parent.kill()


def test_what_executors_refuse(tiny: Scenario) -> None:
    """Unknown names, addresses where none belong, limits that threads cannot keep, runners that nobody can import."""

    def local(task: Task, seed: int) -> Summary:
        return Stub()(task, seed)

    for given, said in (
        ({"executor": "thread"}, r"did you mean 'threads'\?"),
        ({"executor": "threads://here"}, "write threads"),
        ({"executor": "dask"}, "write dask://host:port"),
        ({"max_wall": "1s"}, "add --executor processes"),
        ({"max_memory": "1GiB"}, "add --executor processes"),
        ({"executor": "processes", "max_wall": "1"}, "max-wall: a duration needs a unit"),
        ({"executor": "processes", "max_memory": "1 parsec"}, "not a size"),
        ({"executor": "processes", "max_memory": 5}, "at least 1MiB"),
        ({"max_events": 0}, "at least 1"),
        ({"executor": "processes", "runner": Stub()}, "cannot be imported"),
        ({"executor": "processes", "runner": local}, "cannot be imported"),
    ):
        with pytest.raises(SweepError, match=said):
            run_sweep(tiny, OVER, **given)  # type: ignore[arg-type]


def test_every_executor_is_a_file() -> None:
    """Executors are found by the names of their files."""
    assert {"threads", "processes", "dask", "ray"} <= set(names())
    assert split("dask://[::1]:8786") == ("dask", "[::1]:8786")
