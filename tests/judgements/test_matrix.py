"""Faults by architectures: every cell is a run with that fault alone, and what is said of it is what its figures say."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

import sim
from sim.charts.style import save
from sim.cli.app import run as main
from sim.engine import run_once
from sim.errors import ComparisonError
from sim.judgements.baseline import compare_to_baseline
from sim.judgements.gating import BaselineError
from sim.judgements.matrix_words import headline_of
from sim.metrics.paths import resolve
from sim.network import compile as compile_network
from sim.plots import chart_names, draw
from sim.record import fields as f
from sim.report.html.folder import Folder
from sim.report.html.matrix import matrix_page
from sim.report.junit import junit
from sim.report.manifest import Invocation
from sim.report.matrix import write_matrix
from sim.report.matrix_table import full, intervals, markdown, overview, short
from sim.report.regression import regression_text
from sim.results.matrix import Matrix
from sim.results.matrix_rows import NO_FAULT, alone
from sim.stats.multiple import holm
from tests.effects.oracle import stories
from tests.effects.scene import parked_orders

if TYPE_CHECKING:
    from pathlib import Path

COMMON = """
network: {hop: 1ms}
services:
  shop: {workers: 20, queue_max: 50}
  pay: {workers: 2, queue_max: 30, operations: {charge: [{work: {kind: exponential, mean: 20ms}}, {effect: charged}]}}
  attic: {operations: {dust: [{work: 1ms}]}}
workload:
  order: {operation: shop.order, arrivals: {kind: poisson, rate: 40/s}, timeout: 1s, deadline: 20s}
faults:
  slow-pay: {kind: slowdown, target: pay, factor: 20, at: 8s, for: 3s}
  pay-down: {kind: crash, target: pay, at: 8s, for: 3s}
  dusty-attic: {kind: slowdown, target: attic, factor: 9, at: 8s, for: 3s}
  late-slow-pay: {kind: slowdown, target: pay, factor: 30, at: 12s, for: 7s}
