"""The report of what was finished before Ctrl-C: the same files, marked as incomplete, without charts.

<out>/<scenario>/<UTC time>-<id>/
    manifest.json   "complete": false; `eventflow run --from` repeats what is there
    summary.json    "complete": false, every figure with its interval and the n there is      table.md    the same, to read
    series.npz, result.npz

A comparison keeps the replications that both sides have; when the second side has none, the first is reported alone.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sim.loaded import IN_REPORT
from sim.report import write
from sim.report.folder import whole_folder
from sim.report.manifest import Invocation, manifest, run_id
from sim.report.tables import comparison_table, result_table

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.judge.result import Result


def write_partial(results: Sequence[Result], out: Path, asked: Invocation) -> Path:
    """Write the report of one or two results that are not all there; returns its folder."""
    least = min(result.replications for result in results)
    kept = [replace(result, records=result.records[:least]) for result in results]
    subject: Any = kept[0]
    if len(kept) > 1:
        from sim.judge.comparison import Comparison  # noqa: PLC0415 - not for one alone

        subject = Comparison(kept[0], kept[1])
    kind, more = ("run", {}) if len(kept) == 1 else ("compare", {"flow": subject.flow})
    table = result_table(subject) if len(kept) == 1 else comparison_table(subject)
    names = " and ".join(result.name for result in kept)
    made = manifest(kind, kept, asked, complete=False, **more)
    files = {
        "manifest.json": write.json_text(made, in_order=True),
        "summary.json": write.json_text({**subject.to_dict(), "complete": False}),
        "table.md": f"# {names}\n\nInterrupted after {least} replications.\n\n{table.markdown()}\n",
    }
    group = "-vs-".join(dict.fromkeys(one.name for one in kept))[: write.NAME_MAX]
    with whole_folder(out, group, f"{asked.time}-{run_id(kept)}") as (draft, final):
        for name, text in files.items():
            (draft / name).write_text(text, encoding="utf-8", newline="\n")
        write.save_series(draft / "series.npz", kept)
        subject.save(draft / IN_REPORT)
    return final
