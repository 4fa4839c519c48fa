"""The table of what was expected and what was measured, as Markdown."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tests.theory.case import theory
from tests.theory.judge import FLOOR, REPLICATIONS_MIN, SIGMAS
from tests.theory.uncovered import UNCOVERED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.case import Case
    from tests.theory.judge import Verdict

INTRODUCTION = f"""\
# What queueing theory knows, and what the simulator measures

Written by `python -m tests.theory`; the figures of theory and their sources are in `tests/theory/theory.json`, the
scenarios that ought to show them in `tests/theory/cases/`. Runs are made by the compiled engine; the other one gives the
same records, to the bit.

A figure passes when **|mean - exact| <= {SIGMAS:.0f} SE** and **SE / exact <= cap**. SE is the standard error of the mean
over n >= {REPLICATIONS_MIN} independent replications after the warm-up (together with the reference's own SE where the
expected figure was itself simulated, the B-TR and BINS cases). Without the cap a noisy simulator would pass everything:
it is 1 % for means and probabilities, 2 % for means at a load of 90 % and more, 3 % for percentiles, standard deviations
and probabilities of tails. Allowed beside the 4 SE: 0.4 % for percentiles (the width of a bucket of the histograms), 1 % for
fluid limits, and {FLOOR:g} absolute, or what the case states, for probabilities too small to measure a share of; a
figure that needs one of these says "by slack" or "by floor". Seeds are fixed, so the table is the same each time. Chance
alone can put a figure beyond 4 SE when a change of the semantics deals all numbers anew.

The waits behind Pareto service times of index 2.5 (in theory.json "use as smoke only") have a mean but no variance, so
their plain mean has no standard error: it came out at 0.85 to 1.26 for an exact 0.9, by the seed. They are judged "given the
times drawn": against Pollaczek-Khinchine for the service times that the run met, with the usual caps and no slack.
"""


def write(results: Sequence[tuple[Case, list[Verdict]]]) -> str:
    """The whole report."""
    figures = [verdict for _, found in results for verdict in found]
    passed = sum(verdict.passed for verdict in figures)
    good = sum(all(verdict.passed for verdict in found) for _, found in results)
    ours = sum(case.known.id not in theory() for case, _ in results)
    summary = (
        f"**{good} of {len(results)} cases pass, with {passed} of {len(figures)} figures.** Of the {len(theory())} cases "
        f"of theory.json {len(results) - ours} are covered and {len(UNCOVERED)} wait for a mechanism (listed below); "
        f"{ours} more {'is' if ours == 1 else 'are'} the simulator's own."
    )
    lines = [
        INTRODUCTION,
        summary,
        "",
        "| case | model | figure | exact | ours | SE | z | SE / exact | cap | n | verdict |",
        "|---|---|---|---:|---:|---:|---:|---:|---:|---:|---|",
    ]
    lines += [_row(case, verdict) for case, found in results for verdict in found]
    return "\n".join([*lines, "", *_titles(results), "", *_gaps(results), ""])


def _row(case: Case, verdict: Verdict) -> str:
    z = f"{verdict.z:+.2f}" if abs(verdict.z) < 1000 and verdict.se > 1e-12 * abs(verdict.mean) else "-"
    share = f"{verdict.relative_se:.2%}" if math.isfinite(verdict.relative_se) else "-"
    cells = [
        case.known.id,
        case.known.model,
        verdict.figure,
        f"{verdict.exact:.6g}",
        f"{verdict.mean:.6g}",
        f"{verdict.se:.2g}",
        z,
        share,
        f"{verdict.bar.cap:.1%}",
        str(verdict.n),
        verdict.word if verdict.passed else f"**{verdict.word}**",
    ]
    return f"| {' | '.join(cells)} |"


def _titles(results: Sequence[tuple[Case, list[Verdict]]]) -> list[str]:
    lines = ["## The cases", "", "| case | title | source |", "|---|---|---|"]
    for case, _ in results:
        source = case.known.source.partition("; SE {")[0]
        lines.append(f"| {case.known.id} | {case.known.title} | {source} |")
    return lines


def _gaps(results: Sequence[tuple[Case, list[Verdict]]]) -> list[str]:
    lines = ["## Not measured", "", "Single figures of covered cases:", "", "| case | figures | why |", "|---|---|---|"]
    for case, _ in results:
        for reason in sorted(set(case.left.values())):
            figures = ", ".join(name for name, why in case.left.items() if why == reason)
            lines.append(f"| {case.known.id} | {figures} | {reason} |")
    lines += ["", "Whole cases, and the mechanism that they wait for:", "", "| case | title | missing |", "|---|---|---|"]
    lines += [f"| {name} | {theory()[name].title} | {reason} |" for name, reason in UNCOVERED.items()]
    return lines
