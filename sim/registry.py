"""Find the kinds of a thing by looking into its folder.

    sim/faults/slowdown.py   class Slowdown(Fault): kind: Literal["slowdown"] = "slowdown"
    sim/faults/crash.py      class Crash(Fault):    kind: Literal["crash"] = "crash"
                |
                v  discover("sim.faults", Fault)
    {"crash": Crash, "slowdown": Slowdown}

Adding a kind is adding one file to a folder: nothing here, and no list elsewhere, is edited. ``Kinds`` makes a field
of a pydantic model accept every kind found, told apart by the key ``kind``; the folder is looked into when the first
value is validated, not when the module is imported, so a kind may import the models that use it (``Model`` of
``sim.scenario.model`` sets ``defer_build`` for this reason).
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast

from pydantic_core import PydanticCustomError, core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

T = TypeVar("T")


def discover(package_name: str, base: type[T]) -> dict[str, type[T]]:
    """Return the classes below ``base`` that the package's modules define with a kind: ``{kind: class}``, sorted.

    A class's kind is the default of its field ``kind``, or its class attribute ``kind``. Modules whose name begins with
    an underscore are skipped. Raises ``TypeError`` when two classes claim one kind.
    """
    package = importlib.import_module(package_name)
    found: dict[str, type[T]] = {}
    for info in sorted(pkgutil.iter_modules(package.__path__), key=lambda info: info.name):
        if info.name.startswith("_"):
            continue
        module = importlib.import_module(f"{package_name}.{info.name}")
        for value in list(vars(module).values()):
            if not (inspect.isclass(value) and issubclass(value, base) and value.__module__ == module.__name__):
                continue
            kind = kind_of(value)
            if kind is None:
                continue
            if kind in found:
                message = (
                    f"{value.__qualname__} and {found[kind].__qualname__} in {package_name} both claim kind {kind!r}"
                )
                raise TypeError(message)
            found[kind] = value
    return dict(sorted(found.items()))


def kind_of(thing: object) -> str | None:
    """Return the kind of a class or of an instance, or None when it has none (an abstract base)."""
    owner = thing if inspect.isclass(thing) else type(thing)
    fields: Mapping[str, Any] = getattr(owner, "model_fields", {})
    kind = fields["kind"].default if "kind" in fields else getattr(owner, "kind", None)
    return kind if isinstance(kind, str) else None


def tag(kind: str) -> str:
    """Return the name of a kind's branch in an error's location: no key of a file is spelt so, hence no confusion."""
    return f"({kind})"


def _with_kind(value: Any, write: Callable[[Any], Any]) -> Any:
    """Write the kind even where it was left to its default: without it the data could not be read back."""
    written = write(value)
    return {"kind": value.kind, **written} if isinstance(written, dict) else written


@dataclass(frozen=True)
class Kinds:
    """Metadata of a field: ``Annotated[Base, Kinds("sim.faults")]`` accepts every kind of ``Base`` in the package.

    Attributes:
        package: the package to look into, dotted.
        shorthand: turns anything that is neither a mapping nor an instance (``"5ms"``) into a mapping with a ``kind``;
            None refuses it.
        default: the kind of a mapping without ``kind``; None makes the key required.
        noun: what one of the things is called in messages.
        short: an example of the shorthand.
        slot: only the kinds that have this ``slot``; None takes all.
        meant: what a mapping means, asked before its kind is; None: what is written.
    """

    package: str
    shorthand: Callable[[Any], dict[str, Any]] | None = None
    default: str | None = None
    noun: str = "kind"
    short: str = ""
    slot: str | None = None
    meant: Callable[[Mapping[str, Any]], Mapping[str, Any]] | None = None

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> core_schema.CoreSchema:
        """Build the union of the kinds that the package has now."""
        classes: dict[str, type[Any]] = discover(self.package, cast("type[Any]", source))
        if self.slot is not None:
            classes = {kind: cls for kind, cls in classes.items() if cls.slot == self.slot}

        def normalise(value: object) -> object:
            return self._normalise(value, source, classes)

        def branch(value: Any) -> str:
            kind = value.get("kind") if isinstance(value, Mapping) else kind_of(value)
            return tag(str(kind))

        union = core_schema.tagged_union_schema(
            choices={tag(kind): handler.generate_schema(cls) for kind, cls in classes.items()},
            discriminator=branch,
            serialization=core_schema.wrap_serializer_function_ser_schema(_with_kind),
        )
        return core_schema.no_info_before_validator_function(normalise, union)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Describe the kinds, and the shorthand where there is one."""
        described = {**handler(schema), "$comment": self.noun}
        if self.default is not None:
            described["x-kind"] = self.default
        if self.default is None:
            described["oneOf"] = [{**choice, "required": ["kind"]} for choice in described["oneOf"]]
        if self.meant is not None:  # without a kind several may be meant
            described["anyOf"] = described.pop("oneOf")
        if self.shorthand is None:
            return described
        short = {"type": "string", "description": f"shorthand of a {self.noun}", "examples": [self.short]}
        return {"anyOf": [short, described], "$comment": self.noun}

    def _normalise(self, value: Any, base: type[Any], classes: Mapping[str, type[Any]]) -> Any:
        if isinstance(value, base):
            return value
        if not isinstance(value, Mapping):
            if self.shorthand is None:
                raise PydanticCustomError("mapping_type", "expected a mapping with the key 'kind'")
            value = self.shorthand(value)
        if self.meant is not None:
            value = self.meant(value)
        if "kind" not in value:
            if self.default is not None:
                return {"kind": self.default, **value}
            known = ", ".join(classes)
            raise PydanticCustomError(
                "kind_missing",
                "missing key 'kind'; write one of: {known}",
                {"known": known, "choices": list(classes)},
            )
        kind = value["kind"]
        if not isinstance(kind, str) or kind not in classes:
            raise PydanticCustomError(
                "kind_unknown",
                "unknown {noun} {kind}; write one of: {known}",
                {
                    "noun": self.noun,
                    "kind": repr(kind),
                    "word": kind,
                    "known": ", ".join(classes),
                    "choices": list(classes),
                },
            )
        return value
