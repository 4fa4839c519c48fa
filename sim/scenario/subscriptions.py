"""Who reads what is published: subscriptions, one class for each family of brokers, told apart by the key of what is read.

    billing: {topic: order.placed, operation: billing.charge}      a consumer group of a log      sim/brokers/log.py
    mailer:  {queue: mail, operation: mailer.send}                 competing consumers            sim/brokers/queue.py

A class is found by looking into the folder of brokers; its ``kind`` is its key.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field
from pydantic_core import PydanticCustomError, core_schema

from sim.registry import discover, tag
from sim.scenario.model import Model
from sim.scenario.steps import OperationName
from sim.scenario.topology import Capacity

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue

FOLDER = "sim.brokers"
CONSUMERS_MAX = 1000


class Reader(Model):
    """An operation that handles each message of a topic or a queue: base of the subscriptions."""

    kind: ClassVar[str]
    """The key of what is read: ``topic``, ``queue``."""
    operation: OperationName = Field(
        description="What handles a message, as service.operation; it runs on that service's replicas, "
        "in threads of their own."
    )
    consumers: Annotated[Capacity, Field(ge=1, le=CONSUMERS_MAX)] = Field(
        default=1, description="Consumer threads per replica; each handles one message at a time."
    )

    @property
    def channel(self) -> str:
        """Name of the topic or the queue that is read."""
        name: str = getattr(self, self.kind)
        return name

    @property
    def handed_on_to(self) -> str | None:
        """Return the topic that gets what the handler fails at for good, as far as the subscription says; None: none."""
        return None

    @property
    def round_trip_ns(self) -> float:
        """Mean time that a message is under way to a consumer, and what that says of it back, in ns."""
        return 0.0

    def held_ns(self, handled_ns: float) -> float:
        """Return how far apart a consumer without a pause begins with messages, at least; each takes ``handled_ns``."""
        return handled_ns

    @property
    def service(self) -> str:
        """Name of the service whose replicas consume."""
        return self.operation.partition(".")[0]


def reader_kinds() -> dict[str, type[Reader]]:
    """Return the classes of subscriptions by their key."""
    return discover(FOLDER, Reader)


@dataclass(frozen=True)
class ByChannel:
    """Metadata of a subscription: the key of what it reads says which class a mapping is; without one it reads a topic."""

    default: str = "topic"

    def branches(self) -> dict[str, type[Reader]]:
        """Return the classes by their branch in an error's location."""
        return {tag(kind): cls for kind, cls in reader_kinds().items()}

    def __get_pydantic_core_schema__(self, _source: Any, handler: "GetCoreSchemaHandler") -> core_schema.CoreSchema:
        """Build the union of the classes that the folder has now."""
        kinds = reader_kinds()

        def one_key(value: object) -> object:
            given = [kind for kind in kinds if isinstance(value, Mapping) and kind in value]
            if len(given) > 1:
                message = "a subscription reads one thing, this one has {keys}; write one subscription for each"
                raise PydanticCustomError("subscription_keys", message, {"keys": " and ".join(given)})
            return value

        def branch(value: Any) -> str:
            if isinstance(value, Mapping):
                return tag(next((kind for kind in kinds if kind in value), self.default))
            return tag(getattr(value, "kind", self.default))

        union = core_schema.tagged_union_schema(
            choices={tag(kind): handler.generate_schema(cls) for kind, cls in kinds.items()}, discriminator=branch
        )
        return core_schema.no_info_before_validator_function(one_key, union)

    def __get_pydantic_json_schema__(
        self, schema: core_schema.CoreSchema, handler: "GetJsonSchemaHandler"
    ) -> "JsonSchemaValue":
        """Describe the classes."""
        return {**handler(schema), "$comment": "subscription"}


AnyReader = Annotated[Reader, ByChannel()]
"""A subscription of any class in ``sim/brokers``."""
