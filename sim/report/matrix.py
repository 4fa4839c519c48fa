"""Write the report of a matrix.

<out>/<a>-vs-<b>/<UTC time>-<id>/
    manifest.json   what was run, by what, and the fingerprints of every cell
    summary.json    every cell with its interval      table.md    the same, to read
    figures/        the chart as SVG and PNG
    report.html     all of it as one page, with a replay of each cell
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.judgements.matrix_words import headline_of
from sim.report.folder import whole_folder
from sim.report.manifest import Invocation, checksum, manifest, run_id
from sim.report.matrix_table import markdown
from sim.report.write import NAME_MAX, PAGE, Written, json_text
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from pathlib import Path

    from sim.results.matrix import Matrix

KIND = "matrix"


def write_matrix(matrix: Matrix, out: Path, invocation: Invocation) -> Written:
    """Write the report of a matrix below ``out``; returns where it is."""
    from sim.charts.style import save  # loads Matplotlib
    from sim.plots import draw
    from sim.report.html.matrix import matrix_page

    results = matrix.results
    files = {"summary.json": json_text(matrix.to_dict()), "table.md": markdown(matrix) + "\n"}
    more = {"contents": {name: checksum(text) for name, text in files.items()}, "faults": list(matrix.row_names)}
    headline = headline_of(matrix)
    group = "-vs-".join(dict.fromkeys(one.name for one in matrix.calm))[:NAME_MAX]
    with whole_folder(out, group, f"{invocation.time}-{run_id(results)}") as (draft, final):
        notes = json_text(manifest(KIND, results, invocation, **more), in_order=True)
        for name, text in {**files, "manifest.json": notes}.items():
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        (draft / "figures").mkdir()
        drawn = draw(KIND, matrix, headline=headline)
        for ending in ("svg", "png"):
            save(drawn, draft / "figures" / f"{KIND}.{ending}", title=f"eventflow {KIND}", description=headline)
        write_whole(draft / PAGE, matrix_page(matrix, draft / "figures" / f"{KIND}.svg").encode(), durable=False)
    return Written(final, final / "figures" / f"{KIND}.png")
