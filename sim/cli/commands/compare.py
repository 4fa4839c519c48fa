"""``eventflow compare A B``: two scenarios under the same random numbers, pair by pair."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import exits, options
from sim.cli.gate import Gate
from sim.cli.matrix import matrix_and_print, refuse
from sim.cli.output import of_sides, print_comparison
from sim.cli.work import Work
from sim.shipped import variants

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.judgements.baseline import Regression
    from sim.judgements.non_inferiority import NonInferiority
    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.scenario.scenario import Scenario
    from sim.stats.judging import Verdict

PLACE = 4


def command(
    a: Annotated[str, typer.Argument(metavar="A", help="A scenario file, the name of a shipped one, or a folder.")],
    b: Annotated[str, typer.Argument(metavar="B", help="The other one; differences are B minus A.")] = "",
    overrides: options.Overrides = None,
    flow: Annotated[str, typer.Option("--flow", help="Flow of the headline; default: the one wired differently.")] = "",
    runs: options.Runs = None,
    precision: options.Precision = "",
    runs_max: options.RunsMax = None,
    no_worse: options.NoWorse = None,
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
    fail_on: Annotated[
        Literal["regression", "objective", "inconclusive", "never"],
        typer.Option(
            "--fail-on",
            help="objective: exit with 1 or 4 also when an objective of A or B does not hold; inconclusive: doubt about the "
            "baseline fails too, with 4.",
        ),
    ] = "regression",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Compare two scenarios: the verdict in words, and every difference with its interval. Differences are data.

    Of a folder all scenarios are compared without a fault and under each of their faults alone: a matrix.
    """
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    where = None if no_report else out
    if not b:
        if not variants(a) and not Path(a).is_dir():
            raise typer.BadParameter("Missing argument 'B': give another scenario, or as A a folder of some with one base")
        refuse({"--precision": precision, "--runs-max": runs_max, "--no-worse": no_worse})
        held_to = Gate.of("a matrix", baseline, gate, tolerance, fail_on, save)
        asked: dict[str, Any] = {"overrides": overrides or (), "flow": flow, "runs": runs, "seed": seed}
        matrix, held = matrix_and_print(work, [a], out=where, form=form, gate=held_to, **asked)
        held_to.save(matrix, quiet=quiet)
        cells = zip(matrix.names * len(matrix.runs), matrix.results, strict=True)
        return code_of(held_to, held, [*cells])
    held_to = Gate.of("a comparison", baseline, gate, tolerance, fail_on, save)
    comparison, held = compare_and_print(
        work,
        (a, b),
        overrides=overrides or (),
        flow=flow,
        runs=runs,
        seed=seed,
        out=where,
        form=form,
        gate=held_to,
        precision=precision,
        runs_max=options.cap_of(precision, runs, runs_max),
        claims=[claim_of(text) for text in no_worse or ()],
    )
    held_to.save(comparison, quiet=quiet)
    sides = [*zip(comparison.names, (comparison.a, comparison.b), strict=True)]
    return code_of(held_to, held, sides, comparison)


def code_of(
    gate: Gate, held: Regression | None, sides: Sequence[tuple[str, Result]], comparison: Comparison | None = None
) -> int:
    """The exit code: of what it was held against, of claims and precision, and with ``objective`` of the objectives of all."""
    objective = gate.fail_on == "objective"
    claims = [] if comparison is None else comparison.claims
    judged = [verdict for _, side in sides for verdict in side.objectives()] if objective else []
    verdicts: list[Verdict | NonInferiority] = [*judged, *claims]
    required = objective and held is None
    codes = [exits.of_required(verdicts) if required else exits.of_verdicts(verdicts)]
    codes += [] if comparison is None else [exits.of_precision(comparison.precision)]
    if objective:
        codes.append(of_sides([(name, bool(side.objectives())) for name, side in sides]))
    return gate.code(held, *codes)


def claim_of(text: str) -> tuple[str, str]:
    """The metric and the limit of a claim ``checkout.latency.p99:5%``."""
    path, colon, limit = text.rpartition(":")
    if not colon or not path.strip() or not limit.strip():
        raise typer.BadParameter(f"'{text}' is no claim; write --no-worse checkout.latency.p99:5%")
    return path.strip(), limit.strip()


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
    gate: Gate | None = None,
    precision: str = "",
    runs_max: int = options.RUNS_MAX,
    claims: Sequence[tuple[str, str]] = (),
) -> tuple[Comparison, Regression | None]:
    """Load, run, compare, write the report below ``out`` (None: no report), and print."""
    from sim.judgements.non_inferiority import check_claim
    from sim.results.comparison import Comparison

    work.out = out
    first, second = (work.load(given, overrides) for given in pair)
    if gate is not None:
        gate.check(first, second)
    for path, limit in claims:
        check_claim(path, limit, (first, second))
    settings = first.run
    number = settings.seed if seed is None else seed
    if precision:
        comparison = _precisely(work, (first, second), precision, runs_max, number, flow)
    else:
        results = work.run((first, second), replications=settings.replications if runs is None else runs, seed=number)
        comparison = Comparison(results[0], results[1], flow=flow)
    comparison = comparison.claiming(*claims)
    written = None
    with work.keeping(comparison.a, comparison.b):
        if out is not None:
            from sim.report.write import write_comparison

            written = write_comparison(comparison, out, work.invocation())
            work.out = None
        return comparison, print_comparison(comparison, form, written, gate)


def _precisely(
    work: Work, pair: tuple[Scenario, Scenario], precision: str, runs_max: int, seed: int, flow: str
) -> Comparison:
    """Run both until their differences are as precise as asked for."""
    from sim.judgements.precision import compare_precise, wanted

    wanted(precision, pair)
    return work.until_precise(
        lambda told: compare_precise(
            *pair, precision, runs_max=runs_max, seed=seed, engine=work.engine, jobs=work.jobs, flow=flow, told=told
        ),
        runs_max,
    )
