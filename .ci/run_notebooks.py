"""Execute every notebook from a clean kernel; refuse outputs that were committed."""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parent.parent
TIMEOUT_S = 600

problems = []
for path in sorted((ROOT / "notebooks").glob("*.ipynb")):
    notebook = nbformat.read(path, as_version=4)
    if any(cell.get("outputs") or cell.get("execution_count") for cell in notebook.cells if cell.cell_type == "code"):
        problems.append(f"{path.name}: outputs are committed; clear them")
    start = time.monotonic()
    NotebookClient(notebook, timeout=TIMEOUT_S, kernel_name="python3", resources={"metadata": {"path": str(ROOT)}}).execute()
    print(f"{path.name}: {len(notebook.cells)} cells in {time.monotonic() - start:.1f} s")
print("\n".join(problems))
sys.exit(bool(problems))
