"""A sweep on a real Dask cluster of two worker processes, one of which is killed on the way."""

from __future__ import annotations

import os
import socket
from typing import TYPE_CHECKING

import pytest

from sim.sweeps import SweepError, run_sweep
from tests.sweeps import bad_runs, clusters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sim.scenario import Scenario


@pytest.fixture(scope="module")
def executor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A scheduler with two workers of one thread each."""
    from distributed import LocalCluster  # it takes a second

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(bad_runs.TRACK, str(tmp_path_factory.mktemp("track")))
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None) as cluster:
            yield "dask://" + cluster.scheduler_address.removeprefix("tcp://")


def test_dask_leaves_the_same_bytes(tiny: Scenario, tmp_path: Path, executor: str) -> None:
    """Runs of the engine on two worker processes: the folder is that of one thread."""
    clusters.same_bytes(tiny, tmp_path, executor)


@pytest.mark.thorough
def test_a_bad_run_on_dask(tiny: Scenario, executor: str) -> None:
    """Limits are kept on a cluster too, and its workers survive."""
    clusters.one_bad_run(tiny, executor)


@pytest.mark.thorough
def test_a_dask_worker_is_killed(tiny: Scenario, tmp_path: Path, executor: str) -> None:
    """Killed in the middle of the sweep: nothing is lost, nothing differs."""
    from distributed import Client

    with Client(executor.removeprefix("dask://"), set_as_default=False) as client:
        clusters.worker_killed(tiny, tmp_path, executor, lambda: next(iter(client.run(os.getpid).values())))


def test_no_dask_there(tiny: Scenario, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address where nobody listens is a sentence that names it, soon."""
    monkeypatch.setattr("sim.sweeps.executors.dask.WAIT", 1.0)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(SweepError, match=f"no Dask scheduler answers at {address}"):
            run_sweep(tiny, runs=1, executor=f"dask://{address}")
