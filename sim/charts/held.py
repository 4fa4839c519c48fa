r"""What is held by nobody over time: handlers that hang, workers and connections that leak.

    |        ____     ______ hung: handlers that hang, each with its worker
    |    ___/   |     ...... leaked workers       _ _ _ leaked connections
    |___/.......|___
    +--------------------> time

The curves are means over each window, of all services and stores together; one that no fault can raise is not drawn. How many
there were in all is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.metrics.taken_by_nobody import hangs_of, pools_of, stores_of, workers_of
from sim.record.fields.hangs import HANG_AREA, HANG_BEGUN, HANGS
from sim.record.fields.leaks import LEAK_AREA, LEAK_LOST, LEAKS
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from sim.network import Network
    from sim.record.record import Record

NONE = "nothing hangs and nothing leaks"


def _connections(network: Network) -> list[int]:
    return [*pools_of(network), *stores_of(network)]


CURVES: tuple[tuple[str, str, int, int, Callable[[Network], list[int]], str], ...] = (
    ("hung", HANGS.name, HANG_AREA, HANG_BEGUN, hangs_of, "-"),
    ("leaked workers", LEAKS.name, LEAK_AREA, LEAK_LOST, workers_of, ":"),
    ("leaked connections", LEAKS.name, LEAK_AREA, LEAK_LOST, _connections, "-."),
)
"""Of each curve its words, its family with the area and the counter of all, its rows, and its line."""


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw what is held by nobody in a result, or on both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "handlers, workers, connections", "least": 1.0, "empty": NONE}
    with over_time(subject, ax, "Held by nobody", ", all services and stores", **settings) as panel:
        for side in panel.sides:
            said = []
            for words, family, area, begun, rows_of, dashes in CURVES:
                rows = rows_of(side.records[0].network)
                if rows:
                    band = series.band(number_of(side.records, family, area, rows))
                    panel.draw(side, band, words, **{"linestyle": dashes, **line})
                    count = float(np.mean([record.tables[family][:, rows, begun].sum() for record in side.records]))
                    said.append(f"{format_number(count)} {words}")
            panel.say(side, f"{', '.join(said)} in a run" if said else NONE)
    return panel.ax


def number_of(records: Sequence[Record], family: str, area: int, rows: Sequence[int]) -> series.Floats:
    """Mean number in each window, of some rows together, (n, windows)."""
    width = np.diff(series.edges_of(records[0].network)) * series.SECOND
    areas = np.array([record.tables[family][:, list(rows), area].sum(axis=1) for record in records])
    numbers: series.Floats = areas / width
    return numbers
