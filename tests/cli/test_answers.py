"""What decides an exit code is said in every form, and what no run can change is refused before any run."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

XSD = Path(__file__).parents[1] / "report" / "junit.xsd"
SCENARIO = """
name: {name}
architecture: synchronous
services:
  front: {{workers: 4, operations: {{buy: [{{work: 2ms}}, {{call: back.pay, timeout: 100ms}}]}}}}
  back: {{operations: {{pay: [{{work: {{kind: exponential, mean: 5ms}}}}]}}}}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s}}
objectives: {objectives}
run: {{horizon: 4s, replications: 6, seed: 3}}
"""
SWEEP = ("sweep", "shop.yaml", "--over", "services.back.workers=1,2", "-o", "points")
BEST = ("--best", "goodput", "--within", "1/s")


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_figures: None
) -> Callable[..., Any]:
    """Run a command in a folder of its own, on the readable engine: its exit code, stdout and stderr as one line."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("COLUMNS", raising=False)  # lines are as long as they are, whatever the terminal
    write("shop")

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--engine", "compiled", "-q"])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, " ".join(err.split())

    return run


def write(name: str, objectives: str = "[]", called: str = "") -> str:
    """A shop with these objectives in a file of that name."""
    Path(f"{name}.yaml").write_text(SCENARIO.format(name=called or name, objectives=objectives), encoding="utf-8")
    return f"{name}.yaml"


def suites_of(out: str) -> dict[str, ET.Element]:
    """The suites of a valid JUnit document by their names; their counts are those of their cases."""
    xmlschema = pytest.importorskip("xmlschema")
    xmlschema.XMLSchema(str(XSD)).validate(out)
    found = list(ET.fromstring(out))
    for suite in found:
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert {case.get("classname") for case in cases} <= {suite.get("name")}
        for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(count) == str(sum(case.find(tag) is not None for case in cases))
    assert len({suite.get("name") for suite in found}) == len(found)
    return {str(suite.get("name")): suite for suite in found}


def counts(suite: ET.Element) -> tuple[int, int, int]:
    """How many cases a suite has, how many failures and errors."""
    tests, failures, errors = (int(suite.get(count) or 0) for count in ("tests", "failures", "errors"))
    return tests, failures, errors


def flat(text: str) -> str:
    """A text without its line breaks."""
    return " ".join(text.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--best", "goodput", "--within", "banana"), "the difference that matters in 'goodput'"),
        (("--best", "goodput", "--within", "2"), "'2' is a number; write for example 2/s"),
        (("--best", "goodput", "--within", "0/s"), "above 0"),
        (("--best", "offered", "--within", "2/s"), "neither more nor less of 'offered' is better"),
        ((*BEST, "--runs", "2"), "at least 3 replications each"),
    ],
)
def test_a_best_that_cannot_be_asked_for_is_refused_before_any_run(cli: Any, words: tuple[str, ...], said: str) -> None:
    """A size that cannot be read, a metric without a better side, too few replications: 2, and there is no folder yet."""
    code, out, err = cli(*SWEEP, *words)
    assert (code, out) == (2, "")
    assert said in err
    assert not Path("points").exists()


def test_a_single_point_is_no_choice(cli: Any) -> None:
    """Of one point no best is asked; that too is said before it is run."""
    code, out, err = cli("sweep", "shop.yaml", "--over", "services.back.workers=1", "-o", "points", *BEST)
    assert (code, out) == (2, "")
    assert "the best is selected from 2 to " in err
    assert not Path("points").exists()


@pytest.mark.parametrize("form", ["text", "json", "markdown"])
def test_failed_runs_are_shown_although_no_best_can_be_chosen(cli: Any, form: str) -> None:
    """The points, the failures and one sentence on the best; the code is that of failed runs, 3."""
    code, out, err = cli(*SWEEP, *BEST, "--max-events", "300", "--format", form)
    assert code == 3
    assert "failed: point 0 (services.back.workers=1), replication " in err
    assert "max-events" in err
    assert "No best point can be chosen by goodput: " in flat(out)
    if form == "json":
        data = json.loads(out)
        assert (data["best"]["path"], data["best"]["point"], len(data["points"])) == ("goodput", None, 2)
        assert f": {len(data['failures'])} of 12 runs failed" in data["best"]["sentence"]


