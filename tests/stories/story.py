"""A story's page: its tables have the figures that its scenarios give, cell by cell.

    ### Nothing goes wrong: `-s faults={}`               what is set for the table below
    | figure | [`sync`](sync.yaml) | [`queue`](queue.yaml) |
    | `order.spoiled` | 0 % (n = 20, all equal) | ...     a metric, and its estimate as `eventflow run` shows it

``python -m tests.stories.story FOLDER`` writes the tables anew, and draws the picture by the command that stands below it.
"""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import sim

if TYPE_CHECKING:
    from sim.results.result import Result

ROOT = Path(__file__).resolve().parents[2]
SCENARIOS = ROOT / "scenarios"
PATTERNS = SCENARIOS / "patterns"
KINDS = ("patterns", "weaknesses")
FOLDERS = {page.parent.name: page.parent for kind in KINDS for page in sorted((SCENARIOS / kind).glob("*/README.md"))}
"""Where each story is, by its name."""
_SET = re.compile(r"`-s ([^`]+)`")
_VARIANT = re.compile(r"\[`(\w+)`\]")


@dataclass(frozen=True)
class Cell:
    """A figure of a page: where it stands, of what, and what is said of it."""

    folder: str
    variant: str
    overrides: tuple[str, ...]
    path: str
    said: str
    line: int

    @property
    def found(self) -> str:
        """What the scenario gives."""
        return str(result_of(self.folder, self.variant, self.overrides).estimate(self.path))


@cache
def result_of(folder: str, variant: str, overrides: tuple[str, ...] = ()) -> Result:
    """The result of a variant of a story as it is declared, or with overrides."""
    return sim.run(sim.load(FOLDERS[folder] / f"{variant}.yaml", list(overrides)))


def cells(folder: str) -> list[Cell]:
    """Every figure in the tables of a story's page."""
    found, overrides, variants = [], (), list[str]()
    for number, line in enumerate((FOLDERS[folder] / "README.md").read_text().splitlines()):
        if line.startswith("#"):
            overrides, variants = tuple(_SET.findall(line)), []
        parts = [one.strip() for one in line.strip().strip("|").split("|")]
        if line.startswith("| figure"):
            variants = _VARIANT.findall(line)
        elif variants and line.startswith("| `"):
            path = parts[0].strip("`")
            found += [Cell(folder, one, overrides, path, said, number) for one, said in zip(variants, parts[1:], strict=True)]
    return found


def written(folder: str) -> str:
    """The page with the figures that the scenarios give."""
    lines = (FOLDERS[folder] / "README.md").read_text().splitlines()
    rows: dict[int, list[Cell]] = {}
    for cell in cells(folder):
        rows.setdefault(cell.line, []).append(cell)
    for line, row in rows.items():
        lines[line] = f"| `{row[0].path}` | " + " | ".join(cell.found for cell in row) + " |"
    return "\n".join(lines) + "\n"


def drawn(folder: str) -> tuple[list[str], Path]:
    """The command that draws the picture of a page, as arguments, and the picture."""
    page = (FOLDERS[folder] / "README.md").read_text()
    command = re.search(r"^\*`eventflow (plot [^`]+)`\*$", page, re.MULTILINE)
    picture = re.search(r"!\[[^]]+\]\(([^)]+)\)", page)
    assert command is not None
    assert picture is not None
    return shlex.split(command[1]), FOLDERS[folder] / picture[1]


def main(folder: str) -> None:
    """Write the page of a story anew, and its picture."""
    (FOLDERS[folder] / "README.md").write_text(written(folder))
    command, picture = drawn(folder)
    subprocess.run([sys.executable, "-m", "sim", *command, "-q", "-o", str(picture)], cwd=ROOT, check=True)


if __name__ == "__main__":
    main(sys.argv[1])
