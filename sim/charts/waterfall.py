r"""The waterfall of one trace: everything that one request caused, each thing below its cause.

    front.buy        |---[==============]---|          caller waits, callee works
      back.pay           |--[////|=====]--|            waits in the queue, then works
      order.placed           |--........>              a message, until all have handled it
        mail.send                   [===]

Runs are the same whenever they are repeated, so the trace is taken from a replication run again with its event log on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from sim.charts.marks import FaultWindow, fault_windows, figure_of, finish, legend, shade_faults
from sim.charts.palette import OKABE_ITO, readable, theme
from sim.charts.style import axes_for, halo, style
from sim.charts.subject import Side, sides
from sim.charts.text import SMALLEST, fitted, inches, title, width_of, wrapped
from sim.charts.trace import Span, Trace, failed, rows_of, trace_of, traces
from sim.engine import run_once
from sim.stats.figures import format_value

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from sim.engine import EngineName
    from sim.record.record import Record

SECOND = 1e9
LOG_MAX = 4_000_000
"""Rows of the event log (32 bytes each) that a replication is run again with."""
FACTS_EACH = 4
"""Rows that an event writes at most, about."""
SPANS_MAX = 60
LEGEND_ROW, LEGEND_WIDTH = 14.0, 180.0
"""Points that an entry of the legend takes, up and across."""
LEAST_ROW = 11.0
"""Points: a row must hold its name."""
FAILED = OKABE_ITO[6]
NAMES_SHARE = 0.36
INDENT = 9.0
ORPHAN = 0.4
"""Opacity of work that nobody waits for any more."""


def plot(
    subject: Any,
    ax: Axes | None = None,
    *,
    trace: int | Literal["slowest", "typical"] = "slowest",
    flow: str = "",
    replication: int = 0,
    side: int = 0,
    engine: EngineName | None = None,
) -> Axes:
    """Draw one trace of a result, or of one side of a comparison (``side`` 0 or 1); returns the axes.

    ``trace``: its number (0 is the first arrival), or the one with the ``slowest`` or the ``typical`` (median) answer of
    those that the log holds, of one ``flow`` or of all. The ``replication`` is run again unless its record has a log.
    """
    one, own = sides(subject)[side], ax is None
    record = logged(one, replication, engine or str(getattr(_half(subject, side), "engine", "auto")))
    found = trace_of(record, trace if isinstance(trace, int) else _chosen(record, trace, flow))
    rows = rows_of(found)
    with style():
        ax = axes_for(ax, size=(9.0, 2.1 + 0.2 * min(SPANS_MAX, len(rows))))
        wide, high = (72.0 * part for part in inches(ax))
        entries = _legend(one.look.colour, [span for span, _ in rows])
        high -= LEGEND_ROW * max(0, -int(-len(entries) * LEGEND_WIDTH // wide) - 1)
        drawn = rows[: max(1, min(SPANS_MAX, int(high / LEAST_ROW)))]
        length = max((found.end - found.begin) / SECOND, 1e-9)
        ax.set_xlim(-0.01 * length, 1.16 * length)
        ax.set_ylim(len(drawn) - 0.4, -0.8)
        ax.set_yticks([])
        shade_faults(ax, _windows(one, found), 1.0)
        names = _names(ax, drawn)
        ax.grid(visible=False, axis="y")
        for at, (span, _) in enumerate(drawn):
            _span(ax, at, span, found, one.look.colour)
        if found.replied >= 0:
            answered: dict[str, Any] = {"color": theme().ink, "linewidth": 1.0, "linestyle": (0, (4, 2)), "zorder": 1}
            ax.axvline((found.replied - found.begin) / SECOND, **answered)
        ax.xaxis.set_major_formatter(lambda value, _at: format_value(value, "s"))
        label = f"time since the client's call at {format_value(found.begin / SECOND, 's', 6)}"
        ax.set_xlabel(wrapped(label, max(72.0, wide - names), 9.0))
        took = "no answer"
        if found.replied >= 0:
            took = f"{found.outcome} after {format_value((found.replied - found.begin) / SECOND, 's')}"
        cut = f" (the first {len(drawn)} of {len(rows)} spans)" if len(rows) > len(drawn) else ""
        title(ax, f"Trace {found.number}, {found.flow}: {took}{cut}", less=names)
        legend(ax, entries, less=names)
        lost = f"; the log holds the first {format_value(float(record.log[-1, 0]) / SECOND, 's')}" if record.log_lost else ""
        bad = [span for span, _ in rows if failed(span)]
        said = f"Waterfall of trace {found.number} of {found.flow}, {one.label}: {len(rows)} spans, {len(bad)} failed, {took}."
        finish(ax, [one], said, own=own, counted=f"one trace of replication {replication}, n = 1{lost}")
    return ax


def logged(side: Side, replication: int, engine: Any = "auto") -> Record:
    """The record of a replication with its event log: as it is, or run again."""
    if not 0 <= replication < len(side.records):
        raise ValueError(f"there is no replication {replication}; there are {len(side.records)}, the first one is 0")
    record = side.records[replication]
    if len(record.log):
        return record
    rows = min(LOG_MAX, FACTS_EACH * record.events + 1000)
    return run_once(side.network, seed=side.seed, replication=replication, engine=engine, log_facts=rows)


def _half(subject: Any, side: int) -> Any:
    """The result of one side."""
    return (subject.a, subject.b)[side] if hasattr(subject, "a") and hasattr(subject, "b") else subject


def _chosen(record: Record, which: str, flow: str) -> int:
    """The trace with the slowest, or the median, answer."""
    found = traces(record)
    if flow:
        names = [one.name for one in record.network.flows]
        if flow not in names:
            raise ValueError(f"there is no flow '{flow}'; flows: {', '.join(names)}")
        found = found[found[:, 1] == names.index(flow)]
    if not len(found):
        raise ValueError("no request was answered; there is no trace to draw")
    ordered = found[np.lexsort((found[:, 0], found[:, 3]))]
    return int(ordered[-1 if which == "slowest" else len(ordered) // 2, 0])


def _windows(one: Side, found: Trace) -> list[FaultWindow]:
    """The faults while the trace was under way, in seconds since it began."""
    begin, end = found.begin / SECOND, found.end / SECOND
    return [
        FaultWindow(window.name, window.struck, max(window.begin - begin, 0.0), min(window.end, end) - begin)
        for window in fault_windows([one])
        if window.begin < end and window.end > begin
    ]


def _names(ax: Axes, rows: list[tuple[Span, int]]) -> float:
    """Names at the left, indented below their cause; attempts after the first are numbered. Returns their width."""
    most = NAMES_SHARE * 72.0 * float(figure_of(ax).get_size_inches()[0])
    indents = [min(depth * INDENT, most / 2) for _, depth in rows]
    names = [
        fitted(f"{span.name}{f' (attempt {span.attempt})' if span.attempt > 1 else ''}", most - indent)
        for (span, _), indent in zip(rows, indents, strict=True)
    ]
    wide = max(indent + width_of(name, SMALLEST) for indent, name in zip(indents, names, strict=True))
    for at, (name, indent) in enumerate(zip(names, indents, strict=True)):
        place: dict[str, Any] = {"xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        words: dict[str, Any] = {"va": "center", "ha": "left", "fontsize": SMALLEST, "annotation_clip": False}
        ax.annotate(name, (0.0, at), (indent - wide - 6.0, 0.0), **place, **words)
    return wide


def _span(ax: Axes, at: int, span: Span, found: Trace, colour: str) -> None:
    """One row: the caller's wait as a line, the queue hatched, the service solid; a bad end in words."""
    now = theme()

    def seconds(time: int) -> float:
        return (time - found.begin) / SECOND

    end = span.settled if span.settled >= 0 else span.ended if span.kind == "delivery" and span.ended >= 0 else found.end
    dashes: Any = (0, (2, 1.5)) if span.kind == "message" else "-"
    ax.plot([seconds(span.sent), seconds(end)], [at, at], color=now.quiet, linewidth=1.1, linestyle=dashes, zorder=2)
    ax.plot([seconds(span.sent)], [at], marker="|", markersize=6, color=now.quiet, zorder=2)
    if span.settled >= 0:
        ax.plot([seconds(span.settled)], [at], marker="|", markersize=6, color=now.quiet, zorder=2)
    if span.kind == "message":
        if span.started >= 0:
            ax.plot([seconds(span.started)], [at], marker="D", markersize=5, color=colour, zorder=4)
    else:
        left = span.arrived if span.arrived >= 0 else span.started
        stop = span.ended if span.ended >= 0 else found.end
        begin = span.started if span.started >= 0 else stop
        bar: dict[str, Any] = {"height": 0.56, "zorder": 3}
        if 0 <= left < begin:
            queue: dict[str, Any] = {"facecolor": now.paper, "edgecolor": now.quiet, "hatch": "//////", "linewidth": 0.6}
            ax.barh(at, seconds(begin) - seconds(left), left=seconds(left), **queue, **bar)
        wanted = min(stop, max(begin, end)) if span.kind in {"call", "branch"} else stop
        if span.started >= 0:
            ax.barh(at, seconds(wanted) - seconds(begin), left=seconds(begin), color=colour, linewidth=0, **bar)
            ax.barh(at, seconds(stop) - seconds(wanted), left=seconds(wanted), color=colour, alpha=ORPHAN, linewidth=0, **bar)
    if failed(span):
        last = seconds(max(end, span.ended))
        ax.plot([seconds(end)], [at], marker="X", markersize=7, color=FAILED, markeredgecolor=now.paper, zorder=5)
        text: dict[str, Any] = {"textcoords": "offset points", "va": "center", "fontsize": SMALLEST, "zorder": 6}
        ax.annotate(span.outcome, (last, at), (7, 0), color=readable(FAILED), path_effects=halo(), **text)


