"""Files of version 1: their histograms are coarser, and of what was still open they know how much, not for how long.

    smallest, largest    the bounds of the first and the last bucket
    still open           as many as the levels say, open for 0 ns at least: so they may have ended at any time, or never
    limits               nothing was counted exactly
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.record import fields as f
from sim.record.tallies import Tallies
from sim.saved.layout import OLD_BUCKETS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.saved.results import Reader

    Arrays = dict[str, NDArray[np.int64]]

EXTREMES = {
    "replies": (f.flows.FLOW_REPLY_LEAST, f.flows.FLOW_REPLY_MOST),
    "completions": (f.flows.FLOW_COMPLETION_LEAST, f.flows.FLOW_COMPLETION_MOST),
}
OPEN = {"requests_open": f.flows.LEVEL_REQUESTS, "flows_open": f.flows.LEVEL_TRACES}


def with_what_came_later(
    reader: Reader, tables: Arrays
) -> tuple[Arrays, Arrays, dict[str, list[Tallies]], NDArray[np.int64]]:
    """Return the tables of a file of version 1, what is inside, its histograms and its limits, in this version's form."""
    histograms = {name: reader.histograms(name) for name in EXTREMES}
    flows = tables["flows"].copy()
    for name, (least, most) in EXTREMES.items():
        for number, tallies in enumerate(histograms[name]):
            first, last = tallies.ends()
            low, high = tallies.bounds()
            flows[number, tallies.windows, tallies.flows, least] = low[first]
            flows[number, tallies.windows, tallies.flows, most] = high[last]
    for name, level in OPEN.items():
        histograms[name] = [_of_no_age(levels[:, level], reader.network.windows - 1) for levels in tables["flow_levels"]]
    groups = tables["group_levels"]
    of_groups = [f.groups.LEVEL_LAG, f.groups.LEVEL_CONSUMING, f.groups.LEVEL_RESTING, f.groups.LEVEL_UNHANDLED]
    inside = {
        "services": reader.inside("services"),
        "groups": groups[:, :, of_groups],
        "edges": tables["edge_levels"][:, :, [f.edges.LEVEL_AWAITED]],
        "flows": tables["flow_levels"][:, :, [f.flows.LEVEL_REQUESTS, f.flows.LEVEL_TRACES]],
        "effects": tables["effect_levels"][:, :, [f.effects.LEVEL_PENDING, f.effects.LEVEL_UNTOLD]],
    }
    limits = np.zeros((reader.count, reader.network.windows, 0, f.limits.LIMIT_FIELDS), dtype=np.int64)
    return {**tables, "flows": flows}, inside, histograms, limits


def _of_no_age(counts: NDArray[np.int64], window: int) -> Tallies:
    """A histogram of so many values of each flow, all of them 0, in one window."""
    rows = [(window, flow, 0, count) for flow, count in enumerate(counts.tolist()) if count]
    return Tallies.of_rows(np.array(rows, dtype=np.int64).reshape(-1, 4), OLD_BUCKETS)
