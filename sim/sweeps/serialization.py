"""Runs as texts, to be sent to another process or machine, and what comes back. JSON only: no data ever becomes code.

    tasks --orders_of--> [order: one point, some replications] --text--> worker --reply--> Summary or error

An order says what its point's identity is; a worker that comes to another one has another version of eventflow and refuses.
"""

from __future__ import annotations

import importlib
import itertools
import json
from collections import OrderedDict
from typing import TYPE_CHECKING, Any

from sim.record.record import SEMANTICS
from sim.scenario.scenario import Scenario
from sim.sweeps.errors import SweepError
from sim.sweeps.limits import Limits, RunLostError
from sim.sweeps.plan import Point, Task
from sim.sweeps.summary import Summary
from sim.version import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    Order = dict[str, Any]
    Reply = dict[str, Any]

POINTS_KEPT = 64
"""Points that a worker keeps."""


class RunError(Exception):
    """An error of a run in another process; its text has the type of the error there."""


def orders_of(tasks: Sequence[Task], seed: int) -> list[Order]:
    """Return the orders for tasks, in their sequence; neighbours of one point share one."""
    orders = []
    for point, group in itertools.groupby(tasks, key=lambda task: task.point):
        orders.append(
            {
                "number": point.number,
                "variant": point.variant,
                "settings": [list(pair) for pair in point.settings],
                "scenario": json.dumps(point.scenario.declared()),
                "paths": list(point.paths),
                "identity": point.identity,
                "seed": seed,
                "runs": [[task.replication, task.key] for task in group],
            }
        )
    return orders


def setup_of(engine: str, runner: str, given: Limits) -> dict[str, Any]:
    """Return what a worker is told first: the engine or the name of a runner, and the limits of each run."""
    return {"engine": engine, "runner": runner, "limits": given.to_dict()}


class Points:
    """Makes tasks of orders again; keeps the latest points."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, int], Point] = OrderedDict()

    def tasks(self, order: Order) -> Iterator[Task]:
        """Give the tasks of an order. Raises `SweepError` when its point means something else here."""
        key = (order["identity"], order["number"])
        point = self._kept.get(key)
        if point is None:
            scenario = Scenario.model_validate(json.loads(order["scenario"]))
            settings = tuple((path, value) for path, value in order["settings"])
            point = Point(order["number"], order["variant"], settings, scenario, tuple(order["paths"]))
            if point.identity != order["identity"]:
                raise SweepError(
                    f"a worker has eventflow {__version__}, semantics {SEMANTICS}, and reads point {point.number} as another "
                    "one; install the same version everywhere"
                )
            self._kept[key] = point
            while len(self._kept) > POINTS_KEPT:
                self._kept.popitem(last=False)
        for replication, run_key in order["runs"]:
            yield Task(point, replication, run_key)


def reply_of(task: Task, outcome: Summary | Exception) -> Reply:
    """Return what is sent back of a run."""
    if isinstance(outcome, Summary):
        return {"key": task.key, "summary": outcome.to_dict(task.point.paths)}
    return {"key": task.key, "error": f"{type(outcome).__name__}: {outcome}"}


def outcome_of(task: Task, reply: Reply) -> Summary | Exception:
    """Return the outcome of a task from what came back."""
    if "summary" in reply:
        return Summary.of_dict(reply["summary"], task.point.paths)
    return RunLostError(reply["lost"]) if "lost" in reply else RunError(reply["error"])


def name_of(runner: Callable[..., Any] | None) -> str:
    """Return the name that another process imports a runner by; '' for none. Raises `SweepError` when it has no such name."""
    if runner is None:
        return ""
    module, name = getattr(runner, "__module__", ""), getattr(runner, "__qualname__", "")
    try:
        found = getattr(importlib.import_module(module), name) if module and module != "__main__" else None
    except (ImportError, AttributeError):
        found = None
    if found is not runner:
        raise SweepError(
            f"the runner {runner!r} cannot be imported by another process; write it as a function of a module, "
            "or use the executor 'threads'"
        )
    return f"{module}:{name}"


def named(name: str) -> Any:
    """Import what `name_of` named."""
    module, _, attribute = name.partition(":")
    return getattr(importlib.import_module(module), attribute)
