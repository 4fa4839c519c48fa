"""``eventflow sweep``: many points of one scenario, or of several, under the same random numbers; kill it, go on later."""

from __future__ import annotations

import hashlib
import os
import shlex
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from sim.cli import exits, options, terminal
from sim.cli.gate import Gate
from sim.cli.output import (
    baseline_data,
    echo,
    echo_json,
    of_sides,
    print_held,
    print_verdicts,
    say_nothing,
    sentences,
    wrap,
)
from sim.cli.progress import say
from sim.cli.work import Work

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sim.judgements.baseline import Regression
    from sim.report.choice import Choice
    from sim.scenario.scenario import Scenario
    from sim.sweeps import Sweep

PLACE = 4.5
HASHED = 8
FAILURES_MAX = 5

Scenarios = Annotated[
    list[str], typer.Argument(metavar="SCENARIO...", help="A scenario file or a shipped one; several are compared.")
]
Over = Annotated[
    list[str] | None,
    typer.Option("--over", metavar="PATH=VALUES", help="What to vary: a=2,4,8 or b=1..20:log:8 (or :lin:8). Repeatable."),
]
Zip = Annotated[bool, typer.Option("--zip", help="Axes go together, first values first, instead of every combination.")]
Sample = Annotated[
    str,
    typer.Option(
        "--sample",
        metavar="KIND:N",
        help="lhs:50 or sobol:64: points spread over ranges, no grid; morris:20 or sobol-indices:256: which input matters.",
    ),
]
OutFolder = Annotated[
    Path | None,
    typer.Option(
        "-o",
        "--out",
        metavar="DIR",
        parser=options.folder,
        help="Folder of this sweep; repeat the command to go on. Default: below reports/.",
    ),
]
Shard = Annotated[str, typer.Option("--shard", metavar="I/N", help="Run the i-th of n parts; see `merge`.")]
Share = Annotated[bool, typer.Option("--share", help="Let other sweeps with --share work in the same folder.")]
Replan = Annotated[
    bool, typer.Option("--replan", help="Take a folder that holds another sweep; its runs are used where they fit.")
]
Executor = Annotated[
    str, typer.Option("--executor", metavar="NAME", help="threads, processes, dask://host:port or ray://host:port.")
]
MaxEvents = Annotated[int | None, typer.Option("--max-events", min=1, help="Events that a run may have.")]
MaxWall = Annotated[
    str | None, typer.Option("--max-wall", metavar="TIME", help="How long a run may take: 30s. Not with threads.")
]
MaxMemory = Annotated[
    str | None, typer.Option("--max-memory", metavar="SIZE", help="Memory that a run may take: 1GiB. Not with threads.")
]
Metrics = Annotated[
    str, typer.Option("--metrics", metavar="PATHS", help="Metrics to show, by commas; default: the objectives' and a few.")
]

BestBy = Annotated[
    str, typer.Option("--best", metavar="PATH", help="Select the best point by this metric, with a guarantee; needs --within.")
]
Within = Annotated[
    str, typer.Option("--within", metavar="SIZE", help="The smallest difference that matters to --best: 2/s, 10ms, 1pp.")
]
FailOn = Annotated[
    Literal["regression", "objective", "inconclusive", "never"],
    typer.Option(
        "--fail-on",
        help="objective: exit with 1 or 4 also when an objective of some point does not hold; inconclusive: doubt about the "
        "baseline fails too, with 4.",
    ),
]


