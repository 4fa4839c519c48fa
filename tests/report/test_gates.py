"""Gates for CI: what each command answers by its exit code and in every form, when it passes, breaks, cannot tell, is invalid.

                 pass   breach   inconclusive   invalid
    run            0       1           4            2        objectives
    compare        0       1           4            2        --no-worse
    sweep          0       1           4            2        objectives of every point
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from sim.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

XSD = Path(__file__).with_name("junit.xsd")
SCENARIO = """
name: shop
architecture: synchronous
services:
  front: {{workers: 4, operations: {{buy: [{{work: 2ms}}, {{call: back.pay, timeout: 100ms}}]}}}}
  back: {{operations: {{pay: [{{work: {{kind: exponential, mean: {mean}}}}}]}}}}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s}}
objectives: {objectives}
run: {{horizon: 4s, replications: 6, seed: 3}}
"""
OBJECTIVES = {
    "pass": ('["orders.errors < 90%"]', 0),
    "breach": ('["orders.errors < 90%", "orders.goodput > 1000/s"]', 1),
    "inconclusive": ('["orders.latency.p99.9 < 1s"]', 4),
    "invalid": ('["orders.latncy.p99 < 1s"]', 2),
}
CLAIMS = {
    "pass": ("orders.latency.p50:1000%", "orders.latency.p50:100%", 0),
    "breach": ("orders.latency.p50:1%", "orders.errors:10pp", 1),
    "inconclusive": ("orders.latency.p99.9:5%", "orders.errors:10pp", 4),
    "invalid": ("orders.latency.p50:5/s", "orders.errors:10pp", 2),
}
FORMS = ("text", "json", "markdown", "junit")


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_figures: None
) -> Callable[..., Any]:
    """Run a command in an empty folder, on the readable engine: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main([*words, "--engine", "compiled", "-q"])
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def write(name: str, objectives: str = "[]", mean: str = "5ms") -> str:
    """A shop with these objectives."""
    Path(f"{name}.yaml").write_text(SCENARIO.format(objectives=objectives, mean=mean), encoding="utf-8")
    return f"{name}.yaml"


def check_form(form: str, out: str, outcome: str) -> list[str]:
    """Parse what was printed; the outcomes that it tells, by case."""
    if form == "json":
        json.loads(out)
        return []
    if form == "markdown":
        assert "| ---" in out or "| :--" in out
        return []
    if form == "text":
        return []
    xmlschema = pytest.importorskip("xmlschema")
    xmlschema.XMLSchema(str(XSD)).validate(out)
    root = ET.fromstring(out)
    for suite in root:
        cases = list(suite.iter("testcase"))
        assert suite.get("tests") == str(len(cases))
        assert suite.get("failures") == str(sum(case.find("failure") is not None for case in cases))
    kinds = [case.find("failure") for case in root.iter("testcase")]
    found = [str(kind.get("type")) for kind in kinds if kind is not None]
    assert ("objective" in found) == (outcome == "breach")
    assert ("inconclusive" in found) == (outcome == "inconclusive")
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("outcome", OBJECTIVES)
def test_run(cli: Any, outcome: str, form: str) -> None:
    """Objectives decide; an invalid scenario leaves nothing on stdout, and says where."""
    objectives, code = OBJECTIVES[outcome]
    found, out, err = cli("run", write("shop", objectives), "--no-report", "--format", form)
    assert found == code
    if outcome == "invalid":
        assert out == ""
        assert "shop.yaml" in err
        return
    check_form(form, out, outcome)
    if form == "json":
        outcomes = [one["outcome"] for one in json.loads(out)["objectives"]]
        assert outcomes == {"pass": ["pass"], "breach": ["pass", "fail"], "inconclusive": ["unsure"]}[outcome]


