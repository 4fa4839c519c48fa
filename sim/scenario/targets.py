"""What a fault strikes: a name, or a mapping that says what it is the name of.

    target: payment                           the replicas of a service
    target: {service: payment, zone: b}       those of them in a zone
    target: {labels: {tier: back}}            the replicas of all services with these labels
    target: {broker: log}                     what is no replica: a broker, a relay, a store, a projection, a cache

A kind of fault says what it can strike (``strikes``); a bare name is one of the first of those, and ``service.operation`` an
operation where it can strike one.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Self

from pydantic import Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from sim.faults.effects import Loss
from sim.scenario.model import Integer, Model, Name
from sim.scenario.shapes import Shapes
from sim.scenario.units import Share

if TYPE_CHECKING:
    from sim.scenario.kinds import Change
    from sim.scenario.scenario import Scenario
    from sim.scenario.topology import Service

REPLICAS_MAX = 1000
LABELS_MAX = 20
REPLICA, OPERATION, LINK = "replica", "operation", "link"
OF_REPLICAS = ("service", "zone", "labels")
"""What selects replicas; several of them together select those that they all do."""
HELD_IN = {
    "service": "services",
    "broker": "brokers",
    "store": "stores",
    "relay": "relays",
    "projection": "projections",
    "cache": "caches",
    "flow": "workload",
}
"""By what a name is of, the part of a scenario that has those names."""

Labels = Annotated[dict[Name, Name], Field(min_length=1, max_length=LABELS_MAX)]
"""Words by which services are told apart, such as ``{tier: back}``."""


class Target(Model):
    """What a fault strikes, by what it is."""

    service: Name | None = Field(default=None, description="The replicas of this service.")
    zone: Name | None = Field(default=None, description="The replicas in this zone; with `service`, those of that service.")
    labels: Labels | None = Field(default=None, description="The replicas of the services that have all these labels.")
    broker: Name | None = Field(default=None, description="A broker.")
    store: Name | None = Field(default=None, description="A store.")
    relay: Name | None = Field(default=None, description="A relay.")
    projection: Name | None = Field(default=None, description="A projection.")
    cache: Name | None = Field(default=None, description="A cache.")

    @model_validator(mode="after")
    def _one_thing(self) -> Self:
        keys = self.keys
        if not keys:
            raise PydanticCustomError("target_empty", "a target without a key; write for example {service: payment}")
        if len(keys) > 1 and not set(keys) <= set(OF_REPLICAS):
            message = "{keys} are not one thing; write a fault for each"
            raise PydanticCustomError("target_keys", message, {"keys": " and ".join(keys)})
        return self

    @property
    def keys(self) -> tuple[str, ...]:
        """Return the keys that are given, in the order of their declaration."""
        return tuple(key for key in type(self).model_fields if getattr(self, key) is not None)

    def __str__(self) -> str:
        """Return it in words: ``zone b``, ``service payment, zone b``, ``tier=back``."""
        labels = ", ".join(f"{name}={value}" for name, value in (self.labels or {}).items())
        return ", ".join(labels if key == "labels" else f"{key} {getattr(self, key)}" for key in self.keys)


BareName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}(\.[A-Za-z0-9][A-Za-z0-9_-]{0,63})?$")]
"""A name, or ``service.operation``."""

AnyTarget = Annotated[str | Target, Shapes((BareName, Target), lambda value: int(isinstance(value, Mapping | Target)))]
"""A name, or a mapping that says what it is the name of."""


def _is_share(value: object) -> int:
    return int(isinstance(value, str | float))


Replicas = Annotated[
    int | float, Shapes((Annotated[Integer, Field(ge=1, le=REPLICAS_MAX)], Annotated[Share, Field(gt=0.0)]), _is_share)
]
"""So many replicas, or a share of them (``50%``)."""


def entity_of(fault: Change) -> str:
    """Return what kind of thing a fault strikes: ``replica``, ``broker``, ``operation``, ..."""
    target = fault.aim
    if OPERATION in fault.strikes:
        return OPERATION
    if isinstance(target, Target):
        return REPLICA if target.keys[0] in OF_REPLICAS else target.keys[0]
    return REPLICA if fault.strikes[0] in OF_REPLICAS else fault.strikes[0]


def name_of(fault: Change) -> str:
    """Return the name of the one thing that a fault strikes, where it is no replica."""
    target = fault.aim
    if isinstance(target, str):
        return target
    return target.broker or target.store or target.relay or target.projection or target.cache or target.service or ""


def losses_of(scenario: Scenario, store: str) -> dict[str, int]:
    """Return the faults in which a store loses commits, by name: how far back each reaches, in ns."""
    return {
        name: max(one.span for one in fault.once.effects() if isinstance(one, Loss))
        for name, fault in scenario.faults.items()
        if entity_of(fault) == "store" and name_of(fault) == store
        if any(isinstance(one, Loss) for one in fault.once.effects())
    }


def reach_of_losses(scenario: Scenario, store: str) -> int:
    """Return how far back the losses of a store reach at most, in ns; 0: none of its commits can be lost."""
    return max(losses_of(scenario, store).values(), default=0)


def zones_of(scenario: Scenario, service: Service) -> tuple[str | None, ...]:
    """Return the zone of each replica of a service; None: it is in none."""
    zones = scenario.zones if service.zones == "spread" else service.zones
    if not zones:
        return (None,) * service.replicas
    return tuple(zones[number % len(zones)] for number in range(service.replicas))


def struck_replicas(scenario: Scenario, fault: Change) -> dict[str, tuple[int, ...]]:
    """Return by service which of its replicas a fault strikes, by their places: of all that it aims at the first ones."""
    if entity_of(fault) != REPLICA:
        return {}
    target, found = fault.aim, {}
    wanted, zone, labels = (target, None, {}) if isinstance(target, str) else (target.service, target.zone, target.labels or {})
    for name in scenario.services if wanted is None else {wanted} & scenario.services.keys():
        service = scenario.services[name]
        if not _has(service, labels):
            continue
        places = [place for place, one in enumerate(zones_of(scenario, service)) if zone in {None, one}]
        if places:
            found[name] = tuple(places[: how_many(getattr(fault, "replicas", None), len(places))])
    return found


def struck_services(scenario: Scenario, fault: Change) -> tuple[str, ...]:
    """Return the services that a fault strikes: those of its replicas, or of its operation."""
    if entity_of(fault) == OPERATION:
        return (name_of(fault).partition(".")[0],)
    return tuple(struck_replicas(scenario, fault))


def struck_names(scenario: Scenario, fault: Change) -> tuple[str, ...]:
    """Return the names of the services that a fault strikes, or of the broker."""
    return (name_of(fault),) if entity_of(fault) == "broker" else struck_services(scenario, fault)


def how_many(replicas: float | None, there: int) -> int:
    """Return how many of so many replicas are struck; a share is rounded up."""
    if replicas is None:
        return there
    return math.ceil(replicas * there) if isinstance(replicas, float) else replicas


def _has(service: Service, labels: Mapping[str, Any]) -> bool:
    return all((service.labels or {}).get(name) == value for name, value in labels.items())
