"""The command line: every command, its output, its exit code, its report."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from sim.cli import main
from sim.cli.commands import demo
from sim.cli.exits import MEANINGS
from sim.engine.compiled_engine import library
from sim.scenario import json_schema
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]
HEAVY = ("matplotlib", "scipy", "pandas", "llvmlite", "simpy")
COMMANDS = ("demo", "validate", "run", "compare", "list", "show", "explain", "schema", "doctor")

SCENARIO = """
name: {name}
architecture: {architecture}
services:
  front: {{workers: 4, queue_max: 10, operations: {{buy: [{{work: 2ms}}, {step}]}}}}
  back: {{workers: 1, queue_max: 10, operations: {{pay: [{{work: {{kind: exponential, mean: 10ms}}}}]}}}}
{broker}
workload:
  orders: {{operation: front.buy, arrivals: {{kind: poisson, rate: 20/s}}, timeout: 1s}}
faults:
  slow: {{kind: slowdown, target: back, factor: 20, at: 2s, for: 1s}}
objectives: {objectives}
run: {{horizon: 6s, replications: 4, seed: 3}}
"""
BROKER = """
brokers: {events: {topics: {placed: {partitions: 2}}}}
subscriptions: {payers: {topic: placed, operation: back.pay}}
"""


def write(folder: Path, name: str, objectives: str = "[]", *, events: bool = False) -> str:
    """A small scenario file; returns its path."""
    path = folder / f"{name}.yaml"
    text = SCENARIO.format(
        name=name,
        architecture="event-driven" if events else "synchronous",
        step="{publish: placed}" if events else "{call: back.pay, timeout: 100ms}",
        broker=BROKER if events else "",
        objectives=objectives,
    )
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in, with a synchronous and an event-driven scenario."""
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "sync")
    write(tmp_path, "events", events=True)
    return tmp_path


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Run a command in this process: its exit code, stdout and stderr."""

    def run(*words: str) -> tuple[int, str, str]:
        capsys.readouterr()
        code = main(list(words))
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return code, out, err

    return run


Cli = "Callable[..., tuple[int, str, str]]"


def files_of(folder: Path) -> set[str]:
    """Every file below a folder, without the times and ids of reports."""
    return {path.name for path in folder.rglob("*") if path.is_file()}


def report_of(folder: Path) -> Path:
    """The report that the pointer file names."""
    return folder / (folder / "latest").read_text(encoding="utf-8").strip()


def test_help_lists_every_command_and_exit_code(cli: Any) -> None:
    """The commands, and the exit codes with their meanings, are in the help."""
    code, out, _ = cli("--help")
    assert code == 0
    for command in COMMANDS:
        assert f" {command} " in out
    for number in MEANINGS:
        assert f" {number} " in " ".join(out.split())
    for command in COMMANDS:
        assert cli(command, "--help")[0] == 0


def imported(code: str) -> list[str]:
    """Which heavy packages a fresh Python has loaded after some code."""
    probe = f"{code}\nimport sys; print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", probe], cwd=ROOT, capture_output=True, text=True, check=True)
    found: list[str] = json.loads(done.stderr.strip().split("\n")[-1].replace("'", '"'))
    return found


LIGHT = [
    ["--help"],
    ["--version"],
    ["validate", "scenarios/online-boutique/sync.yaml"],
    ["list", "faults"],
    ["schema"],
    ["show", "online-boutique/events"],
    ["list"],
]


def test_the_import_budget_of_commands() -> None:
    """What does not simulate loads neither Matplotlib nor SciPy, pandas, Numba or SimPy, one after the other in one process."""
    assert imported(f"from sim.cli import main\nfor words in {LIGHT}: assert main(words) == 0") == []


def test_the_import_budget_of_modules() -> None:
    """Importing is free; Matplotlib is loaded by drawing."""
    assert imported("import sim, sim.cli, sim.charts, sim.charts.comparison, sim.report.write") == []


def test_validate_accepts_refuses_and_has_nothing_to_do(cli: Any, shop: Path) -> None:
    """0 for sound files, 2 for broken ones with their places on stderr, 5 without files."""
    code, out, err = cli("validate", "sync.yaml", "events.yaml")
    assert (code, len(out.splitlines())) == (0, 2)
    (shop / "broken.yaml").write_text(Path("sync.yaml").read_text().replace("workers: 4", "wrkers: 4"))
    code, out, err = cli("validate", "broken.yaml")
    assert (code, out) == (2, "")
    assert "broken.yaml:5:11: services.front.wrkers: unknown key 'wrkers'; did you mean 'workers'?" in err
    assert cli("validate", ".")[0] == 2
    code, out, err = cli("validate", "--quiet")
    assert (code, out) == (5, "")
    assert cli("validate", "nowhere.yaml")[0] == 2


def test_validate_checks_the_metrics_of_objectives(cli: Any, shop: Path) -> None:
    """An objective on a metric that does not exist never passes silently."""
    write(shop, "typo", '["orders.latncy.p99 < 1s"]')
    code, _, err = cli("validate", "typo.yaml")
    assert code == 2
    assert "latncy" in err


@pytest.mark.parametrize(
    ("objectives", "code", "word"),
    [
        ("[]", 0, "goodput"),
        ('["orders.errors < 90%"]', 0, "PASS"),
        ('["orders.goodput > 1000/s"]', 1, "FAIL"),
        ('["orders.latency.p99.9 < 1s"]', 4, "UNSURE"),
    ],
)
def test_run_answers_by_its_exit_code(cli: Any, shop: Path, objectives: str, code: int, word: str) -> None:
    """0 holds, 1 breached, 4 cannot be told; the data is on stdout, progress on stderr."""
    path = write(shop, "judged", objectives)
    found, out, err = cli("run", path, "--engine", "compiled", "--no-report")
    assert found == code
    assert word in out
    assert "simulating" not in out
    told = [line for line in err.splitlines() if "simulating" in line]
    assert [line.split(": ")[1].split(" ")[0] for line in told] == ["25", "50", "75", "100"]
    assert not Path("reports").exists()


def test_run_prints_json_markdown_and_junit(cli: Any, shop: Path) -> None:
    """Machine output is all there is on stdout, and it can be parsed."""
    path = write(shop, "judged", '["orders.goodput > 1000/s"]')
    words = ("run", path, "--engine", "compiled", "--no-report", "-q", "--format")
    _, out, err = cli(*words, "json")
    assert json.loads(out)["objectives"][0]["outcome"] == "fail"
    assert err == ""
    assert cli(*words, "markdown")[1].startswith("# judged\n")
    suite = ET.fromstring(cli(*words, "junit")[1])[0]
    assert suite.get("failures") == "1"


def test_run_writes_a_whole_report_and_repeats_it(cli: Any, shop: Path) -> None:
    """The report has all its parts; --from gives the same fingerprints, also when asked for by a pair's manifest."""
    assert cli("run", "sync.yaml", "--engine", "compiled", "--runs", "3", "--seed", "9")[0] == 0
    report = report_of(shop / "reports")
    assert report.parent == shop / "reports" / "sync"
    parts = {"manifest.json", "summary.json", "series.npz", "result.npz", "table.md", "run.svg", "run.png"}
    assert files_of(report) == parts | {"replay.json", "report.html"}
    manifest = json.loads((report / "manifest.json").read_text())
    assert manifest["complete"] is True
    assert (manifest["runs"][0]["seed"], manifest["runs"][0]["replications"]) == (9, 3)
    assert len(manifest["runs"][0]["fingerprints"]) == 3
    assert len(manifest["files"]["sync.yaml"]) == 64
    with np.load(report / "series.npz") as arrays:
        assert arrays["sync/goodput_per_s"].shape == (3, 6)
    (shop / "sync.yaml").unlink()
    code, _, err = cli("run", "--from", str(report / "manifest.json"), "--engine", "compiled", "--no-report")
    assert code == 0
    assert "sync: all 3 fingerprints match" in err


