"""``eventflow run``: one scenario, its figures and its objectives; or a manifest, run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from sim.cli import exits, options
from sim.cli.gate import Gate
from sim.cli.gate_options import GateOptions
from sim.cli.output import print_result
from sim.cli.repeat import repeat
from sim.cli.work import Work

if TYPE_CHECKING:
    from sim.judgements.baseline import Regression
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario

PLACE = 3

Judged = Annotated[
    Literal["text", "json", "markdown", "junit"] | None,
    typer.Option("--format", help="How to print: text, or with --from as the first time; junit: the objectives."),
]
FailOn = Annotated[
    Literal["regression", "inconclusive", "never"] | None,
    typer.Option(
        "--fail-on",
        help="inconclusive: doubt about the baseline fails too, with 4. never: verdicts are data. Default: regression, or with "
        "--from that of the first time.",
    ),
]


def command(
    scenario: Annotated[
        str | None, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option("--from", metavar="MANIFEST", dir_okay=False, help="Repeat the run of a manifest.json.")
    ] = None,
    overrides: options.Overrides = None,
    runs: options.Runs = None,
    precision: options.Precision = "",
    runs_max: options.RunsMax = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    out: options.Out = options.OUT,
    no_report: options.NoReport = False,
    engine: options.Engine = "auto",
    form: Judged = None,
    save: options.Save = None,
    baseline: options.Baseline = None,
    gate: options.Gate = "",
    tolerance: options.Tolerance = None,
    fail_on: FailOn = None,
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Run a scenario and judge its objectives; or repeat the run of a manifest, and say whether it gives the same."""
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    where = None if no_report else out
    if (scenario is None) == (manifest is None):
        raise typer.BadParameter("give one of the two: a scenario, or --from manifest.json")
    if manifest is not None:
        if overrides or runs is not None or seed is not None:
            raise typer.BadParameter("--from repeats a run as it was; leave out --set, --runs and --seed")
        if precision or runs_max is not None:
            raise typer.BadParameter("--from repeats a run as it was; leave out --precision and --runs-max")
        if save or baseline:
            raise typer.BadParameter("--from compares fingerprints, no figures; leave out --save and --baseline")
        Gate.of("a run", None, gate, tolerance, fail_on or "regression")
        return repeat(work, manifest, where, form, fail_on)
    cap = options.cap_of(precision, runs, runs_max)
    form, fail_on = form or "text", fail_on or "regression"
    held_to = Gate.of("a run", baseline, gate, tolerance, fail_on, save)
    work.out = where
    held_file = "" if baseline is None else baseline.as_posix()
    work.gate = GateOptions(form, fail_on, precision, runs_max, (), held_file)
    loaded = work.load(str(scenario), overrides or ())
    held_to.check(loaded)
    settings = loaded.run
    if precision:
        result = _precisely(work, loaded, precision, cap, settings.seed if seed is None else seed)
    else:
        result = work.run(
            [loaded],
            replications=settings.replications if runs is None else runs,
            seed=settings.seed if seed is None else seed,
        )[0]
    with work.keeping(result):
        held = _finish(work, result, where, form, held_to)
    held_to.save(result, quiet=quiet)  # last: when the disk refuses, report and verdict are there
    verdicts = result.objectives()
    required = form == "junit" and held is None
    code = exits.of_required(verdicts) if required else exits.of_verdicts(verdicts)
    return held_to.code(held, code, exits.of_precision(result.precision))


def _precisely(work: Work, scenario: Scenario, precision: str, runs_max: int, seed: int) -> Result:
    """Run until it is as precise as asked for."""
    from sim.judgements.precision import run_precise, wanted

    wanted(precision, [scenario])
    return work.until_precise(
        lambda told: run_precise(
            scenario, precision, runs_max=runs_max, seed=seed, engine=work.engine, jobs=work.jobs, told=told
        ),
        runs_max,
    )


def _finish(work: Work, result: Result, out: Path | None, form: str, gate: Gate | None = None) -> Regression | None:
    """Write the report, and print."""
    written = None
    if out is not None:
        from sim.report.write import write_run

        written = write_run(result, out, work.invocation())
        work.out = None
    return print_result(result, form, written, gate)
