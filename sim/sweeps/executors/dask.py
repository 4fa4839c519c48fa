"""Runs on the machines of a Dask cluster, by Dask's own client: ``dask://host:port`` is the address of its scheduler.

    chunk --submit--> scheduler --> a worker --> sim.sweeps.remote.run_chunk        a worker lost: Dask asks another one

Every machine needs the same version of eventflow. Files are written here, by the sweep, not by the cluster.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.sweeps.cluster import Cluster
from sim.sweeps.errors import SweepError
from sim.sweeps.remote import run_chunk
from sim.sweeps.supervisor import LostError

if TYPE_CHECKING:
    from sim.sweeps.executors import Job

CLUSTERED = True
WAIT = 30.0
"""Seconds to wait for the scheduler, and for its first worker."""


def start(job: Job) -> Cluster:
    """Return the executor. Raises `SweepError` when there is no client, no scheduler or no worker."""
    try:
        from distributed import Client, KilledWorker  # an extra
    except ImportError:
        raise SweepError("Dask is not installed; run: pip install 'eventflow-sim[distributed]'") from None
    if not job.address:
        raise SweepError("say where the scheduler is: dask://host:port; start one by `dask scheduler` and `dask worker`")
    try:
        client = Client(job.address, timeout=WAIT, set_as_default=False, name="eventflow")
    except (OSError, ValueError) as error:
        raise SweepError(f"no Dask scheduler answers at {job.address} ({error}); start one by `dask scheduler`") from None
    try:
        client.wait_for_workers(1, timeout=WAIT)
    except TimeoutError:
        client.close()
        raise SweepError(f"the Dask scheduler at {job.address} has no workers; start some by `dask worker`") from None

    def ask(text: str) -> str:
        future = client.submit(run_chunk, text, pure=False)
        try:
            return str(future.result())
        except KilledWorker as error:
            raise LostError(f"Dask lost the workers that had it ({error})") from None
        except ImportError as error:
            raise SweepError(f"a worker of {job.address} cannot import eventflow ({error}); install it there") from None
        except Exception as error:
            raise SweepError(f"lost the Dask cluster at {job.address} ({type(error).__name__}: {error})") from error
        finally:
            future.release()

    return Cluster(job, sum(client.nthreads().values()), ask, client.close)
