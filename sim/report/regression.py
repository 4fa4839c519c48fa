"""A run held against a baseline, as a table: what was, what is, the difference with its interval, the verdict.

metric                  baseline  now      difference [95 %]     verdict
goodput                 50.2 /s   48.1 /s  -2.1 [-2.5, -1.7] /s  regressed
checkout: p99 latency   412 ms    409 ms   -3 [-9, 2] ms         unsure
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.report.figures_text import interval_cell, value_cell
from sim.report.tables import Table

if TYPE_CHECKING:
    from sim.judgements.baseline import Change, Regression

WORDS = {"regressed": "REGRESSED", "improved": "improved", "no change": "no change", "unsure": "unsure"}


def regression_table(regression: Regression) -> Table:
    """Every metric that gates, in its order; what qualifies a row stands below."""
    rows, notes = [], []
    for change in regression.changes:
        difference = interval_cell(change.evidence.difference)
        if not change.evidence.difference.estimable:
            notes.append(change.reason)
            difference = f"no interval ({len(notes)})"
        name = change.name
        rows.append((name, value_cell(change.before), value_cell(change.now), difference, WORDS[change.outcome]))
    numbered = [f"({number}) {note}" for number, note in enumerate(notes, 1)]
    return Table(
        heads=("metric", "baseline", "now", "difference [95 %]", "verdict"),
        rows=tuple(rows),
        right=(False, True, True, True, False),
        notes=(*numbered, *_endings(regression)),
    )


def regression_markdown(regression: Regression) -> str:
    """The same for a pull request: one sentence, then the table."""
    return f"## Against the baseline\n\n{_sentence(regression)}\n\n{regression_table(regression).markdown()}"


def regression_text(regression: Regression, columns: int | None = None) -> str:
    """The same for a terminal of so many columns."""
    return f"{_sentence(regression)}\n\n{regression_table(regression).text(columns)}"


def _sentence(regression: Regression) -> str:
    text = str(regression)
    return f"{text[0].upper()}{text[1:]}"


def _endings(regression: Regression) -> list[str]:
    """How it was judged, and what a reader must know."""
    designs = {_design(change) for change in regression.changes}
    share = f"{100 * regression.alpha:.3g} %"
    endings = [f"judged {' and '.join(sorted(designs))}; Holm: {share} for a false alarm among all"] if designs else []
    if regression.remedy:  # the others say why not
        endings.append(f"unsure: {regression.remedy}")
    return [*endings, *regression.notes]


def _design(change: Change) -> str:
    return "replication by replication" if change.evidence.design == "paired" else "as independent samples (Welch)"
