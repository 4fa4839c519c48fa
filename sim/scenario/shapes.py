"""Values that may be written in one of two ways, told apart by what they look like: a name or a mapping, a count or a share.

    target: payment      replicas: 2
    target: {zone: b}    replicas: 50%

Each way has its own messages: a misspelt key in ``{zoen: b}`` is one in a mapping, and no word of a name is said.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic_core import core_schema

from sim.registry import tag

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue


@dataclass(frozen=True)
class Shapes:
    """Metadata of a field: ``tell`` says of a value which of the ways it is, by its number."""

    ways: tuple[Any, ...]
    tell: Callable[[object], int]

    def branches(self) -> dict[str, Any]:
        """Return the ways by their branch in an error's location."""
        return {tag(str(number)): way for number, way in enumerate(self.ways)}

    def __get_pydantic_core_schema__(self, _source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Build the union of the ways."""
        choices = {name: handler.generate_schema(way) for name, way in self.branches().items()}
        return core_schema.tagged_union_schema(choices=choices, discriminator=lambda value: tag(str(self.tell(value))))

    def __get_pydantic_json_schema__(self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Describe the ways; a value may look like both of them to a schema."""
        described = dict(handler(schema))
        return {"anyOf": described.pop("oneOf"), **described}
