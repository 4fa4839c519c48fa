r"""How long a backlog takes to work off: what waits at a place, by the highest rate at which that place was seen to work.

    waiting    840 messages                       rate   /--\        drain rate: highest over five windows in a row
    / rate      70 a second                       ______/    \___    of the mean over the replications
    = 12 s of work, of the place that has most

A place is a service, with the requests in its queues and those it answered well, or a consumer group, with the messages not
yet committed and those it applied. Nothing is taken from what is declared: a place that never had all hands full may be faster
than was seen, and then its backlog is shorter work than it says. Places work side by side, so the slowest one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from sim.charts.series import SECOND, Floats, edges_of
from sim.record import fields as f
from sim.record.outcomes import OK

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.record.record import Record

RATE_WINDOWS = 5
"""Windows in a row over which a rate is taken: one alone is chance."""


@dataclass(frozen=True)
class Work:
    """What waits, as time: of each window the place that has most.

    Attributes:
        seconds: how long its backlog takes to work off, shape (windows,); inf where it was never seen to work.
        names: of the services, then of the groups.
        places: which of them, shape (windows,).
        rates: how many a second each was seen to do.
    """

    seconds: Floats
    names: tuple[str, ...]
    places: tuple[int, ...]
    rates: tuple[float, ...]


def work_of(records: Sequence[Record]) -> Work:
    """Return the backlog as seconds of work, by means over the replications."""
    network = records[0].network
    width = np.diff(edges_of(network))[:, None]
    levels = _mean(records, f.services.SERVICE_WAITING_AREA, f.groups.GROUP_LAG_AREA) / (width * SECOND)
    rates = _highest(_mean(records, f.services.SERVICE_ENDED + OK, f.groups.GROUP_APPLIED), width)
    with np.errstate(divide="ignore", invalid="ignore"):
        seconds = np.where(levels > 0.0, levels / rates, 0.0)
    names = (*(one.name for one in network.services), *(one.name for one in network.groups))
    return Work(seconds.max(axis=1), names, tuple(seconds.argmax(axis=1).tolist()), tuple(rates.tolist()))


def _mean(records: Sequence[Record], of_service: int, of_group: int) -> Floats:
    """Means over the replications of a count of services and one of groups, shape (windows, places)."""
    rows = [np.concatenate([one.services[:, :, of_service], one.groups[:, :, of_group]], axis=1) for one in records]
    mean: Floats = np.mean(rows, axis=0)
    return mean


def _highest(done: Floats, width: Floats) -> Floats:
    """The highest rate over some windows in a row, shape (places,)."""
    row = min(RATE_WINDOWS, len(done))
    total, time = (np.concatenate([np.zeros((1, one.shape[1])), one.cumsum(axis=0)]) for one in (done, width))
    rates: Floats = ((total[row:] - total[:-row]) / (time[row:] - time[:-row])).max(axis=0)
    return rates
