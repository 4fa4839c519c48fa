"""`pytest --eventflow`: scenarios are tests, objectives are their items.

Each story runs pytest in a process of its own, with the entry point of the installed package.
"""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

import pytest
import yaml

if TYPE_CHECKING:
    from pathlib import Path

SCENARIO = """
name: small
architecture: synchronous
services:
  shop: {workers: 2, operations: {buy: [{work: 5ms}]}}
workload:
  buyers: {operation: shop.buy, arrivals: {kind: constant, rate: 100/s}}
objectives: ["buyers.latency.p99 < LIMIT", "buyers.errors < 1%"]
run: {horizon: 20s, replications: 3}
"""


def run_pytest(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """Run pytest with the plug-in in a folder, away from this project's own settings."""
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *options, str(folder)]
    (folder / "pytest.ini").write_text("[pytest]\n")
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize(("limit", "code", "said"), [("50ms", 0, "2 passed"), ("1ms", 1, "1 failed, 1 passed")])
def test_an_objective_is_a_test(tmp_path: Path, limit: str, code: int, said: str) -> None:
    """A scenario that holds passes, one that does not fails with one line that says what was observed."""
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("LIMIT", limit))
    done = run_pytest(tmp_path, "--eventflow", f"--junitxml={tmp_path}/junit.xml")
    assert done.returncode == code, done.stdout + done.stderr
    assert said in done.stdout
    assert "Traceback" not in done.stdout
    names = [case.get("name") for case in ET.parse(tmp_path / "junit.xml").iter("testcase")]
    assert names == [f"buyers.latency.p99 < {limit}", "buyers.errors < 1%"]


def test_other_files_and_other_runs_are_left_alone(tmp_path: Path) -> None:
    """Without the option nothing is collected; with it, YAML that is no scenario is not."""
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("LIMIT", "50ms"))
    assert "no tests ran" in run_pytest(tmp_path).stdout
    (tmp_path / "small.yaml").write_text("a: 1\n")
    assert "no tests ran" in run_pytest(tmp_path, "--eventflow").stdout


def test_a_broken_scenario_says_where(tmp_path: Path) -> None:
    """A scenario with a mistake is an error with file, line and column."""
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("LIMIT", "50ms").replace("workers: 2", "wrokers: 2"))
    done = run_pytest(tmp_path, "--eventflow")
    assert done.returncode != 0
    assert "small.yaml:5:10: services.shop.wrokers: unknown key 'wrokers'; did you mean 'workers'?" in done.stdout


def test_a_misspelt_section_does_not_hide_a_scenario(tmp_path: Path) -> None:
    """A file with ``servces:`` is an error that names the place, not a scenario that nobody missed."""
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("LIMIT", "50ms").replace("services:", "servces:"))
    done = run_pytest(tmp_path, "--eventflow")
    assert done.returncode == 2
    assert "small.yaml:4:1: servces: unknown key 'servces'; did you mean 'services'?" in done.stdout
    assert "Traceback" not in done.stdout
    assert "sim/scenario" not in done.stdout


def test_other_yaml_is_left_alone(tmp_path: Path) -> None:
    """A file of another tool that also has services is no scenario, unless it is named."""
    (tmp_path / "compose.yaml").write_text("services: {web: {image: nginx}}\n")
    assert run_pytest(tmp_path, "--eventflow").returncode == 5
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--eventflow", "compose.yaml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 2
    assert "compose.yaml" in done.stdout


def test_a_scenario_is_known_by_its_keys_however_it_is_written(tmp_path: Path) -> None:
    """Quoted keys, JSON on one line and on many, a byte order mark, a mapping in braces: each is collected and judged."""
    text = SCENARIO.replace("LIMIT", "50ms")
    data = yaml.safe_load(text)
    written = {
        "quoted": text.replace("services:", '"services":').replace("workload:", "'workload':").replace("run:", "run :"),
        "line": json.dumps(data),
        "indented": json.dumps(data, indent=2),
        "marked": "\ufeff" + text.lstrip(),
        "braces": yaml.safe_dump(data, default_flow_style=True),
    }
    for name, content in written.items():
        (tmp_path / f"{name}.yaml").write_text(content, encoding="utf-8")
    done = run_pytest(tmp_path, "--eventflow", "--collect-only", "-q")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "10 tests collected" in done.stdout
    for name in written:
        assert f"{name}.yaml::" in done.stdout


def test_a_scenario_that_cannot_be_parsed_is_told(tmp_path: Path) -> None:
    """A brace that is not closed, a tab, another encoding: errors with their places, not scenarios that nobody missed."""
    text = SCENARIO.replace("LIMIT", "50ms")
    (tmp_path / "unclosed.yaml").write_text(text.replace("replications: 3}", "replications: 3"))
    (tmp_path / "tab.yaml").write_text(text.replace("  shop:", "\tshop:"))
    (tmp_path / "json.yml").write_text(json.dumps(yaml.safe_load(text))[:-1])
    (tmp_path / "wide.yaml").write_text(text, encoding="utf-16")
    done = run_pytest(tmp_path, "--eventflow")
    assert done.returncode == 2
    assert "4 errors" in done.stdout
    for place in ("unclosed.yaml:9:", "tab.yaml:5:", "json.yml:1:", "wide.yaml:1:1: the file is UTF-16"):
        assert place in done.stdout


def test_files_of_other_tools_are_passed_over(tmp_path: Path) -> None:
    """A workflow, a pipeline, several documents, what cannot be parsed at all: none is taken for a scenario."""
    (tmp_path / "workflow.yml").write_text("name: ci\non: push\njobs: {a: {services: {db: {}}, steps: [{run: make}]}}\n")
    (tmp_path / "pipeline.yaml").write_text("image: python\nservices: [postgres]\ntest: {script: [run: x]}\n")
    (tmp_path / "several.yaml").write_text("kind: A\n---\nkind: B\n")
    (tmp_path / "template.yaml").write_text("{{ if .Values.services }}\nspec:\n  run: 1\n  services: 2\n{{ end }}\n")
    (tmp_path / "noise.yaml").write_bytes(bytes(range(256)))
    assert run_pytest(tmp_path, "--eventflow").returncode == 5


@pytest.mark.parametrize("runs", ["0", "-3", "many", "100001"])
def test_a_number_of_runs_that_is_none_is_wrong_usage(tmp_path: Path, runs: str) -> None:
    """It is refused before anything is collected, as the command line refuses it."""
    (tmp_path / "small.yaml").write_text(SCENARIO.replace("LIMIT", "50ms"))
    done = run_pytest(tmp_path, "--eventflow", "--eventflow-runs", runs)
    assert done.returncode == 4
    assert f"'{runs}' is not a number of replications from 1 to 100000" in done.stderr
