"""Charts found by name: ``result.plot.goodput(ax)`` draws what ``sim/charts/goodput.py`` says.

    result.plot --.goodput--> sim.charts.goodput.plot(result, ax=None, **settings) -> Axes
    sweep.plot  --.heatmap--> sim.charts.heatmap.plot(sweep, ax=None, **settings) -> Axes

A chart's module says what it can be drawn of: ``OF = ("sweep",)``; without that, of results and of comparisons. It may have
``check(scenario, **settings)``, which raises ``ValueError`` before anything is run in vain, and ``RUNS``: settings that are
further runs, each with what makes the scenario to run of the one that is given. Matplotlib is loaded by the first chart, not
by the result.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from sim.scenario.problems import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable

ANY = ("result", "comparison")
"""What a chart can be drawn of when its module does not say."""


def kind_of(subject: Any) -> str:
    """What a subject is to charts: ``comparison``, ``matrix``, ``sweep``, ``sensitivity``, or else ``result``."""
    if hasattr(subject, "row_names"):
        return "matrix"
    if hasattr(subject, "a") and hasattr(subject, "b"):
        return "comparison"
    if hasattr(subject, "plan") and hasattr(subject, "points"):
        return "sweep"
    bars = hasattr(subject, "names") and (hasattr(subject, "total") or hasattr(subject, "bars"))
    return "sensitivity" if bars else "result"


def chart_names(kind: str | None = None) -> list[str]:
    """The names of the charts that can be drawn of a kind, of all when None: modules of sim.charts that define ``plot``."""
    package = importlib.import_module("sim.charts")
    names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
    modules = {name: chart_module(name) for name in names}
    drawn = {name: module for name, module in modules.items() if hasattr(module, "plot")}
    return [name for name, module in drawn.items() if kind is None or kind in getattr(module, "OF", ANY)]


def chart_module(name: str) -> Any:
    """The module of a chart."""
    return importlib.import_module(f"sim.charts.{name}")


def draw(name: str, subject: Any, /, *args: Any, theme: str | None = None, **settings: Any) -> Any:
    """Draw a chart by its name, in the theme ``light`` or ``dark``; returns what the chart returns: Axes, or a Figure."""
    plot = chart_module(name).plot
    if theme is None:
        return plot(subject, *args, **settings)
    from sim.charts.palette import themed  # the charts come after the numbers

    with themed(theme):
        return plot(subject, *args, **settings)


@dataclass(frozen=True)
class Plots:
    """The charts of a result, of a comparison or of a sweep, as methods."""

    subject: Any

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the chart of that name, ready to be called with ``ax=None``, ``theme=None`` and its settings."""
        if name.startswith("_"):
            raise AttributeError(name)
        names = self.__dir__()
        if name in names:
            return partial(draw, name, self.subject)
        kind = kind_of(self.subject)
        other = name in chart_names()
        what = f"'{name}' is no chart of a {kind}" if other else f"there is no chart '{name}'"
        remedy = f"its charts: {', '.join(sorted(names))}" if other else did_you_mean(name, names, noun="charts")
        raise AttributeError(f"{what}; {remedy}")

    def __dir__(self) -> list[str]:
        """Return the names of the charts that can be drawn of the subject."""
        return chart_names(kind_of(self.subject))
