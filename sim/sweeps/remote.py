"""What a cluster's worker does with a chunk: it has it run by a supervised process of its own, and sends the replies back.

    text --run_chunk--> SupervisedWorker --pipe--> worker process    a bad run ends that process, never the cluster's worker

So limits mean the same on a cluster as on one machine, and a long run never keeps the cluster's worker from saying that it is
alive. Processes are kept for the next chunk, and ended when none comes for a minute.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from sim.sweeps.errors import SweepError
from sim.sweeps.supervisor import SupervisedWorker

IDLE = 60.0
"""Seconds that a process is kept without work."""

_free: list[tuple[str, SupervisedWorker]] = []
_changing = threading.Lock()


def run_chunk(text: str) -> str:
    """Run the orders of a chunk (JSON) and return the replies (JSON), or why none can be worked on here."""
    given = json.loads(text)
    kind = json.dumps(given["setup"])
    worker = _take(kind, given["setup"])
    try:
        replies = list(worker.run(given["orders"]))
    except SweepError as error:
        worker.close()
        return json.dumps({"refused": str(error)})
    with _changing:
        _free.append((kind, worker))
    timer = threading.Timer(IDLE, _end, [worker])
    timer.daemon = True
    timer.start()
    return json.dumps({"replies": replies})


def _take(kind: str, setup: dict[str, Any]) -> SupervisedWorker:
    """A free worker of this kind, or a new one; free ones of other kinds are ended."""
    with _changing:
        found = next((worker for known, worker in _free if known == kind), None)
        others = [worker for known, worker in _free if known != kind]
        _free[:] = [(known, worker) for known, worker in _free if known == kind and worker is not found]
    for worker in others:
        worker.close()
    return SupervisedWorker(setup) if found is None else found


def _end(worker: SupervisedWorker) -> None:
    """End a worker if it is free."""
    with _changing:
        was_free = any(one is worker for _, one in _free)
        _free[:] = [(kind, one) for kind, one in _free if one is not worker]
    if was_free:
        worker.close()
