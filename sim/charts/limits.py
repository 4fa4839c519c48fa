r"""Concurrency limits over time: how many requests a replica lets be in flight, and how many are.

    |  _____          ______ the limit, as it learns
    | /     \____
    |/........:..:....:..... in flight, waiting or at work
    +--------------------> time

The curves are means over each window and over all replicas of services with a limit; where replicas come and go, over as many
as there may be. Where they touch, requests are turned away. How many were let in, and how often the limit was set anew, is said
in words.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts.two_levels import TwoLevels
from sim.metrics.at_replicas import limited_replicas
from sim.record.fields.limiters import IN_FLIGHT_AREA, LIMIT_AREA, LIMITER_ADMITTED, LIMITER_LEARNT
from sim.stats.figures import format_number

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes

    from sim.charts.series import Floats


def plot(subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
    """Draw limit and requests in flight of a result, or of both sides of a comparison; returns the axes."""
    return LIMITS.plot(subject, ax, **line)


def _said(counted: Callable[[int], float], limit: Floats) -> str:
    """A side in words."""
    least, most = (format_number(float(pick(limit))) for pick in (np.nanmin, np.nanmax))
    times = f"set anew {format_number(counted(LIMITER_LEARNT))} times"
    admitted = format_number(counted(LIMITER_ADMITTED))
    return f"a limit of {least} to {most} in a window, {times}; {admitted} requests let in, in a run"


LIMITS = TwoLevels(
    title="Concurrency limits",
    label="requests, a replica",
    none="no service has a concurrency limit",
    family="limiters",
    dotted=(IN_FLIGHT_AREA, "in flight"),
    drawn=(LIMIT_AREA, "limit"),
    said=_said,
    each=lambda record: limited_replicas(record, range(len(record.network.limiters))),
)
