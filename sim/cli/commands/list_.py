"""``eventflow list``: what there is to run, to use and to measure, found by looking into the folders."""

from __future__ import annotations

import pkgutil
from typing import Annotated, Any

import typer

from sim import shipped
from sim.cli import options
from sim.cli.output import echo, echo_json
from sim.scenario.problems import did_you_mean

PLACE = 5
FAMILIES = {
    "distributions": ("sim.scenario.distributions", "sim.scenario.distributions.base", "DistributionModel"),
    "arrivals": ("sim.scenario.arrivals", "sim.scenario.arrivals.base", "ArrivalsModel"),
    "retries": ("sim.policies.retries", "sim.scenario.kinds", "Retry"),
    "budgets": ("sim.policies.budgets", "sim.scenario.kinds", "Budget"),
    "balances": ("sim.policies.balancing", "sim.scenario.kinds", "Balance"),
    "autoscalers": ("sim.policies.scaling", "sim.scenario.scaling", "Autoscaler"),
    "disciplines": ("sim.policies.disciplines", "sim.scenario.kinds", "Discipline"),
    "limits": ("sim.policies.limits", "sim.scenario.admission", "Limit"),
    "shedding": ("sim.policies.shedding", "sim.scenario.admission", "Shedding"),
    "contention": ("sim.policies.contention", "sim.scenario.kinds", "Contention"),
    "guards": ("sim.policies.guards", "sim.scenario.kinds", "Guard"),
    "brokers": ("sim.brokers", "sim.scenario.kinds", "Broker"),
    "faults": ("sim.faults", "sim.scenario.kinds", "Change"),
}
"""What comes in kinds: the folder looked into, and the base of its kinds."""
TOPICS = ("scenarios", "stories", *FAMILIES, "metrics", "charts", "outcomes")
LABEL = 26


def command(
    what: Annotated[str | None, typer.Argument(metavar="WHAT", help=f"One of: {', '.join(TOPICS)}; all by default.")] = None,
    form: options.TextOrJson = "text",
) -> int:
    """List shipped scenarios and stories, kinds of faults, policies, brokers and distributions, metrics, charts, outcomes."""
    if what is not None and what not in TOPICS:
        raise typer.BadParameter(f"there is no list of '{what}'; {did_you_mean(what, TOPICS, noun='there are')}")
    lists = {topic: entries(topic) for topic in ([what] if what else TOPICS)}
    if form == "json":
        echo_json(lists if what is None else lists[what])
        return 0
    for topic, found in lists.items():
        if what is None:
            echo(f"{topic}")
        indent = "  " if what is None else ""
        for name, meaning in found.items():
            echo(f"{indent}{name:<{LABEL}}  {meaning}".rstrip())
        if what is None:
            echo("")
    return 0


def entries(topic: str) -> dict[str, str]:
    """The names of a topic, each with what it is in one line."""
    if topic == "scenarios":
        return {name: _title(name) for name in shipped.names()}
    if topic == "stories":
        return shipped.stories()
    if topic == "metrics":
        from sim.metrics.paths import metrics

        return {name: metric.meaning for name, metric in metrics().items()}
    if topic == "charts":
        return charts()
    if topic == "outcomes":
        from sim.record.outcomes import OUTCOME_MEANINGS

        return dict(OUTCOME_MEANINGS)
    return {kind: first_line(cls) for kind, cls in kinds(topic).items()}


def kinds(topic: str) -> dict[str, Any]:
    """The classes of a family by their kinds."""
    import importlib  # as the folders are looked into here only

    from sim.registry import discover

    package, home, base = FAMILIES[topic]
    return discover(package, getattr(importlib.import_module(home), base))


def charts() -> dict[str, str]:
    """The charts by name: modules of the folder that draw."""
    import ast  # reading sources, so that Matplotlib is not loaded for a list
    from pathlib import Path

    import sim.charts

    found = {}
    for info in pkgutil.iter_modules(sim.charts.__path__):
        tree = ast.parse(Path(sim.charts.__path__[0], f"{info.name}.py").read_text(encoding="utf-8"))
        if any(isinstance(node, ast.FunctionDef) and node.name == "plot" for node in tree.body):
            found[info.name] = (ast.get_docstring(tree) or "").split("\n")[0]
    return found


def first_line(thing: Any) -> str:
    """The first line of a docstring."""
    return (thing.__doc__ or "").strip().split("\n")[0]


def _title(name: str) -> str:
    from sim.scenario.loader import load

    scenario = load(shipped.names()[name])
    return scenario.title or scenario.architecture