invariants: ["booked <= charged"]
run: {horizon: 25s, warmup: 2s, window: 500ms, replications: 5, seed: 4}
"""
SYNC = """
base: common.yaml
name: shop-sync
architecture: synchronous
services: {shop: {operations: {order: [{call: pay.charge, timeout: 300ms}, {effect: booked}]}}}
"""
EVENTS = """
base: common.yaml
name: shop-events
architecture: event-driven
services: {shop: {operations: {order: [{publish: placed}, {effect: booked}]}}}
brokers: {log: {topics: {placed: {partitions: 4}}}}
subscriptions: {pay: {topic: placed, operation: pay.charge, consumers: 2, session_timeout: 1s}}
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A pair with a base."""
    found = tmp_path_factory.mktemp("shop")
    for name, text in (("common", COMMON), ("sync", SYNC), ("events", EVENTS)):
        (found / f"{name}.yaml").write_text(text, encoding="utf-8")
    return found


@pytest.fixture(scope="module")
def matrix(folder: Path) -> Matrix:
    """Its matrix."""
    return sim.fault_matrix(folder)


def test_a_cell_is_a_run_with_that_fault_alone(matrix: Matrix, folder: Path) -> None:
    """Its fingerprint is that of the scenario without the other faults, run by itself; the first row has none."""
    scenario = sim.load(folder / "sync.yaml")
    for fault in (NO_FAULT, "slow-pay"):
        lone = scenario.replace("faults", {name: one for name, one in scenario.resolved()["faults"].items() if name == fault})
        assert sim.run(lone).fingerprint() == matrix.result(fault, "a").fingerprint()
    assert matrix.faults == tuple(scenario.faults)
    assert alone(scenario, NO_FAULT).faults == {}
    assert [side.name for side in (matrix.a, matrix.b)] == ["shop-sync", "shop-events"]


def test_goodput_lost_is_told_replication_by_replication(matrix: Matrix) -> None:
    """It is the mean of what each replication does well of what it is offered, less; without a fault nothing is lost."""
    calm, struck = (matrix.comparison(name).a for name in (NO_FAULT, "pay-down"))
    good = [[one / all_ for one, all_ in zip(r.values("goodput"), r.values("offered"), strict=True)] for r in (calm, struck)]
    shares = [before - after for before, after in zip(*good, strict=True)]
    assert matrix.cells("pay-down", "goodput_lost").a.mean == pytest.approx(sum(shares) / len(shares))
    assert min(shares) > 0.05
    assert matrix.cells(NO_FAULT, "goodput_lost").a.mean == 0.0


def test_of_more_orders_a_share_is_lost(folder: Path) -> None:
    """A spike that brings five times as many, of which many fail, loses goodput, though more are done than without it."""
    spike = {"spike": {"kind": "traffic", "flow": "order", "factor": 5, "at": "8s", "for": "3s"}}
    pair = [sim.load(folder / f"{name}.yaml").replace("faults", spike) for name in ("sync", "events")]
    spiked = sim.fault_matrix(pair, replications=3)
    assert sum(spiked.comparison("spike").a.values("goodput")) > sum(spiked.a.values("goodput"))
    assert 0.05 < spiked.cells("spike", "goodput_lost").a.low < spiked.cells("spike", "goodput_lost").a.high < 1


def test_an_order_that_misses_several_effects_is_lost_once(folder: Path) -> None:
    """Orders lost are as many as miss the effect that is missing most, and sagas that are stuck come on top."""
    events = sim.load(folder / "events.yaml")
    data = {**events.resolved(), "invariants": []}
    data["services"]["pay"]["operations"]["charge"][1:] = [{"fail": "20%"}, {"effect": "charged"}]
    data["services"]["pay"]["operations"]["charge"] += [{"fail": "20%"}, {"effect": "stamped"}]
    record = sim.run(sim.Scenario.model_validate(data).replace("faults", {}), replications=1).records[0]
    undone = [int(record.effects[4:, row, f.effects.EFFECT_UNDONE].sum()) for row in record.network.flow_effects[0]]
    assert undone[0] == 0 < undone[1] < undone[2]
    assert resolve("lost_or_stuck", events)[0].measures["system"](record, 0, 4, record.network.windows) == max(undone)
    parked = sim.run(sim.Scenario.model_validate(parked_orders("1s")), replications=2)
    stuck = [float(one.tables["sagas"].sum(axis=(0, 1))[f.sagas.SAGA_PARKED]) for one in parked.records]
    assert parked.values("lost_or_stuck") == stuck
    assert min(stuck) > 5


def test_what_is_better_is_proven_with_all_others_together(matrix: Matrix) -> None:
    """A side is called better where Holm's adjusted p of all differences is 5 % at most, and leans that way."""
    asked = [one for one in matrix.contrasts if one.p < 1.0 and one.leaning]
    proven = [one for one, p in zip(asked, holm([one.p for one in asked]), strict=True) if p <= 0.05]
    named = [one for one in matrix.contrasts if one.better]
    assert [id(one) for one in named] == [id(one) for one in proven]
    assert all(one.better == one.leaning for one in named)
    assert {one.better for one in named} == {"a", "b"}


def test_the_other_way_round_the_other_side_wins(folder: Path, matrix: Matrix) -> None:
    """Given as events and sync, every cell changes sides, and so does what is better."""
    turned = sim.fault_matrix([folder / "events.yaml", folder / "sync.yaml"])
    swap = {"a": "b", "b": "a", "": ""}
    for fault in matrix.row_names:
        for one, other in zip(matrix.rows(fault), turned.rows(fault), strict=True):
            assert (str(one.a), str(one.b), one.better) == (str(other.b), str(other.a), swap[other.better])


def test_what_is_not_known_is_said(matrix: Matrix) -> None:
    """A fault that meets nothing strikes nobody; a backlog that outlives the run has not recovered; both are notes and no 0."""
    spared = "is not struck by it (not exercised)"
    assert f"synchronous {spared}; event-driven {spared}: nothing is compared" in matrix.sentence("dusty-attic")
    assert sum("Not exercised" in note for note in matrix.notes) == 2
    late = matrix.cells("late-slow-pay", "time_to_recover")
    assert late.b.infinite == 5
    assert "has not recovered when the run ends in 5 of 5" in matrix.sentence("late-slow-pay")
    assert "no end in 5/5" in overview(matrix).text()
    assert matrix.cells("late-slow-pay", "effects_pending").b.mean > 0


