"""What a fault may push to replicas: a fault without target and times, which are those of the fault around it.

    config: {kind: config_push, target: payment, replicas: 50%, change: {kind: slowdown, factor: 2}, at: 36s, for: 4s}
                                ^ what, and when                        ^ what is done to each of them

Each kind of fault can be a change that strikes replicas of services, or their operations, at the times that it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import ValidationError
from pydantic_core import PydanticCustomError, core_schema

from sim.registry import Kinds, discover, kind_of, tag
from sim.scenario.kinds import Change, Fault
from sim.scenario.picking import OperationFault

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

    from sim.faults.effects import Effect
    from sim.scenario.chance import Chance

OUTER: dict[str, Any] = {"target": "replicas", "at": "0s", "for": "1ns"}
"""What stands in place of what the fault around it says."""
NOT_ITS_OWN = (*OUTER, "replicas", "random")


def can_be_pushed(kind: type[Change]) -> bool:
    """Return whether a kind of fault can be a change: not one that has a pace of its own, as a deploy."""
    whole = issubclass(kind, PushedFault) or kind.replaces
    return not whole and issubclass(kind, Fault | OperationFault) and "service" in kind.strikes


@dataclass(frozen=True)
class Changes(Kinds):
    """Metadata of a field: any fault of replicas, without what the fault around it says."""

    package: str = "sim.faults"
    noun: str = "change"

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Build the union of the kinds of faults that can be a change."""
        classes = {kind: one for kind, one in discover(self.package, source).items() if can_be_pushed(one)}

        def normalise(value: object) -> object:
            found = self._normalise(value, source, classes)
            if not isinstance(found, Mapping):
                return found
            for key in NOT_ITS_OWN:
                if key in found:
                    message = "'{key}' of a change is that of the fault around it; write it there"
                    raise PydanticCustomError("change_key", message, {"at": key, "key": key})
            return {**OUTER, **found}

        def branch(value: Any) -> str:
            kind = value.get("kind") if isinstance(value, Mapping) else kind_of(value)
            return tag(str(kind))

        union = core_schema.tagged_union_schema(
            choices={tag(kind): handler.generate_schema(cls) for kind, cls in classes.items()},
            discriminator=branch,
            serialization=core_schema.wrap_serializer_function_ser_schema(_without_outer),
        )
        return core_schema.no_info_before_validator_function(normalise, union)

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the kinds, each without what the fault around it says."""
        choices = []
        for choice in handler(schema)["oneOf"]:
            whole = dict(handler.resolve_ref_schema(choice))
            whole["properties"] = {key: one for key, one in whole["properties"].items() if key not in NOT_ITS_OWN}
            whole.pop("anyOf", None)  # at and for, or random
            required = [key for key in whole.get("required", ()) if key not in NOT_ITS_OWN]
            choices.append({**whole, "required": ["kind", *(key for key in required if key != "kind")]})
        return {"oneOf": choices, "$comment": "fault without target and times", "examples": [{"kind": "slowdown", "factor": 2}]}


def _without_outer(value: Any, write: Callable[[Any], Any]) -> Any:
    """Write a change as it stands in a file."""
    written = write(value)
    if not isinstance(written, dict):
        return written
    return {"kind": value.kind, **{key: one for key, one in written.items() if key not in {*NOT_ITS_OWN, "duration"}}}


AnyChange = Annotated[Change, Changes()]
"""What is done to each replica: a fault of any kind that can be one."""


class PushedFault(Fault):
    """A fault that does to some replicas what another one does: base of the kinds that have a ``change``."""

    change_key: ClassVar[str] = "change"
    change: AnyChange

    @property
    def picks(self) -> OperationFault | None:
        """As the change does."""
        return self.change.picks

    def refuses(self, name: str, service: Any) -> tuple[str, str] | None:
        """As the change does."""
        why = self.change.refuses(name, service)
        return None if why is None else (self.change_key, why[1])

    @property
    def by_chance(self) -> bool:
        """As the change is."""
        return self.change.by_chance

    def effects_by(self, chance: Chance) -> tuple[Effect, ...]:
        """Return what the change does, for the whole window."""
        return self.change.during(self.at, self.end).effects_by(chance)

    def pushed(self, begin: int, end: int) -> tuple[Effect, ...]:
        """Return what is done to a replica that has the change from ``begin`` to ``end``, in ns."""
        return tuple(self.change.during(begin, end).effects())

    def refuse_times(self, begin: int, end: int) -> None:
        """Refuse a change that cannot last so long, as the kind of it says. Raises ``PydanticCustomError``."""
        lasting = self.change.during(begin, end)
        try:
            type(lasting).model_validate(lasting.model_dump(by_alias=True, exclude_none=True))
        except ValidationError as error:
            raise PydanticCustomError("change", "{why}", {"at": self.change_key, "why": error.errors()[0]["msg"]}) from None
