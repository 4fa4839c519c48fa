"""Every chart with something to draw: the shop in both wirings, two small sweeps, and bars out of plain arrays.

    CASES["heatmap"]  ->  subject "sweep", settings {}         draw(case, subjects) -> its figure
"""

from __future__ import annotations

import importlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sim.charts.palette import themed
from sim.charts.style import blank_figure

if TYPE_CHECKING:
    from matplotlib.figure import Figure

PAGES = ("comparison", "timeline")
"""Charts of several panels: they take and return a figure."""

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


CASES = [
    Case("attempts", "pair"),
    Case("backlog", "pair"),
    Case("comparison", "pair"),
    Case("delays", "pair"),
    Case("errors", "pair"),
    Case("forest", "pair"),
    Case("goodput", "pair"),
    Case("health", "sync"),
    Case("health", "events"),
    Case("heatmap", "sweep"),
    Case("heatmap", "sweep", {"metric": "goodput"}),
    Case("latency", "pair"),
    Case("lines", "sweep"),
    Case("load_curve", "load"),
    Case("load_curve", "rush"),
    Case("load_curve", "rushes"),
    Case("percentiles", "pair"),
    Case("recovery", "pair"),
    Case("sensitivity", "bars"),
    Case("timeline", "pair"),
    Case("topology", "sync"),
    Case("topology", "events", {"at": "6s"}),
    Case("waterfall", "sync"),
    Case("waterfall", "events", {"trace": "typical"}),
]
ON_AXES = [case for case in CASES if case.chart not in PAGES]
OVER_TIME = ["attempts", "backlog", "delays", "errors", "goodput"]


def chart(name: str) -> Any:
    """The module of a chart."""
    return importlib.import_module(f"sim.charts.{name}")


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
