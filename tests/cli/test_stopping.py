"""Ctrl-C and SIGTERM: a command ends soon, with its own exit code, and what is finished is kept."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import yaml

from sim.cli import signals
from sim.replications import run_replications
from sim.report.html.folder import read_folder
from sim.running import InterruptedRunError
from sim.scenario import Scenario, load
from tests.shares import THOROUGH
from tests.sweeps.conftest import TINY, tree

ROOT = Path(__file__).parents[2]
SOON = 2.0
PATIENCE = 120.0
COMMAND = [sys.executable, "-m", "sim"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
IN_TIME = {signals.VARIABLE: "100s"}
"""For what is to be written after a stop, however busy the machine is."""
CODES = {"SIGINT": 130, "SIGTERM": 143}

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")


@pytest.fixture
def scenario(tmp_path: Path) -> Path:
    """The tiny scenario as a file, without faults, so that its horizon can be anything."""
    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump({**TINY, "faults": {}}), encoding="utf-8")
    return path


def listens(process: subprocess.Popen[str]) -> bool:
    """Whether a process has got as far as to handle SIGTERM."""
    status = Path(f"/proc/{process.pid}/status").read_text(encoding="ascii")
    caught = next(int(line.split()[1], 16) for line in status.splitlines() if line.startswith("SigCgt"))
    return bool(caught >> signal.SIGTERM - 1 & 1)


def stopped(
    words: list[str], how: str, wait: float | str, folder: Path, *, silent: bool = True, **more: str
) -> tuple[int, float, str]:
    """Start a command, send it a signal some seconds after it listens, or when it has said something.

    Returns its exit code, the seconds from the signal to its end, and the rest of what it said.
    """
    process = subprocess.Popen(
        [*COMMAND, *words],
        cwd=folder,
        env={**ENVIRONMENT, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        deadline = time.monotonic() + PATIENCE
        while process.poll() is None and not listens(process) and time.monotonic() < deadline:
            time.sleep(0.01)
        if isinstance(wait, str):
            assert process.stderr is not None
            assert any(wait in line for line in process.stderr)
        else:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(wait)
        process.send_signal(getattr(signal, how))
        began = time.monotonic()
        out, said = process.communicate(timeout=PATIENCE)
        assert not (silent and out)
        assert "Traceback" not in said
        return process.returncode, time.monotonic() - began, said
    finally:
        process.kill()


@pytest.mark.parametrize(
    ("seed", "how", "executor"), [(1, "SIGINT", "threads"), pytest.param(2, "SIGTERM", "processes", marks=THOROUGH)]
)
def test_a_sweep_is_stopped_at_any_time(scenario: Path, tmp_path: Path, seed: int, how: str, executor: str) -> None:
    """At random times, as often as it takes: each stop comes soon, keeps every file whole, and the rest is run by the next."""
    words = ["sweep", str(scenario), "--over", "services.back.workers=1,2", "--runs", "50", "-j", "2", "-q"]
    words += ["--executor", executor, "-s", "run.horizon=300s"]
    chance = random.Random(seed)
    codes = []
    for _ in range(3):
        code, seconds, _ = stopped([*words, "-o", "stopped"], how, chance.uniform(0.0, 0.8), tmp_path)
        codes.append(code)
        assert code in {CODES[how], 0}
        assert seconds < SOON
    assert CODES[how] in codes
    for name in ("whole", "stopped"):
        made = subprocess.run([*COMMAND, *words, "-o", name], cwd=tmp_path, env=ENVIRONMENT, check=False, capture_output=True)
        assert made.returncode == 0, made.stderr
    assert tree(tmp_path / "stopped") == tree(tmp_path / "whole")


@pytest.mark.parametrize("how", sorted(CODES))
def test_finished_replications_are_kept(scenario: Path, tmp_path: Path, how: str) -> None:
    """The report of an interrupted run has what is finished, says that it is not complete, and can be repeated."""
    words = ["run", str(scenario), "-s", "run.horizon=200s", "--runs", "1000", "-j", "2"]
    code, _, said = stopped(words, how, "10 %", tmp_path, **IN_TIME)
    assert code == CODES[how]
    assert "what is finished is kept in reports/tiny/" in said
    (report,) = [path for path in (tmp_path / "reports" / "tiny").iterdir() if path.is_dir()]
    manifest = json.loads((report / "manifest.json").read_text())
    summary = json.loads((report / "summary.json").read_text())
    assert manifest["complete"] is summary["complete"] is False
    kept = manifest["runs"][0]["replications"]
    assert 90 < kept == summary["replications"] < 1000
    resolved = Scenario.model_validate(manifest["runs"][0]["resolved"])
    first = run_replications(resolved, replications=1, seed=manifest["runs"][0]["seed"])
    assert first.records[0].fingerprint() == manifest["runs"][0]["fingerprints"][0]


@pytest.mark.parametrize(
    ("verb", "runs", "seed"),
    [
        ("run", "40", 5),
        pytest.param("run", "400", 4, marks=THOROUGH),
        pytest.param("compare", "40", 6, marks=THOROUGH),
    ],
)
def test_a_report_is_stopped_at_any_time(scenario: Path, tmp_path: Path, verb: str, runs: str, seed: int) -> None:
    """Before, within and after the runs, and while the report is written: soon, and what is there is whole and can be shown."""
    files = [str(scenario)] * (1 if verb == "run" else 2)
    words = [verb, *files, "-s", "run.horizon=300s", "--runs", runs, "-j", "2", "-q", "-o"]
    chance = random.Random(seed)
    for number in range(3):
        code, seconds, said = stopped([*words, str(number)], "SIGINT", chance.uniform(0.0, 4.0), tmp_path, silent=False)
        assert code in {0, CODES["SIGINT"], -signal.SIGINT}, said  # the last: it was at its end already
        assert seconds < SOON
        for report in (tmp_path / str(number)).glob("*/2*"):
            manifest = json.loads((report / "manifest.json").read_text())
            assert manifest["complete"] is (manifest["runs"][0]["replications"] == int(runs))
            assert not list(report.rglob(".*"))
            read_folder(report)


def test_a_comparison_for_a_precision_keeps_both_sides(
    scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """Interrupted in its second look, when a has more replications than b: the pairs that there are."""
    from sim import replications
    from sim.cli import main

    change = "services.back.operations.pay[0].work.mean=9ms"
    expected = run_replications(load(scenario, [change]), replications=32).to_dict()["summary"]
    looks: list[int] = []

    def interrupted(network: Any, wanted: range, *given: Any) -> Any:
        looks.append(wanted.stop)
        if len(looks) < 4:
            return run(network, wanted, *given)
        raise InterruptedRunError(run(network, wanted[:2], *given))

    run = replications.run_records
    monkeypatch.setattr(replications, "run_records", interrupted)
    monkeypatch.chdir(tmp_path)
    words = ["compare", str(scenario), str(scenario), "--precision", "orders.latency.p50:0.1%"]
    assert main([*words, "-s", change]) == 130
    assert looks == [30, 30, 40, 40]
    assert "tiny: 40 of 1000 replications, tiny: 32 of 1000 replications" in capsys.readouterr().err
    (report,) = [path for path in (tmp_path / "reports" / "tiny").iterdir() if path.is_dir()]
    assert [one["replications"] for one in json.loads((report / "manifest.json").read_text())["runs"]] == [32, 32]
    assert json.loads((report / "summary.json").read_text())["sides"][1]["summary"] == expected


def test_a_comparison_keeps_the_pairs(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """Interrupted in its second half, a comparison keeps the replications that both sides have."""
    from sim import replications
    from sim.cli import main

    runs: list[int] = []

    def interrupted(network: Any, wanted: range, *given: Any) -> Any:
        runs.append(len(wanted))
        if len(runs) == 1:
            return run(network, wanted, *given)
        raise InterruptedRunError(run(network, wanted[:2], *given))

    run = replications.run_records
    monkeypatch.setattr(replications, "run_records", interrupted)
    monkeypatch.chdir(tmp_path)
    assert main(["compare", str(scenario), str(scenario), "--runs", "4"]) == 130
    assert "kept in reports/tiny/" in capsys.readouterr().err
    (report,) = [path for path in (tmp_path / "reports" / "tiny").iterdir() if path.is_dir()]
    manifest = json.loads((report / "manifest.json").read_text())
    assert (manifest["kind"], manifest["complete"]) == ("compare", False)
    assert [one["replications"] for one in manifest["runs"]] == [2, 2]


def test_a_library_that_swallows_ctrl_c(scenario: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """An error of its own, after a stop was asked for, is the stop: code 130, the figures kept. Without one it is an error."""
    from sim.cli import main
    from sim.report import write

    come: list[int] = []

    def broken(*_given: Any) -> Any:
        for number in come:
            with contextlib.suppress(KeyboardInterrupt):
                signal.raise_signal(number)
        message = "Invalid bounding box"
        raise ValueError(message)

    monkeypatch.setattr(write, "write_run", broken)
    monkeypatch.chdir(tmp_path)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        for number, code, said in ((None, 3, "internal error: ValueError"), (signal.SIGINT, 130, "finished is kept in")):
            come += [] if number is None else [number]
            assert main(["run", str(scenario), "--runs", "3"]) == code
            assert said in capsys.readouterr().err
            assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    finally:
        signal.signal(signal.SIGINT, before)
    (report,) = [path for path in (tmp_path / "reports" / "tiny").iterdir() if path.is_dir()]
    assert json.loads((report / "manifest.json").read_text())["runs"][0]["replications"] == 3


def test_ctrl_c_in_python_has_what_is_finished(scenario: Path) -> None:
    """`run_replications` raises a KeyboardInterrupt that carries the replications finished without a gap."""

    def stop(done: int, _total: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as error:
        run_replications(load(scenario), replications=50, jobs=1, progress=stop)
    assert isinstance(error.value, InterruptedRunError)
    assert error.value.result is not None
    assert error.value.result.replications == 3


STUCK = """
import sys, time
sys.path[:0] = [{root!r}]
from sim.cli import signals
with signals.stopping(alone=True):
    ready = False
    while True:
        try:
            if not ready:
                ready = bool(print("ready", flush=True)) or True
            time.sleep(600)
        except KeyboardInterrupt:
            pass
"""


def test_a_time_to_stop_that_cannot_be_read_is_refused(monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    """In a sentence with an example; where there is none it is a second and a half."""
    from sim.cli import main

    assert signals.within() == signals.WITHIN
    monkeypatch.setenv(signals.VARIABLE, "2.5s")
    assert signals.within() == 2.5
    monkeypatch.setenv(signals.VARIABLE, "soon")
    assert main(["list", "faults"]) == 2
    assert "EVENTFLOW_STOP_WITHIN=soon is no number of seconds; write for example" in capsys.readouterr().err


def test_what_cannot_be_interrupted_is_ended(tmp_path: Path) -> None:
    """A command that does not listen is gone soon all the same, with the code of the signal."""
    process = subprocess.Popen([sys.executable, "-c", STUCK.format(root=str(ROOT))], stdout=subprocess.PIPE, cwd=tmp_path)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        process.send_signal(signal.SIGTERM)
        began = time.monotonic()
        assert process.wait(timeout=PATIENCE) == 143
        assert signals.WITHIN <= time.monotonic() - began + 0.05 < SOON
    finally:
        process.kill()
        process.stdout.close()
