"""Scenarios as tests: ``pytest --eventflow scenarios/`` runs each scenario once and judges each of its objectives.

    scenarios/checkout.yaml --run--> Result --one item for each objective--> pass | fail | fail (unsure: too few replications)

Off unless ``--eventflow`` is given, and then only files that look like scenarios (two of a scenario's sections, however
misspelt the others) are taken, and those that are named. The plug-in is found through the entry point of the installed
package; importing it loads nothing of the simulator but its errors.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

import pytest

from sim.errors import EventflowError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sim.results.result import Result
    from sim.stats.judging import Verdict


RUNS_MAX = 100_000


def _runs(text: str) -> int:
    """A number of replications, as the command line takes it."""
    if not text.isdecimal() or not 1 <= int(text) <= RUNS_MAX:
        raise argparse.ArgumentTypeError(f"'{text}' is not a number of replications from 1 to {RUNS_MAX}")
    return int(text)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options of the plug-in."""
    group = parser.getgroup("eventflow", "eventflow: scenarios as tests")
    group.addoption("--eventflow", action="store_true", help="collect scenario files: one test for each objective")
    group.addoption("--eventflow-runs", type=_runs, metavar="N", help="replications of each scenario; default: its own")


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> ScenarioFile | None:
    """Take a file that looks like a scenario."""
    if not parent.config.getoption("--eventflow"):
        return None
    from sim.scenario.recognise import SUFFIXES, is_scenario  # only where scenarios are collected

    if file_path.suffix not in SUFFIXES or not (parent.session.isinitpath(file_path) or is_scenario(file_path)):
        return None
    return ScenarioFile.from_parent(parent, path=file_path)


class ScenarioFile(pytest.File):
    """A scenario; it is run when the first of its objectives is judged."""

    verdicts: list[Verdict] | None = None
    result: Result

    def collect(self) -> Iterable[pytest.Item]:
        """One item for each objective. A broken file is a collection error that says where."""
        from sim.api import load  # the simulator is loaded when there is a scenario

        try:
            self.scenario = load(self.path)
        except EventflowError as error:
            raise self.CollectError(str(error)) from None
        for number, objective in enumerate(self.scenario.objectives):
            yield ObjectiveItem.from_parent(self, name=str(objective), number=number)

    def judged(self) -> list[Verdict]:
        """The verdicts on all objectives, by one run."""
        if self.verdicts is None:
            from sim.api import run

            self.result = run(self.scenario, replications=self.config.getoption("--eventflow-runs"))
            self.verdicts = self.result.objectives()
        return self.verdicts


class ObjectiveError(Exception):
    """An objective that is breached, or that the replications cannot decide."""


class ObjectiveItem(pytest.Item):
    """One objective of a scenario."""

    parent: ScenarioFile

    def __init__(self, *, number: int, **keywords: Any) -> None:
        super().__init__(**keywords)
        self.number = number

    def runtest(self) -> None:
        """Judge the objective by its interval over the replications."""
        verdict = self.parent.judged()[self.number]
        self.user_properties.append(("observed", verdict.reason))
        self.user_properties.append(("fingerprint", self.parent.result.fingerprint()))
        if verdict.outcome != "pass":
            raise ObjectiveError(str(verdict))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any, **__: Any) -> Any:
        """One line for an objective; a traceback only for what should not happen."""
        return str(excinfo.value) if isinstance(excinfo.value, ObjectiveError) else super().repr_failure(excinfo)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Name the objective with its file."""
        return self.path, 0, f"{self.path.name}: {self.name}"