def test_a_shard_says_that_the_best_is_still_to_come(cli: Any) -> None:
    """Half of the runs are printed, and why they do not decide: 4. With the other half the same folder has a best."""
    code, out, _ = cli(*SWEEP, *BEST, "--shard", "1/2")
    assert code == 4
    assert "2 points, 6 of 12 runs" in out
    assert "No best point can be chosen by goodput yet: 6 of 12 runs are missing" in flat(out)
    code, out, _ = cli(*SWEEP, *BEST)
    assert code == 0
    assert "With 95 % confidence " in flat(out)


def test_a_best_by_a_time_without_an_end_is_open(cli: Any) -> None:
    """Every run is there, one has no value: the sweep is printed with the reason, and the code is 4."""
    code, out, _ = cli(*SWEEP, "--best", "orders.latency.p99.9", "--within", "10ms")
    assert code == 4
    assert "2 points, 12 of 12 runs" in out
    assert "No best point can be chosen by orders.latency.p99.9: point 0 has replications without a finite" in flat(out)


def test_a_baseline_without_a_common_point_is_refused_before_any_run(cli: Any) -> None:
    """Both plans are known beforehand: 2, and there is no folder yet; with one point in common it is held."""
    assert cli(*SWEEP, "--save", "base.npz")[0] == 0
    other = ("sweep", "shop.yaml", "-o", "others", "--baseline", "base.npz", "--over")
    code, out, err = cli(*other, "services.back.workers=3,4")
    assert (code, out) == (2, "")
    assert "the sweep and its baseline have no point in common" in err
    assert not Path("others").exists()
    code, out, _ = cli(*other, "services.back.workers=2,3")
    assert code == 0
    assert "the baseline has 1 of the 2 points" in out


@pytest.mark.parametrize(("workers", "shown"), [("1,2", 12), ("1,2,3,4", 21)])
def test_junit_has_an_error_for_each_failed_run(cli: Any, workers: str, shown: int) -> None:
    """Which run, and why; of many the first twenty and how many more. A sweep without objectives is not green."""
    sweep = ("sweep", "shop.yaml", "--over", f"services.back.workers={workers}", "-o", "points")
    code, out, _ = cli(*sweep, "--max-events", "10", "--format", "junit")
    suite = suites_of(out)["failed runs of shop"]
    assert (code, counts(suite)) == (3, (shown, 0, shown))
    first, *_, last = suite.iter("testcase")
    assert first.get("name") == "point 0 (services.back.workers=1), replication 0"
    assert "max-events: more than 10 events" in str(first.find("error").get("message"))  # type: ignore[union-attr]
    assert last.get("name") == ("4 more" if shown > 20 else "point 1 (services.back.workers=2), replication 5")


def test_junit_fails_where_a_precision_was_not_reached(cli: Any) -> None:
    """The figure, what was asked and what was reached, of a run and of a pair; one that was reached is a case that passes."""
    write("other")
    capped = ("--no-report", "--precision", "goodput:0.01%,orders.latency.p50:90%", "--runs-max", "50", "--format", "junit")
    code, out, _ = cli("run", "shop.yaml", *capped)
    suite = suites_of(out)["shop"]
    assert (code, counts(suite)) == (4, (2, 1, 0))
    failure = suite.find("testcase[@name='precision of goodput']/failure")
    assert failure is not None
    assert failure.get("type") == "inconclusive"
    assert "precision not reached: goodput " in str(failure.get("message"))
    code, out, _ = cli("compare", "shop.yaml", "other.yaml", "-s", "services.back.workers=2", *capped)
    assert code == 0  # both are alike: all differences are 0
    assert counts(suites_of(out)["difference of other from shop"]) == (2, 0, 0)
    asked = ("--precision", "5%", "--runs-max", "30", "--format", "junit", "-s", "workload.orders.arrivals.rate=0.001/s")
    code, out, _ = cli("run", "shop.yaml", "--no-report", *asked)
    assert (code, counts(suites_of(out)["shop"])) == (4, (2, 2, 0))


