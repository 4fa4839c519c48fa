"""Files of other tools, told by what only they have, and answered in one sentence.

    {"apiVersion": "chaos-mesh.org/v1alpha1", ...}   -->  this is an experiment of Chaos Mesh, not a scenario; ...

What is not modelled is said to be so, instead of a list of unknown keys.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from sim.scenario.other_words import PAGE, policy
from sim.scenario.recognise import SIGNS

_COMPOSE = frozenset({"image", "build", "ports", "depends_on", "container_name", "restart", "volumes"})
_K6 = re.compile(rb"""\bfrom\s+['"]k6(?:/[a-z]+)?['"]|require\(['"]k6""")
_SEARCHED_MAX = 1 << 16
_FAULTS = "declare what it breaks under 'faults', as slowdown or crash"
_SERVICES = "declare its services under 'services', with the steps of their operations"


def foreign(data: Any, content: bytes) -> str:
    """Return whose file it is and what to do, in a sentence; '' when it is nobody's that is known."""
    found = _by_keys(data) or _by_settings(data) if isinstance(data, Mapping) else ""
    if found or (isinstance(data, Mapping) and len(SIGNS.intersection(data)) > 1):
        return found
    if _K6.search(content[:_SEARCHED_MAX]):
        remedy = "declare its load under 'workload', as arrivals with a rate"
        return f"this is a script of k6, not a scenario; k6 is not modelled: {remedy}"
    return ""


def _by_settings(data: Mapping[str, Any]) -> str:
    """The same of an ``application.yml`` with settings of resilience4j, nested or with dots; or of a part of one."""
    if SIGNS & set(data):
        return ""
    sections = [value for key, value in data.items() if policy(str(key)) or key in {"retry", "bulkhead"}]
    of_it = any(isinstance(one, Mapping) and {"instances", "configs"} & set(one) for one in sections)
    if not of_it and not any(str(key).partition(".")[0] == "resilience4j" for key in data):
        return ""
    remedy = f"write its settings at the calls of services; {PAGE} says what each is called here"
    return f"this is a configuration of resilience4j, not a scenario: {remedy}, and so does 'eventflow explain WORD'"


def _by_keys(data: Mapping[str, Any]) -> str:
    version, kind = data.get("apiVersion"), data.get("kind")
    if isinstance(version, str) and isinstance(kind, str):
        if version.startswith("chaos-mesh.org/"):
            return f"this is a {kind[:40]} of Chaos Mesh, not a scenario; its experiments are not modelled: {_FAULTS}"
        return f"this is a {kind[:40]} of Kubernetes, not a scenario; its resources are not modelled: {_SERVICES}"
    if isinstance(data.get("asyncapi"), str | int | float):
        remedy = "declare its channels as topics of a broker, and who reads them under 'subscriptions'"
        return f"this is a document of AsyncAPI, not a scenario; it is not modelled: {remedy}"
    services = data.get("services")
    if isinstance(services, Mapping) and "workload" not in data and "architecture" not in data:
        inside = [set(one) for one in services.values() if isinstance(one, Mapping)]
        if inside and all(one & _COMPOSE and "operations" not in one for one in inside):
            return f"this is a file of docker-compose, not a scenario; it is not modelled: {_SERVICES}"
    traces = data.get("data")
    if isinstance(traces, list) and traces and isinstance(traces[0], Mapping) and {"traceID", "spans"} <= set(traces[0]):
        remedy = "declare the operations that its spans show, with their times as work (empirical takes measured values)"
        return f"these are traces of Jaeger, not a scenario; traces are not modelled: {remedy}"
    return ""
