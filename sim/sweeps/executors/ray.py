"""Runs on the machines of a Ray cluster, by Ray's own client: ``ray://host:port``; ``ray://`` alone is this machine.

    chunk --remote--> a worker --> sim.sweeps.remote.run_chunk        a worker lost: Ray asks another one

Every machine needs the same version of eventflow. Files are written here, by the sweep, not by the cluster. A Ray that runs in
this process already is used, and left running.
"""

from __future__ import annotations

import contextlib
import logging
from typing import TYPE_CHECKING, Any

from sim.sweeps.cluster import Cluster
from sim.sweeps.errors import SweepError
from sim.sweeps.remote import run_chunk
from sim.sweeps.supervisor import LostError

if TYPE_CHECKING:
    from sim.sweeps.executors import Job

CLUSTERED = True
RETRIES = 2
"""How often Ray asks another worker before it gives a chunk up."""


def start(job: Job) -> Cluster:
    """Return the executor. Raises `SweepError` when there is no client or no cluster."""
    ray, ours = _joined(job.address)
    remote = ray.remote(run_chunk).options(max_retries=RETRIES, num_cpus=1)
    asked: list[Any] = []

    def ask(text: str) -> str:
        reference = remote.remote(text)
        asked.append(reference)
        try:
            return str(ray.get(reference))
        except (ray.exceptions.WorkerCrashedError, ray.exceptions.NodeDiedError, ray.exceptions.OutOfMemoryError) as error:
            raise LostError(f"Ray lost the workers that had it ({type(error).__name__})") from None
        except ray.exceptions.RayTaskError as error:
            raise SweepError(f"a worker of the Ray cluster cannot run eventflow ({error.cause}); install it there") from None
        except Exception as error:
            raise SweepError(f"lost the Ray cluster ({type(error).__name__}: {error})") from error
        finally:
            asked.remove(reference)

    def leave() -> None:
        for reference in tuple(asked):
            with contextlib.suppress(Exception):
                ray.cancel(reference, force=True)
        if ours:
            ray.shutdown()

    return Cluster(job, int(ray.cluster_resources().get("CPU", 1)), ask, leave)


def _joined(address: str) -> tuple[Any, bool]:
    """Ray's client, and whether it was started here."""
    try:
        import ray  # an extra
    except ImportError:
        raise SweepError("Ray is not installed; run: pip install 'eventflow-sim[distributed]'") from None
    if ray.is_initialized():
        return ray, False
    settings: dict[str, Any] = {"address": f"ray://{address}"} if address else {"include_dashboard": False}
    try:
        ray.init(logging_level=logging.ERROR, log_to_driver=False, **settings)
    except Exception as error:  # noqa: BLE001 - Ray raises plain exceptions when it does not come up
        raise SweepError(f"no Ray answers at ray://{address} ({error}); start one by `ray start --head`") from None
    return ray, True