def test_a_report_whose_files_were_damaged_says_so(cli: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A summary that is not as it was written is refused; without a result.npz that can be read the page is still made."""
    write("shop", "[]")
    assert cli("run", "shop.yaml", "--out", "reports")[0] == 0
    assert main(["report", "reports"]) == 0
    assert capsys.readouterr().err == ""
    (saved,) = tmp_path.glob("reports/shop/*/result.npz")
    saved.write_bytes(saved.read_bytes()[:-100] + b"0" * 100)
    assert main(["report", "reports"]) == 0
    assert "; the page is made without it" in capsys.readouterr().err
    summary = saved.with_name("summary.json")
    summary.write_text(summary.read_text(encoding="utf-8").replace("1", "2", 1), encoding="utf-8")
    assert main(["report", "reports"]) == 2
    assert "summary.json is not as it was written" in capsys.readouterr().err


def test_what_is_asked_for_and_not_there_is_nothing_to_check(cli: Any) -> None:
    """JUnit of a run, and --fail-on objective, ask for objectives: without any the code is 5. A plain run is only shown."""
    write("shop", "[]")
    assert cli("run", "shop.yaml", "--no-report")[0] == 0
    assert cli("run", "shop.yaml", "--no-report", "--format", "junit")[0] == 5
    pair = ("compare", "shop.yaml", "shop.yaml", "--no-report", "--fail-on", "objective")
    assert cli(*pair)[0] == 5
    assert cli(*pair, "--no-worse", "goodput:50%")[0] == 0
    sweep = ("sweep", "shop.yaml", "--over", "services.back.workers=1,2", "--runs", "1")
    assert cli(*sweep)[0] == 0
    assert cli(*sweep, "--fail-on", "objective")[0] == 5


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("outcome", CLAIMS)
def test_compare(cli: Any, outcome: str, form: str) -> None:
    """B works twice as long: no worse by ten times, worse by 1 %, and of a p99.9 nobody can tell."""
    first, second, code = CLAIMS[outcome]
    words = ("compare", write("a"), write("b", mean="8ms"), "--no-report", "--format", form)
    found, out, err = cli(*words, "--no-worse", first, "--no-worse", second)
    assert found == code
    if outcome == "invalid":
        assert out == ""
        assert "is no limit for 'orders.latency.p50'; write 5% (of a's mean) or, for example, 10ms" in err
        return
    check_form(form, out, outcome)
    if form == "json":
        told = [claim["outcome"] for claim in json.loads(out)["claims"]]
        assert told == [{"pass": "pass", "breach": "fail", "inconclusive": "unsure"}[outcome], "pass"]
    if form in {"text", "markdown"}:
        word = {"pass": "PASS", "breach": "FAIL", "inconclusive": "UNSURE"}[outcome]
        assert f"{word} {first.partition(':')[0]} no worse by " in out
        assert "variance reduction by common random numbers: " in out


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("outcome", OBJECTIVES)
def test_sweep(cli: Any, outcome: str, form: str) -> None:
    """The objectives of every point decide when asked; differences alone are data."""
    objectives, code = OBJECTIVES[outcome]
    words = ("sweep", write("shop", objectives), "--over", "services.back.workers=1,2", "--format", form)
    found, out, err = cli(*words, "--fail-on", "objective")
    assert found == code
    if outcome == "invalid":
        assert out == ""
        assert "shop.yaml" in err
        return
    check_form(form, out, outcome)
    assert cli(*words)[0] == 0
    if form == "json":
        points = json.loads(out)["points"]
        assert [len(point["objectives"]) for point in points] == [len(json.loads(objectives))] * 2


def test_a_precision_that_is_not_reached_is_inconclusive(cli: Any) -> None:
    """Said for each figure; with one that is reached the exit code is that of the objectives."""
    path = write("shop", '["orders.errors < 90%"]')
    code, out, _ = cli("run", path, "--no-report", "--precision", "goodput:0.1%", "--runs-max", "32")
    assert code == 4
    assert "precision not reached: goodput " in out
    code, out, _ = cli("run", path, "--no-report", "--precision", "goodput:20%", "--format", "json")
    assert code == 0
    assert json.loads(out)["replications"] == json.loads(out)["precision"]["n"] == 50
    code, out, _ = cli("compare", path, write("b", mean="6ms"), "--no-report", "--precision", "goodput:5%")
    assert code == 0
    assert "goodput is precise to 5 % of a's mean" in out


def test_the_best_point_by_the_command(cli: Any) -> None:
    """A sentence with its guarantee, and the code for undecided."""
    words = ("sweep", write("shop", mean="60ms"), "--over", "services.back.workers=1,4", "--runs", "10")
    words = (*words, "--best", "orders.goodput")
    code, out, _ = cli(*words, "--within", "1/s")
    assert code == 0
    assert "With 95 % confidence point 1 (services.back.workers=4) has the highest" in out
    code, out, _ = cli(*words, "--within", "0.0001/s", "--format", "json")
    best = json.loads(out)["best"]
    assert (code == 4) == (best["point"] is None)


def test_a_sensitivity_by_the_command(cli: Any) -> None:
    """Instead of a table of points, a row for each input and the sentences."""
    words = ("sweep", write("shop"), "--over", "services.back.workers=1,2,3,4", "--over", "network.hop=1ms..20ms")
    words = (*words, "--sample", "morris:20", "--runs", "2", "-s", "run.horizon=3s")
    code, out, _ = cli(*words, "--metrics", "orders.latency.p50")
    assert code == 0
    assert "orders.latency.p50: mu_star" in out
    assert "(up) when network.hop goes" in " ".join(out.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "a.yaml", "--precision", "5%", "--runs", "9"), "leave out --runs, or write --runs-max"),
        (("run", "a.yaml", "--runs-max", "90"), "write --precision 5%, or --runs"),
        (("run", "a.yaml", "--precision", "fast"), "'fast' is no precision"),
        (("run", "a.yaml", "--precision", "5%", "--runs-max", "9"), "at most 9 runs are too few"),
        (("compare", "a.yaml", "a.yaml", "--no-worse", "goodput"), "is no claim; write --no-worse checkout.latency.p99:5%"),
        (("compare", "a.yaml", "a.yaml", "--no-worse", "godput:5%"), "did you mean 'goodput'"),
        (("compare", "a.yaml", "a.yaml", "--no-worse", "offered:5%"), "neither more nor less of it is better"),
        (("sweep", "a.yaml", "--best", "goodput"), "--best PATH and --within SIZE go together"),
    ],
)
def test_what_cannot_be_asked_for(cli: Any, words: tuple[str, ...], said: str) -> None:
    """Exit code 2 and a sentence, before anything is run."""
    write("a")
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert said in " ".join(err.split())


def test_the_schema_refuses_what_is_no_report() -> None:
    """A suite without counts, a case with two outcomes, an element of our own."""
    xmlschema = pytest.importorskip("xmlschema")
    schema = xmlschema.XMLSchema(str(XSD))
    suite = '<testsuites><testsuite name="a" tests="1" failures="0" errors="0">{}</testsuite></testsuites>'
    case = '<testcase classname="a" name="b">{}</testcase>'
    assert schema.is_valid(suite.format(case.format("")))
    two = '<failure message="x"/><skipped message="y"/>'
    for text in ('<testsuites><testsuite name="a"/></testsuites>', suite.format(case.format(two)), suite.format("<verdict/>")):
        assert not schema.is_valid(text)
