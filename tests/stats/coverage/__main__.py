"""How often the statistics are right, where the right answer is known: ``python -m tests.stats.coverage --out table.md``.

    trials x size  ->  a Markdown table: nominal, measured, its standard error, the band it has to be in

Two to three minutes at the default size; ``--size 0.1`` is a look, ``--size 5`` is for a release. The exit code is 1 when a
figure is out of its band.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.stats.coverage import trials
from tests.stats.coverage.engine import engine_queue

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tests.stats.coverage.trials import Row

REPETITIONS_MIN = 5
TRIALS_MIN = 400
"""With fewer repetitions a figure may leave its band by chance: the table says so, and nothing fails."""


def rows(size: float) -> Iterator[Row]:
    """All trials, each with its usual number of repetitions times ``size``."""

    def times(count: int) -> int:
        return max(REPETITIONS_MIN, round(count * size))

    yield trials.queue_means(times(10_000), load=0.5, n=10, customers=2000)
    yield trials.queue_means(times(10_000), load=0.8)
    yield trials.queue_means(times(10_000), load=0.8, servers=2)
    yield trials.queue_means(times(2000), load=0.9, customers=20_000, cut=0.25)
    yield engine_queue(times(400))
    yield trials.skewed_means(times(10_000), n=20)
    yield trials.skewed_means(times(10_000), n=20, adjusted=False)
    yield trials.sequential(times(4000))
    yield trials.family(times(1000), designs=100)
    yield trials.family(times(1000), designs=100, skewed=True)
    yield trials.selection(times(2000))[0]
    yield trials.selection(times(2000), alike=0.5)[0]
    yield trials.equivalence(times(10_000))
    yield trials.recovered(times(10_000))
    yield trials.median_recovered(times(10_000))
    yield trials.ranks(times(10_000))


def line(cells: Sequence[str]) -> str:
    """One line of a Markdown table."""
    return f"| {' | '.join(cells)} |"


def table(found: Sequence[Row]) -> str:
    """The table, with what was measured and where it has to be."""
    head = ("what", "setting", "nominal", "measured", "standard error", "repetitions", "band", "holds")
    lines = ["# How often the statistics are right", "", line(head), line(["---"] * len(head))]
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
                "yes" if row.holds else "too few to tell" if row.trials < TRIALS_MIN else "NO",
            )
        )
        for row in found
    ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the trials and write the table; 1 when a figure is out of its band."""
    parser = argparse.ArgumentParser(prog="python -m tests.stats.coverage", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the Markdown table there; else to the terminal")
    parser.add_argument("--size", type=float, default=1.0, help="repetitions, times the usual ones (default 1)")
    options = parser.parse_args(arguments)
    found = []
    for row in rows(options.size):
        sys.stderr.write(f"{row.measured:7.2%} of {row.trials:6d}  {row.what}: {row.setting}\n")
        found.append(row)
    if options.out:
        options.out.write_text(table(found))
    else:
        sys.stdout.write(table(found))
    return int(any(not row.holds and row.trials >= TRIALS_MIN for row in found))


if __name__ == "__main__":
    sys.exit(main())
