"""Options that several commands share, each with one spelling and one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

Scenario = Annotated[str, typer.Argument(metavar="SCENARIO", help="A scenario file, or the name of a shipped one.")]
Overrides = Annotated[
    list[str] | None,
    typer.Option("-s", "--set", metavar="PATH=VALUE", help="Change a value: services.payment.replicas=3. Repeatable."),
]
Seed = Annotated[int | None, typer.Option("--seed", min=0, max=2**63 - 1, help="Seed; default: the scenario's.")]
Runs = Annotated[int | None, typer.Option("--runs", min=1, max=100_000, help="Replications; default: the scenario's.")]
Jobs = Annotated[
    int | None,
    typer.Option("-j", "--jobs", min=1, envvar="EVENTFLOW_JOBS", help="Replications at a time; default: one a processor."),
]
Out = Annotated[Path, typer.Option("-o", "--out", envvar="EVENTFLOW_OUT", file_okay=False, help="Folder that reports go to.")]
Engine = Annotated[Literal["auto", "simpy", "compiled"], typer.Option("--engine", help="Both give the same numbers.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no warnings on stderr.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report folder.")]
TextOrJson = Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")]
Tabular = Annotated[Literal["text", "json", "markdown"], typer.Option("--format", help="How to print.")]
Judged = Annotated[
    Literal["text", "json", "markdown", "junit"], typer.Option("--format", help="How to print; junit: the objectives.")
]

OUT = Path("reports")
