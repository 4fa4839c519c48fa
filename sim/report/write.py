"""Write the report of a run or of a comparison.

<out>/<scenario>/<UTC time>-<id>/
    manifest.json   what was run, by what, and the fingerprints: `eventflow run --from` repeats it
    summary.json    every figure with its interval and n      table.md    the same, to read
    series.npz      goodput, errors and backlog by window and replication
    result.npz      everything, for `sim.load_saved` and --baseline; left out when it is large (16 MiB)
    figures/        the page of charts, and the load curve of every load that goes up and down again, as SVG and PNG
    replay.json     what the replay plays: every service, topic and link over time
    report.html     all of it as one page to look at and to send round, made from the other files
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.loaded import IN_REPORT
from sim.report.folder import whole_folder
from sim.report.manifest import Invocation, checksum, manifest, run_id
from sim.report.tables import comparison_table, result_table, verdict_lines
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from matplotlib.figure import Figure

    from sim.results.comparison import Comparison
    from sim.results.result import Result

NAME_MAX = 100
PAGE = "report.html"
SAVED_MAX = 1 << 24
"""Bytes of a saved result in a report; ``--save`` writes larger ones too."""
COUNTS_MAX = 1 << 27
"""Bytes of counts above which it is not even tried."""


@dataclass(frozen=True)
class Written:
    """Where a report is: its folder, its first figure, and its page."""

    folder: Path
    figure: Path

    @property
    def page(self) -> Path:
        """The report as one page."""
        return self.folder / PAGE


def write_run(result: Result, out: Path, invocation: Invocation) -> Written:
    """Write the report of a run below ``out``; returns where it is."""
    lines = [f"# {result.name}", "", *(f"- {line}" for line in verdict_lines(result.objectives()))]
    table = "\n".join([*lines, "", result_table(result).markdown(), ""])
    files = {"summary.json": json_text(result.to_dict()), "table.md": table}
    return _write("run", result, [result], out, invocation, files, headline=f"{result.name}: {result.scenario.architecture}")


def write_comparison(comparison: Comparison, out: Path, invocation: Invocation) -> Written:
    """Write the report of a comparison below ``out``; returns where it is."""
    results = [comparison.a, comparison.b]
    verdict = comparison.verdict()
    told = [*verdict, *(f"note: {note}" for note in comparison.notes), *map(str, comparison.claims)]
    lines = [f"# {' and '.join(comparison.names)}", "", *(f"- {sentence}" for sentence in told), ""]
    files = {
        "summary.json": json_text({**comparison.to_dict(), "sides": [result.to_dict() for result in results]}),
        "table.md": "\n".join([*lines, comparison_table(comparison).markdown(), ""]),
    }
    return _write(
        "compare", comparison, results, out, invocation, files, headline=verdict[0] if verdict else "", flow=comparison.flow
    )


def _write(
    kind: str,
    subject: Any,
    results: Sequence[Result],
    out: Path,
    invocation: Invocation,
    files: dict[str, str],
    *,
    headline: str,
    **more: Any,
) -> Written:
    group = "-vs-".join(dict.fromkeys(result.name for result in results))[:NAME_MAX]
    more["contents"] = {name: checksum(text) for name, text in files.items()}
    with whole_folder(out, group, f"{invocation.time}-{run_id(results)}") as (draft, final):
        notes = json_text(manifest(kind, results, invocation, **more), in_order=True)
        for name, text in {**files, "manifest.json": notes}.items():
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        write_whole(draft / "series.npz", series_file(results), durable=False)
        _saved(draft / IN_REPORT, subject)
        (draft / "figures").mkdir()
        _figures(draft / "figures", subject, kind, headline)
        _page(draft, subject, results)
    return Written(final, final / "figures" / f"{kind}.png")


def json_text(data: Any, *, in_order: bool = False) -> str:
    """JSON with sorted keys; ``in_order`` keeps their order: that of services and flows numbers the rows of a record."""
    return json.dumps(data, indent=2, sort_keys=not in_order, ensure_ascii=False, allow_nan=False) + "\n"


def series_file(results: Sequence[Result]) -> bytes:
    """The curves as arrays in a file of NumPy's.

    They are ``<scenario>/<series>``, of shape (replications, windows), and the windows' borders in s.
    """
    import numpy as np

    from sim.charts import series

    arrays = {}
    for number, result in enumerate(results):
        prefix = result.name if [one.name for one in results].count(result.name) == 1 else f"{result.name}.{'ab'[number]}"
        flows = series.flow_numbers(result.network, None)
        arrays[f"{prefix}/window_edges_s"] = series.edges_of(result.network)
        arrays[f"{prefix}/offered_per_s"] = series.offered(result.records, flows)
        arrays[f"{prefix}/goodput_per_s"] = series.goodput(result.records, flows)
        arrays[f"{prefix}/error_share"] = series.errors(result.records, flows)
        arrays[f"{prefix}/backlog"] = series.backlog(result.records)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def _page(folder: Path, subject: Any, results: Sequence[Result]) -> None:
    """What the replay plays, and the page of everything that the folder holds by now."""
    from sim.report.html.data import replay_data
    from sim.report.html.page import write_page

    labels = getattr(subject, "labels", (results[0].scenario.architecture,))
    data = json.dumps(replay_data(results, labels), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    (folder / "replay.json").write_text(data + "\n", encoding="utf-8", newline="\n")
    write_page(folder, folder / PAGE, durable=False)  # the whole folder is synced


def _saved(path: Path, subject: Any) -> None:
    """Everything in one file, unless it is so large that nobody would want one with every run."""
    results = [subject.a, subject.b] if hasattr(subject, "a") else [subject]
    if sum(record.nbytes for one in results for record in one.records) > COUNTS_MAX:
        return
    subject.save(path)
    if path.stat().st_size > SAVED_MAX:
        path.unlink()


def _figures(folder: Path, subject: Any, kind: str, headline: str) -> None:
    """The page of charts, and the curve of every load that goes up and down again, as SVG and PNG."""
    from sim.charts import comparison, load_curve  # loads Matplotlib
    from sim.charts.style import save

    page: Figure = comparison.plot(subject, headline=headline)
    for ending in ("svg", "png"):
        save(page, folder / f"{kind}.{ending}", title=f"eventflow {kind}", description=headline)
    curves = load_curve.figures(subject)
    for number, curve in enumerate(curves, 1):
        name = "load_curve" if len(curves) == 1 else f"load_curve-{number}"
        for ending in ("svg", "png"):
            save(curve, folder / f"{name}.{ending}", title="eventflow load_curve")
