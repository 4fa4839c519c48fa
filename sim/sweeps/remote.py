"""What a cluster's worker does with a chunk: it has it run by a supervised process of its own, and sends the replies back.

    text --run_chunk--> Lane --pipe--> worker process        a bad run ends that process, never the cluster's worker

So limits mean the same on a cluster as on one machine, and a long run never keeps the cluster's worker from saying that it is
alive. Processes are kept for the next chunk, and ended when none comes for a minute.
"""

from __future__ import annotations

import json
import threading
from typing import Any

from sim.sweeps.errors import SweepError
from sim.sweeps.supervisor import Lane

IDLE = 60.0
"""Seconds that a process is kept without work."""

_free: list[tuple[str, Lane]] = []
_changing = threading.Lock()


def run_chunk(text: str) -> str:
    """Run the orders of a chunk (JSON) and return the replies (JSON), or why none can be worked on here."""
    asked = json.loads(text)
    kind = json.dumps(asked["setup"])
    lane = _take(kind, asked["setup"])
    try:
        replies = list(lane.run(asked["orders"]))
    except SweepError as error:
        lane.close()
        return json.dumps({"refused": str(error)})
    with _changing:
        _free.append((kind, lane))
    timer = threading.Timer(IDLE, _end, [lane])
    timer.daemon = True
    timer.start()
    return json.dumps({"replies": replies})


def _take(kind: str, setup: dict[str, Any]) -> Lane:
    """A free lane of this kind, or a new one; free ones of other kinds are ended."""
    with _changing:
        found = next((lane for known, lane in _free if known == kind), None)
        others = [lane for known, lane in _free if known != kind]
        _free[:] = [(known, lane) for known, lane in _free if known == kind and lane is not found]
    for lane in others:
        lane.close()
    return Lane(setup) if found is None else found


def _end(lane: Lane) -> None:
    """End a lane if it is free."""
    with _changing:
        was_free = any(one is lane for _, one in _free)
        _free[:] = [(kind, one) for kind, one in _free if one is not lane]
    if was_free:
        lane.close()
