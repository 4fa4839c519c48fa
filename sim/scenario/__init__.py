"""What a user declares, in YAML or in Python; the first stage of the pipeline.

steps  ->  topology  ->  workload, faults, objectives, run  ->  Scenario  ->  load, check
Work       Service       Flow                                               file:line:column: what is wrong
Call

Scenario(
    name="demo",
    architecture="synchronous",
    services={"payment": Service(replicas=2, operations={"charge": [Work("5ms")]})},
    workload={"checkout": Flow(operation="payment.charge", arrivals={"kind": "poisson", "rate": "50/s"})},
    run=Run(horizon="60s"),
)
"""

from typing import Any

from sim.former_names import warn
from sim.scenario.checks import check
from sim.scenario.effect_steps import Effect
from sim.scenario.loader import load, load_with_warnings, loads, loads_with_warnings
from sim.scenario.objectives import Objective, parse_objective
from sim.scenario.problems import Problem, ScenarioError
from sim.scenario.run import Run
from sim.scenario.scenario import Scenario, json_schema
from sim.scenario.steps import Branch, Call, Choose, Fail, Parallel, Publish, Saga, SagaStep, Work
from sim.scenario.topology import NetworkSettings, Service
from sim.scenario.units import format_duration, format_rate, parse_duration, parse_rate, parse_share
from sim.scenario.workload import Flow

__all__ = [
    "Branch",
    "Call",
    "Choose",
    "Effect",
    "Fail",
    "Flow",
    "NetworkSettings",
    "Objective",
    "Parallel",
    "Problem",
    "Publish",
    "Run",
    "Saga",
    "SagaStep",
    "Scenario",
    "ScenarioError",
    "Service",
    "Work",
    "check",
    "format_duration",
    "format_rate",
    "json_schema",
    "load",
    "load_with_warnings",
    "loads",
    "loads_with_warnings",
    "parse_duration",
    "parse_objective",
    "parse_rate",
    "parse_share",
]


def __getattr__(name: str) -> Any:
    """Give the subscription of a log by the place that it had; it is in the file of its broker now."""
    if name != "Subscription":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from sim.brokers.log import Subscription  # it stands on this package

    warn("sim.scenario.Subscription", "sim.Subscription")
    return Subscription