@pytest.mark.usefixtures("without_figures")
def test_a_manifest_knows_the_base_too(cli: Any, shop: Path) -> None:
    """A scenario that stands on another file is that file as well: both have their sums, by the names that were given."""
    (shop / "deep").mkdir()
    (shop / "deep" / "twin.yaml").write_text("base: common.yaml\nname: twin\n")
    (shop / "deep" / "common.yaml").write_text(Path("sync.yaml").read_text())
    assert cli("run", "deep/twin.yaml", "--engine", "compiled", "--runs", "1")[0] == 0
    found = json.loads((report_of(shop / "reports") / "manifest.json").read_text())["files"]
    assert found == {
        name: hashlib.sha256((shop / name).read_bytes()).hexdigest() for name in ("deep/common.yaml", "deep/twin.yaml")
    }


@pytest.mark.usefixtures("without_figures")
def test_a_manifest_changed_by_hand_is_noticed(cli: Any, shop: Path) -> None:
    """Another fingerprint is another run: exit code 1; another scenario than the digest's is refused."""
    cli("run", "sync.yaml", "--engine", "compiled", "--runs", "1")
    path = report_of(shop / "reports") / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["runs"][0]["fingerprints"][0] = "0" * 64
    path.write_text(json.dumps(manifest))
    words = ("run", "--from", str(path), "--engine", "compiled", "--no-report")
    code, _, err = cli(*words)
    assert code == 1
    assert "fingerprints differ, first in replication 0" in err
    manifest["runs"][0]["resolved"]["services"]["back"]["workers"] = 2
    path.write_text(json.dumps(manifest))
    code, _, err = cli(*words)
    assert code == 2
    assert "changed by hand" in err


