"""``eventflow validate``: every mistake of every file, with its place and the remedy."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import exits, options
from sim.cli.output import echo
from sim.cli.progress import say
from sim.cli.work import Work
from sim.scenario.base import standing_in
from sim.scenario.problems import ScenarioError
from sim.scenario.recognise import SUFFIXES, is_scenario

if TYPE_CHECKING:
    from collections.abc import Sequence

PLACE = 2


def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="SCENARIO...", help="Scenario files, folders, or shipped scenarios.")
    ] = None,
    overrides: options.Overrides = None,
    quiet: options.Quiet = False,
) -> int:
    """Check scenarios without running them; all problems go to stderr as file:line:column."""
    files = _files(paths or (), quiet=quiet)
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
            remedy = "" if error.errno == errno.ENOENT else "; give the path of a scenario file"  # the other one has its own
            say(f"{file}: {error.strerror or error}{remedy}")
            broken += 1
        else:
            if not quiet:
                work.foretell([scenario], scenario.run.replications)
                echo(f"{file}: ok, {scenario.name} ({scenario.architecture}), {len(scenario.services)} services")
    return exits.USAGE if broken else exits.OK


def _files(paths: Sequence[str], *, quiet: bool) -> list[str]:
    """The scenario files that the arguments mean; a folder means all YAML below it.

    ``*.yml`` is also how other tools name their files: what does not look like a scenario is passed over there, as
    `pytest --eventflow` does, and said. So is a file that others are based on, in whichever folder: it is checked with them.
    """
    below = {given: _below(Path(given)) for given in paths if Path(given).is_dir()}
    bases: dict[Path, Path] = {}
    for folder in sorted({path.parent for each in below.values() for path in each}):
        bases = {**standing_in(folder), **bases}
    found = []
    for given in paths:
        for path in below.get(given, ()):
            base = bases.get(Path(os.path.normpath(path)))
            why = f"it is a base: {base.name} stands on it" if base is not None else _unlike(path)
            if not why:
                found.append(str(path))
            elif not quiet:
                say(f"{path}: passed over, {why}; name it to have it checked")
        if given not in below:
            found.append(given)
    return found


def _below(folder: Path) -> list[Path]:
    """All YAML below a folder."""
    return sorted(path for suffix in SUFFIXES for path in folder.rglob(f"*{suffix}"))


def _unlike(path: Path) -> str:
    """Why a file does not look like a scenario; empty when it does, and when it cannot be read: that is to be told."""
    try:
        looks_like_one = path.suffix == SUFFIXES[0] or is_scenario(path)
    except OSError:
        return ""
    return "" if looks_like_one else "it has no sections of a scenario"
