r"""Replicas over time, where they come and go: how many are ready, and how many are wanted.

    |        ,....    ...... wanted: what the autoscaler, or the deploy, has decided
    |    ...: /       ______ ready: started up, neither down nor being replaced
    |___:____/
    +--------------------> time

The curves are means over each window, of all services together that have an autoscaler or are deployed; between them lie the
start-ups. How often the number wanted was raised and lowered is said in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.two_levels import TwoLevels
from sim.record.fields.scalers import SCALER_LOWERED, SCALER_RAISED, SCALER_READY_AREA, SCALER_WANTED_AREA
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from sim.charts.series import Floats


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw the replicas that are ready and wanted of a result, or of both sides of a comparison; returns the axes."""
    return REPLICAS.plot(subject, ax, **line)


def _said(counted: Callable[[int], float], ready: Floats) -> str:
    """A side in words."""
    least, most = (format_number(float(pick(ready))) for pick in (np.nanmin, np.nanmax))
    raised, lowered = (format_number(counted(column)) for column in (SCALER_RAISED, SCALER_LOWERED))
    return f"{least} to {most} ready in a window; the number wanted was raised {raised} times, lowered {lowered} times in a run"


REPLICAS = TwoLevels(
    title="Replicas that come and go",
    label="replicas",
    none="no replicas come and go",
    family="scalers",
    dotted=(SCALER_WANTED_AREA, "wanted"),
    drawn=(SCALER_READY_AREA, "ready"),
    said=_said,
)