def test_a_fault_that_one_side_has_not_is_no_figure_there(folder: Path) -> None:
    """Its cells say so, nothing of it is compared or proven, and a baseline does not hold them; the other side has figures."""
    sync, events = (sim.load(folder / f"{name}.yaml") for name in ("sync", "events"))
    down = {"log-down": {"kind": "broker_outage", "target": "log", "at": "8s", "for": "3s"}}
    kept = {name: one for name, one in sync.resolved()["faults"].items() if name == "pay-down"}
    pair = [sync.replace("faults", kept), events.replace("faults", {**kept, **down})]
    found = sim.fault_matrix(pair, replications=4)
    for cells in found.rows("log-down"):
        assert (short(cells, "a"), full(cells, "a")) == ("not exercised", "not exercised")
        assert math.isnan(cells.a.mean)
        one = cells.contrast("a", "b")
        assert (one.leaning, one.better, one.p, one.compared, cells.exercised) == ("", "", 1.0, False, (False, True))
    assert found.cells("log-down", "backlog_peak").b.mean > 0
    assert found.sentence("log-down").startswith("With log down, synchronous is not struck by it (not exercised); event-")
    assert "1 fault that strikes both" in headline_of(found)
    assert any("'log-down' has no target there" in note for note in found.notes)
    assert "not exercised" in overview(found).text()
    held = {change.where for change in compare_to_baseline(found, found).changes}
    assert "log-down, shop-events" in held
    assert "log-down, shop-sync" not in held


def test_what_more_replications_would_tell_is_said(folder: Path, matrix: Matrix) -> None:
    """Of three, differences that are clear by themselves and not proven together, and how many runs would do; of two none."""
    few = sim.fault_matrix(folder, replications=3)
    family = [(one.fault, one.measure, each) for one in few.every for each in one.contrasts if each.compared and each.leaning]
    clear = [(fault, measure) for fault, measure, each in family if each.p <= 0.05 and not each.better]
    assert clear
    (note,) = (note for note in few.notes if "Holm" in note)
    assert note.startswith(f"{len(clear)} of {len(family)} differences are clear by themselves, and cannot be told together")
    most = int(re.findall(r"--runs ([0-9]+)", note)[-1])
    assert 3 < most < 100
    assert note in markdown(few)
    (none,) = (note for note in sim.fault_matrix(folder, replications=2).notes if "prove nothing" in note)
    assert "write --runs 1" in none
    more = sim.fault_matrix(folder, replications=20)
    proven = {(one.fault, one.measure) for one in more.every if one.better}
    assert len(proven & {*clear}) >= 0.6 * len(clear)


def test_a_gate_says_how_many_replications_it_would_take(folder: Path) -> None:
    """A matrix of three replications against another one's: what is unsure comes with a number of them."""
    was, now = (sim.fault_matrix(folder, replications=3, seed=seed) for seed in (4, 5))
    found = compare_to_baseline(now, was)
    assert found.of("unsure")
    assert re.search(r"more replications tell(: with about [0-9]+ of them [0-9]+ of|, or a tolerance)", found.remedy)
    assert found.remedy in regression_text(found)
    assert found.to_dict()["remedy"] == found.remedy


def test_orders_lost_lie_within_their_bounds(folder: Path) -> None:
    """What a reader of the log finds trace by trace lies between the least and the most that may be lost, which are apart."""
    data = {**sim.load(folder / "events.yaml").resolved(), "invariants": [], "faults": {}}
    charge = data["services"]["pay"]["operations"]["charge"]
    data["services"]["pay"]["operations"]["charge"] = [charge[0], {"fail": "20%"}, {"effect": "charged"}, {"publish": "stamps"}]
    data["services"]["pay"]["operations"]["stamp"] = [{"fail": "20%"}, {"effect": "stamped"}]
    data["brokers"]["log"]["topics"]["stamps"] = {"partitions": 4}
    data["subscriptions"]["stamp"] = {"topic": "stamps", "operation": "pay.stamp"}
    data["run"] = {**data["run"], "warmup": "0s"}
    network = compile_network(sim.Scenario.model_validate(data))
    record = run_once(network, seed=1, log_facts=200_000)
    must = {row.effect for row in network.effects if row.required}
    exact = sum(
        story.well and story.closed is not None and any(effect not in story.applied for effect in must)
        for story in stories(record)
    )
    metric = resolve("lost_or_stuck", network.scenario)[0]
    least, most = metric.bounds["system"](record, 0, 0, network.windows)
    assert least <= exact <= most
    assert 0 < least == metric.measures["system"](record, 0, 0, network.windows) < most
    slow = {"slow-pay": {"kind": "slowdown", "target": "pay", "factor": 2, "at": "8s", "for": "3s"}}
    cells = sim.fault_matrix([network.scenario.replace("faults", slow)] * 2, replications=3).cells("slow-pay", "lost_or_stuck")
    assert re.fullmatch(r"[0-9 ]+ to [0-9 ]+", short(cells, "a"))
    assert " (between " in full(cells, "a")


