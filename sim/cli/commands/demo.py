"""``eventflow demo``: the shipped pair, compared, without an argument."""

from __future__ import annotations

from sim import shipped
from sim.cli import options
from sim.cli.commands.compare import compare_and_print
from sim.cli.work import Work
from sim.errors import EventflowError

PLACE = 1
PAIR = ("online-boutique/sync", "online-boutique/events")


def command(
    runs: options.Runs = None,
    seed: options.Seed = None,
    jobs: options.Jobs = None,
    out: options.Out = options.OUT,
    form: options.Tabular = "text",
    engine: options.Engine = "auto",
    quiet: options.Quiet = False,
    verbose: options.Verbose = False,
) -> int:
    """Compare the shipped pair: one online shop, wired by synchronous calls and by events, under the same faults."""
    missing = [name for name in PAIR if name not in shipped.names()]
    if missing:
        raise EventflowError(f"the shipped scenario '{missing[0]}' is not installed; reinstall eventflow-sim")
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    comparison, _ = compare_and_print(work, PAIR, runs=runs, seed=seed, out=out, form=form)
    return 0 if comparison is not None else 1
