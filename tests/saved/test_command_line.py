"""--save and --baseline of run, compare and sweep: what is printed, what is kept, and every exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from sim.cli import main
from sim.cli.exits import BREACHED, INCONCLUSIVE, INTERNAL, NOTHING, OK, worst
from sim.loaded import load_saved
from sim.results.result import Result

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = """
name: shop
architecture: synchronous
services:
  front: {workers: 4, operations: {buy: [{work: 2ms}, {call: back.pay, timeout: 100ms}]}}
  back: {queue_max: 10, operations: {pay: [{work: {kind: exponential, mean: 8ms}}]}}
workload:
  orders: {operation: front.buy, arrivals: {kind: poisson, rate: 40/s}, timeout: 1s}
objectives: ["orders.errors < 50%"]
run: {horizon: 5s, replications: 8, seed: 3}
"""
SLOW = ("-s", "services.back.operations.pay[0].work.mean=14ms")
FAST = ("-s", "services.back.operations.pay[0].work.mean=5ms")
RUN = ("run", "shop.yaml", "--no-report", "-q")
HELD = (*RUN, "--baseline", "base.npz", "--gate", "orders.latency.p50,goodput")


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_figures: None
) -> Callable[..., tuple[int, str, str]]:
    """Run a command in a folder with a scenario: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text(SCENARIO, encoding="utf-8")

    def run(*given: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(given))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


@pytest.fixture
def base(cli: Any) -> Any:
    """The same, with a baseline saved."""
    assert cli(*RUN, "--save", "base.npz")[0] == OK
    return cli


def test_save_says_where_and_keeps_everything(cli: Any) -> None:
    """The file is there, holds the run, and stderr says so; quiet says nothing."""
    code, _, err = cli("run", "shop.yaml", "--no-report", "--save", "base.npz")
    assert code == OK
    assert "saved to base.npz; hold a later one against it by --baseline" in err
    found = load_saved("base.npz")
    assert isinstance(found, Result)
    assert (found.seed, found.replications, found.name) == (3, 8, "shop")
    assert "saved" not in cli(*RUN, "--save", "base.npz")[2]


@pytest.mark.parametrize(
    ("changes", "code", "words"),
    [
        ((), OK, ["no change"]),
        (SLOW, BREACHED, ["REGRESSED"]),
        (FAST, OK, ["improved"]),
        (("--seed", "4"), OK, ["unsure"]),
        (("--seed", "4", "--fail-on", "inconclusive"), INCONCLUSIVE, ["unsure"]),
        ((*SLOW, "--fail-on", "inconclusive"), BREACHED, ["REGRESSED"]),
        ((*SLOW, "--fail-on", "never"), OK, ["REGRESSED"]),
        ((*SLOW, "--tolerance", "orders.latency.p50=2s", "--tolerance", "goodput=50%"), OK, ["no change"]),
        (("--runs", "2"), INCONCLUSIVE, ["unsure", "at least 3 are needed"]),
    ],
    ids=["same", "slow", "fast", "doubt", "doubt fails", "slow and doubt", "never", "tolerated", "too few"],
)
def test_run_answers_by_its_exit_code(base: Any, changes: tuple[str, ...], code: int, words: list[str]) -> None:
    """0 without a proven regression, 1 with one, 4 where nothing can be told or doubt fails."""
    found, out, _ = base(*HELD, *changes)
    assert found == code
    assert "metrics held against the baseline" in out
    assert all(word in " ".join(out.split()) for word in words)


def test_a_breached_objective_still_decides(base: Any) -> None:
    """Improved against the baseline, and breached: 1."""
    words = (*HELD, *FAST, "-s", 'objectives=["goodput > 1000/s"]')
    assert base(*words)[0] == BREACHED
    assert base(*words, "--fail-on", "never")[0] == OK


