"""Options that several commands share, each with one spelling and one help text."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer


def folder(given: str | Path) -> Path:
    """Read a folder that need not be there; '' is none, as a variable that the shell does not know, not the current one."""
    if given == "":
        raise typer.BadParameter("it is empty; name a folder, '.' for this one, or leave the option out")
    if Path(given).is_file():
        raise typer.BadParameter(f"{given} is a file; name a folder")
    return Path(given)


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
Out = Annotated[
    Path, typer.Option("-o", "--out", metavar="DIR", envvar="EVENTFLOW_OUT", parser=folder, help="Folder that reports go to.")
]
Engine = Annotated[Literal["auto", "simpy", "compiled"], typer.Option("--engine", help="Both give the same numbers.")]
Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress and no warnings on stderr.")]
Verbose = Annotated[bool, typer.Option("-v", "--verbose", help="Say more on stderr.")]
NoReport = Annotated[bool, typer.Option("--no-report", help="Write no report folder.")]
TextOrJson = Annotated[Literal["text", "json"], typer.Option("--format", help="How to print.")]
Tabular = Annotated[Literal["text", "json", "markdown"], typer.Option("--format", help="How to print.")]
Judged = Annotated[
    Literal["text", "json", "markdown", "junit"], typer.Option("--format", help="How to print; junit: the objectives.")
]

Save = Annotated[
    Path | None, typer.Option("--save", metavar="FILE", dir_okay=False, help="Keep everything in one file, for --baseline.")
]
Baseline = Annotated[
    Path | None, typer.Option("--baseline", metavar="FILE", help="Hold it against a file of --save, or a report's folder.")
]
Gate = Annotated[
    str, typer.Option("--gate", metavar="PATHS", help="Metrics held to it, by commas; default: the objectives' and a few.")
]
Tolerance = Annotated[
    list[str] | None,
    typer.Option("--tolerance", metavar="[PATH=]VALUE", help="How much worse is accepted: 2%, or goodput=5/s. Repeatable."),
]
FailOn = Annotated[
    Literal["regression", "inconclusive", "never"],
    typer.Option("--fail-on", help="inconclusive: doubt about the baseline fails too, with 4. never: verdicts are data."),
]
Precision = Annotated[
    str,
    typer.Option(
        "--precision",
        metavar="SHARE",
        help="Run until figures are as precise: 5%, or checkout.latency.p99:5% by commas. Default: the objectives' metrics.",
    ),
]
RunsMax = Annotated[
    int | None, typer.Option("--runs-max", min=1, max=100_000, help="The most replications that --precision may take: 1000.")
]

NoWorse = Annotated[
    list[str] | None,
    typer.Option(
        "--no-worse",
        metavar="PATH:LIMIT",
        help="B must be proven no worse than A by more than 5% (of A's mean) or 10ms: exit 1 refuted, 4 open. Repeatable.",
    ),
]

OUT = Path("reports")
RUNS_MAX = 1000


def cap_of(precision: str, runs: int | None, runs_max: int | None) -> int:
    """The most replications that a precision may take. Raises a usage error for options that contradict each other."""
    if precision and runs is not None:
        raise typer.BadParameter("--precision says how many replications are run; leave out --runs, or write --runs-max")
    if runs_max is not None and not precision:
        raise typer.BadParameter("--runs-max is the most that --precision may take; write --precision 5%, or --runs")
    return RUNS_MAX if runs_max is None else runs_max
