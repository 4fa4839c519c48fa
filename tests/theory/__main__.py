"""Run every case of theory at full length and write the table: ``python -m tests.theory``.

    python -m tests.theory [--out reports/validation/theory.md] [--jobs 2] [case ...]

Exit code 0 when every figure passes, 1 when one does not.
"""

from __future__ import annotations

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from sim.engine import prepare
from tests.theory.case import verdicts
from tests.theory.report import write
from tests.theory.suite import suite

if TYPE_CHECKING:
    from tests.theory.case import Case
    from tests.theory.judge import Verdict

ROOT = Path(__file__).resolve().parents[2]
OUT = ROOT / "reports" / "validation" / "theory.md"


def main(arguments: list[str] | None = None) -> int:
    """Run the cases that are asked for (all of them by default), say how they do, and write the report of all."""
    parser = argparse.ArgumentParser(prog="python -m tests.theory", description="Measure what queueing theory knows.")
    parser.add_argument("cases", nargs="*", help="beginnings of ids; default: all, and the table is written")
    parser.add_argument("--out", type=Path, default=OUT, help="where the table goes")
    parser.add_argument("--jobs", type=int, default=2, help="replications that are run at once")
    parser.add_argument("--effort", type=float, default=1.0, help="length of the runs, 1 is the full length")
    chosen = parser.parse_args(arguments)
    prepare(_say)
    results: list[tuple[Case, list[Verdict]]] = []
    began = time.monotonic()
    with ThreadPoolExecutor(chosen.jobs) as pool:
        for case in suite():
            if chosen.cases and not case.known.id.startswith(tuple(chosen.cases)):
                continue
            started = time.monotonic()
            found = verdicts(case, effort=chosen.effort, pool=pool)
            results.append((case, found))
            _tell(case, found, time.monotonic() - started)
    if not chosen.cases:
        chosen.out.parent.mkdir(parents=True, exist_ok=True)
        chosen.out.write_text(write(results), encoding="utf-8")
        _say(f"{chosen.out}: {len(results)} cases in {time.monotonic() - began:.0f} s")
    return 0 if all(verdict.passed for _, found in results for verdict in found) else 1


def _tell(case: Case, found: list[Verdict], seconds: float) -> None:
    failed = [verdict for verdict in found if not verdict.passed]
    _say(f"{case.known.id:<28} {len(found) - len(failed)} of {len(found)} figures, {seconds:.1f} s")
    for verdict in failed:
        _say(f"    {verdict}")


def _say(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


if __name__ == "__main__":
    sys.exit(main())