def command(
    scenarios: Scenarios,
    over: Over = None,
    zipped: Zip = False,
    sample: Sample = "",
    overrides: options.Overrides = None,
    runs: options.Runs = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    out: OutFolder = None,
    metrics: Metrics = "",
    best: BestBy = "",
    within: Within = "",
    shard: Shard = "",
    share: Share = False,
    replan: Replan = False,
    executor: Executor = "threads",
    max_events: MaxEvents = None,
    max_wall: MaxWall = None,
    max_memory: MaxMemory = None,
    engine: options.Engine = "auto",
    form: options.Judged = "text",
    save: options.Save = None,
    baseline: options.Baseline = None,
    gate: options.Gate = "",
    tolerance: options.Tolerance = None,
    fail_on: FailOn = "regression",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Run scenarios at many points. Every finished run is kept: after a kill, the same command goes on."""
    from sim.cli.rate import run_progress
    from sim.report.choice import choose
    from sim.sweeps import plan_sweep, run_sweep

    held_to = Gate.of("a sweep", baseline, gate, tolerance, fail_on, save)
    check_best(best, within)
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    loaded = [work.load(given, overrides or ()) for given in scenarios]
    held_to.check(*loaded)
    folder = out or _folder(loaded, over or (), "zip" if zipped else sample, seed)
    paths = wanted(metrics)
    kept = tuple(dict.fromkeys((*paths, *([best] if best else []), *held_to.paths)))
    points: dict[str, Any] = {"zipped": zipped, "sample": sample, "runs": runs, "seed": seed, "metrics": kept}
    if best or baseline is not None:
        _rehearse(plan_sweep(loaded, over or (), **points), (best, within), held_to)
    _prepare(engine, quiet=quiet)
    with _kept(folder), run_progress("sweep", quiet=quiet) as step:
        sweep = run_sweep(
            loaded,
            over or (),
            **points,
            folder=folder,
            shard=shard,
            share=share,
            replan=replan or out is None,  # a folder of our own is that of the same points, whatever else is asked of them
            jobs=jobs,
            engine=engine,
            executor=executor,
            max_events=max_events,
            max_wall=max_wall,
            max_memory=max_memory,
            progress=step,
        )
    if verbose:
        say(f"{sweep.ran} runs in {work.elapsed:.1f} s, {len(sweep.found) - sweep.ran} found")
    chosen = choose(sweep, best, within) if best else None
    held = print_sweep(sweep, form, paths, quiet=quiet, gate=held_to, best=chosen)
    held_to.save(sweep, quiet=quiet)
    return _answer(sweep, held_to, chosen, held)


def _rehearse(nothing: Sweep, best: tuple[str, str], gate: Gate) -> None:
    """Raise, before anything is run, what --best and --baseline refuse of a sweep whatever its runs will say.

    They are asked of the same points without their runs: the best of runs that are all alike, and no run against the baseline.
    """
    from sim.sweeps import Sweep
    from sim.sweeps.summary import Summary

    plan = nothing.plan
    if best[0]:
        Sweep(plan, {task.key: Summary((0.0,) * len(task.point.paths), "") for task in plan.tasks}).best(*best)
    gate.judge(nothing)


@contextmanager
def _kept(folder: Path) -> Iterator[None]:
    """On Ctrl-C say where the finished runs are, as `run` and `compare` do, and what goes on from there."""
    try:
        yield
    except KeyboardInterrupt:
        say(f"what is finished is kept in {folder.as_posix()}; the same command goes on")
        raise


def _answer(sweep: Sweep, gate: Gate, chosen: Choice | None, held: Regression | None) -> int:
    """The exit code: that of failed runs, else the worst of the objectives of all points, the choice of the best, the baseline.

    Objectives that were asked for and are nowhere are nothing to check, unless something else was asked for too.
    """
    if sweep.failures:
        return exits.INTERNAL
    judged = gate.fail_on == "objective"
    verdicts = [one for point in sweep.points for one in sweep.objectives(point.number)] if judged else []
    alone = judged and held is None and chosen is None
    undecided = exits.INCONCLUSIVE if chosen is not None and not chosen.decided else exits.OK
    sides = [(point.variant, bool(sweep.objectives(point.number))) for point in sweep.points] if judged else []
    objectives = exits.of_required(verdicts) if alone else exits.of_verdicts(verdicts)
    code = gate.code(held, objectives, of_sides(sides), undecided)
    if code == exits.NOTHING and not verdicts:
        say_nothing(held, sweep.plan.variants, "--fail-on objective")
    return code


def _prepare(engine: str, *, quiet: bool) -> None:
    """Compile the engine where it is needed, and say so."""
    from sim.engine import prepare

    if engine != "simpy":
        prepare((lambda _text: None) if quiet else say)


def check_best(best: str, within: str) -> None:
    """Raise ``BadParameter`` for one of the two options without the other."""
    if bool(best) != bool(within):
        raise typer.BadParameter("--best PATH and --within SIZE go together: the best, or a point within that of it")


def wanted(metrics: str) -> tuple[str, ...]:
    """The paths of ``--metrics``."""
    return tuple(dict.fromkeys(path.strip() for path in metrics.split(",") if path.strip()))


def print_sweep(
    sweep: Sweep,
    form: str,
    metrics: Sequence[str],
    *,
    quiet: bool,
    gate: Gate | None = None,
    best: Choice | None = None,
) -> Regression | None:
    """Print a sweep: its points, what was damaged or failed, what it was held against, where it is."""
    from sim.report.junit import junit
    from sim.report.sweep_table import sweep_table
    from sim.report.sweep_words import sweep_words
    from sim.report.tables import in_line, verdicts_of
    from sim.sweeps.multiple_comparisons import name_of

    sweep.check(metrics)
    if sweep.damaged and not quiet:
        count = "1 file was" if len(sweep.damaged) == 1 else f"{len(sweep.damaged)} files were"
        say(f"{count} damaged in {sweep.folder} and counted as absent, the first {sweep.damaged[0]}")
    failed = [task for task in sweep.plan.tasks if task.key in sweep.failures]
    for task in failed[:FAILURES_MAX]:
        where = f"point {task.point.number} ({task.point.label}), replication {task.replication}"
        say(f"failed: {where}: {sweep.failures[task.key]}")
    if len(failed) > FAILURES_MAX:
        say(f"... and {len(failed) - FAILURES_MAX} more failed runs")
    folder = None if sweep.folder is None else sweep.folder.as_posix()
    held = None if gate is None else gate.judge(sweep)
    if form == "json":
        chosen = {} if best is None else {"best": best.to_dict()}
        echo_json({**sweep.to_dict(metrics), **chosen, **baseline_data(held), "folder": folder})
        return held
    if form == "junit":
        typer.echo(junit(sweep, held, doubt_fails=gate is not None and gate.doubt_fails, choice=best), nl=False)
        return held
    table, words = sweep_table(sweep, metrics), [*sweep_words(sweep, metrics), *([str(best)] if best else [])]
    decides = gate is not None and gate.fail_on == "objective"
    named = [(name_of(sweep, point), sweep.objectives(point.number)) for point in sweep.points] if decides else []
    judged = verdicts_of(named, met=False)
    if form == "markdown":
        told = [*words, *judged]
        echo("\n".join([table.markdown(), *([""] if told else []), *(f"- {in_line(sentence)}" for sentence in told)]))
        print_held(held, form)
        return held
    names = " and ".join(sweep.plan.variants)
    echo(wrap(f"{names}: {len(sweep.points)} points, {sweep.done} of {len(sweep.plan.tasks)} runs") + "\n")
    echo(table.text(terminal.columns()))
    if words:
        echo("\n" + sentences(words))
    if judged:
        echo("")
        print_verdicts(judged)
    print_held(held, form)
    echo(f"\nfolder  {folder}")
    if folder is not None and not quiet:
        say(f"one page of it: eventflow report {shlex.quote(folder)}")
    return held


def _folder(scenarios: Sequence[Scenario], over: Sequence[str], sample: str, seed: int | None) -> Path:
    """A folder that is the same whenever the same is asked for, so that a repeated command goes on."""
    identity = repr(([one.digest() for one in scenarios], sorted(over), sample, seed))
    return (
        Path(os.environ.get("EVENTFLOW_OUT") or options.OUT)
        / scenarios[0].name
        / f"sweep-{hashlib.sha256(identity.encode()).hexdigest()[:HASHED]}"
    )
