"""A scenario: everything that a run needs, declared.

    workload -> services (network) -> brokers -> subscriptions      under faults, judged by objectives, as run says

The same in YAML and in Python. A scenario is frozen; ``with_overrides`` and ``replace`` return changed copies. Its
canonical JSON, with every default written out, is what results are filed under (``digest``).
"""

import hashlib
import json
from collections.abc import Iterable
from typing import Annotated, Any, Literal, Self

from pydantic import Field

from sim.scenario.caches import Cache
from sim.scenario.invariants import AnyInvariant
from sim.scenario.kinds import AnyBroker, AnyFault
from sim.scenario.model import DottedName, Label, Name
from sim.scenario.objectives import AnyObjective
from sim.scenario.once import Keeping, once_a_scenario
from sim.scenario.projections import Projection
from sim.scenario.relays import Relay
from sim.scenario.run import Run
from sim.scenario.schema_parts import on_a_base
from sim.scenario.stores import Store
from sim.scenario.subscriptions import AnyReader
from sim.scenario.sweep import SweepSettings
from sim.scenario.topology import ZONES_MAX, NetworkSettings, Service
from sim.scenario.workload import Flow

SERVICES_MAX = 2000
SUBSCRIPTIONS_MAX = 2000
BROKERS_MAX = 100
STORES_MAX = 1000
PROJECTIONS_MAX = 1000
CACHES_MAX = 1000
FLOWS_MAX = 1000
FAULTS_MAX = 1000
OBJECTIVES_MAX = 1000
INVARIANTS_MAX = 100
LATER = ("sweep", "stores", "relays", "projections", "caches", "invariants")


