r"""Goodput against offered load: the ideal line, the knee, and whether the way down is the way up.

    /s |        .' ideal
       |      .'__________  load going up
       |    .'  /////////
       |  .'  ^ \________  load coming down: the area between is what is missing, hysteresis
       |.'    knee
       +-----------------------> offered (/s)

Of a sweep over a load: its curves and knees. Of a result, or of both sides of a comparison, whose load goes up a staircase
and down again (`sim.judgements.hysteresis`): both ways, with the verdict on the area between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.charts.marks import figure_of, finish, footer, legend
from sim.charts.notes import Note, place
from sim.charts.palette import Look, look_number, look_of, theme
from sim.charts.style import axes_for, blank_figure, style
from sim.charts.subject import Side, sides
from sim.charts.swept import finish_sweep
from sim.charts.text import title
from sim.judgements.hysteresis import chosen, hysteresis_of, staircases, twice_as_long
from sim.stats.figures import format_interval, format_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from sim.scenario.scenario import Scenario
    from sim.stats.intervals import Estimate
    from sim.stats.knee import Hysteresis, Knee

OF = ("result", "comparison", "sweep")
RUNS = {"doubled": twice_as_long}
CURVES_MAX = 8
DOWN, THIN = "v", 1.1
"""Marker and width of a way down."""
NOTE = "ringed: the knee, the last load that goodput follows within 5 %"
HYSTERESIS_NOTE = "measured over the second half of each step"
THIN_SHARE = 0.15
"""Of the highest load: an area that is nowhere higher has no room for words."""
WIDTH, TALL = 6.6, (4.6, 5.0)
"""Inches; a figure of two ways is higher than one of curves."""
ROWS_USUAL, ROW = 2, 13.0
"""Rows of a legend that are always reckoned with, and points of each row more, or of a second line of the title."""


NOT_BOTH = "x is for sweeps, flow and doubled are for runs whose load goes up and down; leave out the others"


@dataclass(frozen=True)
class Curve:
    """What is drawn of one scenario.

    Attributes:
        label: what the legend calls it.
        look: of its architecture, or of its number.
        knee: goodput at each load, going up, and its knee.
        said: the curve in words.
        down: goodput at each load, coming down; () where the load only goes up.
        verdict: what is written beside the area between both.
    """

    label: str
    look: Look
    knee: Knee
    said: str
    down: tuple[Estimate, ...] = ()
    verdict: str = ""


def check(scenario: Scenario, *, flow: str = "", x: str = "", **_others: Any) -> None:
    """Raise ``ValueError`` for a scenario that is no sweep, and whose load does not go up and down again."""
    if x:
        raise ValueError(NOT_BOTH)
    try:
        chosen(scenario, flow)
    except ValueError as error:
        remedy = f"--over workload.{flow or next(iter(scenario.workload))}.arrivals.rate=20/s,40/s,80/s"
        raise ValueError(f"{error}; or sweep a load: {remedy}") from None


def plot(subject: Any, ax: Axes | None = None, *, x: str = "", flow: str = "", doubled: Any = None) -> Axes:
    """Draw the goodput of a flow over its offered load; returns the axes.

    Of a sweep, a curve for each variant and each setting of other axes; ``x``: the axis that is the load, when there are
    several. Of a result or a comparison, the way up and the way down; ``flow``: the one whose load it is, when there are
    several; ``doubled``: the same run with twice the time at each load (`sim.judgements.hysteresis.twice_as_long`), which tells
    metastable from slow. Raises as ``Sweep.load_curves`` and ``Result.load_hysteresis`` do.
    """
    own, swept = ax is None, hasattr(subject, "load_curves")
    if (flow or doubled is not None) if swept else x:
        raise ValueError(NOT_BOTH)
    shown = [] if swept else sides(subject)
    curves, what = _of_sweep(subject, x) if swept else _of_sides(shown, flow, doubled)
    with style():
        ax = axes_for(ax, size=(WIDTH, TALL[0] if swept else TALL[1]))
        entries = [(_curve(ax, curve), curve.label) for curve in curves]
        notes = [*_knees(ax, curves), *(note for curve in curves for note in _verdict(curve))]
        most = max(curve.knee.loads[-1] for curve in curves)
        ideal = ax.plot([0.0, most], [0.0, most], color=theme().quiet, linewidth=1.0, linestyle=(0, (1, 2)), zorder=1)[0]
        entries += [] if swept else [(_hollow(), "hollow: the load coming down again")]
        entries.append((ideal, "ideal: all that is offered"))
        ax.set_xlim(0.0, 1.04 * most)
        ax.set_ylim(0.0, 1.06 * most)
        ax.set_xlabel("offered (/s)")
        ax.set_ylabel("goodput (/s)")
        title(ax, f"Goodput against offered load, {what}")
        lines = ax.get_title(loc="left").count("\n") + legend(ax, entries) - ROWS_USUAL
        place(ax, notes, less=ROW * max(0, lines))
        said = f"Goodput against offered load. {' '.join(curve.said for curve in curves)}"
        if swept:
            finish_sweep(ax, subject, said, own=own, note=_note(curves))
        else:
            finish(ax, shown, said, own=own, note=_note(curves, HYSTERESIS_NOTE))
    return ax


def figures(subject: Any) -> list[Figure]:
    """Return a figure for each load of a result, or of both sides of a comparison, that goes up and down: for reports."""
    shown = sides(subject)
    found = []
    for flow in _shared(shown):
        ax = plot(subject, blank_figure((WIDTH, TALL[1])).add_subplot(), flow=flow)
        footer(figure_of(ax), shown, note=_note(_of_sides(shown, flow, None)[0], HYSTERESIS_NOTE))
        found.append(figure_of(ax))
    return found


def _note(curves: Sequence[Curve], rest: str = "") -> str:
    """What the footer explains: the rings, where there are any, and the rest."""
    return "; ".join(filter(None, [NOTE if any(map(_ringed, curves)) else "", rest]))


def _ringed(curve: Curve) -> bool:
    """Whether a curve has a knee within its loads."""
    return bool(curve.knee.beyond and curve.knee.knee)


def _of_sweep(sweep: Any, x: str) -> tuple[list[Curve], str]:
    """The curves of a sweep, and what they are of."""
    curves = sweep.load_curves(x)
    shown = curves[:CURVES_MAX]
    looks = _looks(sweep, shown)
    cut = f" (the first {len(shown)} of {len(curves)} curves)" if len(curves) > len(shown) else ""
    found = [Curve(one.name, look, one.knee, f"{one}.") for one, look in zip(shown, looks, strict=True)]
    return found, f"flow {shown[0].flow}{cut}"


def _of_sides(shown: Sequence[Side], flow: str, doubled: Any) -> tuple[list[Curve], str]:
    """Both ways of a result or of both sides of a comparison, and what they are of."""
    longer = [()] * len(shown) if doubled is None else [side.records for side in sides(doubled)]
    if len(longer) != len(shown):
        raise ValueError("'doubled' is a result for a result, and a comparison for a comparison")
    name = flow or next(iter(_shared(shown)), "")
    found = []
    for side, twice in zip(shown, longer, strict=True):
        way = hysteresis_of(side.records, name, twice)
        found.append(Curve(side.label, side.look, way.knee, f"{side.label}: {way}.", way.down, _words(way.hysteresis)))
        name = way.flow
    return found, f"flow {name}, up and down again"


def _shared(shown: Sequence[Side]) -> list[str]:
    """The flows whose load goes up and down on all sides."""
    found = [staircases(side.network.scenario) for side in shown]
    return [name for name in found[0] if all(name in other for other in found)]


def _words(found: Hysteresis) -> str:
    """The verdict on hysteresis and its area, in a few words."""
    area = found.area
    sign, what = (-1.0, "more coming down") if area.mean < 0.0 else (1.0, "missing")
    low, high = sorted((sign * area.low, sign * area.high))
    open_ended = not area.estimable or low == high
    size = format_value(abs(area.mean), "share") if open_ended else format_interval(abs(area.mean), low, high, "share")
    return f"{'no hysteresis' if found.state == 'none' else found.state}: {size} {what}"


def _looks(sweep: Any, curves: list[Any]) -> list[Look]:
    """Architectures by their own looks when every curve is one scenario, else a look for each curve."""
    architectures = [sweep.plan.scenarios[curve.variant].architecture for curve in curves]
    if any(curve.settings for curve in curves) or max(map(architectures.count, architectures)) > 2:  # noqa: PLR2004
        return [look_number(number) for number in range(len(curves))]
    return [look_of(one, second=one in architectures[:at]) for at, one in enumerate(architectures)]


def _curve(ax: Axes, curve: Curve) -> Any:
    """Both ways, as far as there are two, and the area between them; returns the way up, for the legend."""
    loads, up, look = curve.knee.loads, curve.knee.goodput, curve.look
    if curve.down:
        means = [[one.mean for one in way] for way in (up, curve.down)]
        ax.fill_between(loads, means[0], means[1], color=look.colour, alpha=0.15, linewidth=0, zorder=1)
        hollow: dict[str, Any] = {"marker": DOWN, "markerfacecolor": theme().paper, "linewidth": THIN, "zorder": 3.5}
        _way(ax, loads, curve.down, look, **hollow)
    return _way(ax, loads, up, look, marker=look.marker, zorder=3)


def _hollow() -> Any:
    """The mark of a way down, for the legend."""
    from matplotlib.lines import Line2D

    return Line2D([], [], color=theme().quiet, marker=DOWN, markersize=4.5, markerfacecolor=theme().paper, linewidth=THIN)


def _way(ax: Axes, loads: Sequence[float], goodput: Sequence[Estimate], look: Look, **more: Any) -> Any:
    """Goodput with its intervals."""
    mean = [one.mean for one in goodput]
    below = [one.mean - one.low if one.estimable else 0.0 for one in goodput]
    above = [one.high - one.mean if one.estimable else 0.0 for one in goodput]
    line: dict[str, Any] = {"color": look.colour, "linestyle": look.line, "markersize": 4.5, "capsize": 2.5, "elinewidth": 1.0}
    return ax.errorbar(loads, mean, yerr=[below, above], **line, **more)


def _knees(ax: Axes, curves: Sequence[Curve]) -> list[Note]:
    """Ring the knees; returns what to write beside them, once where two are the same."""
    notes: dict[float, Note] = {}
    for curve in curves:
        knee, look = curve.knee, curve.look
        if not _ringed(curve):
            continue
        at, height = knee.knee, knee.capacity.mean
        ring: dict[str, Any] = {"marker": "o", "markersize": 13, "markerfacecolor": "none", "markeredgewidth": 1.6}
        ax.plot([at], [height], color=look.colour, zorder=5, **ring)
        ax.plot([at, at], [0.0, height], color=look.colour, linewidth=0.8, linestyle=(0, (2, 3)), zorder=2)
        text = f"knee at {format_value(at, '1/s')}"
        other = notes.get(at)
        colour = look.colour if other is None else theme().ink
        notes[at] = Note(text, at, height if other is None else max(height, other.y), colour, above=True)
    return list(notes.values())


def _verdict(curve: Curve) -> list[Note]:
    """What to write into the area between both ways, in its middle, where it is highest; at its end when it is thin."""
    if not curve.down:
        return []
    ways = list(zip(curve.knee.loads, curve.knee.goodput, curve.down, strict=True))
    at, up, down = max(ways, key=lambda one: abs(one[1].mean - one[2].mean))
    if abs(up.mean - down.mean) < THIN_SHARE * curve.knee.loads[-1]:
        at, up, down = ways[-1]
    return [Note(curve.verdict, at, (up.mean + down.mean) / 2.0, curve.look.colour, above=True)]
