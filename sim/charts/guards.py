r"""Guards over time: the share of callers whose circuit breakers, or other guards, keep calls back.

    |      ____
    |     |    \__
    |_____|       \____      1: every caller's guard is engaged
    +--------------------> time

The curves are means over each window, of all states of the guards of one key: breakers apart from bulkheads. A guard has a
state for each replica that calls. What they refused in the meantime is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time
from sim.record import fields as f
from sim.stats.figures import format_number, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record

NONE = "no call has a guard"
STYLES = ("-", "--", ":", "-.")
"""Lines of the kinds of guards of a side, in their order."""


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the share of engaged guards of a result, or of both sides of a comparison; returns the axes."""
    settings: dict[str, Any] = {"label": "guards engaged", "unit": "share", "least": 1.0, "most": 1.0}
    settings["empty"] = NONE
    with over_time(subject, ax, "Guards that keep calls back", ", all calls", **settings) as panel:
        several = len({slot for side in panel.sides for slot in slots_of(side.records)}) > 1
        for side in panel.sides:
            said = []
            for number, slot in enumerate(slots_of(side.records) or [""]):
                band = series.band(engaged(side.records, slot))
                name = slot.replace("_", " ") if several else ""
                style = {"linestyle": STYLES[number % len(STYLES)]} if several else {}
                panel.draw(side, band, name, **{**style, **line})
                said.append(_said(side.records, slot, band.mean))
            panel.say(side, "; ".join(said))
    return panel.ax


def slots_of(records: Sequence[Record]) -> list[str]:
    """The keys under which guards are declared, breakers first, in one order for all."""
    found = sorted({guard.slot for record in records[:1] for guard in record.network.guards if guard.states})
    return sorted(found, key=lambda slot: slot != "breaker")


def engaged(records: Sequence[Record], slot: str) -> series.Floats:
    """Share of the states of the guards of one key that keep calls back, by window, (n, windows); nan where there are none."""
    network = records[0].network
    rows = [row for row, guard in enumerate(network.guards) if guard.slot == slot]
    states = sum(network.guards[row].states for row in rows)
    width = np.diff(series.edges_of(network)) * series.SECOND
    areas = np.array([record.guards[:, rows, f.guards.GUARD_ENGAGED_AREA].sum(axis=1) for record in records])
    shares: series.Floats = areas / (width * states) if states else np.full(areas.shape, np.nan)
    return shares


def _said(records: Sequence[Record], slot: str, mean: series.Floats) -> str:
    """The guards of one key in words."""
    if not slot:
        return NONE
    rows = [row for row, guard in enumerate(records[0].network.guards) if guard.slot == slot]
    refused = float(np.mean([record.guards[:, rows, f.guards.GUARD_REFUSED].sum() for record in records]))
    most = format_value(float(np.nanmax(mean)), "share")
    name = slot.replace("_", " ")
    return f"{name}: at most {most} engaged in a window, {format_number(refused)} attempts refused in a run"