def test_run_prints_the_verdict_in_every_form(base: Any) -> None:
    """JSON with every change, Markdown with a section, JUnit with a suite; stdout is data only."""
    words = (*HELD, *SLOW, "--format")
    data = json.loads(base(*words, "json")[1])
    assert data["baseline"]["counts"]["regressed"] >= 1
    (change,) = [one for one in data["baseline"]["changes"] if one["path"] == "orders.latency.p50"]
    assert (change["outcome"], change["design"], change["difference"]["n"]) == ("regressed", "paired", 8)
    markdown = base(*words, "markdown")[1]
    assert "## Against the baseline" in markdown
    assert "| REGRESSED |" in markdown
    suites = ET.fromstring(base(*words, "junit")[1])
    assert [suite.get("name") for suite in suites] == ["shop", "shop against the baseline"]
    assert int(suites[1].get("failures") or 0) == data["baseline"]["counts"]["regressed"]
    assert "baseline" not in json.loads(base(*RUN, "--format", "json")[1])


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "No such file"),
        (b"", "not a file that eventflow saved"),
        (b"name: shop\n", "not a file that eventflow saved"),
        ("cut", "or its end is missing"),
        ("flipped", "is damaged"),
    ],
)
def test_a_baseline_that_cannot_be_read_is_wrong_usage(base: Any, content: Any, message: str) -> None:
    """Exit code 2 with the reason, before anything is run."""
    path = Path("base.npz")
    whole = path.read_bytes()
    if content is None:
        path.unlink()
    else:
        flipped = whole[:500] + bytes([whole[500] ^ 1]) + whole[501:]
        path.write_bytes({"cut": whole[:-1], "flipped": flipped}.get(content, content) if isinstance(content, str) else content)
    code, out, err = base("run", "shop.yaml", "--no-report", "--baseline", "base.npz")
    assert code == 2
    assert message in err
    assert "simulating" not in err
    assert out == ""


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--gate", "goodput"), "need a --baseline"),
        (("--tolerance", "2%"), "need a --baseline"),
        (("--fail-on", "inconclusive"), "need a --baseline"),
        (("--save", "none/base.npz"), "there is no folder none"),
        (("--baseline", "base.npz", "--gate", "goodputt"), "did you mean 'goodput'"),
        (("--baseline", "base.npz", "--gate", "offered"), "neither better nor worse"),
        (("--baseline", "base.npz", "--gate", ", "), "--gate ', ' names no metric"),
        (("--baseline", "base.npz", "--tolerance", "much"), "is not a percentage"),
        (("--baseline", "base.npz", "--tolerance", "2%", "--tolerance", "3%"), "there is one for the same already"),
    ],
)
def test_wrong_usage_is_noticed_before_anything_is_run(base: Any, words: tuple[str, ...], message: str) -> None:
    """Options without a baseline, a folder that is not there, metrics and tolerances that do not exist."""
    code, _, err = base("run", "shop.yaml", "--no-report", *words)
    assert code == 2
    assert message in err
    assert "simulating" not in err


def test_a_report_folder_is_a_baseline_too(cli: Any) -> None:
    """It holds result.npz; `load_saved` takes the folder."""
    assert cli("run", "shop.yaml", "-q", "-o", "out")[0] == OK
    (folder,) = Path("out/shop").iterdir()
    assert isinstance(load_saved(folder), Result)
    assert cli(*RUN, "--baseline", str(folder))[0] == OK
    assert cli(*RUN, *SLOW, "--baseline", str(folder), "--gate", "orders.latency.p50")[0] == BREACHED


