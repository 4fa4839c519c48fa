"""`run --from`: what is repeated is the gate too, and its exit code is that of the first time."""

from __future__ import annotations

import errno
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest

from sim.cli import main
from sim.cli.gate_options import GateOptions
from sim.running import InterruptedRunError

if TYPE_CHECKING:
    from collections.abc import Callable

SCENARIO = """
name: {name}
architecture: synchronous
services:
  front: {{workers: 4, queue_max: 10, operations: {{buy: [{{work: 2ms}}, {{call: back.pay, timeout: 100ms}}]}}}}
  back: {{queue_max: 10, operations: {{pay: [{{work: {{kind: exponential, mean: {mean}}}}}]}}}}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s}}
objectives: {objectives}
run: {{horizon: 4s, replications: {runs}, seed: 3}}
"""
COMPILED = ("--engine", "compiled", "-q")
PAIR = ("compare", "fast.yaml", "slow.yaml")
CLAIM = ("--no-worse", "orders.latency.p50:1%")


def write(name: str, objectives: str = "[]", mean: str = "5ms", runs: int = 6) -> str:
    """A shop in the current folder."""
    Path(f"{name}.yaml").write_text(SCENARIO.format(name=name, objectives=objectives, mean=mean, runs=runs), encoding="utf-8")
    return f"{name}.yaml"


@pytest.fixture
def cli(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], without_figures: None
) -> Callable[..., tuple[int, str, str]]:
    """Run a command as the program does, in a folder with shops: its exit code, stdout and stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sim.report.write._saved", lambda *_: None)
    write("fast")
    write("slow", '["orders.goodput > 1000/s"]', mean="15ms")

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        monkeypatch.setattr(sys, "argv", ["eventflow", *words])
        code = main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


def manifest() -> Path:
    """The manifest of the newest report."""
    return Path("reports") / Path("reports/latest").read_text(encoding="utf-8").strip() / "manifest.json"


def without_places(text: str) -> str:
    """What was printed, without where the report is."""
    return "\n".join(line for line in text.splitlines() if not line.startswith(("report ", "figure ", "page "))).strip()


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        ((*PAIR, *CLAIM), 1, "FAIL orders.latency.p50 no worse by"),
        ((*PAIR, *CLAIM, "--fail-on", "never"), 0, "FAIL orders.latency.p50 no worse by"),
        ((*PAIR, "--no-worse", "orders.latency.p99.9:1%"), 4, "UNSURE"),
        ((*PAIR, "--fail-on", "objective"), 1, "orders"),
        (("compare", "fast.yaml", "fast.yaml", "--fail-on", "objective"), 5, "orders"),
        ((*PAIR, *CLAIM, "--format", "junit"), 1, "<testsuites"),
        ((*PAIR, "--precision", "1%", "--runs-max", "30"), 4, "precision"),
        (("run", "fast.yaml", "--precision", "0.1%", "--runs-max", "30"), 4, "precision"),
        (("run", "fast.yaml", "--format", "junit"), 5, "<testsuites"),
        (("run", "slow.yaml", "--fail-on", "never"), 0, "FAIL"),
        (("run", "slow.yaml", "--format", "markdown"), 1, "# slow"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, tuple) else None,
)
def test_a_repeat_has_the_gate_of_the_first_time(cli: Any, words: tuple[str, ...], code: int, said: str) -> None:
    """Claims, precision, --fail-on and --format: a repeat prints the same and ends with the same code, its own repeat too."""
    first, out, _ = cli(*words, *COMPILED)
    assert first == code
    assert said in out
    once, again, err = cli("run", "--from", str(manifest()), *COMPILED)
    assert once == code, err
    assert without_places(again) == without_places(out)
    assert "fingerprints match" in err
    assert cli("run", "--from", str(manifest()), *COMPILED, "--no-report")[0] == code


def test_a_manifest_of_an_older_version_has_the_words_of_its_command(cli: Any) -> None:
    """Without the note of the gate it is read from argv; without that there is none, and the runs are repeated."""
    assert cli(*PAIR, *CLAIM, "--fail-on=objective", *COMPILED)[0] == 1
    path = manifest()
    data = json.loads(path.read_text(encoding="utf-8"))
    del data["gate"]
    path.write_text(json.dumps(data), encoding="utf-8")
    words = ("run", "--from", str(path), *COMPILED, "--no-report")
    code, out, _ = cli(*words)
    assert code == 1
    assert "no worse by" in out
    data["argv"] = ["demo"]
    path.write_text(json.dumps(data), encoding="utf-8")
    assert cli(*words)[0] == 0
    data["gate"] = {"no_worse": 3}
    path.write_text(json.dumps(data), encoding="utf-8")
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert "'gate' cannot be read" in err


def test_the_words_of_a_command_are_read_by_its_own_parser() -> None:
    """Options in either spelling, unknown ones of another version, other commands: never an error."""
    assert GateOptions.by(["compare", "a", "b", "--no-worse=x:1%", "--no-worse", "y:2%"]).no_worse == ("x:1%", "y:2%")
    assert GateOptions.by(["run", "a", "--precision", "2%", "--of-tomorrow", "--runs-max", "40"]).runs_max == 40
    assert GateOptions.by(["run", "a", "--baseline", "base.npz"]).baseline == "base.npz"
    assert GateOptions.by(["sweep", "a", "--fail-on", "objective"]) == GateOptions.by([]) == GateOptions()


@pytest.mark.parametrize(
    "words",
    [
        ("--runs-max", "3"),
        ("--precision", "1%"),
        ("--save", "a.npz"),
        ("--baseline", "a.npz"),
        ("--gate", "goodput"),
        ("--tolerance", "2%"),
        ("--fail-on", "inconclusive"),
        ("--runs", "3"),
        ("-s", "run.seed=1"),
    ],
    ids=lambda words: words[0],
)
def test_what_a_repeat_cannot_do_is_refused(cli: Any, words: tuple[str, ...]) -> None:
    """An option that changes what is run, or judges by something else, is a usage error that names it, before anything runs."""
    assert cli("run", "fast.yaml", *COMPILED)[0] == 0
    code, out, err = cli("run", "--from", str(manifest()), *words, *COMPILED)
    assert (code, out) == (2, "")
    assert words[0].replace("-s", "--set", words[0] == "-s") in err


def test_what_a_baseline_said_is_not_repeated_and_told(cli: Any) -> None:
    """The baseline may have changed since: it is named, and the exit code is that of the rest."""
    assert cli("run", "fast.yaml", "--save", "base.npz", *COMPILED)[0] == 0
    slower = ("-s", "services.back.operations.pay[0].work.mean=15ms")
    assert cli("run", "fast.yaml", "--baseline", "base.npz", *slower, "--fail-on", "inconclusive", *COMPILED)[0] == 1
    code, _, err = cli("run", "--from", str(manifest()), "--no-report", *COMPILED)
    assert code == 0
    assert "the first time it was held against base.npz; a repeat is not" in err


def test_a_repeat_can_be_printed_otherwise(cli: Any) -> None:
    """--format in the place of the first time's, for a pair too: JUnit with the claims of both sides."""
    assert cli(*PAIR, *CLAIM, *COMPILED)[0] == 1
    code, out, _ = cli("run", "--from", str(manifest()), "--format", "junit", "--no-report", *COMPILED)
    assert code == 1
    assert any(case.find("failure") is not None for case in ET.fromstring(out).iter("testcase"))


