"""Published results, each by a few short runs; the tables of the page by ``-m theory``."""

from __future__ import annotations

import pytest

from sim.record import fields as f
from tests.published.observe import (
    FOLDER,
    Count,
    Figure,
    attempts,
    attempts_a_second,
    count,
    edge,
    figure,
    goodput,
    is_back,
    last_answer,
    refused,
    result_of,
    success,
)
from tests.published.page import MARKS, PAGE, REPORT, name_of, page, report, tables
from tests.published.results import EXPERIMENTS, RESULTS, STRATEGIES, data, failing


def test_a_retry_storm_lasts_above_half_of_the_capacity() -> None:
    """HotOS'21: at 280 of 300 queries a second twice the load stays, for nothing; at 130 it is over once the backlog is."""
    shorter = "run.horizon=120s"
    storm = result_of("retry-storm/held", (shorter,), 1)
    assert figure(storm, goodput(30)).mean == 0
    assert 540 < figure(storm, attempts_a_second("database.query", 30)).mean < 580
    assert count(result_of("retry-storm/held", (shorter, "workload.queries.arrivals.rate=130/s"), 1), is_back(10)).hits == 1
    once = ("run.horizon=250s", "workload.queries.retry=null")
    assert count(result_of("retry-storm/held", once, 1), is_back(30)).hits == 1


def test_an_outage_that_loses_what_is_sent_leaves_a_smaller_storm() -> None:
    """At 200 queries a second, where a backlog that is kept never ends, none is there after the outage."""
    at = ("run.horizon=60s", "workload.queries.arrivals.rate=200/s")
    assert count(result_of("retry-storm/held", at, 1), is_back(10)).hits == 0
    assert count(result_of("retry-storm/lost", at, 1), is_back(10)).hits == 1


def test_a_queue_that_is_shorter_than_patience_recovers() -> None:
    """HotOS'25: 35 that wait are 3.5 s of work, 150 are 15 s, and clients wait for five."""
    assert count(result_of("queue-bound/bound-35", (), 3), is_back(60)) == Count(3, 3)
    assert count(result_of("queue-bound/bound-150", (), 3), is_back(60)) == Count(0, 3)


@pytest.mark.parametrize(("name", "experiment"), [("three", "100x10rps"), ("bucket", "10x10rps_total100")])
def test_retry_strategies_cost_and_give_what_was_published(name: str, experiment: str) -> None:
    """At 5 % failures load and success are those of the published simulation, to four standard errors that are small."""
    (known,) = (
        one
        for one in data("retry_strategies")
        if (one["experiment"], one["failure_rate"], one["strategy"]) == (experiment, 0.05, STRATEGIES[name])
    )
    result = result_of(f"retry-strategies/{name}", (*EXPERIMENTS[experiment], failing(0.05)), 2)
    load, well = figure(result, attempts("server.handle")), figure(result, success)
    assert load.se < 0.002
    assert load.agrees(known["load"], known["load_se"])
    assert abs(well.mean - known["success"]) < 0.0005


def test_layers_of_retries_multiply() -> None:
    """Three layers with four attempts each are 64 on the database, one layer is four."""
    for name, factor in (("every", 64), ("one", 4)):
        record = result_of(f"layers/{name}", (), 1).records[0]
        offered = int(record.flows[:, 0, f.flows.FLOW_OFFERED].sum())
        assert edge(record, "database.query", f.edges.EDGE_ATTEMPTS) == factor * offered > 0


def test_bulkheads_of_both_sizes_are_engaged() -> None:
    """Of 25 threads 19.7 would be at the ugly endpoint: 18 places and 19 are both too few, whatever the issue saw."""
    ugly, all_of_them = 0.1 * 10, 0.7 * 0.1 + 0.2 * 1 + 0.1 * 10
    assert round(25 * ugly / all_of_them, 1) == 19.7
    last = {}
    for name in ("plain", "bulkhead", "wider"):
        result = result_of(f"poor-performers/{name}", (), 2)
        last[name] = figure(result, last_answer).mean
        assert count(result, refused("ugly.get")).hits == (0 if name == "plain" else 2)
    assert last["bulkhead"] < last["plain"]


def test_a_collapse_outlives_its_spike_unless_a_budget_bounds_the_retries() -> None:
    """After 20 s of twice the load neither retries at once nor a backoff come back, a budget does."""
    for name, comes_back in (("at-once", 0), ("backoff", 0), ("budget", 2)):
        assert count(result_of(f"collapse/{name}", ("faults.spike.for=20s",), 2), is_back(10)).hits == comes_back


def test_jitter_does_less_work_and_no_jitter_takes_longest() -> None:
    """Twenty clients of one row: decorrelated and full jitter call least, a backoff without jitter takes longest."""
    calls, time = {}, {}
    for name in ("none", "exponential", "full-jitter"):
        result = result_of(f"contention/{name}", ("run.horizon=60s",), 5)
        calls[name] = figure(result, lambda record: float(record.services[:, 0, f.services.SERVICE_ARRIVED].sum())).mean
        time[name] = figure(result, last_answer).mean
    assert calls["full-jitter"] < 0.8 * calls["none"]
    assert time["none"] < time["full-jitter"] < time["exponential"]


def test_the_slowest_of_a_hundred_is_slow_in_63_of_100_cases() -> None:
    """And a second request after the time that 95 % take is one request in twenty more."""
    late = figure(result_of("tail/fan-out", ("run.horizon=100s",), 3), lambda record: 1 - success(record))
    assert late.se < 0.03
    assert late.agrees(1 - 0.99**100)
    more = figure(result_of("tail/hedged", ("run.horizon=110s",), 1), attempts("leaf.get"))
    assert 1.045 < more.mean < 1.055


def test_a_share_of_runs_has_an_interval_of_its_own() -> None:
    """Wilson's, by its known values; a figure agrees within four standard errors."""
    assert Count(20, 20).interval == pytest.approx((0.8389, 1.0), abs=1e-4)
    assert Count(5, 20).interval == pytest.approx((0.1119, 0.4687), abs=1e-4)
    assert str(Count(0, 20)) == "0 of 20 [0, 16] %"
    assert Figure(1.0, 0.1, 10).agrees(1.39)
    assert not Figure(1.0, 0.1, 10).agrees(1.41)
    assert Figure(1.0, 0.1, 10).agrees(1.6, se=0.12)


def test_the_page_has_a_table_for_each_result_and_each_folder_of_scenarios() -> None:
    """Nothing is run and not shown, or shown and not run; every scenario says where it is from."""
    names = [found[1] for found in MARKS.finditer(PAGE.read_text())]
    assert names == [name_of(result) for result in RESULTS]
    assert sorted(names) == sorted(path.name for path in FOLDER.iterdir() if path.is_dir())


@pytest.mark.theory
def test_the_tables_are_what_the_scenarios_give() -> None:
    """To the last digit; ``python -m tests.published`` writes them."""
    assert page(PAGE.read_text(), tables()) == PAGE.read_text()
    assert report() == REPORT.read_text()
