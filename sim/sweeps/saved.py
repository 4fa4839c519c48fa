"""A whole sweep in one file: its points, and what is kept of each of their runs.

    points 0, 1, ...  x  replications   --values-->   values.0 (points with the same metrics, replications, metrics)
                                        --runs-->     fingerprints (tasks, 32), found (tasks)

Points are rebuilt from the scenarios and settings, and keep the metrics that the file says: a version that has more metrics
reads it too.
"""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from sim.saved.container import Container, save
from sim.saved.errors import SavedError
from sim.saved.origin import Origin
from sim.saved.results import check_kind, refusing, scenario_of
from sim.scenario.problems import ScenarioError
from sim.sweeps.plan import POINTS_MAX, TASKS_MAX, Plan, Point
from sim.sweeps.summary import METRICS, Summary

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from sim.scenario.scenario import Scenario
    from sim.sweeps.result import Sweep

GROUPS_MAX = 32
"""Sets of metrics that points may have: one for each variant, usually."""
DIGEST = 32


def write_sweep(sweep: Sweep, path: str | os.PathLike[str]) -> Path:
    """Write a sweep, as far as it has been run. Raises ``OSError``, and `SavedError` when its variants are too many."""
    plan = sweep.plan
    groups = list(dict.fromkeys(point.paths for point in plan.points))
    if len(groups) > GROUPS_MAX:
        raise SavedError(f"the points have {len(groups)} different sets of metrics; at most {GROUPS_MAX} fit into one file")
    origin = sweep.origin or Origin.here(METRICS, sweep.fingerprint())
    numbers = {task.key: number for number, task in enumerate(plan.tasks)}
    header = {
        "kind": "sweep",
        **origin.to_dict(),
        "axes": list(plan.axes),
        "sample": plan.sample,
        "over": list(plan.over),
        "runs": plan.runs,
        "seed": plan.seed,
        "metrics_asked": list(plan.metrics),
        "variants": list(plan.scenarios),
        "scenarios": [json.dumps(one.declared()) for one in plan.scenarios.values()],
        "groups": [list(paths) for paths in groups],
        "points": [[one.variant, [value for _, value in one.settings], groups.index(one.paths)] for one in plan.points],
        "failures": [[numbers[key], text] for key, text in sorted(sweep.failures.items()) if key in numbers],
        "kept": [None if one is None else one.kept() for one in (sweep.found.get(task.key) for task in plan.tasks)],
    }
    return save(path, header, _arrays(sweep, groups))


def read_sweep(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return what a `Sweep` is made of: plan, found, failures, origin. Raises `SavedError`, ``OSError``."""
    container = Container.open(path)
    check_kind(container, "sweep")
    with refusing(container.name):
        header = container.header
        origin = Origin.of(header, container.name, METRICS)
        plan = _plan(header, container.name)
        found = _with_kept(_found(container, plan), plan, header.get("kept"))
        failures = {plan.tasks[number].key: str(text) for number, text in header["failures"]}
        return {"plan": plan, "found": found, "failures": failures, "origin": origin}


def _arrays(sweep: Sweep, groups: Sequence[tuple[str, ...]]) -> dict[str, NDArray[Any]]:
    tasks, runs = sweep.plan.tasks, sweep.runs
    found = [sweep.found.get(task.key) for task in tasks]
    blank = bytes(DIGEST)
    digests = b"".join(blank if one is None else bytes.fromhex(one.fingerprint) for one in found)
    arrays: dict[str, NDArray[Any]] = {
        "found": np.array([one is not None for one in found], dtype=np.uint8),
        "fingerprints": np.frombuffer(digests, np.uint8).reshape(len(tasks), DIGEST),
    }
    for number, paths in enumerate(groups):
        members = [point.number for point in sweep.points if point.paths == paths]
        values = np.zeros((len(members), runs, len(paths)))
        for row, point in enumerate(members):
            for replication in range(runs):
                summary = found[point * runs + replication]
                if summary is not None:
                    values[row, replication] = summary.values
        arrays[f"values.{number}"] = values
    return arrays


def _with_kept(found: dict[str, Summary], plan: Plan, kept: Sequence[Any] | None) -> dict[str, Summary]:
    """The runs with what quantiles are ones of, and with bounds; files of format 1 have none."""
    if kept is None:
        return found
    if len(kept) != len(plan.tasks):
        raise ValueError("what is kept of its runs is not of as many as there are")
    given = {task.key: one for task, one in zip(plan.tasks, kept, strict=True) if one is not None}
    return {key: one.keeping(given[key]) if key in given else one for key, one in found.items()}


def _plan(header: Mapping[str, Any], name: str) -> Plan:
    runs, axes = int(header["runs"]), tuple(str(axis) for axis in header["axes"])
    if runs < 1 or len(header["points"]) > POINTS_MAX or len(header["points"]) * runs > TASKS_MAX:
        raise SavedError(f"{name} has more runs than a sweep can have; it was not written by eventflow")
    texts = zip(header["variants"], header["scenarios"], strict=True)
    scenarios = {str(variant): scenario_of(json.loads(text), name) for variant, text in texts}
    groups = [tuple(str(path) for path in paths) for paths in header["groups"]]
    points = []
    for number, (variant, values, group) in enumerate(header["points"]):
        settings = tuple(zip(axes, (str(value) for value in values), strict=True))
        points.append(Point(number, variant, settings, _scenario(scenarios[variant], settings, name), groups[group]))
    asked = tuple(str(path) for path in header["metrics_asked"])
    sample, over = str(header.get("sample", "")), tuple(str(text) for text in header.get("over", ()))
    return Plan(tuple(points), axes, runs, int(header["seed"]), asked, scenarios, sample, over)


def _scenario(of: Scenario, settings: Sequence[tuple[str, str]], name: str) -> Scenario:
    try:
        return of.with_overrides([f"{path}={value}" for path, value in settings])
    except ScenarioError as error:
        problems = [replace(problem, path=name) for problem in error.problems]
        raise SavedError(f"{name} has a point that this version does not take: {problems[0]}") from None


def _found(container: Container, plan: Plan) -> dict[str, Summary]:
    tasks, runs = plan.tasks, plan.runs
    there = container.array("found", "|u1", (len(tasks),)).tolist()
    digests = container.array("fingerprints", "|u1", (len(tasks), DIGEST)).tobytes()
    found: dict[str, Summary] = {}
    groups = list(dict.fromkeys(point.paths for point in plan.points))
    for number, paths in enumerate(groups):
        members = [point.number for point in plan.points if point.paths == paths]
        values = container.array(f"values.{number}", "<f8", (len(members), runs, len(paths))).tolist()
        for row, point in enumerate(members):
            for replication in range(runs):
                task = point * runs + replication
                if there[task]:
                    digest = digests[task * DIGEST : (task + 1) * DIGEST].hex()
                    found[tasks[task].key] = Summary(tuple(values[row][replication]), digest)
    return found
