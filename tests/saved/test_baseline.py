"""A run held against a saved one: planted regressions are found, and nothing is cried over when nothing changed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from sim.judgements.baseline import BaselineError, Regression, compare_to_baseline
from sim.judgements.gating import gating
from sim.loaded import load_saved
from sim.metrics.paths import UnknownMetricError
from sim.replications import run_replications
from sim.report.junit import junit
from sim.report.regression import regression_markdown, regression_text
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario import Scenario
from sim.sweeps import Sweep, run_sweep

if TYPE_CHECKING:
    from pathlib import Path

WORK = "services.back.operations.pay[0].work.mean"
GATE = ("goodput", "orders.errors", "orders.latency.p50")


def words(found: Regression) -> dict[str, str]:
    """The verdicts by metric."""
    return {change.name: change.outcome for change in found.changes}


def slower(scenario: Scenario, mean: str) -> Result:
    """The same, with another service time of the payment."""
    return run_replications(scenario.with_overrides([f"{WORK}={mean}"]))


@pytest.fixture(scope="session")
def baseline(sync: Scenario, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """Ten replications, saved and loaded."""
    path = tmp_path_factory.mktemp("baseline") / "base.npz"
    run_replications(sync, replications=10).save(path)
    found = load_saved(path)
    assert isinstance(found, Result)
    return found


def test_a_planted_regression_is_proven(sync: Scenario, baseline: Result) -> None:
    """Payments take half as long again: latency regressed, with the interval and n in the reason."""
    now = run_replications(sync.with_overrides([f"{WORK}=12ms"]), replications=10)
    found = compare_to_baseline(now, baseline, gate=GATE)
    assert words(found)["orders.latency.p50"] == "regressed"
    (change,) = [one for one in found.changes if one.path == "orders.latency.p50"]
    assert change.evidence.design == "paired"
    assert change.evidence.difference.low > 0.0
    assert change.evidence.difference.low <= change.now.mean - change.before.mean <= change.evidence.difference.high
    assert "10 pairs" in change.reason
    assert str(change).startswith("REGRESSED orders.latency.p50: ")


def test_a_planted_improvement_is_proven(sync: Scenario, baseline: Result) -> None:
    """The other way round, it improved."""
    now = run_replications(sync.with_overrides([f"{WORK}=4ms"]), replications=10)
    found = compare_to_baseline(now, baseline, gate=GATE)
    assert words(found)["orders.latency.p50"] == "improved"
    assert not found.of("regressed")


@pytest.mark.parametrize(("rate", "outcome"), [("20/s", "regressed"), ("60/s", "improved")])
def test_less_is_worse_where_more_is_better(sync: Scenario, baseline: Result, rate: str, outcome: str) -> None:
    """Goodput falls with the load that is offered, and rises with it."""
    now = run_replications(sync.with_overrides([f"workload.orders.arrivals.rate={rate}"]), replications=10)
    assert words(compare_to_baseline(now, baseline, gate=["goodput"])) == {"goodput": outcome}


def test_an_unchanged_program_has_no_change(sync: Scenario, baseline: Result) -> None:
    """Same seed, same scenario: every difference is 0, and the note says that every record is the same."""
    found = compare_to_baseline(run_replications(sync, replications=10), baseline)
    assert {change.path for change in found.changes} == set(gating(sync))
    missing = [change.path for change in found.changes if change.evidence.why]
    assert set(words(found).values()) <= {"no change", "unsure"}
    assert [name for name, outcome in words(found).items() if outcome == "unsure"] == missing
    assert any("every record is the baseline's" in note for note in found.notes)


def test_a_tolerance_decides_what_matters(sync: Scenario, baseline: Result) -> None:
    """The same slowdown is a regression at 1 %, none at 90 %; and a tolerance of one metric is its own."""
    now = run_replications(sync.with_overrides([f"{WORK}=9ms"]), replications=10)
    assert words(compare_to_baseline(now, baseline, gate=GATE))["orders.latency.p50"] == "regressed"
    assert words(compare_to_baseline(now, baseline, gate=GATE, tolerance=["1%"]))["orders.latency.p50"] == "regressed"
    assert words(compare_to_baseline(now, baseline, gate=GATE, tolerance=["90%"]))["orders.latency.p50"] == "no change"
    found = compare_to_baseline(now, baseline, gate=GATE, tolerance=["1%", "orders.latency.p50=1s"])
    assert words(found)["orders.latency.p50"] == "no change"
    assert "tolerance 1 s" in found.changes[2].reason
    found = compare_to_baseline(now, baseline, gate=GATE, tolerance=["orders.errors=10pp", "goodput=5/s"])
    assert [one.tolerance.margin for one in found.changes] == [5.0, 0.1, 0.0]


def test_another_seed_is_an_independent_sample(sync: Scenario, baseline: Result) -> None:
    """Welch then, and said so; a large regression is still proven, and nothing is by another seed alone."""
    now = run_replications(sync, replications=8, seed=99)
    found = compare_to_baseline(now, baseline, gate=GATE)
    assert {change.evidence.design for change in found.changes} == {"independent"}
    assert not found.of("regressed")
    assert any("seed 3, this 99: independent samples" in note for note in found.notes)
    slow = run_replications(sync.with_overrides([f"{WORK}=16ms"]), replications=8, seed=99)
    assert words(compare_to_baseline(slow, baseline, gate=GATE))["orders.latency.p50"] == "regressed"


def test_other_numbers_of_replications_pair_the_first_ones(sync: Scenario, baseline: Result) -> None:
    """Replication 4 is the same run whether 6 or 10 are made."""
    found = compare_to_baseline(run_replications(sync, replications=6), baseline, gate=GATE)
    assert {change.evidence.design for change in found.changes} == {"paired"}
    assert {(change.before.n, change.now.n) for change in found.changes} == {(6, 6)}
    assert set(words(found).values()) == {"no change"}
    assert any("the first 6 are paired" in note for note in found.notes)


def test_what_differs_is_said(sync: Scenario, baseline: Result) -> None:
    """Horizon, workload, faults, engine, name, and what a baseline has no such metric of."""
    other = sync.with_overrides(["run.horizon=6s", "workload.orders.arrivals.rate=30/s", "faults={}", "name=renamed"])
    found = compare_to_baseline(run_replications(other, engine="simpy", replications=3), baseline)
    text = " | ".join(found.notes)
    for said in ("horizon 5s then, 6s now", "the workload is not", "the faults are not", "compiled engine, this by the simpy"):
        assert said in text
    assert "the baseline is of shop-sync, this of renamed" in text
    assert {change.evidence.design for change in found.changes} == {"independent"}
    flows = {**sync.resolved()["workload"], "late": sync.resolved()["workload"]["direct"]}
    grown = Scenario.model_validate({**sync.resolved(), "workload": flows})
    found = compare_to_baseline(run_replications(grown, replications=3), baseline)
    assert any("'late.errors' is not held against the baseline: nothing is named 'late'" in note for note in found.notes)
    assert not any(change.path.startswith("late.") for change in found.changes)


def test_few_replications_cannot_be_judged(sync: Scenario, baseline: Result) -> None:
    """Two pairs: unsure, with the reason, and nothing was judged."""
    found = compare_to_baseline(run_replications(sync, replications=2), baseline, gate=GATE)
    assert set(words(found).values()) == {"unsure"}
    assert not found.judged
    assert "at least 3 are needed" in found.changes[0].reason


def test_holm_makes_a_family_stricter(sync: Scenario, baseline: Result) -> None:
    """A difference that is just proven alone is not among many."""
    now = run_replications(sync.with_overrides([f"{WORK}=8.1ms"]), replications=5)
    alone = compare_to_baseline(now, baseline, gate=["orders.latency.p50"])
    family = compare_to_baseline(now, baseline)
    (one,), (same,) = alone.changes, [change for change in family.changes if change.path == "orders.latency.p50"]
    assert one.p < same.p
    assert same.p >= min(1.0, 2.0 * one.p)


def test_a_comparison_is_held_side_by_side(comparison: Comparison, events: Scenario, baseline: Result) -> None:
    """Each side against the side of its name; a run of one of them is held against that one."""
    worse = Comparison(slower(comparison.a.scenario, "14ms"), comparison.b)
    found = words(compare_to_baseline(worse, comparison, gate=["orders.latency.p50"]))
    assert found == {"shop-sync: orders.latency.p50": "regressed", "shop-events: orders.latency.p50": "no change"}
    only = compare_to_baseline(comparison, baseline, gate=["goodput"])
    assert list(words(only)) == ["shop-sync: goodput"]
    assert "the baseline has no shop-events" in only.notes
    reverse = compare_to_baseline(comparison.b, comparison, gate=["goodput"])
    assert words(reverse) == {"goodput": "no change"}
    with pytest.raises(BaselineError, match="no scenario in common"):
        compare_to_baseline(run_replications(events.replace("name", "another"), replications=3), comparison)


def test_a_sweep_is_held_point_by_point(sync: Scenario, sweep: Sweep, tmp_path: Path) -> None:
    """Points meet by their settings; those that the baseline does not have are counted."""
    over = ["services.front.workers=4,8", f"{WORK}=8ms,12ms"]
    changed = sync.with_overrides(["services.back.operations.pay=[{work: {kind: exponential, mean: 30ms}}]"])
    now = run_sweep(changed, over, runs=6)
    base = Sweep.load(run_sweep(sync, over, runs=6).save(tmp_path / "s.npz"))
    found = compare_to_baseline(now, base, gate=["goodput"])
    assert set(words(found).values()) == {"no change"}  # the axis sets the mean at every point
    now = run_sweep(changed, over[:1], runs=6)
    base = run_sweep(sync, ["services.front.workers=4,2"], runs=6)
    found = compare_to_baseline(now, base, gate=["direct.errors", "direct.latency.p50"])
    assert words(found)["services.front.workers=4: direct.latency.p50"] == "regressed"
    assert "the baseline has 1 of the 2 points" in found.notes
    with pytest.raises(BaselineError, match="no point in common"):
        compare_to_baseline(now, run_sweep(sync, ["services.front.workers=3"], runs=1))
    with pytest.raises(BaselineError, match="the baseline holds a run, this is a sweep"):
        compare_to_baseline(sweep, run_replications(sync, replications=1))


def test_what_cannot_gate_is_refused(sync: Scenario, baseline: Result) -> None:
    """A metric that is neither better nor worse, one that does not exist, tolerances that cannot be read."""
    now = run_replications(sync, replications=3)
    with pytest.raises(BaselineError, match="'offered' cannot gate: more of it is neither better nor worse"):
        compare_to_baseline(now, baseline, gate=["offered"])
    with pytest.raises(UnknownMetricError, match="did you mean 'goodput'"):
        compare_to_baseline(now, baseline, gate=["goodputt"])
    for tolerance, message in (
        ("2", "is not a percentage; write for example '2%'"),
        ("goodput=5ms", "cannot be read: '5ms' is no limit for 'goodput'"),
        ("offered=2%", "'offered' does not gate; name it by --gate"),
        ("x%", "cannot be read"),
        ("-2%", "cannot be read"),
    ):
        with pytest.raises(BaselineError, match=message):
            compare_to_baseline(now, baseline, tolerance=[tolerance])
    for first, second in (("2%", "5%"), ("goodput=2%", "goodput=1/s")):
        with pytest.raises(BaselineError, match=f"tolerance '{second}': there is one for the same already, '{first}'"):
            compare_to_baseline(now, baseline, tolerance=[first, second])


@pytest.mark.thorough
def test_nothing_is_cried_over_when_nothing_changed(sync: Scenario) -> None:
    """Sixty reruns with seeds of their own against one baseline, ten metrics each: false alarms in at most 5 %."""
    short = sync.with_overrides(["run.horizon=3s"])
    base = run_replications(short, replications=8, seed=1000)
    alarms = 0
    for seed in range(60):
        now = run_replications(short, replications=8, seed=seed)
        alarms += bool(compare_to_baseline(now, base).of("regressed"))
    assert alarms <= 3


def test_text_and_markdown_say_it_in_a_table(sync: Scenario, baseline: Result) -> None:
    """One sentence with the counts, a row for each metric, how it was judged."""
    found = compare_to_baseline(slower(sync, "14ms"), baseline, gate=GATE)
    text, markdown = regression_text(found), regression_markdown(found)
    regressed = len(found.of("regressed"))
    assert regressed
    assert f"Of 3 metrics held against the baseline {regressed} regressed" in text
    row = next(line for line in text.splitlines() if line.startswith("orders.latency.p50"))
    assert row.endswith("REGRESSED")
    assert "judged replication by replication; Holm: 5 % for a false alarm among all" in text
    assert markdown.startswith("## Against the baseline\n")
    assert "| REGRESSED |" in markdown
    data = found.to_dict()
    assert data["counts"]["regressed"] == regressed
    assert [one["path"] for one in data["changes"]] == list(GATE)


ALLOWED: dict[str, tuple[set[str], tuple[str, ...]]] = {
    "testsuites": ({"name", "time", "tests", "failures", "disabled", "errors"}, ("testsuite",)),
    "testsuite": (
        {"name", "tests", "failures", "errors", "time", "disabled", "skipped", "timestamp", "hostname", "id", "package"},
        ("properties", "testcase", "system-out", "system-err"),
    ),
    "properties": (set(), ("property",)),
    "property": ({"name", "value"}, ()),
    "testcase": (
        {"name", "assertions", "time", "classname", "status"},
        ("skipped", "error", "failure", "system-out", "system-err"),
    ),
    "failure": ({"type", "message"}, ()),
    "skipped": ({"type", "message"}, ()),
    "system-out": (set(), ()),
}
"""Of the JUnit schema that CI servers publish (jenkins-junit.xsd): attributes and children of every element, in their order."""


def check_schema(element: ET.Element) -> None:
    """Assert that an element and all below it are as the schema has them."""
    attributes, children = ALLOWED[element.tag]
    assert set(element.attrib) <= attributes
    if element.tag in {"testsuite", "testcase", "property"}:
        assert "name" in element.attrib
    places = [children.index(child.tag) for child in element]
    assert places == sorted(places)
    for child in element:
        check_schema(child)


def test_junit_has_a_suite_for_the_baseline(sync: Scenario, baseline: Result, comparison: Comparison, sweep: Sweep) -> None:
    """A case for each metric: regressed is a failure, unsure is skipped, or a failure where doubt fails; counts agree."""
    now = slower(sync, "14ms")
    found = compare_to_baseline(now, baseline, gate=[*GATE, "direct.errors", "orders.latency.p99"])
    outcomes = list(words(found).values())
    assert {"regressed", "unsure"} <= set(outcomes)
    for doubt in (False, True):
        root = ET.fromstring(junit(now, found, doubt_fails=doubt))
        check_schema(root)
        suite: Any = root[1]
        assert suite.get("name") == "shop-sync against the baseline"
        unsure = outcomes.count("unsure")
        assert int(suite.get("failures")) == outcomes.count("regressed") + (unsure if doubt else 0)
        assert int(suite.get("skipped")) == (0 if doubt else unsure)
        assert [one.get("type") for one in suite.iter("failure")].count("regression") == outcomes.count("regressed")
        assert len(suite.findall("testcase")) == int(suite.get("tests")) == 5
    for subject, suites in ((comparison, 2), (sweep, 4)):
        root = ET.fromstring(junit(subject))  # type: ignore[arg-type]
        check_schema(root)
        assert len(root) == suites