@pytest.mark.parametrize(
    ("objective", "runs", "code"),
    [("orders.goodput > 1/s", "3", 0), ("orders.goodput > 1000/s", "3", 1), ("orders.goodput > 1/s", "2", 4)],
)
@pytest.mark.usefixtures("without_figures")
def test_a_repeated_run_is_judged_like_the_first(cli: Any, shop: Path, objective: str, runs: str, code: int) -> None:
    """Objectives that hold, fail or cannot be told give the same exit code again; --fail-on never asks for none of it."""
    path = write(shop, "judged", f'["{objective}"]')
    first = cli("run", path, "--engine", "compiled", "--runs", runs, "-q")[0]
    words = ("run", "--from", str(report_of(shop / "reports") / "manifest.json"), "--engine", "compiled", "--no-report", "-q")
    again, _, err = cli(*words)
    assert first == again == code
    assert f"judged: all {runs} fingerprints match" in err
    assert cli(*words, "--fail-on", "never")[0] == 0
    assert cli(*words, "--gate", "goodput")[0] == 2


def test_compare_says_it_in_words_and_figures(cli: Any, shop: Path) -> None:
    """Verdict, table with intervals and n, where the report is; differences are data: exit code 0."""
    code, out, _ = cli("compare", "sync.yaml", "events.yaml", "--engine", "compiled")
    assert code == 0
    lines = out.splitlines()
    assert lines[0] == "sync (synchronous) and events (event-driven)"
    assert lines[3].startswith("- ")
    head = next(line for line in lines if line.startswith("metric"))
    assert head.split("  ")[-2:] == ["difference [95 %], n = 4", "better"] or "n = 4" in head
    assert all(len(line) <= 100 for line in lines if not line.startswith(("report", "figure", "  (")))
    same = cli("compare", "sync.yaml", "sync.yaml", "--engine", "compiled", "--no-report")[1]
    assert same.splitlines()[0] == "sync (a) and sync (b)"
    report = report_of(shop / "reports")
    parts = {"manifest.json", "summary.json", "series.npz", "result.npz", "table.md", "compare.svg", "compare.png"}
    assert files_of(report) == parts | {"replay.json", "report.html"}
    assert f"page    reports/sync-vs-events/{report.name}/report.html" in out
    assert f"figure  reports/sync-vs-events/{report.name}/figures/compare.png" in out
    code, _, err = cli("run", "--from", str(report / "manifest.json"), "--engine", "compiled", "--no-report", "-q")
    assert code == 0
    assert err.splitlines() == ["sync: all 4 fingerprints match", "events: all 4 fingerprints match"]