def test_a_large_result_is_left_out_of_a_report(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Above a limit of the file, or of the counts in it, there is no result.npz; --save still writes one."""
    for limit in ("SAVED_MAX", "COUNTS_MAX"):
        with monkeypatch.context() as patched:
            patched.setattr(f"sim.report.write.{limit}", 100)
            assert cli("run", "shop.yaml", "-q", "-o", limit, "--save", "base.npz")[0] == OK
        (folder,) = Path(limit, "shop").iterdir()
        assert not (folder / "result.npz").exists()
        assert (folder / "manifest.json").exists()
        assert Path("base.npz").exists()


def test_compare_is_held_side_by_side(cli: Any) -> None:
    """A saved comparison as the baseline: 0, 1 and the objectives' code, in text and JUnit."""
    Path("other.yaml").write_text(SCENARIO.replace("name: shop", "name: other").replace("8ms", "6ms"), encoding="utf-8")
    words = ("compare", "shop.yaml", "other.yaml", "--no-report", "-q")
    assert cli(*words, "--save", "pair.npz")[0] == OK
    held = (*words, "--baseline", "pair.npz", "--gate", "orders.latency.p50")
    code, out, _ = cli(*held)
    assert code == OK
    assert "Of 2 metrics held against the baseline 2 no change" in out
    code, out, _ = cli(*held, *SLOW)
    assert code == BREACHED
    assert "shop: orders.latency.p50" in out
    suites = ET.fromstring(cli(*held, *SLOW, "--format", "junit")[1])
    assert [suite.get("name") for suite in suites] == ["shop", "other", "shop against the baseline"]
    assert cli(*held, "-s", 'objectives=["goodput > 1000/s"]')[0] == OK
    assert cli(*held, "-s", 'objectives=["goodput > 1000/s"]', "--fail-on", "objective")[0] == BREACHED


def test_sweep_is_held_point_by_point(cli: Any) -> None:
    """A saved sweep, or its folder: every point that both have; another kind of baseline is refused."""
    words = ("sweep", "shop.yaml", "--over", "services.front.workers=4,2", "-q", "-o")
    assert cli(*words, "before", "--save", "sweep.npz")[0] == OK
    held = ("--gate", "orders.latency.p50", "--baseline")
    for baseline in ("sweep.npz", "before"):
        code, out, _ = cli(*words, "again", *held, baseline)
        assert code == OK
        assert "Of 2 metrics held against the baseline 2 no change" in out
        code, out, _ = cli(*words, "slow", *SLOW, *held, baseline, "--format", "markdown")
        assert code == BREACHED
        assert "| services.front.workers=2: orders.latency.p50 |" in out
    suites = ET.fromstring(cli(*words, "slow", *SLOW, *held, "before", "--format", "junit")[1])
    assert len(suites) == 3
    cli(*RUN, "--save", "base.npz")
    code, _, err = cli(*words, "more", *held, "base.npz")
    assert code == 2
    assert "the baseline holds a run, this is a sweep" in err
    code, _, err = cli(*RUN, "--baseline", "sweep.npz")
    assert code == 2


def test_from_a_manifest_neither_saves_nor_holds(cli: Any) -> None:
    """It repeats a run and compares fingerprints; the other options have no meaning there."""
    for words in (("--save", "x.npz"), ("--baseline", "x.npz")):
        code, _, err = cli("run", "--from", "manifest.json", *words)
        assert code == 2
        assert "--from compares fingerprints" in err


def test_the_worst_answer_decides() -> None:
    """A failed run, then a breach, then doubt, then nothing to check."""
    assert worst([OK, NOTHING, INCONCLUSIVE, BREACHED, INTERNAL]) == INTERNAL
    assert worst([OK, NOTHING, INCONCLUSIVE, BREACHED]) == BREACHED
    assert worst([OK, NOTHING, INCONCLUSIVE]) == INCONCLUSIVE
    assert worst([OK, NOTHING]) == NOTHING
    assert worst([]) == OK


def test_a_result_is_not_saved_over_a_scenario(cli: Any) -> None:
    """--save takes a .npz file only: a scenario, or anything else of the user's, is not overwritten."""
    code, _, err = cli(*RUN, "--save", "shop.yaml")
    assert code == 2
    assert "a saved result is a .npz file; write shop.npz" in err
    assert Path("shop.yaml").read_text(encoding="utf-8") == SCENARIO


def test_a_closed_pipe_is_no_breach(cli: Any) -> None:
    """When who reads has gone, as ``| head -1`` does, the exit code is not that of a breached objective."""
    command = f"{sys.executable} -m sim list metrics | head -1; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, check=False)  # noqa: S607
    assert done.returncode == 0
