"""Execute every notebook from a clean kernel without network, twice: figures must be the same bytes.

    notebooks/*.ipynb --check--> short, without outputs, parameters first
                      --execute, twice--> no error, no connection but the kernel's own, equal figures
                      --out DIR--> executed copies, for people

`python .ci/run_notebooks.py [--once] [--out DIR] [NOTEBOOK...]`
"""

from __future__ import annotations

import argparse
import hashlib
import os
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from traitlets.config import Config

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 600
CELLS_MAX = 12
ELSEWHERE = "02-compare.ipynb"
"""Which one is opened from its own folder, and beside an installed wheel, too: it loads shipped scenarios by name."""
NO_NETWORK = '''
"""Refuse the network: what a kernel says to its client goes by files (transport ipc)."""
import sys


def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.bind"):
        address = arguments[1] if len(arguments) > 1 else None
        if isinstance(address, tuple):  # those of files are texts
            raise PermissionError(f"notebooks run without network: {event} {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        raise PermissionError(f"notebooks run without network: {event} {arguments[0]}")


sys.addaudithook(refuse)
'''


def checked(path: Path) -> list[str]:
    """What is wrong with a notebook as it is committed."""
    notebook = nbformat.read(path, as_version=4)
    problems = []
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if any(cell.get("outputs") or cell.get("execution_count") for cell in code):
        problems.append(f"{path.name}: outputs are committed; clear them")
    if len(notebook.cells) > CELLS_MAX:
        problems.append(f"{path.name}: {len(notebook.cells)} cells are more than {CELLS_MAX}")
    if not code or "parameters" not in code[0].metadata.get("tags", []):
        problems.append(f"{path.name}: the first code cell has no tag 'parameters'")
    return problems


def executed(path: Path, place: Path = ROOT, *, installed: Path | None = None) -> tuple[Any, float]:
    """A notebook after running in a new kernel that stands in ``place``, and the seconds that it took.

    ``installed``: the folder of an unpacked wheel to import from, instead of this tree. Raises `CellExecutionError`.
    """
    notebook = nbformat.read(path, as_version=4)
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "sitecustomize.py").write_text(NO_NETWORK)
        paths = [folder, *filter(None, [os.environ.get("PYTHONPATH")])] if installed is None else [folder, str(installed)]
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}
        environment.pop("MPLBACKEND", None)  # the kernel's own, which shows figures in the notebook
        by_files = Config({"KernelManager": {"transport": "ipc", "ip": str(Path(folder, "kernel"))}})
        where = {"metadata": {"path": str(place)}}
        client = NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3", resources=where, config=by_files)
        begin = time.monotonic()
        client.execute(env=environment)
    return notebook, time.monotonic() - begin


def from_elsewhere(path: Path) -> list[str]:
    """What is wrong with a notebook when it is opened from its own folder, and beside an installed wheel."""
    with tempfile.TemporaryDirectory() as folder:
        wheel, away = Path(folder, "wheel"), Path(folder, "away")
        away.mkdir()
        build = ["python3", "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder, str(ROOT)]  # .venv has no pip
        subprocess.run(build, check=True)  # noqa: S603 - our own words, and the python3 that made .venv
        with zipfile.ZipFile(next(Path(folder).glob("*.whl"))) as archive:
            archive.extractall(wheel)
        problems = []
        for name, place, installed in (("its own folder", path.parent, None), ("an installed wheel", away, wheel)):
            try:
                _, seconds = executed(path, place, installed=installed)
                print(f"{path.name}: from {name} in {seconds:.1f} s", flush=True)
            except CellExecutionError as error:
                problems.append(f"{path.name}, from {name}: {error}")
        return problems


def figures(notebook: Any) -> list[str]:
    """A hash of every picture that a notebook shows, in order."""
    found = []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            for kind, data in sorted(output.get("data", {}).items()):
                if kind.startswith("image/"):
                    found.append(hashlib.sha256(data.encode()).hexdigest())
    return found


def main(arguments: list[str]) -> int:
    """Run them all; 1 when anything is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--once", action="store_true", help="do not run again to compare the figures")
    parser.add_argument("--out", type=Path, help="folder for executed copies")
    parser.add_argument("notebooks", nargs="*", type=Path)
    asked = parser.parse_args(arguments)
    problems = []
    for path in asked.notebooks or sorted((ROOT / "notebooks").glob("*.ipynb")):
        problems += checked(path)
        try:
            notebook, seconds = executed(path)
            shown = figures(notebook)
            print(f"{path.name}: {len(notebook.cells)} cells, {len(shown)} figures in {seconds:.1f} s", flush=True)
            if not asked.once and figures(executed(path)[0]) != shown:
                problems.append(f"{path.name}: the figures of two runs differ")
        except CellExecutionError as error:
            problems.append(f"{path.name}: {error}")
            continue
        if asked.out:
            asked.out.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, asked.out / path.name)
    if not asked.once:
        problems += from_elsewhere(ROOT / "notebooks" / ELSEWHERE)
    print("\n".join(problems))
    return int(bool(problems))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
