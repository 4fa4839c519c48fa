"""Whether a scenario can be run, asked of what was built or changed in Python as of a file that is read.

    scenario --checks, objectives, what it will take--> nothing, or ScenarioError with all that is wrong
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.foreseen import foreseen_problems
from sim.metrics.paths import UnknownMetricError, resolve
from sim.scenario.checks import check
from sim.scenario.problems import Problem, ScenarioError

if TYPE_CHECKING:
    from sim.scenario.scenario import Scenario


def check_scenario(scenario: Scenario) -> None:
    """Raise `ScenarioError` with everything that would make a run meaningless: what a file is checked for when it is read.

    Scenarios that were built or changed in Python come here unchecked.
    """
    problems = [problem for problem in check(scenario) if problem.severity == "error"]
    problems += objective_problems(scenario)
    if not problems:
        problems += foreseen_problems(scenario)
    if problems:
        raise ScenarioError(problems)


def check_objectives(scenario: Scenario) -> None:
    """Raise `ScenarioError` when an objective names a metric, or a subject of it, that does not exist."""
    problems = objective_problems(scenario)
    if problems:
        raise ScenarioError(problems)


def objective_problems(scenario: Scenario) -> list[Problem]:
    """Return what is wrong with the metrics that the objectives name; [] when nothing is."""
    problems = []
    for position, objective in enumerate(scenario.objectives):
        path = f"{objective.subject}.{objective.metric}" if objective.subject else objective.metric
        try:
            resolve(path, scenario)
        except UnknownMetricError as error:
            loc = ("objectives", position)
            problems.append(Problem(field=f"objectives[{position}]", message=str(error), loc=loc))
    return problems