def test_compare_can_be_a_gate(cli: Any, shop: Path) -> None:
    """--fail-on objective asks for the objectives of both sides; JSON and Markdown are data."""
    path = write(shop, "judged", '["orders.goodput > 1000/s"]')
    words = ("compare", path, "events.yaml", "--engine", "compiled", "--no-report", "-q")
    assert cli(*words)[0] == 0
    assert cli(*words, "--fail-on", "objective")[0] == 1
    assert json.loads(cli(*words, "--format", "json")[1])["flow"] == "orders"
    assert cli(*words, "--format", "markdown")[1].startswith("# judged and events")


def test_equal_runs_write_equal_files(cli: Any, shop: Path) -> None:
    """Everything but the manifest, and the page that quotes it, is the same to the byte when the same is run again."""
    contents = []
    for turn in ("one", "two"):
        cli("run", "events.yaml", "--engine", "compiled", "--runs", "2", "-q", "-o", turn)
        report = report_of(shop / turn)
        contents.append({path.name: path.read_bytes() for path in report.rglob("*") if path.is_file()})
        del contents[-1]["manifest.json"], contents[-1]["report.html"]
    assert contents[0] == contents[1]
    parts = {"summary.json", "series.npz", "result.npz", "table.md", "run.svg", "run.png", "replay.json"}
    assert set(contents[0]) == parts


