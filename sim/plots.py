"""Charts found by name: ``result.plot.goodput(ax)`` draws what ``sim/charts/goodput.py`` says.

    result.plot --.goodput--> sim.charts.goodput.plot(result, ax=None, **settings) -> Axes

Matplotlib is loaded by the first chart, not by the result.
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


@dataclass(frozen=True)
class Plots:
    """The charts of a result or of a comparison, as methods."""

    subject: Any

    def __getattr__(self, name: str) -> Callable[..., Any]:
        """Return the chart of that name, ready to be called with ``ax=None`` and its settings."""
        if name.startswith("_"):
            raise AttributeError(name)
        names = self.__dir__()
        if name in names:
            return partial(importlib.import_module(f"sim.charts.{name}").plot, self.subject)
        message = f"there is no chart '{name}'; {did_you_mean(name, names, noun='charts')}"
        raise AttributeError(message)

    def __dir__(self) -> list[str]:
        """Return the names of the charts: the modules of sim.charts that define ``plot``."""
        package = importlib.import_module("sim.charts")
        names = [info.name for info in pkgutil.iter_modules(package.__path__) if not info.name.startswith("_")]
        return [name for name in names if hasattr(importlib.import_module(f"sim.charts.{name}"), "plot")]
