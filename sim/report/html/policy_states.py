"""What policies are at in each frame of the replay: guards engaged, replicas ready and ejected, limits, cache hits.

    records of all replications --area by time, or hits by looks--> a link's share of guards engaged
                                                                    a service's ready, ejected, limit, hits
                                                                    a strip of the whole system

Only what a scenario has is there: who has no breaker has no series, no strip and no line in a box for it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from sim.record import fields as f
from sim.report.html.coding import SHARE_STEP, pack

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

    from sim.network import Network
    from sim.record.record import Record
    from sim.report.html.data import Frames

    Floats = NDArray[np.float64]

SECOND = 1e9


class PolicyState(NamedTuple):
    """One kind of state: a level, as its ``area`` over time, or a share, as one counter of another.

    ``each``: by what the level of a row is divided, such as the number of its states. Of several rows it is the mean over
    all that (``whole``), or their sum. ``looks``: the counter that the other one is a share of.
    """

    title: str
    family: str
    column: int
    each: Callable[[Network, int], float] = lambda _network, _row: 1.0
    looks: int = -1
    whole: bool = False
    share: bool = False


def _states(network: Network, row: int) -> float:
    """The states of a guard: one for each replica that calls, or one for all."""
    return float(network.guards[row].states)


def _views(network: Network, row: int) -> float:
    """The callers that have a list of their own of the replicas, and eject for themselves."""
    return float(len(network.balancers[row].zones))


def _places(network: Network, row: int) -> float:
    """The replicas with a limit, where they come and go as many as there may be."""
    return float(network.services[network.limiters[row].service].replicas)


GUARDS = PolicyState("guards engaged", "guards", f.guards.GUARD_ENGAGED_AREA, _states, whole=True, share=True)
"""Of links: the share of the states of a call's guards of one key that keep calls back, such as breakers that are open."""

OF_SERVICES: Mapping[str, PolicyState] = {
    "wanted": PolicyState("replicas wanted", "scalers", f.scalers.SCALER_WANTED_AREA),
    "ready": PolicyState("replicas ready", "scalers", f.scalers.SCALER_READY_AREA),
    "ejected": PolicyState("replicas ejected", "balancers", f.balancers.BALANCER_EJECTED_AREA, _views),
    "out": PolicyState("taken out by checks", "health_checks", f.health_checks.CHECK_OUT_AREA),
    "limit": PolicyState("concurrency limit", "limiters", f.limiters.LIMIT_AREA, _places, whole=True),
    "hits": PolicyState("cache hits", "caches", f.caches.CACHE_HITS, looks=f.caches.CACHE_LOOKS, share=True),
}
"""Of services, each by its key in the data: the rows of its family are those of entities with that ``service``."""
STRIPS: Mapping[str, PolicyState] = {
    "breakers": GUARDS._replace(title="breakers engaged"),
    "guards": GUARDS._replace(title="other guards engaged"),
    **{key: OF_SERVICES[key] for key in OF_SERVICES if key != "wanted"},
}
"""What has a strip of its own, over the whole system, where a scenario has it."""


def of_service(records: Sequence[Record], service: int, frames: Frames) -> dict[str, Any]:
    """The series of a service, packed, by key: those that it has."""
    found = {}
    for key, state in OF_SERVICES.items():
        rows = _rows(records[0].network, key, state, service)
        if rows:
            found[key] = _series(records, state, rows, frames)
    return found


def of_link(records: Sequence[Record], edges: Sequence[int], frames: Frames) -> dict[str, Any]:
    """The share of guards engaged of the calls of a link, packed, by the key under which they are declared."""
    found: dict[str, set[int]] = {}
    for guard in records[0].network.guards:
        if guard.edge in edges:
            found.setdefault(guard.slot, set()).add(guard.owner)
    return {slot: _series(records, GUARDS, sorted(rows), frames) for slot, rows in sorted(found.items())}


def of_system(records: Sequence[Record], frames: Frames) -> dict[str, Floats]:
    """The series of the whole system by key, each (replications, frames): those that it has; for strips."""
    found = {}
    for key, state in STRIPS.items():
        rows = _rows(records[0].network, key, state, None)
        if rows:
            found[key] = _divided(*_parts(records, state, rows, frames))
    return found


def _rows(network: Network, key: str, state: PolicyState, service: int | None) -> list[int]:
    """The rows of a family that count; of balancers those that eject, of guards those that have a state."""
    entities: Sequence[Any] = getattr(network, state.family)
    return [
        row
        for row, one in enumerate(entities)
        if service in {None, getattr(one, "service", None)}
        and (key != "ejected" or one.outliers >= 0)
        and (state.family != "guards" or (one.states and (one.slot == "breaker") == (key == "breakers")))
    ]


def _parts(records: Sequence[Record], state: PolicyState, rows: Sequence[int], frames: Frames) -> tuple[Floats, Floats]:
    """What is counted, and of how much it is a part, each (replications, frames)."""
    each = np.array([state.each(records[0].network, row) for row in rows])
    counted, of = [], []
    for record in records:
        table = record.tables[state.family][:, list(rows)]
        column = frames.summed(table[:, :, state.column]).astype(np.float64)
        if state.looks >= 0:
            counted.append(column.sum(axis=1))
            of.append(frames.summed(table[:, :, state.looks].sum(axis=1)).astype(np.float64))
        else:
            counted.append(column.sum(axis=1) if state.whole else (column / each).sum(axis=1))
            of.append(frames.seconds * SECOND * (each.sum() if state.whole else 1.0))
    return np.array(counted), np.array(of)


def _series(records: Sequence[Record], state: PolicyState, rows: Sequence[int], frames: Frames) -> dict[str, Any]:
    """Of all replications together, packed; nan where there is nothing to share."""
    counted, of = (part.sum(axis=0) for part in _parts(records, state, rows, frames))
    return pack(_divided(counted, of), SHARE_STEP if state.share else None)


def _divided(part: Floats, whole: Floats) -> Floats:
    share: Floats = np.divide(part, whole, out=np.full(part.shape, np.nan), where=whole > 0)
    return share