def test_a_sentence_has_the_figures_of_its_cells(matrix: Matrix) -> None:
    """With the goodput lost and its interval, the invariants broken, and who is proven to do better."""
    sentence = matrix.sentence("pay-down")
    assert sentence.startswith("With pay down, synchronous loses ")
    assert str(matrix.cells("pay-down", "goodput_lost").a).split(" (n")[0] in sentence
    assert "event-driven loses less" in sentence
    assert matrix.verdict() == [matrix.sentence(fault) for fault in matrix.row_names]
    for name in ("worker_seconds", "messages_sent"):
        for fault, side in (("", "a"), ("pay-down", "b")):
            assert str(matrix.cells(fault, name).of(side)).split(" (n")[0] in matrix.sentence(fault)


def test_tables_and_data_have_every_cell(matrix: Matrix) -> None:
    """Plain data, a frame, HTML, Markdown: each fault and measure is there, with its interval."""
    data = matrix.to_dict()
    assert [row["fault"] for row in data["rows"]] == [None, *matrix.faults]
    assert all(len(row["cells"]) == len(matrix.measures) for row in data["rows"])
    assert len(matrix.to_frame()) == len(matrix.row_names) * len(matrix.measures)
    text, tables = markdown(matrix), intervals(matrix)
    assert [len(table.rows) for _, table in tables] == [5] * len(matrix.measures)
    html = matrix._repr_html_()
    for fault in matrix.faults:
        assert fault in text
        assert fault in html
    assert len(repr(matrix).splitlines()) == 1 + len(matrix.row_names)
    assert all(f"{matrix.meaning(name)[1:]}." in text for name in matrix.measures)


def test_the_report_is_one_page_with_a_replay_of_each_cell(matrix: Matrix, tmp_path: Path) -> None:
    """A template for each row, the figure beside it, sizes far below what a mail takes; equal matrices give equal pages."""
    written = write_matrix(matrix, tmp_path, Invocation((), "20270102T030405Z", 1.0, {}))
    names = {path.relative_to(written.folder).as_posix() for path in written.folder.rglob("*") if path.is_file()}
    assert names == {"manifest.json", "summary.json", "table.md", "report.html", "figures/matrix.svg", "figures/matrix.png"}
    page = written.page.read_text(encoding="utf-8")
    assert len(page.encode()) < 3_000_000 * 5 / 9
    assert page.count("<template ") == page.count('data-replay="') == len(matrix.row_names)
    assert page.count('id="replay-data"') == 1 + len(matrix.row_names)
    assert headline_of(matrix).split(";")[0] in page
    assert all(matrix.meaning(name).split(",")[0] in page for name in matrix.measures)
    assert page == matrix_page(matrix, written.folder / "figures" / "matrix.svg")


def test_what_makes_no_matrix_is_refused(folder: Path, tmp_path: Path, matrix: Matrix) -> None:
    """A folder without a pair, scenarios of other faults or of none, and what there is not: each with the remedy."""
    with pytest.raises(ComparisonError, match="no scenarios that share a base"):
        sim.fault_matrix(tmp_path)
    a, b = (sim.load(folder / f"{name}.yaml") for name in ("sync", "events"))
    with pytest.raises(ComparisonError, match=r"have not the same faults \('slow-pay', 'dusty-attic', 'late-slow-pay'\)"):
        sim.fault_matrix([a, alone(b, "pay-down")])
    with pytest.raises(ComparisonError, match="has no faults"):
        sim.fault_matrix([alone(a, ""), alone(b, "")])
    with pytest.raises(ComparisonError, match="did you mean 'slow-pay'"):
        matrix.cells("slow-pai", "goodput_lost")
    with pytest.raises(ComparisonError, match="did you mean 'goodput_lost'"):
        matrix.cells("slow-pay", "goodput_last")
    assert chart_names("matrix") == ["matrix"]
    assert Folder("compare", {}, {}, None, ()).replay is None


def test_a_saved_matrix_is_the_same_again(matrix: Matrix, tmp_path: Path) -> None:
    """Every figure, sentence and verdict; equal matrices make equal files, and whoever loads anything finds it."""
    file = matrix.save(tmp_path / "one.npz")
    found = sim.load_saved(file)
    assert isinstance(found, type(matrix))
    assert found.to_dict() == matrix.to_dict()
    assert found.save(tmp_path / "two.npz").read_bytes() == file.read_bytes()
    with pytest.raises(ValueError, match="holds a matrix, not a comparison"):
        sim.Comparison.load(file)


