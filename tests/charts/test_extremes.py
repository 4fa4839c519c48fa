"""Charts of runs in which there is next to nothing to draw, or nothing but failures: each says so, none breaks."""

from __future__ import annotations

import importlib
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from matplotlib import pyplot as plt

from sim.charts.style import blank_figure, told
from sim.plots import chart_names
from sim.replications import run_replications
from sim.results.comparison import Comparison
from sim.scenario import Scenario
from tests.charts.cases import OF_LOOPS, PAGES
from tests.charts.conftest import TINY
from tests.shares import share

if TYPE_CHECKING:
    from sim.results.result import Result

NEEDS_MORE = {*OF_LOOPS, "recovery", "waterfall"}
"""Charts that refuse, in words, what holds nothing of theirs: a loop, a fault to recover from, an answered request."""
CHARTS = [name for name in chart_names("comparison") if name not in NEEDS_MORE]
EXTREMES: dict[str, dict[str, Any]] = {
    "no load": {"workload.orders.arrivals.rate": "0/s"},
    "total outage": {"faults": "{}", "services.back.operations.pay.0.work": "2s"},
    "no fault": {"faults": "{}"},
    "one replication": {"run.replications": 1},
    "a fault beyond the end": {"faults": '{"dead": {"kind": "crash", "target": "back", "at": "3s", "for": "1h"}}'},
}


@pytest.fixture(scope="module")
def extremes() -> dict[str, Result]:
    """A result of each."""
    tiny = Scenario.model_validate({**TINY, "run": {**TINY["run"], "replications": 3}})
    changes = {name: [f"{path}={value}" for path, value in each.items()] for name, each in EXTREMES.items()}
    return {name: run_replications(tiny.with_overrides(each), engine="compiled") for name, each in changes.items()}


def drawn(chart: str, subject: Any) -> Any:
    """The figure of a chart."""
    found = importlib.import_module(f"sim.charts.{chart}").plot
    return (
        found(subject, blank_figure((9.0, 12.0))) if chart in PAGES else found(subject, blank_figure((8.0, 4.0)).add_subplot())
    )


@pytest.mark.parametrize(("chart", "extreme"), share(sorted(product(CHARTS, EXTREMES)), 3, several=True))
@pytest.mark.filterwarnings("error")
def test_every_chart_is_drawn_of_every_extreme(chart: str, extreme: str, extremes: dict[str, Result]) -> None:
    """Of a result and of a comparison, without a warning."""
    result = extremes[extreme]
    subjects = [Comparison(result, result)] if chart == "forest" else [result, Comparison(result, result)]
    for subject in subjects:
        figure = getattr(found := drawn(chart, subject), "figure", found)
        figure.draw_without_rendering()
        assert told(figure)
    assert plt.get_fignums() == []


@pytest.mark.parametrize(
    ("chart", "extreme", "words"),
    [
        ("errors", "no load", "no request was answered"),
        ("attempts", "no load", "no call was made"),
        ("delays", "no load", "no request was answered well"),
        ("delays", "total outage", "no request was answered well"),
        ("latency", "no load", "no request was answered"),
        ("latency", "total outage", "no request was answered well"),
        ("percentiles", "total outage", "no request was answered well"),
    ],
)
def test_an_empty_panel_says_why(chart: str, extreme: str, words: str, extremes: dict[str, Result]) -> None:
    """Inside the axes; and the words for people who listen claim no figure of what never was."""
    ax = drawn(chart, extremes[extreme])
    assert words in [text.get_text() for text in ax.texts]
    assert "at most 0" not in ax.get_label()
