r"""Percentiles of latency: how long it takes at most, for ever rarer requests; the counterpart of the tail.

    s |             ,---  for ever: more than that share failed
      |         _,-'      - - - objective: p99 < 300 ms
      |  __,,-''
      +---------------------->
        p50  p90  p95  p99  p99.9

Failed requests count as infinitely long, so the curve of a design that sheds load ends early instead of looking fast. A curve
is the mean over the replications of each one's percentile, as in the tables; within a bucket values are taken as spread evenly.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.caption_figures import CLIENT, Of
from sim.charts.notes import Note
from sim.charts.palette import theme
from sim.charts.tails import of_latency
from sim.charts.text import inches
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

    from sim.charts.subject import Side

MARKS = (0.5, 0.9, 0.95, 0.99, 0.999, 0.9999)
CROWDED, ROOMY = 0.9, 80.0
"""The mark that is left out where a nine has fewer points than that."""
RARE = 10
"""Requests that must lie beyond the last percentile shown."""
STEPS = 240
LIMIT = "limit of an objective"


def plot(
    subject: Any,
    ax: Axes | None = None,
    *,
    flow: str | Collection[str] | None = None,
    of: Of = "replies",
    **line: Any,
) -> Axes:
    """Draw latency by percentile, of a result or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. ``of``: ``replies`` for the client's wait,
    ``completions`` for the whole business flow. Limits that objectives set to what is drawn are marked.
    """
    with of_latency(subject, ax, flow, of, " by percentile") as panel:
        ax = panel.ax
        rarest = _rarest(panel.tails)
        at = 1.0 - np.geomspace(1.0, 1.0 - rarest, STEPS)
        ax.set_yscale("log")
        ax.set_xlim(_place(0.0), _place(rarest))
        bottom, top = np.inf, 0.0
        for side, tail in panel.each():
            each = np.array([quantiles(tail, row, at) for row in range(len(tail.above))])
            band = series.band(each)
            panel.entries.append((_draw(ax, side, at, each, **line), side.label))
            known = band.mean[np.isfinite(band.mean)]
            bottom, top = min(bottom, known.min(initial=np.inf)), max(top, known.max(initial=0.0))
            ends = np.flatnonzero(np.isfinite(each).all(axis=0))
            if len(ends) and ends[-1] < len(at) - 1:
                level = float(np.mean(tail.failed))
                height = float(band.mean[ends[-1]])
                last = _place(float(at[ends[-1]]))
                panel.notes.append(Note(f"beyond: {format_value(level, 'share')} failed", last, height, side.look.colour))
                ax.plot([last], [height], marker="^", color=side.look.colour, markersize=8, zorder=6)
        bottom, top = (bottom, top) if np.isfinite(bottom) and top else (1e-3, 1.0)
        limits = _limits(panel.sides, flow, of, rarest)
        ax.set_ylim(max(bottom / 1.5, 1e-9), 1.6 * max([top, *(limit for _, limit, _ in limits)]))
        for share, limit, text in limits:
            bar: dict[str, Any] = {"marker": "_", "markersize": 16, "markeredgewidth": 2.2, "linestyle": "none"}
            drawn = ax.plot([_place(share)], [limit], color=theme().ink, zorder=5, **bar)[0]
            panel.notes.append(Note(text, _place(share), limit, theme().ink, above=True))
            panel.entries = [*(entry for entry in panel.entries if entry[1] != LIMIT), (drawn, LIMIT)]
        nine = 72.0 * inches(ax)[0] / (_place(rarest) - _place(0.0))
        marks = [mark for mark in MARKS if mark <= rarest and (mark != CROWDED or nine >= ROOMY)]
        ax.set_xticks([_place(mark) for mark in marks], [f"p{100 * mark:g}" for mark in marks])
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, "s"))
        ax.set_xlabel("percentile of all requests")
        ax.set_ylabel("at most")
    return panel.ax


def quantiles(tail: series.Tail, row: int, shares: series.Floats) -> series.Floats:
    """Duration that a share of all requests stays within, in one replication; inf where more than the rest failed."""
    above = tail.above[row]
    if not len(above):
        return np.full(len(shares), np.inf)
    past = np.searchsorted(-above, -(1.0 - shares), side="left")
    at = np.minimum(past, len(above) - 1)
    before = np.where(at > 0, above[at - 1], 1.0)
    part = np.clip((before - (1.0 - shares)) / np.maximum(before - above[at], 1e-300), 0.0, 1.0)
    found: series.Floats = tail.begins[at] + part * (tail.seconds[at] - tail.begins[at])
    return np.where(past < len(above), found, np.inf)


def _rarest(tails: list[series.Tail]) -> float:
    """The last percentile that is shown: some requests lie beyond it."""
    count = max([tail.count for tail in tails], default=0)
    return next((mark for mark in reversed(MARKS) if count * (1.0 - mark) >= RARE), MARKS[2])


def _place(share: float) -> float:
    """Where a share stands: each nine is as wide as the one before."""
    return float(-np.log10(1.0 - share))


def _draw(ax: Axes, side: Side, at: series.Floats, each: series.Floats, **line: Any) -> Any:
    """Mean and band, as far as every replication has a value."""
    known = np.isfinite(each).all(axis=0)
    band = series.band(each[:, known])
    where = [_place(float(share)) for share in at[known]]
    look = side.look
    ax.fill_between(where, np.maximum(band.low, 1e-9), band.high, color=look.colour, alpha=0.22, linewidth=0)
    settings: dict[str, Any] = {"color": look.colour, "linestyle": look.line, "zorder": 3, **line}
    return ax.plot(where, band.mean, **settings)[0]


def _limits(shown: list[Side], flow: Any, of: Of, rarest: float) -> list[tuple[float, float, str]]:
    """The limits that objectives set to what is drawn: share, seconds, and the objective as it is written.

    A curve of all flows together has those of the whole system, that of one flow its own, that of some flows none.
    """
    wanted: set[str] = set()
    for network in (side.network for side in shown):
        drawn = series.flow_numbers(network, flow)
        wanted |= {""} if len(drawn) == len(network.flows) else set()
        wanted |= {network.flows[drawn[0]].name} if len(drawn) == 1 else set()
    found: dict[tuple[float, float, str], None] = {}
    for objective in (one for side in shown for one in side.network.scenario.objectives):
        family, _, detail = objective.metric.partition(".p")
        if family != CLIENT[of] or not detail or objective.unit != "duration":
            continue
        if objective.subject in wanted and float(detail) / 100.0 <= rarest:
            found[float(detail) / 100.0, objective.limit / series.SECOND, str(objective)] = None
    return list(found)
