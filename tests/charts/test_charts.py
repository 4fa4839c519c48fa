"""Charts: what every chart promises, and what each one shows."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from sim.charts import comparison as page
from sim.charts import health, latency, series
from sim.charts.palette import LOOKS
from sim.charts.style import blank_figure, save
from sim.charts.subject import sides
from sim.plots import chart_names
from sim.record.fields.flows import FLOW_COMPLETED, FLOW_GOOD, FLOW_SETTLED, FLOW_SPOILED
from sim.replications import run_replications
from tests.charts.cases import CASES, GIVEN, OF_LOOPS, PAGES
from tests.charts.looks import boxes, overlaps

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.comparison import Comparison

AXES_CHARTS = [
    name for name in chart_names("comparison") if name in chart_names("result") and name not in {*PAGES, *OF_LOOPS}
]
TIME_CHARTS = ["attempts", "backlog", "delays", "errors", "goodput"]


def draw(name: str, subject: Any) -> Any:
    """Draw a chart on axes of its own, without pyplot."""
    figure = blank_figure((8.0, 3.4))
    return importlib.import_module(f"sim.charts.{name}").plot(subject, figure.add_subplot())


def test_the_charts_are_found_by_their_files() -> None:
    """A chart is a module with a function plot; each has a case without being listed, and is drawn of what it says."""
    assert set(chart_names()) == {case.chart for case in CASES}
    assert "goodput" not in {case.chart for case in GIVEN}
    assert set(chart_names("sweep")) == {"heatmap", "lines", "load_curve", "sensitivity"}
    assert set(chart_names("comparison")) - set(chart_names("result")) == {"forest"}


@pytest.mark.parametrize("name", AXES_CHARTS)
def test_a_chart_is_drawn_on_the_axes_given(name: str, comparison: Comparison) -> None:
    """The axes given come back, no window is opened, no global setting changes; a result will do as well."""
    before = dict(mpl.rcParams)
    for subject in (comparison, comparison.a, list(comparison.b.records)):
        figure = blank_figure((6.0, 3.0))
        ax = figure.add_subplot()
        assert importlib.import_module(f"sim.charts.{name}").plot(subject, ax) is ax
    assert dict(mpl.rcParams) == before
    assert plt.get_fignums() == []


@pytest.mark.parametrize("name", AXES_CHARTS)
def test_without_axes_a_chart_makes_a_figure_of_pyplot(name: str, comparison: Comparison) -> None:
    """Notebooks show figures that pyplot knows of; the result's own plot accessor does the same."""
    ax = getattr(comparison.a.plot, name)()
    assert plt.get_fignums() == [ax.figure.number]
    plt.close("all")


@pytest.mark.parametrize("name", TIME_CHARTS)
def test_time_panels_begin_at_zero_and_say_their_units(name: str, comparison: Comparison) -> None:
    """Values from 0, time from 0 to the horizon, both labelled."""
    ax = draw(name, comparison)
    assert ax.get_ylim()[0] == 0.0
    assert ax.get_xlim() == (0.0, 20.0)
    assert ax.get_xlabel() == "simulated time (s)"
    assert ax.get_ylabel() != ""


@pytest.mark.parametrize("name", [*TIME_CHARTS, "health"])
def test_a_time_panel_names_every_fault_inside_its_window(name: str, comparison: Comparison) -> None:
    """The names stand verbatim inside the axes; broken lines are the only change."""
    ax = draw(name, comparison)
    shown = {text.get_text().replace("\n", "") for text in ax.texts}
    assert {"slow_pay", "other-slow-pay"} <= shown
    for text, box in boxes(ax.figure):
        if text.get_text().replace("\n", "") in {"slow_pay", "other-slow-pay"}:
            assert 4.0 <= ax.transData.inverted().transform(((box.x0 + box.x1) / 2, box.y0))[0] <= 8.0
            assert ax.bbox.y0 <= box.y0 <= box.y1 <= ax.bbox.y1 + 1.0


def test_names_are_never_read_as_mathematics(comparison: Comparison) -> None:
    """Underscores and dollars in labels are letters, and a leading underscore does not hide a legend."""
    ax = draw("goodput", comparison)
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["synchronous \u2013 shop-sync", "event-driven \u2013 shop_events", "offered"]
    assert not any(text.get_parse_math() for text in ax.texts)


@pytest.mark.parametrize("of", ["replies", "completions"])
def test_a_latency_curve_ends_at_the_share_that_failed(of: Any, comparison: Comparison) -> None:
    """Failures are infinitely late: the right end of the curve is their share, straight from the counters."""
    figure = blank_figure((6.0, 4.0))
    ax = latency.plot(comparison.a, figure.add_subplot(), of=of)
    curve = next(line for line in ax.lines if line.get_linestyle() == "-" and len(line.get_xdata()) > 2)
    shares = []
    for record in comparison.a.records:
        ends = record.flows.sum(axis=(0, 1))
        failed = ends[FLOW_SETTLED + 1 : FLOW_SETTLED + 7].sum() if of == "replies" else ends[FLOW_SPOILED]
        good = ends[FLOW_SETTLED] if of == "replies" else ends[FLOW_COMPLETED]
        shares.append(failed / (failed + good))
    assert curve.get_ydata()[-1] == pytest.approx(np.mean(shares))
    assert np.mean(shares) > 0.01
    assert any("failed" in text.get_text() for text in ax.texts)