def _legend(colour: str, spans: list[Span]) -> list[tuple[Any, str]]:
    """What the marks mean, as far as they occur."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    now = theme()
    hatched: dict[str, Any] = {"facecolor": now.paper, "edgecolor": now.quiet, "hatch": "//////", "linewidth": 0.6}
    message: dict[str, Any] = {"marker": "D", "markersize": 5, "linestyle": (0, (2, 1.5))}
    cross: dict[str, Any] = {"marker": "X", "markersize": 7, "markeredgecolor": now.paper, "linestyle": "none"}
    orphans = any(span.kind in {"call", "branch"} and span.ended > span.settled >= 0 for span in spans)
    entries: list[tuple[Any, str, bool]] = [
        (Line2D([], [], color=now.quiet, linewidth=1.1, marker="|", markersize=6), "caller waits", True),
        (Patch(**hatched), "in the queue", any(0 <= span.arrived < span.started for span in spans)),
        (Patch(facecolor=colour), f"in service{' (pale: nobody waits)' if orphans else ''}", True),
        (Line2D([], [], color=colour, **message), "message, appended", any(span.kind == "message" for span in spans)),
        (Line2D([], [], color=FAILED, **cross), "failed", any(map(failed, spans))),
        (Line2D([], [], color=now.ink, linewidth=1.0, linestyle=(0, (4, 2))), "answer to the client", True),
    ]
    return [(handle, label) for handle, label, there in entries if there]
