"""``eventflow sweep``: many points of one scenario, or of several, under the same random numbers; kill it, go on later."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import exits, options
from sim.cli.output import echo, echo_json
from sim.cli.progress import say
from sim.cli.work import Work

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from sim.sweep import Sweep

PLACE = 4.5
HASHED = 8
FAILURES_MAX = 5

Metrics = Annotated[
    str, typer.Option("--metrics", metavar="PATHS", help="Metrics to show, by commas; default: the objectives' and a few.")
]


def command(
    scenarios: Annotated[
        list[str], typer.Argument(metavar="SCENARIO...", help="A scenario file or a shipped one; several are compared.")
    ],
    over: Annotated[
        list[str] | None,
        typer.Option("--over", metavar="PATH=VALUES", help="What to vary: a=2,4,8 or b=1..20:log:8 (or :lin:8). Repeatable."),
    ] = None,
    sample: Annotated[
        str, typer.Option("--sample", metavar="KIND:N", help="lhs:50 or sobol:64: points spread over ranges, no grid.")
    ] = "",
    overrides: options.Overrides = None,
    runs: options.Runs = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="Folder of this sweep; repeat the command to go on. Default: below reports/."),
    ] = None,
    metrics: Metrics = "",
    shard: Annotated[str, typer.Option("--shard", metavar="I/N", help="Run the i-th of n parts; see `merge`.")] = "",
    share: Annotated[bool, typer.Option("--share", help="Let other sweeps with --share work in the same folder.")] = False,
    engine: options.Engine = "auto",
    form: options.Tabular = "text",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Run scenarios at many points. Every finished run is kept: after a kill, the same command goes on."""
    from sim.cli.rate import run_progress  # noqa: PLC0415 - not for --help
    from sim.engine import prepare  # noqa: PLC0415
    from sim.sweep import run_sweep  # noqa: PLC0415

    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    loaded = [work.load(given, overrides or ()) for given in scenarios]
    folder = out or _folder(loaded, over or (), sample, seed)
    if engine != "simpy":
        prepare((lambda _text: None) if quiet else say)
    paths = wanted(metrics)
    with run_progress("sweep", quiet=quiet) as step:
        sweep = run_sweep(
            loaded,
            over or (),
            sample=sample,
            runs=runs,
            seed=seed,
            metrics=paths,
            folder=folder,
            shard=shard,
            share=share,
            jobs=jobs,
            engine=engine,
            progress=step,
        )
    if verbose:
        say(f"{sweep.ran} runs in {work.elapsed:.1f} s, {len(sweep.found) - sweep.ran} found")
    print_sweep(sweep, form, paths, quiet=quiet)
    return exits.INTERNAL if sweep.failures else exits.OK


def wanted(metrics: str) -> tuple[str, ...]:
    """The paths of ``--metrics``."""
    return tuple(dict.fromkeys(path.strip() for path in metrics.split(",") if path.strip()))


def print_sweep(sweep: Sweep, form: str, metrics: Sequence[str], *, quiet: bool) -> None:
    """Print a sweep: its points, what was damaged or failed, where it is."""
    from sim.report.sweep_table import sweep_table  # noqa: PLC0415 - not for --help

    sweep.check(metrics)
    if sweep.damaged and not quiet:
        say(f"{len(sweep.damaged)} damaged files in {sweep.folder} count as absent, the first {sweep.damaged[0]}")
    failed = [task for task in sweep.plan.tasks if task.key in sweep.failures]
    for task in failed[:FAILURES_MAX]:
        where = f"point {task.point.number} ({task.point.label}), replication {task.replication}"
        say(f"failed: {where}: {sweep.failures[task.key]}")
    if len(failed) > FAILURES_MAX:
        say(f"... and {len(failed) - FAILURES_MAX} more failed runs")
    folder = None if sweep.folder is None else sweep.folder.as_posix()
    if form == "json":
        echo_json({**sweep.to_dict(metrics), "folder": folder})
        return
    table = sweep_table(sweep, metrics)
    if form == "markdown":
        echo(table.markdown())
        return
    names = " and ".join(sweep.plan.variants)
    echo(f"{names}: {len(sweep.points)} points, {sweep.done} of {len(sweep.plan.tasks)} runs\n\n{table.text()}")
    echo(f"\nfolder  {folder}")


def _folder(scenarios: Sequence[Scenario], over: Sequence[str], sample: str, seed: int | None) -> Path:
    """A folder that is the same whenever the same is asked for, so that a repeated command goes on."""
    asked = repr(([one.digest() for one in scenarios], sorted(over), sample, seed))
    return (
        Path(os.environ.get("EVENTFLOW_OUT") or options.OUT)
        / scenarios[0].name
        / f"sweep-{hashlib.sha256(asked.encode()).hexdigest()[:HASHED]}"
    )
