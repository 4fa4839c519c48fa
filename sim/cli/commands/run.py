"""``eventflow run``: one scenario, its figures and its objectives; or a manifest, run again."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import exits, options
from sim.cli.gate import Gate
from sim.cli.output import print_comparison, print_result
from sim.cli.progress import say
from sim.cli.work import Work

if TYPE_CHECKING:
    from sim.judge.baseline import Regression
    from sim.judge.result import Result
    from sim.report.manifest import Repeat
    from sim.scenario.scenario import Scenario

PLACE = 3


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
    form: options.Judged = "text",
    save: options.Save = None,
    baseline: options.Baseline = None,
    gate: options.Gate = "",
    tolerance: options.Tolerance = None,
    fail_on: options.FailOn = "regression",
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
        if precision:
            raise typer.BadParameter("--from repeats a run as it was; leave out --precision")
        if save or baseline:
            raise typer.BadParameter("--from compares fingerprints, no figures; leave out --save and --baseline")
        return _repeat(work, manifest, where, form, Gate.of("a run", None, gate, tolerance, fail_on))
    cap = options.cap_of(precision, runs, runs_max)
    held_to = Gate.of("a run", baseline, gate, tolerance, fail_on, save)
    work.out = where
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
        held_to.save(result, quiet=quiet)
        held = _finish(work, result, where, form, held_to)
    verdicts = result.objectives()
    asked = form == "junit" and held is None
    code = exits.of_asked(verdicts) if asked else exits.of_verdicts(verdicts)
    return held_to.code(held, code, exits.of_precision(result.precision))


def _precisely(work: Work, scenario: Scenario, precision: str, runs_max: int, seed: int) -> Result:
    """Run until it is as precise as asked for."""
    from sim.judge.precision import run_precise, wanted  # noqa: PLC0415 - not for --help

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
        from sim.report.write import write_run  # noqa: PLC0415 - not for --help

        written = write_run(result, out, work.asked())
        work.out = None
    return print_result(result, form, written, gate)


def _repeat(work: Work, path: Path, out: Path | None, form: str, gate: Gate) -> int:
    """Run everything of a manifest again, print it, and say on stderr whether every fingerprint is the same.

    The exit code is that of the run, or of the comparison, as it would be the first time; 1 when a fingerprint differs.
    """
    from sim.report.manifest import ManifestError, differing_versions, read_manifest  # noqa: PLC0415

    data, repeats = read_manifest(path)
    if len(repeats) not in {1, 2}:
        raise ManifestError(f"{path} has {len(repeats)} runs; one run or one pair can be repeated")
    work.out = out
    results = _again(work, repeats)
    judged = results[0].objectives() if len(results) == 1 else []
    with work.keeping(*results):
        if len(results) == 1:
            _finish(work, results[0], out, form)
        else:
            _finish_pair(work, results, out, "text" if form == "junit" else form, str(data.get("flow", "")))
    for change in differing_versions(data):
        say(f"version: {change}")
    same = [_same(one, result) for one, result in zip(repeats, results, strict=True)]
    return exits.worst([exits.OK if all(same) else exits.BREACHED, gate.code(None, exits.of_verdicts(judged))])


def _again(work: Work, repeats: list[Repeat]) -> list[Result]:
    """Run what a manifest has: a pair under one progress bar, so that pairs are kept after Ctrl-C."""
    asked = {(one.replications, one.seed) for one in repeats}
    if len(asked) == 1:
        (replications, seed) = asked.pop()
        return work.run([one.scenario for one in repeats], replications=replications, seed=seed)
    return [work.run([one.scenario], replications=one.replications, seed=one.seed)[0] for one in repeats]


def _finish_pair(work: Work, results: list[Result], out: Path | None, form: str, flow: str) -> None:
    from sim.judge.comparison import Comparison  # noqa: PLC0415

    comparison = Comparison(results[0], results[1], flow=flow)
    written = None
    if out is not None:
        from sim.report.write import write_comparison  # noqa: PLC0415

        written = write_comparison(comparison, out, work.asked())
        work.out = None
    print_comparison(comparison, form, written)


def _same(before: Repeat, now: Result) -> bool:
    """Compare fingerprints replication by replication; say so on stderr."""
    name = before.scenario.name
    fingerprints = tuple(record.fingerprint() for record in now.records)
    if fingerprints == before.fingerprints:
        say(f"{name}: all {len(fingerprints)} fingerprints match")
        return True
    differing = [n for n, pair in enumerate(zip(fingerprints, before.fingerprints, strict=False)) if pair[0] != pair[1]]
    first = differing[0] if differing else min(len(fingerprints), len(before.fingerprints))
    say(f"{name}: fingerprints differ, first in replication {first}: this is not the same run")
    return False
