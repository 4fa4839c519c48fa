"""The house is in order: sizes, docstrings, no stray chance or clock, every kind documented and used."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sim import network
from sim.network.lower.faults import fault_schedule_of
from sim.registry import discover
from sim.scenario import loads
from sim.scenario.distributions import DistributionModel
from sim.scenario.kinds import Balance, Broker, Fault, Guard, Retry

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted((ROOT / "sim").rglob("*.py"))
FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 500
IMPORTED_NAMES_MAX = 40
FAMILIES = {
    "sim.policies.retries": (Retry,),
    "sim.policies.balancing": (Balance,),
    "sim.policies.guards": (Guard,),
    "sim.brokers": (Broker,),
    "sim.faults": (Fault,),
    "sim.scenario.distributions": (DistributionModel,),
}


def functions() -> Iterator[tuple[Path, ast.FunctionDef]]:
    """Every function of the package, with its file."""
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef):
                yield path, node


def test_functions_fit_on_a_screen() -> None:
    """No function is longer than 70 lines."""
    long = [
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {node.end_lineno - node.lineno + 1} lines"
        for path, node in functions()
        if node.end_lineno is not None and node.end_lineno - node.lineno + 1 > FUNCTION_LINES_MAX
    ]
    assert not long, "\n".join(long)


def test_files_are_about_one_thing() -> None:
    """No file is longer than 500 lines, the compiled engine's folder excepted."""
    long = [
        f"{path.relative_to(ROOT)}: {len(path.read_text().splitlines())} lines"
        for path in SOURCES
        if "compiled_engine" not in path.parts and len(path.read_text().splitlines()) > FILE_LINES_MAX
    ]
    assert not long, "\n".join(long)


def test_no_file_of_the_engines_imports_a_crowd() -> None:
    """At most 40 names: constants come by their module, and what needs more is about more than one thing."""
    crowded = []
    for path in (path for path in SOURCES if "engine" in path.relative_to(ROOT).parts):
        found = [node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Import | ast.ImportFrom)]
        count = sum(len(node.names) for node in found)
        if count > IMPORTED_NAMES_MAX:
            crowded.append(f"{path.relative_to(ROOT)}: {count} names")
    assert not crowded, "\n".join(crowded)


def test_every_module_says_what_it_is() -> None:
    """Every module has a docstring."""
    silent = [str(path.relative_to(ROOT)) for path in SOURCES if not ast.get_docstring(ast.parse(path.read_text()))]
    assert not silent, "\n".join(silent)


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        (r"np\.random|import random\b|from random\b", set()),
        (r"\btime\.(time|perf_counter|monotonic)\(|datetime\.now|utcnow", {"cli", "supervisor.py"}),
        (r"\beval\(|\bexec\(|pickle", set()),
        (r"plt\.show|matplotlib\.rcParams\[", set()),
        (r"\bos\.(fsync|fdatasync|replace|rename)\b|\.write_bytes\(|mkstemp", {"files.py", "folder.py", "whole_file.py"}),
    ],
    ids=["chance", "clock", "code from data", "global figures", "files by halves"],
)
def test_nothing_strays(pattern: str, allowed: set[str]) -> None:
    """Chance is `sim.draws`', the clock the command line's, no data becomes code, files are written by `sim.whole_file`."""
    strays = [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in SOURCES
        if not allowed & set(path.relative_to(ROOT).parts)
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if re.search(pattern, line)
    ]
    assert not strays, "\n".join(strays)


@pytest.mark.parametrize("package", FAMILIES)
def test_every_kind_is_documented_and_used(package: str) -> None:
    """Every policy, broker, fault and distribution has a picture and a page of docs, and a scenario or test that uses it."""
    files = [path for folder in ("scenarios", "tests") for path in (ROOT / folder).rglob("*")]
    texts = [path.read_text(errors="replace") for path in files if path.suffix in {".yaml", ".py"}]
    for base in FAMILIES[package]:
        for kind, cls in discover(package, base).items():  # type: ignore[type-abstract]
            assert cls.__doc__, f"{package}: kind {kind} has no docstring"
            module = (ROOT / (cls.__module__.replace(".", "/") + ".py")).read_text()
            text = ast.get_docstring(ast.parse(module), clean=False) or ""
            assert re.search(r"\S {2,}\S|\n\n    +\S|-->|---|\|", text), f"{cls.__module__} has no picture"
            used = re.compile(rf"""kind["']?: *["']?{kind}\b|{cls.__name__}\(|["']{kind}["']""")
            assert any(used.search(text) for text in texts), f"no scenario or test uses the kind {kind} of {package}"


FLAPPING = """
name: flapping
architecture: synchronous
services:
  shop: {replicas: 2, operations: {buy: [{work: 1ms}]}}
workload:
  buyers: {operation: shop.buy, arrivals: {kind: constant, rate: 10/s}}
run: {horizon: 100s, replications: 1}
"""


def test_the_contributors_example_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The fault of CONTRIBUTING, put into the folder as one file, is loaded, compiled and composed like the shipped ones."""
    import sim.faults

    code = re.search(r"```python\n(.*?)```", (ROOT / "CONTRIBUTING.md").read_text(), re.DOTALL)
    assert code
    (tmp_path / "flapping.py").write_text(code[1])
    scenario = loads(FLAPPING)  # builds the models of the kinds that are shipped: other tests know no more
    monkeypatch.setattr(sim.faults, "__path__", [*sim.faults.__path__, str(tmp_path)])
    flapping = discover("sim.faults", Fault)["flapping"]
    fault = flapping.model_validate({"target": "shop", "replicas": 1, "at": "30s", "for": "60s", "down": "2s", "up": "8s"})
    struck = fault_schedule_of(scenario.model_copy(update={"faults": {"shaky": fault}}), network.compile(scenario).services)
    assert [row.at // 10**9 for row in struck if row.verb == network.CRASH] == [30, 40, 50, 60, 70, 80]
    assert [row.at // 10**9 for row in struck if row.verb == network.RESTART] == [32, 42, 52, 62, 72, 82]