class Scenario(Keeping):
    """Everything that a run needs: topology, workload, policies, faults, objectives and run settings."""

    name: DottedName = Field(description="Short name: letters, digits, '.', '_', '-'; at most 64 characters.")
    title: Label | None = Field(default=None, description="Free text for people, one line.")
    architecture: Literal["synchronous", "event-driven"] = Field(
        description="How the business flow is wired; decides colours and line styles in charts."
    )
    network: NetworkSettings = Field(default_factory=NetworkSettings, description="The network between services.")
    zones: Annotated[tuple[Name, ...], Field(max_length=ZONES_MAX)] = Field(
        default=(), description="The zones that replicas can stand in, by name; a zone can be lost as a whole."
    )
    services: Annotated[dict[Name, Service], Field(min_length=1, max_length=SERVICES_MAX)] = Field(
        description="The services by name."
    )
    brokers: Annotated[dict[Name, AnyBroker], Field(max_length=BROKERS_MAX)] = Field(
        default_factory=dict, description="The brokers by name."
    )
    subscriptions: Annotated[dict[Name, AnyReader], Field(max_length=SUBSCRIPTIONS_MAX)] = Field(
        default_factory=dict, description="Who reads which topic or queue, by name."
    )
    projections: Annotated[dict[Name, Projection], Field(max_length=PROJECTIONS_MAX)] = Field(
        default_factory=dict, description="The read models by name: what handlers project events to, and read."
    )
    caches: Annotated[dict[Name, Cache], Field(max_length=CACHES_MAX)] = Field(
        default_factory=dict, description="The caches by name: what handlers ask before they load it."
    )
    stores: Annotated[dict[Name, Store], Field(max_length=STORES_MAX)] = Field(
        default_factory=dict, description="The stores by name: what handlers write to in transactions."
    )
    relays: Annotated[dict[Name, Relay], Field(max_length=STORES_MAX)] = Field(
        default_factory=dict, description="What publishes the rows of outboxes, by name; one for each store that has an outbox."
    )
    workload: Annotated[dict[Name, Flow], Field(min_length=1, max_length=FLOWS_MAX)] = Field(
        description="The flows of arrivals by name."
    )
    faults: Annotated[dict[Name, AnyFault], Field(max_length=FAULTS_MAX)] = Field(
        default_factory=dict, description="The faults by name."
    )
    objectives: Annotated[tuple[AnyObjective, ...], Field(max_length=OBJECTIVES_MAX)] = Field(
        default=(), description="What must hold, as texts."
    )
    invariants: Annotated[tuple[AnyInvariant, ...], Field(max_length=INVARIANTS_MAX)] = Field(
        default=(), description="What must hold of how often each trace's effects are applied, once it has ended, as texts."
    )
    run: Run = Field(description="How long, how finely and how often it is run.")
    sweep: SweepSettings | None = Field(default=None, description="What is varied by `eventflow sweep`; no part of a run.")

    @property
    def wired(self) -> "Scenario":
        """The scenario with what sagas led by events have, and what stores publish themselves; itself without any."""
        return _rewired(self) or self

    def resolved(self) -> dict[str, Any]:
        """Return the scenario as plain data with every default written out; quantities are texts with units."""
        return self.model_dump(mode="json", by_alias=True, exclude=self._absent())

    def _absent(self) -> set[str]:
        """Sections that came later and that nothing stands in: a scenario without them is what it was before."""
        return {name for name in LATER if not getattr(self, name)}

    def declared(self) -> dict[str, Any]:
        """Return the scenario as plain data without the defaults that nobody wrote."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    def canonical_json(self) -> str:
        """Return the resolved scenario as JSON in one spelling: sorted keys, no spaces, ASCII."""
        return json.dumps(self.resolved(), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)

    def digest(self) -> str:
        """Return the SHA-256 of the canonical JSON, in hex: equal for scenarios that mean the same."""
        return hashlib.sha256(self.canonical_json().encode()).hexdigest()

    def to_yaml(self) -> str:
        """Return the scenario as YAML that loads as an equal scenario."""
        from sim.scenario.yaml_writer import write_yaml

        return write_yaml(self.declared())

    def with_overrides(self, overrides: Iterable[str]) -> Self:
        """Return a copy changed by texts ``path=value``, such as ``services.payment.replicas=3``.

        The value is read as YAML. Raises ``ScenarioError`` with a did-you-mean when a key does not exist, and when the
        changed scenario is not valid.
        """
        from sim.scenario.overrides import override_scenario  # breaks the import cycle

        return override_scenario(self, overrides)

    def replace(self, path: str, value: object) -> Self:
        """Return a copy with another value at a dotted path: ``replace("services.payment.replicas", 3)``.

        The value is one of a file (``"250ms"``) or a model. Raises as ``with_overrides`` does.
        """
        from sim.scenario.overrides import replace_in_scenario  # breaks the import cycle

        return replace_in_scenario(self, path, value)


@once_a_scenario
def _rewired(scenario: Scenario) -> Scenario | None:
    """What `Scenario.wired` is where it is another one than the scenario itself."""
    from sim.scenario.choreography import wired  # breaks the import cycle
    from sim.scenario.store_events import with_store_events

    found = wired(with_store_events(scenario))
    return None if found is scenario else found


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (draft 2020-12) of a scenario file, for editors: of a whole one, or of what is said on a base."""
    schema = _in_keywords(Scenario.model_json_schema(by_alias=True))
    whole, definitions = schema.pop("properties"), schema.pop("$defs")
    meaning = "A file beside this one that has the rest: mappings are merged key by key, null takes away, all else is replaced."
    known = {name: {"description": value["description"]} if "description" in value else {} for name, value in whole.items()}
    on_base, parts = on_a_base({"properties": whole}, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$defs": {**definitions, **parts},
        **{key: value for key, value in schema.items() if key != "required"},
        "properties": {"base": {"type": "string", "description": meaning}, **known},
        "if": {"required": ["base"]},
        "then": on_base,
        "else": {"properties": whole, "required": schema["required"]},
        "title": "eventflow scenario",
    }


_KEYWORDS = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


def _in_keywords(schema: Any) -> Any:
    """Spell the bounds of numbers in JSON Schema's words; pydantic keeps its own where a validator comes first."""
    if isinstance(schema, list):
        return [_in_keywords(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    is_number = schema.get("type") in ("integer", "number")
    return {_KEYWORDS.get(key, key) if is_number else key: _in_keywords(value) for key, value in schema.items()}