def test_demo_needs_no_argument(cli: Any, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It shows the matrix of the shipped folder, here a small one; the first word comes before the first run is done."""
    for name in ("sync", "events"):
        (shop / f"{name}.yaml").write_text("base: common.yaml\n" + (shop / f"{name}.yaml").read_text())
    (shop / "common.yaml").write_text("network: {hop: 1ms}\n")
    monkeypatch.setattr(demo, "FOLDER", str(shop))
    code, out, err = cli("demo", "--engine", "compiled", "--runs", "2")
    assert code == 0
    assert "figure  reports/sync-vs-events/" in out
    assert "With slow" in out
    assert err


def test_overrides_are_strict(cli: Any, shop: Path) -> None:
    """A value changes what is run; a misspelt key is refused with the likely one."""
    words = ("run", "sync.yaml", "--engine", "compiled", "--no-report", "-q", "--format", "json", "-s")
    assert json.loads(cli(*words, "run.replications=2")[1])["replications"] == 2
    code, out, err = cli(*words, "services.front.wrkers=2")
    assert (code, out) == (2, "")
    assert "did you mean 'workers'?" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope"], "No such command"),
        (["run"], "give one of the two"),
        (["run", "a.yaml", "--from", "b.json"], "give one of the two"),
        (["run", "nowhere.yaml"], "nowhere.yaml"),
        (["run", "--from", "nowhere.json"], "nowhere.json"),
        (["run", "sync.yaml", "--runs", "0"], "--runs"),
        (["run", "sync.yaml", "--engine", "fast"], "--engine"),
        (["compare", "sync.yaml"], "Missing argument 'B'"),
        (["compare", "sync.yaml", "events.yaml", "--flow", "order", "--runs", "1", "--engine", "compiled"], "'order'"),
        (["explain", "latncy"], "did you mean"),
        (["sweep", "."], "is a folder; give the file of a scenario"),
        (["list", "fault"], "did you mean 'faults'?"),
        (["run", "--from", "sync.yaml", "--seed", "3"], "leave out --set, --runs and --seed"),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, list) else None,
)
def test_wrong_usage_ends_with_exit_code_2(cli: Any, shop: Path, words: list[str], message: str) -> None:
    """The mistake is named on stderr, and nothing is on stdout."""
    code, out, err = cli(*words)
    assert (code, out) == (2, "")
    assert message in err


def test_ctrl_c_ends_with_130(cli: Any, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Interrupted before anything is finished, nothing is left, no half report either."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.replications.run_records", interrupted)
    code, out, err = cli("run", "sync.yaml", "--engine", "compiled", "--runs", "1", "-q")
    assert (code, out, err.strip()) == (130, "", "interrupted")
    assert files_of(shop / "reports") == set()


@pytest.mark.parametrize("words", [("run", "sync.yaml"), ("compare", "sync.yaml", "events.yaml")])
def test_ctrl_c_in_a_report_costs_its_charts(
    cli: Any, shop: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    """All is run, and Ctrl-C comes while charts are drawn: figures and records are kept, and the page can be made of them."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("sim.report.write._figures", interrupted)
    code, out, err = cli(*words, "--engine", "compiled", "--runs", "3", "-q")
    assert (code, out) == (130, "")
    report = report_of(shop / "reports")
    assert f"its page: eventflow report reports/{report.parent.name}/{report.name}" in err
    assert files_of(report) == {"manifest.json", "summary.json", "table.md", "series.npz", "result.npz"}
    assert json.loads((report / "manifest.json").read_text())["complete"] is True
    monkeypatch.undo()
    monkeypatch.chdir(shop)
    assert cli("report", str(report))[0] == 0
    assert cli("run", "--from", str(report / "manifest.json"), "--engine", "compiled", "--no-report", "-q")[0] == 0


def test_our_own_mistakes_end_with_3(cli: Any, shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An internal error says so, and how to see where."""

    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr("sim.cli.commands.run.print_result", broken)
    code, _, err = cli("run", "sync.yaml", "--engine", "compiled", "--runs", "1", "-q", "--no-report")
    assert code == 3
    assert "internal error: ZeroDivisionError: oh" in err


def test_list_show_explain_schema_doctor(cli: Any, shop: Path) -> None:
    """Each answers on stdout, as text or as JSON."""
    assert "neither more nor less is better" in cli("explain", "amplification")[1]
    assert "lower is better" in cli("explain", "errors")[1]
    assert "online-boutique/sync" in cli("list", "scenarios")[1]
    assert {"crash", "slowdown"} <= set(json.loads(cli("list", "faults", "--format", "json")[1]))
    assert set(json.loads(cli("list", "--format", "json")[1])) >= {"metrics", "charts", "outcomes"}
    assert "~ placed ~> payers: back.pay" in cli("show", "events.yaml")[1]
    assert json.loads(cli("show", "events.yaml", "--format", "json")[1])["run"]["window"] == "1s"
    assert cli("show", "events.yaml", "--format", "mermaid")[1].startswith("flowchart LR\n")
    (shop / "again.yaml").write_text(cli("show", "events.yaml", "--format", "yaml")[1])
    assert cli("validate", "again.yaml")[0] == 0
    assert "lower is better" in cli("explain", "latency.p99.9")[1]
    assert "a fault" in cli("explain", "slowdown")[1]
    assert "the queue of the replica was full" in cli("explain", "rejected")[1]
    assert "inconclusive" in cli("explain", "4")[1]
    assert "a key of a service" in cli("explain", "queue_max")[1]
    assert json.loads(cli("schema")[1]) == json_schema()
    assert cli("schema", "-o", "schema.json")[0] == 0
    assert json.loads(Path("schema.json").read_text()) == json_schema()


@pytest.mark.parametrize("one_in", [5, pytest.param(1, marks=THOROUGH)])
def test_every_word_of_the_lists_can_be_explained(cli: Any, one_in: int) -> None:
    """No metric, kind or outcome is listed that explain does not know; every fifth word by default."""
    lists = json.loads(cli("list", "--format", "json")[1])
    for topic in sorted(set(lists) - {"scenarios", "charts"}):
        for word in list(lists[topic])[::one_in]:
            assert cli("explain", word)[0] == 0, word


def test_doctor_names_what_it_finds(cli: Any) -> None:
    """Versions, engine, cache and extras."""
    code, out, _ = cli("doctor", "--format", "json")
    facts = json.loads(out)
    assert code == (3 if facts["problems"] else 0)
    assert set(facts["versions"]) >= {"eventflow", "python", "numpy", "llvmlite", "simpy"}
    assert facts["engine"] == library.in_use()
    assert f"engine        {facts['engine']}\n" in cli("doctor")[1]


def test_a_reader_that_stops_early_is_no_error() -> None:
    """A closed pipe ends the program quietly."""
    command = f"{sys.executable} -m sim schema | head -1"
    done = subprocess.run(["/bin/sh", "-c", command], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "{\n"
    assert done.stderr == ""
