"""``eventflow demo``: the shipped order flow, every wiring of it under each fault, without an argument."""

from __future__ import annotations

from sim import shipped
from sim.cli import exits, options
from sim.cli.matrix import matrix_and_print
from sim.cli.progress import say
from sim.cli.work import Work
from sim.errors import EventflowError

PLACE = 1
FOLDER = "order-flow"


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
    """Show the shipped order flow, by calls, by guarded calls and by events, without a fault and under each fault alone."""
    if not shipped.variants(FOLDER):
        raise EventflowError(f"the shipped scenarios '{FOLDER}' are not installed; reinstall eventflow-sim")
    if not quiet:  # before anything is loaded, which takes longest where nothing was run yet
        say("the shipped order flow, by calls, by guarded calls and by events: without a fault, and under each fault alone")
    work = Work(engine=engine, jobs=jobs, quiet=quiet, verbose=verbose)
    matrix_and_print(work, [FOLDER], out=out, form=form, runs=runs, seed=seed)
    return exits.OK
