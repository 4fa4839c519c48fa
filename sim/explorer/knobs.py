"""Which overrides a setting of the knobs means: the same texts that ``sim.load`` and ``eventflow run -s`` take.

    load 1.5           workload.checkout.arrivals.rate=37.5/s          every flow
    fault none         faults={}
    factor 40          faults.slow-payment.factor=40                   of the chosen fault
    attempts 5         services.cart.operations.add.1.retry.attempts_max=5    wherever a retry is declared
    replicas 4         services.payment.replicas=4                     of the chosen service

A knob that is left as declared gives no override.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim.scenario.units import format_duration, format_rate, parse_duration, parse_rate

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sim.scenario.scenario import Scenario

DECLARED = "as declared"
NONE = "none"


@dataclass(frozen=True)
class Knobs:
    """A setting of the knobs.

    Attributes:
        load: factor on the arrivals of every flow.
        fault: ``as declared``, ``none``, or the name of the only fault that is left.
        factor: how many times as long work takes in the chosen fault; None: as declared.
        attempts: attempts in all, wherever a retry is declared; None: as declared.
        service: whose replicas `replicas` are.
        replicas: how many; None: as declared.
    """

    load: float = 1.0
    fault: str = DECLARED
    factor: float | None = None
    attempts: int | None = None
    service: str = ""
    replicas: int | None = None


def overrides(scenario: Scenario, knobs: Knobs) -> list[str]:
    """Return the overrides, as texts ``path=value``. Raises ``ValueError`` for a load that cannot be scaled."""
    found = []
    if knobs.load != 1.0:
        for name, flow in scenario.workload.items():
            arrivals = flow.model_dump(mode="json", by_alias=True)["arrivals"]
            found.append(f"workload.{name}.arrivals={_flow_text(_scaled(name, arrivals, knobs.load))}")
    found += _fault(scenario, knobs)
    if knobs.attempts is not None:
        found += [f"{path}.attempts_max={knobs.attempts}" for path in retries_of(scenario)]
    if knobs.replicas is not None and knobs.replicas != scenario.services[knobs.service].replicas:
        found.append(f"services.{knobs.service}.replicas={knobs.replicas}")
    return found


def factor_of(scenario: Scenario, fault: str) -> float | None:
    """The declared factor of a fault; None when it has none."""
    factor = getattr(scenario.faults.get(fault), "factor", None)
    return None if factor is None else float(factor)


def retries_of(scenario: Scenario) -> list[str]:
    """The paths of all declared retries."""
    return list(_retries(scenario.declared(), ""))


def _fault(scenario: Scenario, knobs: Knobs) -> Iterator[str]:
    if knobs.fault == DECLARED or not scenario.faults:
        return
    if knobs.fault == NONE:
        yield "faults={}"
        return
    data = scenario.faults[knobs.fault].model_dump(mode="json", by_alias=True, exclude_unset=True)
    data["kind"] = scenario.faults[knobs.fault].kind
    if knobs.factor is not None and factor_of(scenario, knobs.fault) is not None:
        data["factor"] = knobs.factor
    yield f"faults={_flow_text({knobs.fault: data})}"


_RATES = frozenset({"rate", "to", "mean"})
"""Keys of arrivals under which rates stand."""


def _scaled(flow: str, arrivals: dict[str, Any], load: float) -> dict[str, Any]:
    """The arrivals of a flow, ``load`` times as many."""
    if arrivals.get("kind") == "renewal":
        gaps = {key: _shorter(key, value, load) for key, value in arrivals["interarrival"].items()}
        return {**arrivals, "interarrival": gaps}
    if "users" in arrivals:
        return {**arrivals, "users": max(1, round(arrivals["users"] * load))}
    scaled: dict[str, Any] = _faster(arrivals, load)
    if scaled == arrivals:
        raise ValueError(f"the load of flow '{flow}' has no rate to scale: its arrivals are of kind {arrivals.get('kind')}")
    return scaled


def _faster(data: Any, load: float) -> Any:
    if isinstance(data, dict):
        return {
            key: format_rate(parse_rate(value) * load) if _is_rate(key, value) else _faster(value, load)
            for key, value in data.items()
        }
    return [_faster(item, load) for item in data] if isinstance(data, list) else data


def _is_rate(key: str, value: Any) -> bool:
    return (key in _RATES or key.endswith("_rate")) and isinstance(value, str)


def _shorter(key: str, value: Any, load: float) -> Any:
    """A duration of a distribution divided by the load; what is no duration stays."""
    if isinstance(value, list):
        return [_shorter(key, item, load) for item in value]
    if isinstance(value, dict):
        return {name: _shorter(name, item, load) for name, item in value.items()}
    if key == "kind" or not isinstance(value, str):
        return value
    return format_duration(max(1, round(parse_duration(value) / load)))


def _retries(data: Any, path: str) -> Iterator[str]:
    items = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list | tuple) else ()
    for key, value in items:
        here = f"{path}.{key}" if path else str(key)
        if key == "retry" and isinstance(value, dict):
            yield here
        else:
            yield from _retries(value, here)


def _flow_text(data: Any) -> str:
    """Plain data in YAML's flow style: JSON is that."""
    return json.dumps(data, ensure_ascii=False)