def test_an_incomplete_manifest_says_so(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of an interrupted run what there is is repeated, and how much there should have been is told; of a pair too."""
    from sim import replications

    whole = replications.run_replications

    def interrupted(scenario: Any, **how: Any) -> Any:
        result = whole(scenario, **how)
        stopped = InterruptedRunError(result.records[:4])
        stopped.result = result.first(4)
        raise stopped

    monkeypatch.setattr(replications, "run_replications", interrupted)
    for words in (("run", "fast.yaml", "--runs", "9"), (*PAIR, "--runs", "9", *CLAIM)):
        assert cli(*words, *COMPILED)[0] == 130
        path = manifest()
        assert json.loads(path.read_text(encoding="utf-8"))["wanted"] == 9
        with monkeypatch.context() as repaired:
            repaired.setattr(replications, "run_replications", whole)
            code, _, err = cli("run", "--from", str(path), "--no-report", *COMPILED)
        assert "manifest.json is incomplete: it was interrupted after 4 of 9 replications; only these are repeated" in err
        assert "fast: all 4 fingerprints match" in err
        assert code == (0 if words[0] == "run" else 4)
        assert ("claims cannot be judged" in err) == (words[0] == "compare")


def test_a_result_that_cannot_be_saved_is_shown_and_reported(cli: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """--save is last: a disk that refuses costs the file, not the verdict, nor the report."""
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device", "x.npz")

    monkeypatch.setattr("sim.results.result.Result.save", full)
    code, out, err = cli("run", "slow.yaml", "--save", "x.npz", *COMPILED)
    assert code == 6
    assert "FAIL" in out
    assert "x.npz: No space left on device" in err
    assert manifest().is_file()