def test_junit_fails_where_the_best_is_undecided(cli: Any) -> None:
    """A failure of its own with the sentence; a best that is chosen is a case that passes."""
    code, out, _ = cli(*SWEEP, "--best", "orders.latency.p50", "--within", "0.000001ms", "--format", "junit")
    suite = suites_of(out)["best point of shop"]
    assert (code, counts(suite)) == (4, (1, 1, 0))
    assert "Not decided which point has the lowest" in str(next(suite.iter("failure")).get("message"))
    code, out, _ = cli(*SWEEP, *BEST, "--format", "junit")
    assert (code, counts(suites_of(out)["best point of shop"])) == (0, (1, 0, 0))
    code, out, _ = cli(*SWEEP, *BEST, "--runs", "8", "--shard", "1/2", "--format", "junit")
    assert (code, counts(suites_of(out)["best point of shop"])) == (4, (1, 1, 0))


def test_junit_fails_where_nothing_could_be_held_against_a_baseline(cli: Any) -> None:
    """Nothing judged, or no metric in common: the exit code is 4 or 5, and a case says why."""
    run = ("run", "shop.yaml", "--no-report")
    assert cli(*run, "--save", "base.npz")[0] == 0
    code, out, _ = cli(*run, "--baseline", "base.npz", "--gate", "goodput", "--runs", "2", "--format", "junit")
    suite = suites_of(out)["shop against the baseline"]
    assert (code, counts(suite)) == (4, (1, 1, 0))
    assert "there are only 2 pairs" in str(next(suite.iter("failure")).get("message"))
    more = "workload:\n  more: {operation: back.pay, arrivals: {kind: poisson, rate: 5/s}}"
    text = Path("shop.yaml").read_text(encoding="utf-8").replace("workload:", more)
    Path("wide.yaml").write_text(text, encoding="utf-8")
    held = ("run", "wide.yaml", "--no-report", "--baseline", "base.npz", "--format", "junit")
    code, out, _ = cli(*held, "--gate", "more.errors")
    suite = suites_of(out)["shop against the baseline"]
    assert (code, counts(suite)) == (5, (1, 1, 0))
    failure = next(suite.iter("failure"))
    assert failure.get("type") == "nothing to check"
    assert "'more.errors' is not held against the baseline" in str(failure.get("message"))
    code, out, _ = cli(*held, "--gate", "goodput,more.errors", "--fail-on", "inconclusive")
    left = [str(case.get("name")) for case in suites_of(out)["shop against the baseline"] if case.find("failure") is not None]
    assert code == 4
    assert [name for name in left if "left out: 'more.errors' is not held" in name]


def test_junit_and_headings_tell_two_scenarios_of_one_name_apart(cli: Any) -> None:
    """Suites and cases of a comparison have a name of their own each, and a sweep's baseline that of the whole sweep."""
    write("again", '["orders.errors < 90%"]', called="shop")
    words = ("compare", "shop.yaml", "again.yaml", "--no-report", "--no-worse", "goodput:50%", "--format")
    assert list(suites_of(cli(*words, "junit")[1])) == ["shop (a)", "shop (b)", "shop (b) no worse than shop (a)"]
    assert cli(*words, "markdown")[1].startswith("# shop (a) and shop (b)\n")
    assert cli(*SWEEP, "--save", "base.npz")[0] == 0
    found = suites_of(cli(*SWEEP, "--baseline", "base.npz", "--format", "junit")[1])
    assert [name for name in found if "baseline" in name] == ["shop against the baseline"]


