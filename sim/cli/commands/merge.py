"""``eventflow merge``: the parts of one sweep, run by --shard on several machines, put together in one folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import exits, options
from sim.cli.commands.sweep import Metrics, print_sweep, wanted
from sim.cli.progress import say

PLACE = 4.6


def command(
    folders: Annotated[
        list[Path], typer.Argument(metavar="FOLDER...", exists=True, file_okay=False, help="Folders of the shards.")
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="DIR", parser=options.folder, help="Folder of the whole sweep.")
    ],
    metrics: Metrics = "",
    form: options.Tabular = "text",
    quiet: options.Quiet = False,
) -> int:
    """Put the shards of one sweep together; the folder is the same as if one machine had run it all."""
    from sim.sweeps import merge_sweeps

    sweep = merge_sweeps(folders, out)
    if sweep.damaged and not quiet:
        say(f"damaged, and not merged: {len(sweep.damaged)} files, the first {sweep.damaged[0]}")
    print_sweep(replace(sweep, damaged=()), form, wanted(metrics), quiet=quiet)
    if sweep.complete:
        return exits.OK
    say(f"{len(sweep.plan.tasks) - sweep.done} of {len(sweep.plan.tasks)} runs are missing; run the shards that have them")
    return exits.INTERNAL if sweep.failures else exits.INCONCLUSIVE
