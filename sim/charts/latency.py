r"""The tail of latency: which share of all requests took longer than so long, both scales logarithmic.

    share   1 |~~~~~\
          10 % |      \________________  ends at the share that failed: they took for ever
           1 % |       '-.
        0.1 % |           '-.
              +----------------------> duration

Failed requests do not vanish: a failure counts as longer than anything, so a curve ends at the level of its failed share. A
curve is the mean over the replications of the share that took longer; where it crosses 50 % is not quite the mean of their
medians, which is what tables and the words beside the chart state.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.notes import Note
from sim.charts.palette import theme
from sim.charts.tails import of_latency
from sim.charts.text import SMALLEST
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from collections.abc import Collection

    from matplotlib.axes import Axes

    from sim.charts.caption_figures import Of
    from sim.charts.subject import Side

SHARE_LEAST = 1e-5
QUANTILES = ((0.5, "p50"), (0.05, "p95"), (0.01, "p99"))


def plot(
    subject: Any,
    ax: Axes | None = None,
    *,
    flow: str | Collection[str] | None = None,
    of: Of = "replies",
    **line: Any,
) -> Axes:
    """Draw the latency tail of a result, or of both sides of a comparison; returns the axes.

    ``flow``: name or names of the flows counted; all by default. ``of``: ``replies`` for the client's wait,
    ``completions`` for the whole business flow. Further keywords go to the lines.
    """
    with of_latency(subject, ax, flow, of) as panel:
        ax = panel.ax
        ax.set_xscale("log")
        ax.set_yscale("log")
        least, low, high = _limits(panel.tails)
        ax.set_ylim(least, 1.0)
        ax.set_xlim(low, high)
        for side, tail in panel.each():
            panel.entries.append((_draw(ax, side, tail, (least, high), **line), side.label))
            level = float(np.mean(tail.failed))
            if level >= least:
                panel.notes.append(Note(f"{format_value(level, 'share')} failed", high, level, side.look.colour, above=True))
        for share, name in QUANTILES:
            ax.axhline(share, color=theme().quiet, linewidth=0.6, linestyle=(0, (1, 3)), zorder=1)
            ax.annotate(
                name,
                (0.0, share),
                (3, 2),
                xycoords=("axes fraction", "data"),
                textcoords="offset points",
                fontsize=SMALLEST,
                color=theme().quiet,
                ha="left",
            )
        ax.xaxis.set_major_formatter(lambda value, _at: format_value(value, "s"))
        ax.yaxis.set_major_formatter(lambda value, _at: format_value(value, "share"))
        ax.set_xlabel("longer than (failed requests: for ever)")
        ax.set_ylabel("share of all requests")
    return panel.ax


def _limits(tails: list[series.Tail]) -> tuple[float, float, float]:
    """Lowest share, shortest and longest duration shown."""
    answers = max([int(tail.count) for tail in tails], default=0)
    least = max(SHARE_LEAST, 10.0 ** np.floor(np.log10(10.0 / max(answers, 100))))
    ends = [tail for tail in tails if len(tail.seconds)]
    if not ends:
        return least, 1e-3, 1.0
    longest = max(float(tail.seconds[-1]) for tail in ends)
    return float(least), min(float(tail.seconds[0]) for tail in ends) / 1.3, longest * 2.0


def _draw(ax: Axes, side: Side, tail: series.Tail, limits: tuple[float, float], **line: Any) -> object:
    """One curve with its band; where requests failed it goes on level to the edge, with an arrow."""
    least, right = limits
    band = series.band(tail.above)
    look = side.look
    settings: dict[str, Any] = {"color": look.colour, "linestyle": look.line, "zorder": 3, **line}
    seconds = np.concatenate([[1e-9], tail.seconds])
    mean = np.concatenate([[1.0], band.mean])
    low, high = np.concatenate([[1.0], band.low]), np.concatenate([[1.0], band.high])
    level = float(np.mean(tail.failed))
    if level >= least:
        seconds = np.append(seconds, right)
        mean, low, high = (np.append(values, values[-1]) for values in (mean, low, high))
    floor = least / 10.0
    ax.fill_between(
        seconds, np.maximum(low, floor), np.maximum(high, floor), color=look.colour, alpha=0.22, linewidth=0, step="post"
    )
    drawn = ax.step(seconds, np.maximum(mean, floor), where="post", **settings)[0]
    if level >= least:
        ax.plot([right], [level], marker=">", color=look.colour, markersize=8, clip_on=False, zorder=6, linestyle="none")
    return drawn
