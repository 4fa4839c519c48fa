r"""Two levels over time of what a family counts: what is allowed or wanted, and what there is.

    |    ,....    dotted: one level
    |...: /       drawn through: the other
    |____/
    +----------> time

Each is the mean over each window of all entities together, divided by as many as there are, where it is one of each that
is looked at.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.charts import series
from sim.charts.over_time import over_time

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from matplotlib.axes import Axes

    from sim.record.record import Record


@dataclass(frozen=True, kw_only=True)
class TwoLevels:
    """What such a chart shows.

    Attributes:
        title: the chart's; ``label`` is that of its vertical axis, ``none`` is said where a scenario has no such entity.
        family: of which the counters are.
        dotted: the area of a level, and what it is called in the legend; ``drawn`` is the other one.
        said: the counters of a run in words, as means by column: it is given a function of a column.
        each: by how many all levels of a run are divided.
    """

    title: str
    label: str
    none: str
    family: str
    dotted: tuple[int, str]
    drawn: tuple[int, str]
    said: Callable[[Callable[[int], float], series.Floats], str]
    each: Callable[[Record], int] = lambda _record: 1

    def plot(self, subject: Any, ax: Axes | None = None, **line: Any) -> Axes:
        """Draw both levels of a result, or of both sides of a comparison; returns the axes."""
        settings: dict[str, Any] = {"label": self.label, "least": 1.0, "empty": self.none}
        with over_time(subject, ax, self.title, ", all services", **settings) as panel:
            for side in panel.sides:
                if any(getattr(record.network, self.family) for record in side.records):
                    other = series.band(self.level(side.records, self.dotted[0]))
                    panel.draw(side, other, self.dotted[1], **{"linestyle": ":", **line})
                shown = series.band(self.level(side.records, self.drawn[0]))
                panel.draw(side, shown, self.drawn[1], **line)
                panel.say(side, self._said(side.records, shown.mean))
        return panel.ax

    def level(self, records: Sequence[Record], area: int) -> series.Floats:
        """Mean over each window, (n, windows); nan where there are no such entities."""
        network = records[0].network
        width = np.diff(series.edges_of(network)) * series.SECOND
        if not getattr(network, self.family):
            return np.full((len(records), len(width)), np.nan)
        areas = np.array([record.tables[self.family][:, :, area].sum(axis=1) for record in records])
        numbers: series.Floats = areas / (width * self.each(records[0]))
        return numbers

    def _said(self, records: Sequence[Record], mean: series.Floats) -> str:
        """A side in words."""
        if not np.isfinite(mean).any():
            return self.none

        def counted(column: int) -> float:
            return float(np.mean([record.tables[self.family][:, :, column].sum() for record in records]))

        return self.said(counted, mean)
