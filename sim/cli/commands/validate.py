"""``eventflow validate``: every mistake of every file, with its place and the remedy."""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Annotated

import typer

from sim.cli import exits, options
from sim.cli.output import echo
from sim.cli.progress import say
from sim.cli.work import Work
from sim.scenario.problems import ScenarioError
from sim.scenario.recognise import SUFFIXES, is_scenario

PLACE = 2


def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO...", help="Scenario files, folders, or shipped scenarios.")
    ] = None,
    overrides: options.Overrides = None,
    quiet: options.Quiet = False,
) -> int:
    """Check scenarios without running them; all problems go to stderr as file:line:column."""
    files = [file for given in paths or () for file in _files(given, quiet=quiet)]
    if not files:
        say("nothing to validate; give scenario files, or folders that have some")
        return exits.NOTHING
    work = Work(quiet=quiet)
    broken = 0
    for file in files:
        try:
            scenario = work.load(file, overrides or (), points=True)
        except ScenarioError as error:
            say(str(error))
            broken += 1
        except OSError as error:
            say(f"{file}: {error.strerror or error}" + ("" if error.errno == errno.ENOENT else "; give the path of a scenario file"))
            broken += 1
        else:
            if not quiet:
                work.foretell([scenario], scenario.run.replications)
                echo(f"{file}: ok, {scenario.name} ({scenario.architecture}), {len(scenario.services)} services")
    return exits.USAGE if broken else exits.OK


def _files(given: str, *, quiet: bool) -> list[str]:
    """The scenario files that an argument means; a folder means all YAML below it.

    ``*.yml`` is also how other tools name their files: what does not look like a scenario is passed over there, as
    `pytest --eventflow` does, and said.
    """
    folder = Path(given)
    if not folder.is_dir():
        return [given]
    found = []
    for path in sorted(path for suffix in SUFFIXES for path in folder.rglob(f"*{suffix}")):
        if path.suffix == SUFFIXES[0] or _looks_like_one(path):
            found.append(str(path))
        elif not quiet:
            say(f"{path}: passed over, it has no sections of a scenario; name it to have it checked")
    return found


def _looks_like_one(path: Path) -> bool:
    try:
        return is_scenario(path)
    except OSError:
        return True  # what cannot be read is a problem to be told