def test_the_tail_agrees_with_the_quantiles(comparison: Comparison) -> None:
    """Where the tail crosses 50 % is the median that the metric reports, within a bucket."""
    result = comparison.b
    tail = series.tail(result.records[:1], series.flow_numbers(result.network, "orders"))
    crossing = tail.seconds[np.searchsorted(-tail.above[0], -0.5)]
    assert crossing == pytest.approx(result.values("orders.latency.p50")[0], rel=0.02)


def test_goodput_series_add_up_to_the_counters(comparison: Comparison) -> None:
    """Rates times window lengths are the counts, also in a shorter last window."""
    record = comparison.a.records[0]
    rates = series.goodput([record], series.flow_numbers(record.network, None))
    widths = np.diff(series.edges_of(record.network))
    assert (rates[0] * widths).sum() == pytest.approx(record.flows[:, :, FLOW_GOOD].sum())


def test_the_band_is_student_t(comparison: Comparison) -> None:
    """Mean plus and minus t times the standard error; no band for one replication; nan is left out."""
    values = np.array([[1.0, 2.0], [3.0, np.nan], [5.0, 4.0]])
    band = series.band(values)
    assert band.mean.tolist() == [3.0, 3.0]
    assert band.high[0] - 3.0 == pytest.approx(4.302653 * 2.0 / np.sqrt(3), rel=1e-6)
    assert band.high[1] - 3.0 == pytest.approx(12.706205 * np.sqrt(2.0) / np.sqrt(2), rel=1e-6)
    one = series.band(series.backlog(comparison.a.records[:1]))
    assert (one.low == one.high).all()


def test_an_unknown_flow_is_refused_by_name(comparison: Comparison) -> None:
    """The message lists the flows there are."""
    with pytest.raises(ValueError, match="there is no flow 'order' in shop-sync; flows: orders, views"):
        series.flow_numbers(comparison.a.network, "order")


def test_services_stand_in_topological_order(comparison: Comparison) -> None:
    """Callers above callees, publishers above consumers."""
    for result in (comparison.a, comparison.b):
        order = series.callers_first(result.network)
        assert [result.network.services[number].name for number in order] == ["front_end", "back-end"]


def test_the_health_map_shows_where_attempts_fail(comparison: Comparison) -> None:
    """The synchronous back end fails during the fault and not before; the event-driven one queues instead."""
    one, other = sides(comparison)
    failed = series.failed_by_service(one.records)
    assert np.nanmax(failed[:, :4]) == 0.0
    assert np.nanmax(failed[1, 4:8]) > 0.5
    assert series.backlog_by_service(other.records)[1, 6] > 10.0
    assert np.nanmax(series.failed_by_service(other.records)) == 0.0


def test_a_large_health_map_shows_the_worst(comparison: Comparison, monkeypatch: pytest.MonkeyPatch) -> None:
    """With more services than fit, those struck and failing stay, and the title says how many there are."""
    monkeypatch.setattr(health, "SERVICES_MAX", 1)
    ax = draw("health", comparison.a)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["back-end"]
    assert "the worst 1 of 2 services" in ax.get_title(loc="left")


def test_architectures_differ_in_lightness_and_line_style() -> None:
    """The two colours are 15 L* apart or told apart by line style and marker as well."""
    one, other = LOOKS["synchronous"], LOOKS["event-driven"]
    assert (one.colour, other.colour) == ("#D55E00", "#0072B2")
    assert one.line != other.line
    assert one.marker != other.marker


def test_two_scenarios_of_one_architecture_look_different(comparison: Comparison) -> None:
    """The second side gets the second look."""
    first, second = sides(type("Pair", (), {"a": comparison.a, "b": comparison.a})())
    assert first.look != second.look


def test_saved_charts_are_byte_stable(comparison: Comparison, tmp_path: Path) -> None:
    """Drawn and saved twice, the page as SVG and a chart as PNG are the same bytes, without date or version."""
    contents = []
    for turn in ("one", "two"):
        svg, png = tmp_path / f"{turn}.svg", tmp_path / f"{turn}.png"
        save(page.plot(comparison, headline="A headline with $dollars$ and _underscores_"), svg, title="t", description="d")
        save(draw("backlog", comparison).figure, png, title="t")
        contents.append((svg.read_bytes(), png.read_bytes()))
    assert contents[0] == contents[1]
    assert b"<dc:date>" not in contents[0][0]
    assert b"Matplotlib v" not in contents[0][0]
    assert b"Software" not in contents[0][1]


def test_nothing_on_the_page_overlaps(comparison: Comparison) -> None:
    """Titles, labels, legends, fault names and the footer have their own places."""
    figure = page.plot(comparison, headline="Event-driven fails less: " + "and so on " * 20)
    assert overlaps(figure) == []


def test_the_footer_says_what_was_run(comparison: Comparison) -> None:
    """Scenarios, digests, seed and n are at the foot of the page."""
    figure = page.plot(comparison)
    text = " ".join(figure.get_supxlabel().split())
    for part in ("shop-sync", "shop_events", comparison.a.scenario.digest()[:8], "seed 7", "n = 4", "95 %"):
        assert part in text


def test_a_result_without_faults_or_failures_is_drawn_too(comparison: Comparison, tmp_path: Path) -> None:
    """One replication, no fault, nothing failed, nothing waiting: a page without marks, and no warning."""
    quiet = comparison.a.scenario.with_overrides(["faults={}", "run.horizon=3s"])
    figure = page.plot(run_replications(quiet, replications=1, engine="compiled"))
    save(figure, tmp_path / "quiet.png")
    assert "one replication" in figure.get_supxlabel()
