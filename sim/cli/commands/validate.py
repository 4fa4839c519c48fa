"""``eventflow validate``: every mistake of every file, with its place and the remedy."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sim.cli import exits, options
from sim.cli.output import echo
from sim.cli.progress import say
from sim.cli.work import Work
from sim.scenario.problems import ScenarioError

PLACE = 2


def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO...", help="Scenario files, folders, or shipped scenarios.")
    ] = None,
    overrides: options.Overrides = None,
    quiet: options.Quiet = False,
) -> int:
    """Check scenarios without running them; all problems go to stderr as file:line:column."""
    files = [file for given in paths or () for file in _files(given)]
    if not files:
        say("nothing to validate; give scenario files, or folders that have some")
        return exits.NOTHING
    work = Work(quiet=quiet)
    broken = 0
    for file in files:
        try:
            scenario = work.load(file, overrides or ())
        except ScenarioError as error:
            say(str(error))
            broken += 1
        except OSError as error:
            say(f"{file}: {error.strerror or error}; give the path of a scenario file")
            broken += 1
        else:
            if not quiet:
                echo(f"{file}: ok, {scenario.name} ({scenario.architecture}), {len(scenario.services)} services")
    return exits.USAGE if broken else exits.OK


def _files(given: str) -> list[str]:
    """The scenario files that an argument means; a folder means all ``*.yaml`` below it."""
    path = Path(given)
    if path.is_dir():
        return [str(file) for file in sorted(path.rglob("*.yaml"))]
    return [given]