BREACHED = '["orders.goodput > 1000/s", "orders.errors < 90%"]'


@pytest.mark.parametrize("form", ["text", "markdown"])
def test_a_sweep_says_which_objective_of_which_point_decides(cli: Any, form: str) -> None:
    """Where --fail-on objective asks: how many, then each that does not hold, its point, and what was found."""
    write("shop", BREACHED)
    code, out, _ = cli(*SWEEP, "--fail-on", "objective", "--format", form)
    assert code == 1
    assert "FAIL: 2 of 4 objectives breached" in out
    for point in ("point 0 (services.back.workers=1)", "point 1 (services.back.workers=2)"):
        assert f"FAIL {point}: orders.goodput > 1000/s " in flat(out)
    assert "orders.errors < 90%" not in out
    assert "FAIL" not in cli(*SWEEP, "--format", form)[1]


def test_of_many_objectives_that_do_not_hold_the_first_are_named(cli: Any) -> None:
    """Twenty, and how many more there are."""
    write("shop", BREACHED)
    over = ("sweep", "shop.yaml", "--over", "services.back.workers=1..22:lin:22", "--runs", "3")
    code, out, _ = cli(*over, "--fail-on", "objective", "-s", "run.horizon=1s")
    assert code == 1
    assert out.count("orders.goodput > 1000/s") == 20
    assert "... and 2 more that do not hold, or are open" in out


@pytest.mark.parametrize("form", ["text", "markdown", "json"])
def test_a_comparison_says_which_objective_of_which_side_decides(cli: Any, form: str) -> None:
    """Every objective of both sides by the name of its side, where --fail-on objective asks; as data always."""
    write("again", BREACHED, called="shop")
    words = ("compare", "shop.yaml", "again.yaml", "--no-report", "--format", form)
    code, out, _ = cli(*words, "--fail-on", "objective")
    assert code == 1
    if form == "json":
        for data in (json.loads(out), json.loads(cli(*words)[1])):
            assert [one["outcome"] for one in data["b"]["objectives"]] == ["fail", "pass"]
            assert data["a"]["objectives"] == []
        return
    assert "FAIL: 1 of 2 objectives breached" in out
    assert "FAIL shop (b): orders.goodput > 1000/s " in flat(out)
    assert "PASS shop (b): orders.errors < 90% " in flat(out)
    assert "orders.goodput > 1000/s" not in cli(*words)[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "shop.yaml", "--no-report", "--format", "junit"), "shop has no objectives, which --format junit asks for"),
        (("compare", "shop.yaml", "shop.yaml", "--no-report", "--fail-on", "objective"), "shop (a) and shop (b) have no"),
        (("compare", "shop.yaml", "b.yaml", "--no-report", "--fail-on", "objective"), "shop and b have no objectives, which"),
        ((*SWEEP, "--fail-on", "objective"), "shop has no objectives, which --fail-on objective asks for"),
    ],
)
def test_nothing_to_check_is_said_in_a_sentence(cli: Any, words: tuple[str, ...], said: str) -> None:
    """Exit code 5 is never silent: stderr says what was asked for and is not there."""
    write("b")
    code, _, err = cli(*words)
    assert code == 5
    assert f"nothing to check: {said}" in err


def test_a_side_without_objectives_is_nothing_to_check(cli: Any) -> None:
    """Those of the other side do not speak for it: compared, swept, beside a baseline, and where both have one name."""
    judged, silent = write("judged", '["orders.errors < 90%"]'), write("silent")
    said = "nothing to check of silent, which has no objectives: write some, or leave --fail-on objective out"
    pair = ("compare", judged, silent, "--no-report", "--fail-on", "objective")
    code, _, err = cli(*pair, "--save", "base.npz")
    assert (code, said in err) == (5, True)
    code, _, err = cli(*pair, "--baseline", "base.npz")
    assert (code, said in err) == (5, True)
    points = ("--over", "services.back.workers=1,2", "-o", "both", "--fail-on", "objective")
    code, _, err = cli("sweep", judged, silent, *points)
    assert (code, said in err) == (5, True)
    twin = write("twin", called="judged")
    code, _, err = cli("compare", judged, twin, "--no-report", "--fail-on", "objective")
    assert code == 5
    assert "nothing to check of judged (b)" in err
    assert cli("compare", judged, judged, "--no-report", "--fail-on", "objective")[0] == 0
    assert cli("compare", judged, silent, "--no-report")[0] == 0


