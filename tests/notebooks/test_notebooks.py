"""The notebooks are short, carry no outputs and no logic, and the runner that executes them cuts the network."""

from __future__ import annotations

import ast
import importlib.util
import json
import os
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient.exceptions import CellExecutionError

ROOT = Path(__file__).parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))


def runner() -> Any:
    """The module of `.ci/run_notebooks.py`."""
    spec = importlib.util.spec_from_file_location("run_notebooks", ROOT / ".ci" / "run_notebooks.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def notebook(folder: Path, *cells: str, tags: tuple[str, ...] = ("parameters",)) -> Path:
    """A notebook of these cells of code."""
    made = nbformat.v4.new_notebook()
    made.cells = [nbformat.v4.new_code_cell(text) for text in cells]
    made.cells[0].metadata["tags"] = list(tags)
    path = folder / "some.ipynb"
    nbformat.write(made, path)
    return path


def test_there_are_six() -> None:
    """Author, compare, faults, sweep, extend, patterns."""
    assert [path.stem for path in NOTEBOOKS] == ["01-author", "02-compare", "03-faults", "04-sweep", "05-extend", "06-patterns"]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebooks_are_as_they_should_be(path: Path) -> None:
    """At most twelve cells, no outputs, parameters first, and the last cell says what one would do."""
    assert runner().checked(path) == []
    cells = json.loads(path.read_text())["cells"]
    assert "".join(cells[-1]["source"]).startswith("## What one would do")
    assert cells[0]["cell_type"] == "markdown"


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_all_logic_is_in_sim(path: Path) -> None:
    """Notebooks call, loop over results and print; only the one on extending defines something: what it is about."""
    allowed = {"05-extend": 10}
    defined = 0
    for cell in nbformat.read(path, as_version=4).cells:
        if cell.cell_type == "code" and not cell.source.startswith("%%"):
            tree = ast.parse(cell.source)
            defined += sum(isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Lambda) for node in ast.walk(tree))
            assert not any(isinstance(node, ast.While) for node in tree.body)
    assert defined <= allowed.get(path.stem, 0)


def test_the_runner_finds_what_is_wrong(tmp_path: Path) -> None:
    """Outputs, too many cells and missing parameters are named."""
    path = notebook(tmp_path, *["1"] * 13, tags=())
    made = nbformat.read(path, as_version=4)
    made.cells[3].outputs = [nbformat.v4.new_output("stream", text="1")]
    nbformat.write(made, path)
    assert [problem.partition(": ")[2] for problem in runner().checked(path)] == [
        "outputs are committed; clear them",
        "13 cells are more than 12",
        "the first code cell has no tag 'parameters'",
    ]


REACH = """
import socket, urllib.request
try:
    urllib.request.urlopen("http://example.org", timeout=5)
except Exception as error:
    print("refused" if "notebooks run without network" in str(error) else f"other: {error}")
try:
    socket.create_connection(("127.0.0.1", 9), timeout=1)
except Exception as error:
    print("refused" if "notebooks run without network" in str(error) else f"other: {error}")
"""


def test_a_notebook_has_no_network(tmp_path: Path) -> None:
    """Neither a name nor an address is reached from a kernel, and the kernel itself works."""
    made, _ = runner().executed(notebook(tmp_path, REACH))
    assert made.cells[0].outputs[0].text == "refused\nrefused\n"


def test_an_error_stops_a_notebook(tmp_path: Path) -> None:
    """A cell that raises is reported with its error."""
    with pytest.raises(CellExecutionError, match="ZeroDivisionError"):
        runner().executed(notebook(tmp_path, "1 / 0"))


FIGURES = """
import sim
result = sim.run(sim.load("scenarios/tandem.yaml", ["run.horizon=300ms", "run.window=100ms"]), replications=2, engine="simpy")
result
"""


def test_figures_are_shown_and_are_the_same_bytes(tmp_path: Path) -> None:
    """The first chart and every later one is shown, of pyplot or not; two kernels draw the same bytes."""
    path = notebook(
        tmp_path, FIGURES, "result.plot.timeline(panels=('goodput',))", "result.plot.errors();", "result.plot.health();"
    )
    first, second = (runner().executed(path)[0] for _ in range(2))
    shown = runner().figures(first)
    assert len(shown) == 3
    assert shown == runner().figures(second)
    assert "text/html" in first.cells[0].outputs[-1].data


def test_the_environment_is_left_alone(tmp_path: Path) -> None:
    """What cuts the network is for the kernel only."""
    before = dict(os.environ)
    runner().executed(notebook(tmp_path, "1"))
    assert dict(os.environ) == before
