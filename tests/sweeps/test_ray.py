"""A sweep on a real Ray of two worker processes, one of which is killed on the way; by `pytest -m distributed`."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.sweeps import bad_runs, clusters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario import Scenario

pytestmark = [
    pytest.mark.distributed,
    pytest.mark.filterwarnings("default"),  # Ray's own
]
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module", autouse=True)
def track(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Ray on this machine, with two places; gives where runs leave the process ids of their workers."""
    import ray  # it takes seconds

    folder = tmp_path_factory.mktemp("track")
    there = {"PYTHONPATH": str(ROOT), bad_runs.TRACK: str(folder)}
    ray.init(
        num_cpus=2, include_dashboard=False, log_to_driver=False, logging_level=logging.ERROR, runtime_env={"env_vars": there}
    )
    yield folder
    ray.shutdown()


def test_ray_leaves_the_same_bytes(tiny: Scenario, tmp_path: Path) -> None:
    """Runs of the engine on two worker processes: the folder is that of one thread."""
    clusters.same_bytes(tiny, tmp_path, "ray://")


def test_a_bad_run_on_ray(tiny: Scenario) -> None:
    """Limits are kept on a cluster too, and its workers survive."""
    clusters.one_bad_run(tiny, "ray://")


def test_a_ray_worker_is_killed(tiny: Scenario, tmp_path: Path, track: Path) -> None:
    """Killed in the middle of the sweep: nothing is lost, nothing differs."""

    def victim() -> int:
        """A process that works on a chunk: the parent of one that a run was in."""
        for path in track.iterdir():
            if Path(f"/proc/{path.name}/stat").exists():
                stat = Path(f"/proc/{path.name}/stat").read_text(encoding="ascii")
                return int(stat.rpartition(")")[2].split()[1])
        raise AssertionError("nothing is running")

    clusters.worker_killed(tiny, tmp_path, "ray://", victim)