def test_nothing_to_hold_is_said_in_a_sentence(cli: Any) -> None:
    """A metric that the baseline does not have: which, in the sentence; nothing is said where something else decides."""
    assert cli("run", "shop.yaml", "--no-report", "--save", "base.npz")[0] == 0
    more = "workload:\n  more: {operation: back.pay, arrivals: {kind: poisson, rate: 5/s}}"
    text = Path("shop.yaml").read_text(encoding="utf-8").replace("workload:", more)
    Path("wide.yaml").write_text(text, encoding="utf-8")
    held = ("run", "wide.yaml", "--no-report", "--baseline", "base.npz", "--gate", "more.errors")
    code, _, err = cli(*held)
    assert code == 5
    assert "nothing to check: no metric could be held against the baseline (" in err
    assert "'more.errors' is not held against the baseline: nothing is named 'more'" in err
    pair = ("compare", "shop.yaml", "wide.yaml", "--no-report", "--fail-on", "objective", "--no-worse", "goodput:50%")
    quiet = ((*held, "-s", 'objectives=["goodput > 1000/s"]'), (*held, "--fail-on", "never"), pair, held[:3])
    for words, expected in zip(quiet, (1, 0, 0, 0), strict=True):
        code, _, err = cli(*words)
        assert code == expected
        assert "nothing to check" not in err


def test_notes_and_claims_are_in_markdown_too(cli: Any) -> None:
    """That the arrivals differ is said on stdout and in the report's table; so is what became of a claim."""
    text = Path("shop.yaml").read_text(encoding="utf-8").replace("20/s", "30/s").replace("name: shop", "name: busy")
    Path("busy.yaml").write_text(text, encoding="utf-8")
    code, out, _ = cli("compare", "shop.yaml", "busy.yaml", "-o", "out", "--no-worse", "goodput:50%", "--format", "markdown")
    (table,) = Path("out").glob("*/*/table.md")
    assert code == 0
    for told in (out, table.read_text(encoding="utf-8")):
        assert "- note: the arrivals of the flow 'orders' differ\n" in told
        assert "- PASS goodput no worse by 50 %: " in told


def test_a_value_of_several_lines_stays_in_its_row_of_markdown(cli: Any) -> None:
    """A table ends at a line break: cells and sentences have none, whatever the values of an axis have."""
    write("shop", BREACHED)
    axis = "services.back.operations.pay[0].work={kind: exponential,\n  mean: 5ms},{kind: exponential,\n  mean: 9ms}"
    code, out, _ = cli("sweep", "shop.yaml", "--over", axis, "-o", "points", "--format", "markdown", "--fail-on", "objective")
    assert code == 1
    lines = out.splitlines()
    assert [line.count(" | ") for line in lines[:4]] == [lines[0].count(" | ")] * 4
    assert "{kind: exponential,   mean: 5ms}" in lines[2]
    assert all(line.startswith(("| ", "- ")) for line in lines if line)


def test_a_sweep_that_cannot_be_saved_is_printed(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """The disk refuses the file of --save: 6 with the reason, and what was found is on stdout all the same."""

    def refuse(_sweep: Any, path: Path) -> None:
        raise OSError(28, "No space left on device", str(path))

    monkeypatch.setattr("sim.sweeps.result.Sweep.save", refuse)
    code, out, err = cli(*SWEEP, "--save", "base.npz")
    assert code == 6
    assert "2 points, 12 of 12 runs" in out
    assert "base.npz: No space left on device" in err
