"""How results are printed on stdout: text in sentences and tables, JSON, Markdown, JUnit."""

from __future__ import annotations

import json
import os
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from pathlib import Path

    from sim.comparison import Comparison
    from sim.report.write import Written
    from sim.result import Result

WIDTH = 98
COLOURS = {"PASS": "green", "FAIL": "red", "UNSURE": "yellow"}


def echo(text: str) -> None:
    """Print to stdout."""
    typer.echo(text)


def echo_json(data: Any) -> None:
    """Print plain data as JSON, keys sorted."""
    echo(json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False))


def sentences(texts: list[str]) -> str:
    """Sentences as a list, wrapped to the width of a terminal."""
    return "\n".join(textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ") for text in texts)


def print_result(result: Result, form: str, written: Written | None) -> None:
    """Print a result: objectives, figures, where the report is."""
    from sim.report.junit import junit  # noqa: PLC0415 - not for --help
    from sim.report.tables import result_table, verdict_lines  # noqa: PLC0415

    verdicts = result.objectives()
    if form == "json":
        echo_json({**result.to_dict(), "report": _where(written)})
    elif form == "junit":
        typer.echo(junit(result), nl=False)
    elif form == "markdown":
        lines = [f"# {result.name}", "", *(f"- {line}" for line in verdict_lines(verdicts)), ""]
        echo("\n".join([*lines, result_table(result).markdown()]))
    else:
        run = f"{result.replications} replications, seed {result.seed}, {result.engine} engine"
        echo(f"{result.name} ({result.scenario.architecture}): {run}\n")
        for line in verdict_lines(verdicts):
            echo(_coloured(line))
        echo(("\n" if verdicts else "") + result_table(result).text())
        _print_where(written)


def print_comparison(comparison: Comparison, form: str, written: Written | None) -> None:
    """Print a comparison: the verdict in words, the table, where report and figure are."""
    from sim.report.tables import comparison_table  # noqa: PLC0415 - not for --help

    table, verdict = comparison_table(comparison), comparison.verdict()
    if form == "json":
        echo_json({**comparison.to_dict(), "report": _where(written)})
    elif form == "markdown":
        lines = [f"# {comparison.a.name} and {comparison.b.name}", "", *(f"- {sentence}" for sentence in verdict), ""]
        echo("\n".join([*lines, table.markdown()]))
    else:
        a, b = comparison.a, comparison.b
        echo(f"{a.name} ({a.scenario.architecture}) and {b.name} ({b.scenario.architecture})")
        echo(f"{a.replications} pairs of replications under the same random numbers, seed {a.seed}\n")
        echo(sentences(verdict))
        for note in comparison.notes:
            echo(f"note: {note}")
        echo("\n" + table.text())
        _print_where(written)


def _print_where(written: Written | None) -> None:
    if written is not None:
        echo(f"\nreport  {_shown(written.folder)}\nfigure  {_shown(written.figure)}")


def _where(written: Written | None) -> dict[str, str] | None:
    return None if written is None else {"folder": _shown(written.folder), "figure": _shown(written.figure)}


def _shown(path: Path) -> str:
    return path.as_posix()


def _coloured(line: str) -> str:
    word = line.split(" ", 1)[0]
    if word not in COLOURS or not sys.stdout.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return line
    return typer.style(word, fg=COLOURS[word], bold=True) + line[len(word) :]
