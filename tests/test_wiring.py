"""How the house hangs together: imports go one way, and every setting that a scenario may have is read by what runs it."""

from __future__ import annotations

import ast
import re
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any, get_args

import pytest

from sim.registry import discover
from sim.scenario.arrivals.base import ArrivalsModel
from sim.scenario.distributions import DistributionModel
from sim.scenario.guards import slots
from sim.scenario.kinds import Balance, Broker, Fault, Guard, Retry
from sim.scenario.model import Model
from sim.scenario.scaling import Autoscaler
from sim.scenario.scenario import Scenario

ROOT = Path(__file__).resolve().parent.parent
MODULES = {
    ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "sim").rglob("*.py"))
}
FOLDERS: dict[str, type[Model]] = {
    "sim.scenario.distributions": DistributionModel,
    "sim.scenario.arrivals": ArrivalsModel,
    "sim.policies.retries": Retry,
    "sim.policies.balancing": Balance,
    "sim.policies.scaling": Autoscaler,
    "sim.brokers": Broker,
    "sim.faults": Fault,
}
NOT_RUN = {
    "Scenario.name": "for people, and names of files",
    "Scenario.title": "for people",
    "Scenario.architecture": "for people, and the colour of charts",
    "Scenario.objectives": "judged; their limits are counted exactly (sim.exact_limits)",
    "Scenario.sweep": "read by sweeps, which make scenarios of it",
    "CircuitBreaker.profile": "a product's values are put beside what is written before it is read (breaker_profiles)",
    "FailureRate.profile": "the same",
    "SuccessRate.profile": "the same",
    "Publish.key": "has one value, that of the flow",
    "Outliers.profile": "has one value: whose defaults hold",
    "ConsistentHash.key": "has one value, that of the flow",
    "Project.key": "has one value, that of the flow",
    "Read.key": "has one value, that of the flow",
    "Run.warmup": "read by metrics, which measure after it",
    "Run.replications": "read by who runs replications",
    "Run.seed": "read by who runs replications",
    "SweepSettings.over": "read by sweeps, which make scenarios of it",
    "SweepSettings.metrics": "what a sweep shows",
    "Aggregate.key": "there is one that can be meant: the key of the flow",
    "AppendSettings.key": "the same",
    "Stream.publishes": "becomes steps that publish, in the wired copy of a scenario",
    "Write.write": "for people: rows are counted, whatever they are",
}
"""Settings that change no run, and why they are there."""


def imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    """Modules of ours that a statement imports."""
    if isinstance(node, ast.Import):
        names = {alias.name for alias in node.names}
    else:
        names = {name if (name := f"{node.module}.{alias.name}") in MODULES else str(node.module) for alias in node.names}
    return names & set(MODULES)


def imports_of(tree: ast.Module) -> set[str]:
    """Modules of ours that a module needs at any time: also when a function is called, but not for types alone."""
    found: set[str] = set()
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            waiting += node.orelse
        elif isinstance(node, ast.Import | ast.ImportFrom):
            found |= imported(node)
        else:
            waiting += ast.iter_child_nodes(node)
    return found


def test_imports_never_go_in_a_circle() -> None:
    """Not even where an import waits until a function is called."""
    graph = {name: imports_of(ast.parse(path.read_text())) - {name} for name, path in MODULES.items()}
    TopologicalSorter(graph).prepare()


def verbs(path: Path) -> list[str]:
    """Functions of a file that others may call, in their order."""
    found = [one.name for one in ast.parse(path.read_text()).body if isinstance(one, ast.FunctionDef)]
    return [name for name in found if not name.startswith("_")]


def test_both_engines_have_their_verbs_in_the_same_order() -> None:
    """In files of the same names, so that they can be read side by side."""
    readable, compiled = (ROOT / "sim" / "engine" / name for name in ("simpy_engine", "compiled_engine"))
    pairs = [(path, compiled / path.name) for path in sorted(readable.glob("*.py")) if (compiled / path.name).exists()]
    assert len(pairs) > 20
    for path, other in pairs:
        one, two = verbs(path), verbs(other)
        assert [name for name in one if name in two] == [name for name in two if name in one], path.name


def models_below(model: Any, seen: set[type[Model]]) -> set[type[Model]]:
    """The model and every one that its fields may hold."""
    if isinstance(model, type) and issubclass(model, Model) and model not in seen:
        seen.add(model)
        for field in model.model_fields.values():
            models_below(field.annotation, seen)
    for part in get_args(model):
        models_below(part, seen)
    return seen


def declared() -> dict[str, type[Model]]:
    """Every setting of the language as ``Model.field``, with the model."""
    models = models_below(Scenario, set())
    for folder, base in FOLDERS.items():
        for kind in discover(folder, base).values():
            models_below(kind, models)
    for kinds in slots().values():
        models.update(kinds)
    bases = {*FOLDERS.values(), Guard}
    return {f"{one.__name__}.{name}": one for one in models - bases for name in one.model_fields}


def test_every_setting_is_read_by_what_runs_it() -> None:
    """A field is read where the network is made, or by the rules and numbers of its own kind: nothing is parsed and ignored."""
    made = "\n".join(path.read_text() for folder in ("network", "brokers") for path in (ROOT / "sim" / folder).rglob("*.py"))
    made += MODULES["sim.scenario.targets"].read_text()  # what lowers faults asks it whom they strike
    dead = []
    for setting, model in declared().items():
        name = setting.partition(".")[2]
        if name == "kind" or setting in NOT_RUN or name in getattr(getattr(model, "Settings", None), "fields", ()):
            continue
        own = "\n".join(MODULES[base.__module__].read_text() for base in model.__mro__ if base.__module__ in MODULES)
        if not re.search(rf"\.{name}\b", made) and not re.search(rf"\.{name}\b", own) and name not in slots():
            dead.append(setting)
    assert not dead, "\n".join(sorted(dead))


@pytest.mark.parametrize("setting", sorted(NOT_RUN))
def test_every_exception_is_one(setting: str) -> None:
    """An exception that is no setting any more goes."""
    assert setting in declared()
