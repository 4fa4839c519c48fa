"""Read a scenario file; say everything that is wrong with it, and where.

    file --> data and positions --> pydantic models --> names, cycles, capacity, ... --> Scenario
             yaml_reader, base      explain             references, checks      or ScenarioError with all problems

Errors of one stage do not hide those of another: a file with a duplicate key, a misspelt key and an unknown service
has all three reported at once.
"""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from pydantic import ValidationError

from sim.scenario.base import read_with_base
from sim.scenario.checks import check
from sim.scenario.explain import problems_of
from sim.scenario.foreign import foreign
from sim.scenario.model import show
from sim.scenario.overrides import Override, apply
from sim.scenario.problems import Problem, ScenarioError, field_path
from sim.scenario.recordings import take_in
from sim.scenario.references import check_references
from sim.scenario.salvage import salvaged
from sim.scenario.scenario import Scenario
from sim.scenario.yaml_reader import BYTES_MAX, Document

Further = Callable[[Scenario], Iterable[Problem]]
"""A check of what declarations know nothing of, by who does."""


def load(path: str | os.PathLike[str], overrides: Iterable[str] = ()) -> Scenario:
    """Read a scenario file, change it by overrides such as ``services.payment.replicas=3``, and check it.

    Raises ``ScenarioError`` with all problems of the file, and ``OSError`` when the file cannot be read.
    """
    return load_with_warnings(path, overrides)[0]


def load_with_warnings(
    path: str | os.PathLike[str],
    overrides: Iterable[str] = (),
    *,
    metrics: Mapping[str, str] | None = None,
    also: Further | None = None,
) -> tuple[Scenario, list[Problem]]:
    """Read a scenario file as ``load`` does, and return it with the warnings about it, in the order of the file.

    ``metrics`` maps the metrics that objectives may name to what they measure (``duration``, ``rate``, ``share`` or
    ``number``); None leaves the names of metrics unchecked. ``also`` finds what else is wrong with the scenario.
    """
    with Path(path).open("rb") as file:
        content = file.read(BYTES_MAX + 1)
    return loads_with_warnings(content, str(path), overrides, metrics=metrics, also=also)


def loads(text: str | bytes, path: str = "<text>", overrides: Iterable[str] = ()) -> Scenario:
    """Read a scenario from text as ``load`` reads a file; ``path`` is what messages call it."""
    return loads_with_warnings(text, path, overrides)[0]


def loads_with_warnings(
    text: str | bytes,
    path: str = "<text>",
    overrides: Iterable[str] = (),
    *,
    metrics: Mapping[str, str] | None = None,
    also: Further | None = None,
) -> tuple[Scenario, list[Problem]]:
    """Read a scenario from text, and return it with the warnings about it, as ``load_with_warnings`` does."""
    content = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    document = read_with_base(content, path)
    take_in(document)
    whose = foreign(document.data, content)
    if whose:
        raise ScenarioError([document.problem_at(1, 1, whose)])
    scenario = _validate(document, metrics, also)
    scenario, applied = apply(scenario, overrides)
    found = _one_for_each_place(check(scenario, metrics=metrics), also(scenario) if also is not None else ())
    problems = _in_order(_place(problem, document, applied) for problem in found)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise ScenarioError(errors)
    return scenario, problems


def _one_for_each_place(problems: list[Problem], others: Iterable[Problem]) -> list[Problem]:
    """Add problems to those that are known, but no second error at a place."""
    known = {problem.loc for problem in problems if problem.severity == "error"}
    return [*problems, *(other for other in others if other.severity == "warning" or other.loc not in known)]


def _validate(document: Document, metrics: Mapping[str, str] | None, also: Further | None) -> Scenario:
    """Return the scenario that a document declares, or raise all that is wrong with it so far."""
    problems = list(document.problems)
    if not document.complete:
        raise ScenarioError(_in_order(problems))
    if not isinstance(document.data, dict):
        if not problems:
            message = f"a scenario is a mapping with name, services, workload and run, got {show(document.data)}"
            problems.append(document.problem_at(*document.locate(()), message))
        raise ScenarioError(_in_order(problems))
    try:
        scenario = Scenario.model_validate(document.data)
    except ValidationError as error:
        found = [item for item in problems_of(error, Scenario, document.data) if not document.is_broken(item.loc)]
    else:
        if not problems:
            return scenario
        found = []
    found = _one_for_each_place(found, check_references(document.data))
    found = _one_for_each_place(found, _of_the_rest(document, metrics, also))
    raise ScenarioError(_in_order([*problems, *(_place(problem, document) for problem in found)]))


def _of_the_rest(document: Document, metrics: Mapping[str, str] | None, also: Further | None) -> list[Problem]:
    """The errors of what is left of a file without its mistakes: nobody should need a second run to see them."""
    rest = salvaged(Scenario, document.data)
    if rest is None:
        return []
    found = check(rest.scenario, metrics=metrics, declared=document.data)
    further = also(rest.scenario) if also is not None else ()
    found += [problem for problem in further if problem.loc[:1] != ("objectives",)]  # their names may have been taken out
    errors = [problem for problem in found if problem.severity == "error"]
    return [dataclasses.replace(problem, loc=(loc := rest.original(problem.loc)), field=field_path(loc)) for problem in errors]


def _place(problem: Problem, document: Document, applied: Sequence[Override] = ()) -> Problem:
    """Give a problem its line and column, or the override that is to blame."""
    for override in reversed(applied):
        if override.covers(problem.loc):
            return override.problem(problem.message, problem.loc, severity=problem.severity)
    line, column = document.locate(problem.loc, key=problem.at_key)
    file = document.holder(problem.loc)
    source = file.lines[line - 1] if line <= len(file.lines) else ""
    column += max(0, source[column - 1 :].find(problem.mark))
    return dataclasses.replace(problem, path=file.path, line=line, column=column, source=source)


def _in_order(problems: Iterable[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda problem: (problem.path, problem.line, problem.column))
