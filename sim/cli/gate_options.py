"""What a command is to judge: the options that decide its exit code, as a manifest notes them.

    argv --the command's own parser--> GateOptions --manifest.json--> GateOptions --`run --from`--> the same exit code

A manifest without them (of an older version) has the words of its command, which say the same.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

COMMANDS = ("run", "compare")


@dataclass(frozen=True)
class GateOptions:
    """The options of a gate; the defaults are those of the commands.

    Attributes:
        form: how it was printed: ``junit`` asks for objectives.
        fail_on: what makes it fail besides.
        precision: until when it ran; '' is a number of replications.
        runs_max: the most that the precision may take; None: the usual number.
        no_worse: the claims, as ``path:limit``.
        baseline: the file it was held against; '' is none.
    """

    form: str = "text"
    fail_on: str = "regression"
    precision: str = ""
    runs_max: int | None = None
    no_worse: tuple[str, ...] = ()
    baseline: str = ""

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> GateOptions:
        """Read options by name. Raises ``TypeError`` for one of another kind; those that are missing are as by default."""
        given = {one.name: found[one.name] for one in fields(cls) if found.get(one.name) is not None}
        if not isinstance(given.get("no_worse", ()), (list, tuple)) or not isinstance(given.get("runs_max", 1), int):
            raise TypeError("no_worse is a list and runs_max a number")
        if any(not isinstance(given.get(name, ""), str) for name in ("form", "fail_on", "precision", "baseline")):
            raise TypeError("form, fail_on, precision and baseline are texts")
        return cls(**{**given, "no_worse": tuple(map(str, given.get("no_worse", ())))})

    @classmethod
    def by(cls, argv: Sequence[str]) -> GateOptions:
        """Read the words of a command, with its own parser; those of another command ask for nothing."""
        if not argv or argv[0] not in COMMANDS:
            return cls()
        app = typer.Typer()
        app.command()(import_module(f"sim.cli.commands.{argv[0]}").command)
        made = typer.main.get_command(app)
        lenient: dict[str, Any] = {"resilient_parsing": True, "ignore_unknown_options": True, "allow_extra_args": True}
        found = made.make_context(argv[0], list(argv[1:]), **lenient).params
        return cls.of({**found, "baseline": None if found.get("baseline") is None else str(found["baseline"])})

    def to_dict(self) -> dict[str, Any]:
        """Return plain data that `of` reads."""
        return {**asdict(self), "no_worse": list(self.no_worse)}
