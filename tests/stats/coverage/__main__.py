"""How often the statistics are right, where the right answer is known: ``python -m tests.stats.coverage --out table.md``.

    trials x size  ->  a Markdown table: nominal, measured, its standard error, the band it has to be in

The full size takes about 35 minutes of one core, most of it for 10 000 macro-replications of each recursion, 1000 by the engine
(``--engine 10`` takes 10 000 of those too); ``--size 0.1`` is a look. The exit code is 1 when a figure is out of its band.
Bands: 94 to 96 % for means, p50 and p95, and 93.5 to 96.5 % for the p99 from 10 000 repetitions on; with fewer 93 to 97 % and
92.5 to 97.5 %; near jumps at least 93.5 %.
"""

from __future__ import annotations

import argparse
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sim.record.record import SEMANTICS
from tests.stats.coverage.groups import rows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.stats.coverage.trials import Row

TRIALS_MIN = 400
"""With fewer repetitions a figure may leave its band by chance: the table says so, and nothing fails."""


def line(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def table(found: Sequence[Row], command: str) -> str:
    """The table, with what was measured and where it has to be."""
    head = ("what", "setting", "nominal", "measured", "standard error", "repetitions", "band", "holds")
    judged = [row for row in found if row.judged]
    lines = [
        "# How often the statistics are right",
        "",
        f"`{command}`, {versions()}. The seeds are in the trials: the same command gives the same table.",
        f"{sum(row.holds for row in judged)} of {len(judged)} judged figures are in their band.",
        "",
        "Bands: 94 to 96 % for means, p50 and p95, and 93.5 to 96.5 % for the p99 from 10 000 macro-replications on; 93 to",
        "97 % and 92.5 to 97.5 % with fewer. Quantiles are those of the latencies of all n runs together (`sim.stats.pooled`).",
        "Rows of a *recursion* are textbook recursions of queues (`tests/stats/coverage/systems.py`), those *by the compiled",
        "engine* are scenarios run by the simulator. The truth *of the steady state* is the closed form (for quantiles with",
        "retries: 200 runs of a million customers); that *of such runs* is what such runs have on average, or all together.",
        "Rows *near a jump* are of latencies of two or three values, where the true p99 is one of them, or two: then both",
        "have to be held. Rows that are *shown* are not judged: what goes wrong where runs are too short for the steady",
        "state, means of only 10 runs, and statistics that are there for comparison.",
        "",
        line(head),
        line(["---"] * len(head)),
    ]
    lines += [
        line(
            (
                row.what,
                row.setting,
                row.nominal,
                f"{row.measured:.2%}",
                f"{row.error:.2%}",
                str(row.trials),
                f"{row.low:.1%} to {row.high:.1%}",
                verdict(row),
            )
        )
        for row in found
    ]
    return "\n".join([*lines, ""])


def verdict(row: Row) -> str:
    """Whether a row holds, in a word or two."""
    if not row.judged:
        return "shown"
    return "yes" if row.holds else "too few to tell" if row.trials < TRIALS_MIN else "NO"


def versions() -> str:
    """What the figures were measured with."""
    parts = [f"Python {platform.python_version()}", *(f"{name} {version(name)}" for name in ("numpy", "scipy", "llvmlite"))]
    return ", ".join([*parts, f"semantics {SEMANTICS}"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and write the table; 1 when a figure is out of its band."""
    parser = argparse.ArgumentParser(prog="python -m tests.stats.coverage", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the Markdown table there; else to the terminal")
    parser.add_argument("--size", type=float, default=1.0, help="repetitions, times the usual ones (default 1)")
    parser.add_argument("--engine", type=float, default=1.0, help="repetitions by the engine, times the usual ones (default 1)")
    parser.add_argument("--jobs", type=int, default=1, help="trials at a time; the table is the same (default 1)")
    options = parser.parse_args(arguments)
    found = []
    for row in rows(options.size, options.engine, options.jobs):
        sys.stderr.write(f"{row.measured:7.2%} of {row.trials:6d}  {verdict(row):5}  {row.what}: {row.setting}\n")
        sys.stderr.flush()
        found.append(row)
    command = f"python -m tests.stats.coverage --size {options.size:g} --engine {options.engine:g}"
    if options.out:
        options.out.write_text(table(found, command))
    else:
        sys.stdout.write(table(found, command))
    return int(any(verdict(row) == "NO" for row in found))


if __name__ == "__main__":
    sys.exit(main())
