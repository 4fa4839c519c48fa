"""What `compare FOLDER`, `demo` and `plot matrix` share: load wirings, run every cell of their matrix, print it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from sim.cli import terminal
from sim.cli.output import baseline_data, echo, echo_json, print_held, print_where, say_nothing, sentences, where_of, wrap
from sim.shipped import variants

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sim.cli.gate import Gate
    from sim.cli.work import Work
    from sim.judgements.baseline import Regression
    from sim.report.write import Written
    from sim.results.matrix import Matrix


def run_matrix(
    work: Work,
    given: Sequence[str],
    *,
    overrides: Sequence[str] = (),
    flow: str = "",
    runs: int | None = None,
    seed: int | None = None,
    gate: Gate | None = None,
) -> Matrix:
    """Run the matrix of a folder, or of several scenarios. Raises `ComparisonError` when they have not the same faults."""
    from sim.results.matrix import matrix_of
    from sim.results.matrix_rows import rows_of, several_of

    files = [path.as_posix() for path in variants(given[0])] if len(given) == 1 else list(given)
    loaded = [work.load(file, overrides) for file in several_of(files, given[0])]
    rows = rows_of(*loaded)
    if gate is not None:
        gate.check(*loaded)
    settings = loaded[0].run
    every = [scenario for scenarios in rows.values() for scenario in scenarios]
    results = work.run(
        every,
        replications=settings.replications if runs is None else runs,
        seed=settings.seed if seed is None else seed,
    )
    return matrix_of(tuple(rows), results, flow)


def matrix_and_print(
    work: Work, given: Sequence[str], *, out: Path | None, form: str, gate: Gate | None = None, **asked: object
) -> tuple[Matrix, Regression | None]:
    """Run, write the report below ``out`` (None: no report), and print; returns what it was held against, too."""
    matrix = run_matrix(work, given, gate=gate, **asked)  # type: ignore[arg-type]
    written = None
    if out is not None:
        from sim.report.matrix import write_matrix

        written = write_matrix(matrix, out, work.invocation())
    return matrix, print_matrix(matrix, form, written, gate)


def print_matrix(matrix: Matrix, form: str, written: Written | None, gate: Gate | None = None) -> Regression | None:
    """Print a matrix: a sentence for each row, all cells, what it was held against, where report and figure are."""
    from sim.report.junit import junit
    from sim.report.matrix_table import markdown

    held = None if gate is None else gate.judge(matrix)
    if form == "json":
        echo_json({**matrix.to_dict(), **baseline_data(held), "report": where_of(written)})
    elif form == "junit":
        typer.echo(junit(matrix, held, doubt_fails=gate is not None and gate.doubt_fails), nl=False)
    elif form == "markdown":
        echo(markdown(matrix))
        print_held(held, form)
    else:
        _print_text(matrix)
        print_held(held, form)
        print_where(written)
    if held is not None and not held.changes:
        say_nothing(held, (), "")
    return held


def _print_text(matrix: Matrix) -> None:
    """Print it for a terminal."""
    from sim.report.matrix_table import overview

    heads = [f"{one.name} ({one.scenario.architecture})" for one in matrix.calm]
    echo(wrap(" and ".join(heads)))
    cells = f"{len(matrix.faults)} faults, each alone, and none: {matrix.replications} replications of each cell"
    echo(wrap(f"{cells}, under the same random numbers, seed {matrix.seed}") + "\n")
    echo(sentences(matrix.verdict()))
    for note in matrix.notes:
        echo(wrap(f"note: {note}", later="  "))
    echo("")
    echo(overview(matrix).text(terminal.columns()))


def refuse(given: dict[str, object]) -> None:
    """Refuse options that say something of one pair of results, and nothing of a matrix. Raises ``BadParameter``."""
    said = [name for name, value in given.items() if value]
    if said:
        raise typer.BadParameter(f"{', '.join(said)}: of two scenarios only; a folder is compared fault by fault, as a matrix")
