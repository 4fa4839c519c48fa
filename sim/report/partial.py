"""The report of what was finished before Ctrl-C: the same files, marked as incomplete, without charts and page.

<out>/<scenario>/<UTC time>-<id>/
    manifest.json   "complete": false, and how many were "wanted"; `eventflow run --from` repeats what is there
    summary.json    "complete": false, every figure with its interval and the n there is      table.md    the same, to read
    series.npz, result.npz                                    these two when they are small

There is little time after Ctrl-C. So the files come one by one, each whole, what tells most first, and the process may be
ended at any moment in between. `eventflow report` makes a page of them. A comparison keeps the replications that both sides
have; when the second side has none, the first is reported alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.loaded import IN_REPORT
from sim.report import write
from sim.report.figures_text import replications
from sim.report.folder import whole_folder
from sim.report.manifest import Invocation, manifest, run_id
from sim.report.tables import comparison_table, result_table
from sim.whole_file import write_whole

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from sim.results.comparison import Comparison
    from sim.results.result import Result

SMALL = 1 << 24
"""Bytes of counts up to which they are written too."""


def write_partial(
    results: Sequence[Result], wanted: int, out: Path, invocation: Invocation, told: Callable[[Path], None] | None = None
) -> Path:
    """Write the report of one or two results that are not all there; returns its folder.

    ``wanted``: how many replications there should have been. ``told`` is given the folder when the figures are in it.
    """
    least = min(result.replications for result in results)
    kept = [result if result.replications == least else result.first(least) for result in results]
    subject: Any = kept[0]
    if len(kept) > 1:
        from sim.results.comparison import Comparison  # not for one alone

        subject = Comparison(kept[0], kept[1])
    kind, more = ("run", {}) if len(kept) == 1 else ("compare", {"flow": subject.flow})
    complete = least == wanted
    group = "-vs-".join(dict.fromkeys(one.name for one in kept))[: write.NAME_MAX]
    with whole_folder(out, group, f"{invocation.time}-{run_id(kept)}") as (draft, final):
        made = manifest(kind, kept, invocation, complete=complete, wanted=wanted, **more)
        write_whole(draft / "manifest.json", write.json_text(made, in_order=True).encode())
    data = _summary(subject, kept)
    write_whole(final / "summary.json", write.json_text({**data, "complete": complete}).encode())
    table = result_table(subject) if len(kept) == 1 else comparison_table(subject)
    names = " and ".join(result.name for result in kept)
    text = f"# {names}\n\nInterrupted after {replications(least)}.\n\n{table.markdown()}\n"
    write_whole(final / "table.md", text.encode())
    if told is not None:
        told(final)
    if sum(record.nbytes for one in kept for record in one.records) <= SMALL:
        write_whole(final / "series.npz", write.series_file(kept), durable=False)
        subject.save(final / IN_REPORT)
    return final


def _summary(subject: Result | Comparison, sides: Sequence[Result]) -> dict[str, Any]:
    data = subject.to_dict()
    return data if len(sides) == 1 else {**data, "sides": [side.to_dict() for side in sides]}
