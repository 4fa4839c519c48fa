"""Build the application from the folder of commands, and turn every error into a sentence and an exit code.

sim/cli/commands/run.py  --def command(...)-->  eventflow run
"""

from __future__ import annotations

import errno
import importlib
import os
import pkgutil
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from sim.cli import exits, signals
from sim.cli.once import OnceCommand
from sim.cli.terminal import clean
from sim.errors import EventflowError, LedgerError, RunawayError
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Sequence

COMMANDS = "sim.cli.commands"
INTERNAL_ERRORS = (LedgerError, RunawayError)
REFUSALS = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ENOMEM, errno.EMFILE, errno.ENFILE, errno.EFBIG}
"""Errors of files that are the machine's, whatever was asked for."""
TRACE = "EVENTFLOW_TRACE"
HELP = """Simulate a business flow wired by synchronous calls and by events, break both, and compare them in numbers.

Start with `eventflow demo`."""
EPILOG = "Exit codes: " + "; ".join(f"{code} {meaning}" for code, meaning in exits.MEANINGS.items()) + "."


def build() -> typer.Typer:
    """The application with every command found."""
    app = typer.Typer(
        name="eventflow",
        help=HELP,
        epilog=EPILOG,
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )

    @app.callback()
    def options(
        version: Annotated[
            bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_print_version)
        ] = False,
    ) -> None:
        """Options of the program itself."""

    package = importlib.import_module(COMMANDS)
    modules = [importlib.import_module(f"{COMMANDS}.{info.name}") for info in pkgutil.iter_modules(package.__path__)]
    for module in sorted(modules, key=lambda module: module.PLACE):
        name = module.__name__.rpartition(".")[2].rstrip("_")
        app.command(name, cls=OnceCommand)(module.command)
    return app


def run(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no user's mistake ends in a traceback."""
    try:
        signals.within()  # said before the work begins, where it cannot be read
        code = build()(args=None if argv is None else list(argv), prog_name="eventflow", standalone_mode=False)
        sys.stdout.flush()
    except (KeyboardInterrupt, typer.Abort):
        return _say("interrupted", signals.code())
    except (BrokenPipeError, SystemExit):  # not from a stream of `sim.cli.readers`; of Click's 1 a breach is not made
        return _say("eventflow: who read the output has gone, and the work was not finished", exits.MACHINE)
    except Exception as error:  # noqa: BLE001 - whatever it is, it ends as a sentence and a code
        return _say("interrupted", signals.code()) if signals.stop_requested() else _told(error)
    if code == exits.INTERRUPTED:  # newer versions of Typer turn Ctrl-C into this code by themselves
        return _say("interrupted", signals.code())
    return code if isinstance(code, int) else exits.OK


def _told(error: Exception) -> int:
    """Say an error in a sentence; returns its exit code."""
    if isinstance(error, INTERNAL_ERRORS):
        return _say(f"eventflow: {error}", exits.INTERNAL)
    refused = exits.MACHINE if _by_the_machine(error) else exits.USAGE
    if isinstance(error, EventflowError):
        return _say(str(error), refused)
    if isinstance(error, OSError):
        return _say(f"eventflow: {_of_file(error)}", refused)
    if isinstance(error, MemoryError):
        return _say("eventflow: the memory is used up; run fewer replications or jobs at a time", exits.MACHINE)
    if hasattr(error, "format_message"):  # Typer's own errors: the class is Click's or its own, by version
        return _say(_usage(error), exits.USAGE)
    return _internal(error)


def _by_the_machine(error: BaseException | None) -> bool:
    """Whether an error is one of the machine's, or was made of one."""
    while error is not None:
        if isinstance(error, OSError) and error.errno in REFUSALS:
            return True
        error = error.__cause__ or error.__context__
    return False


def _say(text: str, code: int) -> int:
    print(clean(text), file=sys.stderr, flush=True)  # noqa: T201 - stderr is where people are spoken to
    return code


def _usage(error: Exception) -> str:
    context = getattr(error, "ctx", None)
    where = context.command_path if context is not None else "eventflow"
    message = error.format_message()  # type: ignore[attr-defined]
    return f"{where}: {message}\nTry '{where} --help'."


def _of_file(error: OSError) -> str:
    return f"{error.filename}: {error.strerror}" if error.filename and error.strerror else str(error)


def _internal(error: Exception) -> int:
    if os.environ.get(TRACE):
        raise error
    text = f"eventflow: internal error: {type(error).__name__}: {error}\n"
    return _say(f"{text}This is a mistake of ours; set {TRACE}=1 to see where.", exits.INTERNAL)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"eventflow {__version__}")
        raise typer.Exit
