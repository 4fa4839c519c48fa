"""How results are printed on stdout: text in sentences and tables, JSON, Markdown, JUnit."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import typer

from sim.cli import exits, terminal
from sim.cli.progress import say

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.cli.gate import Gate
    from sim.judgements.baseline import Regression
    from sim.judgements.non_inferiority import NonInferiority
    from sim.report.write import Written
    from sim.results.comparison import Comparison
    from sim.results.result import Result
    from sim.stats.judging import Verdict
    from sim.stats.sequential import Precision

WIDTH = 98
COLOURS = {"PASS": "green", "FAIL": "red", "UNSURE": "yellow"}


def echo(text: str) -> None:
    """Print to stdout; control characters are shown, not sent, and verdicts are coloured where colours are wanted."""
    lines = terminal.clean(text).split("\n")
    typer.echo("\n".join(map(_coloured, lines)) if terminal.colours() else "\n".join(lines), color=terminal.colours())


def echo_json(data: Any) -> None:
    """Print plain data as JSON, keys sorted."""
    text = json.dumps(data, indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False)
    typer.echo(re.sub(r"[^\x20-\x7e\n]", lambda found: _in_json(found[0]), text))


def _in_json(sign: str) -> str:
    """A character as JSON has it: by number when a terminal would do something with it."""
    return sign if terminal.clean(sign) == sign else json.dumps(sign)[1:-1]


def sentences(texts: list[str]) -> str:
    """Sentences as a list, wrapped to the width of the terminal."""
    return "\n".join(wrap(text, "- ", "  ") for text in texts)


def wrap(text: str, first: str = "", later: str = "") -> str:
    """A text as lines that fit the terminal, and are never too long to read."""
    from sim.report.fitting import fill

    return fill(text, min(WIDTH, terminal.columns() or WIDTH), first, later)


def print_result(result: Result, form: str, written: Written | None, gate: Gate | None = None) -> Regression | None:
    """Print a result: objectives, figures, what it was held against, where the report is; returns that verdict."""
    from sim.report.junit import junit
    from sim.report.tables import overall, result_table, verdict_lines

    verdicts = result.objectives()
    held = None if gate is None else gate.judge(result)
    if form == "json":
        echo_json({**result.to_dict(), **baseline_data(held), "report": where_of(written)})
    elif form == "junit":
        typer.echo(junit(result, held, doubt_fails=gate is not None and gate.doubt_fails), nl=False)
    elif form == "markdown":
        lines = [f"# {result.name}", "", *(f"- {line}" for line in verdict_lines(verdicts)), ""]
        echo("\n".join([*lines, result_table(result).markdown()]))
        print_held(held, form)
    else:
        count = "1 replication" if result.replications == 1 else f"{result.replications} replications"
        run = f"{count}, seed {result.seed}, {result.engine} engine"
        echo(wrap(f"{result.name} ({result.scenario.architecture}): {run}") + "\n")
        if verdicts:
            echo(wrap(overall(verdicts)))
            for line in verdict_lines(verdicts):
                echo(_fitted(line, head=8))
            echo("")
        print_history([result], [""])
        echo(result_table(result).text(terminal.columns()))
        print_held(held, form)
        print_where(written)
    if form == "junit" or held is not None:
        _say_if_nothing(held, verdicts, result.precision, gate, [result.name], "--format junit")
    return held


def print_comparison(
    comparison: Comparison, form: str, written: Written | None, gate: Gate | None = None
) -> Regression | None:
    """Print a comparison: the verdict in words, the table, what it was held against, where report and figure are."""
    from sim.report.junit import junit
    from sim.report.tables import comparison_table, verdicts_of

    table, verdict = comparison_table(comparison), comparison.verdict()
    sides = zip(comparison.names, (comparison.a, comparison.b), strict=True)
    decides = gate is not None and gate.fail_on == "objective"
    judged = verdicts_of([(name, side.objectives()) for name, side in sides]) if decides else []
    held = None if gate is None else gate.judge(comparison)
    if form == "json":
        echo_json({**comparison.to_dict(), **baseline_data(held), "report": where_of(written)})
    elif form == "junit":
        typer.echo(junit(comparison, held, doubt_fails=gate is not None and gate.doubt_fails), nl=False)
    elif form == "markdown":
        told = [*verdict, *(f"note: {note}" for note in comparison.notes), *judged, *map(str, comparison.claims)]
        lines = [f"# {' and '.join(comparison.names)}", "", *(f"- {text}" for text in told), ""]
        echo("\n".join([*lines, table.markdown()]))
        print_held(held, form)
    else:
        a, b = comparison.a, comparison.b
        heads = [f"{side.name} ({side.scenario.architecture})" for side in (a, b)]
        echo(wrap(" and ".join(heads if heads[0] != heads[1] else comparison.names)))
        pairs = "1 pair" if a.replications == 1 else f"{a.replications} pairs"
        echo(wrap(f"{pairs} of replications under the same random numbers, seed {a.seed}") + "\n")
        echo(sentences(verdict))
        for note in comparison.notes:
            echo(wrap(f"note: {note}", later="  "))
        print_verdicts(judged)
        for claim in comparison.claims:
            echo(_fitted(str(claim), head=0))
        echo("")
        print_history([a, b], comparison.labels)
        echo(table.text(terminal.columns()))
        print_held(held, form)
        print_where(written)
    if decides or held is not None:
        objectives = [*comparison.a.objectives(), *comparison.b.objectives()] if decides else []
        every: list[Verdict | NonInferiority] = [*objectives, *comparison.claims]
        _say_if_nothing(held, every, comparison.precision, gate, comparison.names, "--fail-on objective")
    return held


def print_verdicts(lines: Sequence[str]) -> None:
    """Print what became of the objectives of several: all in one line, then one each."""
    for number, line in enumerate(lines):
        echo(_fitted(line, head=8) if number else wrap(line))


def _say_if_nothing(
    held: Regression | None,
    verdicts: Sequence[Verdict | NonInferiority],
    precision: Precision | None,
    gate: Gate | None,
    names: Sequence[str],
    option: str,
) -> None:
    """Say why there was nothing to check, where that decides the exit code: nothing else was asked for and missed."""
    none = not verdicts if held is None else not held.changes
    missed = exits.worst([exits.of_verdicts(verdicts), exits.of_precision(precision)])
    if none and missed == exits.OK and (gate is None or gate.fail_on != "never"):
        say_nothing(held, names, option)


def say_nothing(held: Regression | None, names: Sequence[str], option: str) -> None:
    """Say on stderr why there was nothing to check: what exit code 5 means this time."""
    if held is not None:
        told = f" ({'; '.join(held.notes)})" if held.notes else ""
        say(f"nothing to check: no metric could be held against the baseline{told}")
        return
    whose = list(dict.fromkeys(names))
    have = "has" if len(whose) == 1 else "have"
    say(f"nothing to check: {' and '.join(whose)} {have} no objectives, which {option} asks for; write some, or leave it out")


def of_sides(sides: Sequence[tuple[str, bool]]) -> int:
    """What sides without objectives amount to, of (name, whether it has any): where others have some, it is said on stderr."""
    without = list(dict.fromkeys(name for name, has in sides if not has))
    if not without or not any(has for _, has in sides):
        return exits.OK
    have = "has" if len(without) == 1 else "have"
    whose = f"{' and '.join(without)}, which {have} no objectives"
    say(f"nothing to check of {whose}: write some, or leave --fail-on objective out")
    return exits.NOTHING


def print_history(results: Sequence[Result], labels: Sequence[str]) -> None:
    """Print goodput, errors and what waits over time as rows of blocks."""
    from sim.report.sparklines import history

    echo("\n".join(history(results, labels, terminal.columns(), blocks=terminal.blocks())) + "\n")


def print_held(held: Regression | None, form: str) -> None:
    """Print what a result was held against, as text or Markdown; nothing when it was not."""
    if held is not None:
        from sim.report.regression import regression_markdown, regression_text

        echo("\n" + (regression_markdown(held) if form == "markdown" else regression_text(held, terminal.columns())))


def baseline_data(held: Regression | None) -> dict[str, Any]:
    """The same as plain data, to be merged in."""
    return {} if held is None else {"baseline": held.to_dict()}


def print_where(written: Written | None) -> None:
    """Print where a report is."""
    if written is not None:
        echo(f"\nreport  {_shown(written.folder)}\nfigure  {_shown(written.figure)}\npage    {_shown(written.page)}")


def where_of(written: Written | None) -> dict[str, str] | None:
    """Where a report is, as plain data."""
    return None if written is None else {
        "folder": _shown(written.folder),
        "figure": _shown(written.figure),
        "page": _shown(written.page),
    }


def _shown(path: Path) -> str:
    return path.as_posix()


def _coloured(line: str) -> str:
    """A line whose verdict is coloured: the word says the same."""
    word = re.match(r"[A-Z]*", line)[0]  # type: ignore[index]
    return typer.style(word, fg=COLOURS[word], bold=True) + line[len(word) :] if word in COLOURS else line


def _fitted(line: str, head: int) -> str:
    """A line that fits the terminal; as it is where it does, else wrapped below what follows its head."""
    from sim.report.fitting import fill, width

    columns = terminal.columns()
    if columns is None or width(line) <= columns:
        return line
    return fill(re.sub(" {2,}", ": ", line[head:]), columns, line[:head], " " * (head or 2))
