"""Charts look as they did: each against a small reference picture; another process draws the same bytes.

    case --draw--> 320 x 200 pixels --root mean square of the difference--> at most RMS_MAX of 255

After a change that is meant, ``EVENTFLOW_REFERENCES=write`` leaves new pictures in ``references/``: look at them, and commit
them with the change.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib import pyplot as plt

from sim.charts.style import save, settle, style
from tests.charts.cases import CASES, PAGES, Case, draw
from tests.shares import THOROUGH

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from numpy.typing import NDArray

RMS_MAX = 5.0
"""Root mean square over all pixels and channels, of 255: room for another rasteriser's edges, not for another chart."""
SIZE, DPI, PAGE_DPI = (6.4, 4.0), 50, 30
REFERENCES = Path(__file__).parent / "references"
MADE_BY = REFERENCES / "MATPLOTLIB"
DARK = [Case("goodput", "pair"), Case("topology", "events", {"at": "6s"}), Case("health", "sync"), Case("waterfall", "sync")]
LOOKS = [*((case, "light") for case in CASES), *((case, "dark") for case in DARK)]


def pixels(figure: Figure) -> bytes:
    """A figure as a small PNG."""
    held = io.BytesIO()
    with style():
        settle(figure)
        figure.savefig(held, format="png", dpi=DPI if len(figure.axes) < 4 else PAGE_DPI, metadata={"Software": None})
    return held.getvalue()


def difference(one: bytes, other: bytes) -> float:
    """Root mean square of the difference of two PNGs, 0 to 255; 255 when they are not of one size."""
    first, second = (read(png) for png in (one, other))
    if first.shape != second.shape:
        return 255.0
    return float(np.sqrt(np.mean((first - second) ** 2)) * 255.0)


def read(png: bytes) -> NDArray[np.float64]:
    """The colours of a PNG, 0 to 1."""
    return np.asarray(plt.imread(io.BytesIO(png)), dtype=np.float64)[:, :, :3]


def minor(version: str) -> str:
    """``3.11`` of ``3.11.2``."""
    return ".".join(version.split(".")[:2])


def picture(case: Case, subjects: dict[str, Any], theme: str = "light") -> bytes:
    """A case as its reference shows it."""
    return pixels(draw(case, subjects, None if case.chart in PAGES else SIZE, theme=theme))


@pytest.mark.parametrize(("case", "theme"), LOOKS, ids=[f"{case.name}-{theme}" for case, theme in LOOKS])
def test_a_chart_looks_as_it_did(case: Case, theme: str, subjects: dict[str, Any], tmp_path: Path) -> None:
    """As a picture it is within RMS_MAX of its reference, which the minor version of Matplotlib drew that is here.

    The file has no date and no version of Matplotlib in it; it names and describes itself.
    """
    figure = draw(case, subjects, None if case.chart in PAGES else SIZE, theme=theme)
    drawn = pixels(figure)
    save(figure, tmp_path / "it.svg", title="a $title$ <of> it")
    file = (tmp_path / "it.svg").read_bytes()
    assert b"<dc:date>" not in file
    assert b"Matplotlib v" not in file
    assert b'role="img" aria-labelledby="title-' in file
    assert b">a $title$ &lt;of&gt; it</title>" in file
    assert b"<desc id=" in file
    path = REFERENCES / f"{case.name}-{theme}.png"
    if os.environ.get("EVENTFLOW_REFERENCES") == "write":
        path.write_bytes(drawn)
        MADE_BY.write_text(minor(mpl.__version__) + "\n", encoding="ascii")
    made_by = MADE_BY.read_text(encoding="ascii").strip()
    if minor(mpl.__version__) != made_by:
        pytest.skip(f"the references were drawn by Matplotlib {made_by}; this is {mpl.__version__}, whose letters differ")
    assert difference(drawn, path.read_bytes()) <= RMS_MAX


@pytest.mark.thorough
@pytest.mark.parametrize(("case", "theme"), LOOKS, ids=[f"{case.name}-{theme}" for case, theme in LOOKS])
def test_a_chart_drawn_again_is_the_same(case: Case, theme: str, subjects: dict[str, Any], tmp_path: Path) -> None:
    """Drawn twice it is the same SVG, byte by byte."""
    files = []
    for turn in ("one.svg", "two.svg"):
        figure = draw(case, subjects, None if case.chart in PAGES else SIZE, theme=theme)
        pixels(figure)
        save(figure, tmp_path / turn, title="a $title$ <of> it")
        files.append((tmp_path / turn).read_bytes())
    assert files[0] == files[1]


def test_another_chart_is_noticed(subjects: dict[str, Any]) -> None:
    """One side missing, another theme, another time, other values: each is further away than the tolerance."""
    pair = picture(Case("backlog", "pair"), subjects)
    assert difference(pair, picture(Case("backlog", "sync"), subjects)) > RMS_MAX
    assert difference(pair, picture(Case("backlog", "pair"), subjects, theme="dark")) > RMS_MAX
    calm, ill = (picture(Case("topology", "sync", {"at": at}), subjects) for at in (1.0, 6.0))
    assert difference(calm, ill) > RMS_MAX
    one, other = (picture(Case("heatmap", "sweep", {"objective": f"orders.errors < {at}%"}), subjects) for at in (5, 50))
    assert difference(one, other) > RMS_MAX
    assert difference(pair, pair) == 0.0


AGAIN = """
import hashlib, sys
from pathlib import Path
from sim.charts.style import off_screen, save
from sim.loaded import load_saved
from tests.charts.cases import CASES, PAGES, draw
from tests.charts.conftest import BARS, matrix
off_screen()
folder, seed, one_in = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
subjects = {path.stem: load_saved(path) for path in folder.glob("*.npz")}
subjects |= {"sync": subjects["pair"].a, "events": subjects["pair"].b, "rush": subjects["rushes"].a, "bars": BARS}
if any(case.subject == "matrix" for case in CASES[::one_in]):
    subjects["matrix"] = matrix(subjects["pair"])
for case in CASES[::one_in]:
    for ending in ("svg", "png") if case.chart == "goodput" else ("svg",):
        path = folder / f"{seed}.{ending}"
        save(draw(case, subjects, None if case.chart in PAGES else (6.4, 4.0)), path)
        print(case.name, ending, hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.mark.parametrize("one_in", [16, pytest.param(1, marks=THOROUGH)])
def test_another_process_draws_the_same_files(one_in: int, subjects: dict[str, Any], tmp_path: Path) -> None:
    """Two fresh processes with other hash seeds write the same bytes, of some charts by default, of every one when asked."""
    for name in ("pair", "sweep", "load", "rushes", "guarded", "queued", "cached", "scaled", "leaky"):
        subjects[name].save(tmp_path / f"{name}.npz")
    root = Path(__file__).resolve().parents[2]
    running = [
        subprocess.Popen(
            [sys.executable, "-c", AGAIN, str(tmp_path), seed, str(one_in)],
            cwd=root,
            env={**os.environ, "PYTHONHASHSEED": seed, "MPLBACKEND": "Agg"},
            stdout=subprocess.PIPE,
            text=True,
        )
        for seed in ("1", "2")
    ]
    one, other = (process.communicate()[0].splitlines() for process in running)
    assert [process.returncode for process in running] == [0, 0]
    drawn = CASES[::one_in]
    assert len(one) == len(drawn) + sum(case.chart == "goodput" for case in drawn)
    assert one == other