def test_held_against_itself_nothing_changed(matrix: Matrix) -> None:
    """Cell by cell, of what has a value; where there is none is no doubt, and a recovery that nobody has seen is. One note."""
    held = compare_to_baseline(matrix, matrix)
    assert [one.name for one in held.changes if one.outcome != "no change"] == ["late-slow-pay, shop-events: time_to_recover"]
    assert held.notes == ("every record is the baseline's, to the bit",)
    assert held.left_out == ()
    assert {one.where for one in held.changes} == {
        f"{fault or 'no fault'}, {name}" for fault in matrix.row_names for name in ("shop-sync", "shop-events")
    }
    assert "no fault, shop-sync: time_to_recover" not in {one.name for one in held.changes}
    assert "pay-down, shop-sync: time_to_recover" in {one.name for one in held.changes}


def test_what_became_worse_is_proven_in_its_cell(matrix: Matrix, folder: Path) -> None:
    """A fault that got worse fails its cells, and no others; a row of one side only is doubt."""
    worse = {"kind": "crash", "target": "pay", "at": "8s", "for": "6s"}
    pair = [sim.load(folder / f"{name}.yaml") for name in ("sync", "events")]
    faults = {"slow-pay": pair[0].resolved()["faults"]["slow-pay"], "pay-down": worse, "new": worse}
    now = sim.fault_matrix([one.replace("faults", faults) for one in pair])
    held = compare_to_baseline(now, matrix)
    assert {one.where for one in held.of("regressed")} == {"pay-down, shop-sync", "pay-down, shop-events"}
    assert "pay-down, shop-sync: goodput" in {one.name for one in held.of("regressed")}
    assert "the baseline has no row 'new'" in held.left_out
    assert "the row 'dusty-attic' is in the baseline only" in held.left_out
    assert any(note.startswith("pay-down, shop-sync: the faults are not the baseline's") for note in held.notes)
    with pytest.raises(BaselineError, match="the baseline holds a matrix, this is a comparison"):
        compare_to_baseline(now.comparison(), matrix)


def test_a_ci_server_reads_it(matrix: Matrix) -> None:
    """JUnit has a suite for each cell with its invariants, and one of what it was held against."""
    suites = ET.fromstring(junit(matrix, compare_to_baseline(matrix, matrix)))
    named = [suite.get("name") for suite in suites]
    cells = [f"{fault or 'no fault'}: {name}" for fault in matrix.row_names for name in ("shop-sync", "shop-events")]
    assert named == [*cells, "shop-sync against the baseline"]
    assert all([case.get("name") for case in suite] == [None, "booked <= charged"] for suite in list(suites)[:-1])
    passed = [result.objectives()[0].outcome == "pass" for result in matrix.results]
    assert [suite.get("failures") for suite in suites] == [*("0" if one else "1" for one in passed), "0"]
    assert suites[-1].get("skipped") == "1"


def test_a_matrix_gates(folder: Path, tmp_path: Path, capsys: Any) -> None:
    """Saved and held against: 0 as it was, 1 where a cell is proven worse; what does not gate is refused before any run."""
    words = ("compare", str(folder), "--no-report", "-q", "-s", "run.horizon=21s")
    base = str(tmp_path / "base.npz")
    assert main([*words, "--save", base]) == 0
    gate = ("--baseline", base, "--gate", "goodput,messages_sent")
    assert main([*words, *gate]) == 0
    assert "of 20 metrics held against the baseline 20 no change" in " ".join(capsys.readouterr().out.split()).lower()
    slower = ("-s", "services.shop.queue_max=0", "-s", "services.shop.workers=1", "-s", "network.hop=20ms")
    assert main([*words, *slower, *gate, "--format", "junit"]) == 1
    out = capsys.readouterr().out
    assert 'type="regression"' in out
    assert main([*words, "--baseline", base, "--tolerance", "waste=5%"]) == 2
    assert "'waste' does not gate" in " ".join(capsys.readouterr().err.split())
    assert main(["plot", "matrix", base, "-o", str(tmp_path / "matrix.svg"), "-q"]) == 0


