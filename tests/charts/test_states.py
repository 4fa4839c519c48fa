"""Charts of what policies have learnt and decided show the means that the metrics give, and say so where there are none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from sim.charts import limits, replicas
from sim.charts.style import blank_figure, told

if TYPE_CHECKING:
    from types import ModuleType

    from numpy.typing import NDArray


def curves(chart: ModuleType, subject: Any) -> dict[str, NDArray[np.float64]]:
    """The curves of a chart by their words in the legend, a value for each window."""
    ax = chart.plot(subject, blank_figure((8.0, 4.0)).add_subplot())
    handles, words = ax.get_legend_handles_labels()
    if not handles:
        legend = ax.get_legend() or ax.figure.legends[0]
        handles, words = legend.get_lines(), [text.get_text() for text in legend.get_texts()]
    drawn = {str(line.get_linestyle()): np.asarray(line.get_ydata())[:-1] for line in ax.lines if len(line.get_ydata()) > 2}
    return {word.rpartition(", ")[2]: drawn[str(handle.get_linestyle())] for word, handle in zip(words, handles, strict=True)}


@pytest.mark.parametrize(
    ("chart", "word", "path"),
    [
        (replicas, "wanted", "desk.replicas_wanted"),
        (replicas, "ready", "desk.replicas"),
        (limits, "limit", "door.concurrency_limit"),
        (limits, "in flight", "door.in_flight"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_mean_of_a_curve_is_the_metric(chart: ModuleType, word: str, path: str, subjects: dict[str, Any]) -> None:
    """Over the measured windows, all of which are as long."""
    result = subjects["scaled"]
    first = result.scenario.run.warmup // result.scenario.run.window
    measured = curves(chart, result)[word][first:]
    assert float(measured.mean()) == pytest.approx(result.estimate(path).mean, rel=1e-9)
    assert measured.min() < measured.max()


@pytest.mark.parametrize(("chart", "words"), [(replicas, "no replicas come and go"), (limits, "no service has a concurrency")])
def test_where_there_is_none_it_is_said(chart: ModuleType, words: str, subjects: dict[str, Any]) -> None:
    """In the panel and in words: an empty chart is no chart of zeros."""
    figure = blank_figure((8.0, 4.0))
    ax = chart.plot(subjects["sync"], figure.add_subplot())
    assert any(words in text.get_text() for text in ax.texts)
    assert words in told(figure)
