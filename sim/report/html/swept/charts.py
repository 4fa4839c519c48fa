"""The charts of a sweep that have something to show, drawn anew for every page.

    one axis          lines         a load, x:rate          load curve
    two axes or more  heat map      a sensitivity design    sensitivity bars

A chart that refuses is left out, and the page says why.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sim.charts.style import release, save
from sim.plots import draw
from sim.report.html import detail
from sim.report.html.folder import FIGURE_BYTES_MAX, Figure, PageError, read_figures
from sim.report.html.swept.view import is_grid
from sim.sweeps.load import load_axis

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.report.html.elements import Html
    from sim.report.html.swept.view import View
    from sim.sweeps.result import Sweep

OF_A_KIND_MAX = 4
"""Pictures of one chart that the page shows unasked: of several metrics, objectives or variants."""
PLANE = 2


@dataclass(frozen=True)
class Picture:
    """A chart with its settings."""

    chart: str
    settings: dict[str, Any] = field(default_factory=dict)


def pictures(sweep: Sweep, metrics: Sequence[str]) -> list[Picture]:
    """The charts that a sweep's axes call for, in the order in which they are shown."""
    axes, variants = sweep.plan.axes, sweep.plan.variants
    if sweep.plan.sample:
        bars = [Picture("sensitivity", {"metric": path, "variant": name}) for path in metrics for name in variants]
        return bars[:OF_A_KIND_MAX]
    if not axes or not is_grid(sweep.plan):
        return []
    if len(axes) < PLANE:
        found = [Picture("lines", {"metric": path}) for path in metrics]
    else:
        asked = [str(one) for one in sweep.points[0].scenario.objectives]
        shown = [{"objective": text} for text in asked] or [{"metric": metrics[0]}]
        found = [Picture("heatmap", {**what, "variant": name}) for what in shown for name in variants]
    return [*([Picture("load_curve")] if load_axis(sweep) else []), *found[:OF_A_KIND_MAX]]


def drawn(sweep: Sweep, metrics: Sequence[str], asked: Sequence[str], *, every: bool = False) -> tuple[list[Figure], list[str]]:
    """Draw a sweep's charts and those that are asked for by name; returns them, and why others are left out.

    ``every``: those that are asked for may refuse too. Raises `PageError` when one refuses that may not.
    """
    own = pictures(sweep, metrics)
    more = [Picture(name) for name in asked if name not in {one.chart for one in own}]
    refused: list[str] = []
    with TemporaryDirectory() as folder:
        vectors = []
        for number, picture in enumerate((*own, *more)):
            path = Path(folder) / f"{number:02}" / f"{picture.chart}.svg"
            try:
                _draw(sweep, picture, path)
            except PageError as error:
                if picture.chart in asked and not every:
                    raise
                refused.append(str(error))
                continue
            vectors.append(path)
        return read_figures(vectors), list(dict.fromkeys(refused))


def section(view: View) -> Html | None:
    """The charts; None when there is none, and nothing to say of any."""
    large = list(dict.fromkeys(figure.name for figure in view.figures if not figure.address))
    notes = [f"Left out: {reason}" for reason in view.left_out]
    notes += [f"Left out of this page for its size: {name}; `eventflow plot {name} FOLDER` draws it." for name in large]
    return detail.charts(view.figures, notes) if view.figures or notes else None


def _draw(sweep: Sweep, picture: Picture, path: Path) -> None:
    """Draw one chart into a file, and into a smaller one beside it when it is large. Raises `PageError` where it refuses."""
    try:
        made = draw(picture.chart, sweep, theme="light", **picture.settings)
    except ValueError as error:
        raise PageError(f"{picture.chart}: {error}") from error
    figure = made if hasattr(made, "savefig") else made.figure
    path.parent.mkdir()
    for ending in (".svg", ".png"):
        save(figure, path.with_suffix(ending), title=f"eventflow {picture.chart}")
        if path.stat().st_size <= FIGURE_BYTES_MAX:
            break
    release(figure)
