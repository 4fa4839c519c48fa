"""``eventflow compare A B``: two scenarios under the same random numbers, pair by pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli import exits, options
from sim.cli.output import print_comparison
from sim.cli.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.comparison import Comparison

PLACE = 4


def command(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario file, or the name of a shipped one.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one; differences are B minus A.")],
    overrides: options.Overrides = None,
    flow: Annotated[str, typer.Option("--flow", help="Flow of the headline; default: the one wired differently.")] = "",
    runs: options.Runs = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    out: options.Out = options.OUT,
    no_report: options.NoReport = False,
    engine: options.Engine = "auto",
    form: options.Tabular = "text",
    fail_on: Annotated[
        Literal["never", "objective"],
        typer.Option("--fail-on", help="objective: exit with 1 or 4 when an objective of A or B does not hold."),
    ] = "never",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Compare two scenarios: the verdict in words, and every difference with its interval. Differences are data."""
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    where = None if no_report else out
    comparison = compare_and_print(
        work, (a, b), overrides=overrides or (), flow=flow, runs=runs, seed=seed, out=where, form=form
    )
    if fail_on == "objective":
        return exits.of_verdicts([*comparison.a.objectives(), *comparison.b.objectives()])
    return exits.OK


def compare_and_print(
    work: Work,
    pair: Sequence[str],
    *,
    overrides: Sequence[str] = (),
    flow: str = "",
    runs: int | None = None,
    seed: int | None = None,
    out: Path | None = None,
    form: str = "text",
) -> Comparison:
    """Load, run, compare, write the report below ``out`` (None: no report), and print."""
    from sim.comparison import Comparison  # noqa: PLC0415 - not for --help

    first, second = (work.load(given, overrides) for given in pair)
    settings = first.run
    results = work.run(
        (first, second),
        replications=settings.replications if runs is None else runs,
        seed=settings.seed if seed is None else seed,
    )
    comparison = Comparison(results[0], results[1], flow=flow)
    written = None
    if out is not None:
        from sim.report.write import write_comparison  # noqa: PLC0415

        written = write_comparison(comparison, out, work.asked())
    print_comparison(comparison, form, written)
    return comparison
