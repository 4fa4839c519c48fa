"""Every chart with something to draw: the shop in both wirings, two small sweeps, and bars out of plain arrays.

    sim/charts/*.py --found--> Case("heatmap", subject "sweep", settings {})         draw(case, subjects) -> its figure

A new chart is found by itself, with a subject that its ``OF`` names. `GIVEN` has those that are drawn of something else, or
more than once.
"""

from __future__ import annotations

import importlib
import inspect
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.charts.palette import themed
from sim.charts.style import blank_figure
from sim.plots import ANY, chart_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure

OF_LOOPS = ("load_curve",)
"""Charts of a result that need more than any result has: a load that goes up and down again."""


@dataclass(frozen=True)
class Case:
    """A chart and what it is drawn of: ``subject`` names a fixture's entry."""

    chart: str
    subject: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """For the ids of tests and the names of files."""
        return "-".join([self.chart, self.subject, *map(str, self.settings.values())])


GIVEN = [
    Case("cache_hits", "cached"),
    Case("deliveries", "queued"),
    Case("guards", "guarded"),
    Case("health", "sync"),
    Case("health", "events"),
    Case("heatmap", "sweep"),
    Case("heatmap", "sweep", {"metric": "goodput"}),
    Case("held", "leaky"),
    Case("limits", "scaled"),
    Case("load_curve", "load"),
    Case("load_curve", "rush"),
    Case("load_curve", "rushes"),
    Case("replicas", "scaled"),
    Case("topology", "sync"),
    Case("topology", "events", {"at": "6s"}),
    Case("waterfall", "sync"),
    Case("waterfall", "events", {"trace": "typical"}),
]
SUBJECTS = {"comparison": "pair", "matrix": "matrix", "result": "sync", "sensitivity": "bars", "sweep": "sweep"}
"""The subject of a chart by what it can be drawn of, the first that it names."""


def chart(name: str) -> Any:
    """The module of a chart."""
    return importlib.import_module(f"sim.charts.{name}")


def found() -> Iterator[Case]:
    """The charts that nobody gave a case for."""
    for name in sorted(set(chart_names()) - {case.chart for case in GIVEN}):
        kinds = getattr(chart(name), "OF", ANY)
        yield Case(name, next(subject for kind, subject in SUBJECTS.items() if kind in kinds))


CASES = sorted([*GIVEN, *found()], key=lambda case: case.chart)
PAGES = [name for name in chart_names() if "figure" in inspect.signature(chart(name).plot).parameters]
"""Charts of several panels: they take and return a figure."""
ON_AXES = [case for case in CASES if case.chart not in PAGES]


def draw(case: Case, subjects: dict[str, Any], size: tuple[float, float] | None = None, theme: str = "light") -> Figure:
    """The figure of a case; on axes of a figure of that size, or on its own. Pyplot knows of it only without a size."""
    with themed(theme):
        plot = chart(case.chart).plot
        if case.chart in PAGES:
            figure = None if size is None else blank_figure(size)
            page: Figure = plot(subjects[case.subject], figure, **case.settings)
            return page
        ax = None if size is None else blank_figure(size).add_subplot()
        drawn: Figure = plot(subjects[case.subject], ax, **case.settings).figure
        return drawn