def test_compare_takes_a_folder(folder: Path, tmp_path: Path, capsys: Any) -> None:
    """It prints sentences and cells, and where the report is; what is said of one pair only is refused."""
    words = ("compare", str(folder), "--runs", "2", "-q", "-s", "run.horizon=21s")
    assert main([*words, "-o", str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert "4 faults, each alone, and none: 2 replications of each cell" in out
    assert "page " in out
    assert main([*words, "--no-worse", "goodput:5%"]) == 2
    assert "of two scenarios only" in " ".join(capsys.readouterr().err.split())


# -- more than two


@pytest.fixture(scope="module")
def three(matrix: Matrix, folder: Path) -> Matrix:
    """The same with a chain between them that has more workers, and so loses less."""
    wide = sim.load(folder / "sync.yaml", ["name=shop-wide", "services.pay.workers=5"])
    between = {fault: sim.run(alone(wide, fault)) for fault in matrix.row_names}
    return Matrix({fault: (one, between[fault], other) for fault, (one, other) in matrix.runs.items()})


def test_each_two_of_three_are_held_against_each_other(three: Matrix, matrix: Matrix) -> None:
    """Figures and differences of two are those of their own matrix, proven together with all others; best is who beats each."""
    assert three.labels == ("synchronous", "wide synchronous", "event-driven")
    assert len(three.contrasts) == 3 * len(three.every)
    for fault in matrix.row_names:
        for one, other in zip(matrix.rows(fault), three.rows(fault), strict=True):
            assert (str(one.a), str(one.b)) == (str(other.a), str(other.of("c")))
            assert one.contrast("a", "b").p == other.contrast("a", "c").p == other.contrast("c", "a").p
    asked = [one for one in three.contrasts if one.p < 1.0 and one.leaning]
    proven = {id(one) for one, p in zip(asked, holm([one.p for one in asked]), strict=True) if p <= 0.05}
    assert {id(one) for one in three.contrasts if one.better} == proven
    for cells in three.every:
        best = [side for side in cells.sides if len(cells.beaten(side)) == 2]
        assert cells.better == (best[0] if best else "")
        assert all(each.worse in cells.beaten(each.better) for each in cells.contrasts if each.better)
    assert three.comparison("pay-down", "b", "a").a is three.result("pay-down", "a")
    assert three.comparison().b is three.result(NO_FAULT, "c")


def test_three_are_told_shown_and_kept_as_two_are(three: Matrix, tmp_path: Path) -> None:
    """Sentences say than whom, tables have a line and a column for each, the page a colour, and a file gives the same again."""
    lost = three.cells("pay-down", "goodput_lost")
    assert lost.better == "c"
    assert "event-driven loses less" in three.sentence("pay-down")
    assert "than both others" in three.sentence("pay-down")
    assert "loses least under" in headline_of(three)
    assert len(overview(three).rows) == 3 * len(three.row_names)
    heads = intervals(three)[0][1].heads
    assert heads[4:] == (
        *("wide synchronous less synchronous", "event-driven less synchronous", "event-driven less wide synchronous"),
        "better, all together",
    )
    assert len(three.to_frame()) == 3 * len(three.every)
    few = Matrix({fault: three.row(fault) for fault in (NO_FAULT, "pay-down")})
    assert "contrasts" in few.to_dict()["rows"][1]["cells"][0]
    assert "wide synchronous less synchronous" in few._repr_html_()
    chart = tmp_path / "matrix.svg"
    save(draw("matrix", few), chart)
    page = matrix_page(few, chart)
    assert 'class="a-synchronous b-synchronous-second c-event-driven"' in page
    assert page.count("curve c") == page.count("curve a") > 0
    assert sim.load_saved(few.save(tmp_path / "few.npz")).to_dict() == few.to_dict()  # type: ignore[union-attr]
    assert {one.where for one in compare_to_baseline(few, few).changes} >= {"pay-down, shop-wide"}
    assert 'name="pay-down: shop-wide"' in junit(few)


def test_columns_that_do_not_fit_are_refused(three: Matrix, matrix: Matrix) -> None:
    """Rows of different length, one architecture or seven, and a side that there is not."""
    with pytest.raises(ComparisonError, match="two to 6 architectures, the same in each row"):
        Matrix({NO_FAULT: three.row(), "pay-down": matrix.row("pay-down")})
    with pytest.raises(ComparisonError, match="two to 6 architectures"):
        Matrix({fault: three.row(fault)[:1] for fault in three.row_names})
    with pytest.raises(ComparisonError, match="a matrix is made of two to 6"):
        sim.fault_matrix([three.a.scenario] * 7)
    with pytest.raises(ComparisonError, match="there is no side 'd'"):
        three.result("pay-down", "d")
    with pytest.raises(ComparisonError, match="not with itself"):
        three.comparison("pay-down", "a", "a")
