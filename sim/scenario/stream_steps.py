"""Steps of event sourcing: the state of an aggregate is its events, so that it is loaded by a replay, changed by an append.

    - load: {stream: account, key: flow}                   what there is to replay is the time that it takes
    - append: {stream: account, key: flow, events: 1}      conflicts when another append came in between
"""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, PrivateAttr

from sim.scenario.kinds import AnyRepeat
from sim.scenario.model import Integer, Model, Name
from sim.scenario.units import Duration

EVENTS_MAX = 1000


class Aggregate(Model):
    """Which aggregate a step is about: one of a stream, by its key."""

    stream: Name = Field(description="The stream, as a store declares it.")
    key: Literal["flow"] = Field(default="flow", description="Which aggregate of it: that of the key of what arrived.")
    wait_max: Duration | None = Field(
        default=None, description="Longest wait for a connection of the store, then the step fails. Default: wait for ever."
    )


class AppendSettings(Aggregate):
    """What is appended to an aggregate, and what follows when another append came in between."""

    events: Annotated[Integer, Field(ge=1, le=EVENTS_MAX)] = Field(
        default=1, description="How many events are appended, all or none; 1 to 1000."
    )
    on_conflict: AnyRepeat | None = Field(
        default=None,
        description="When it is loaded again, and all done again from there, after a conflict; default: the step fails.",
    )


class Load(Model):
    """Load the state of an aggregate: its snapshot, if it has one, and the events since."""

    load: Aggregate = Field(description="The stream, and the key of the aggregate.")

    def __init__(self, load: object = None, /, **fields: Any) -> None:
        """Build from the aggregate: ``Load({"stream": "account"})``."""
        super().__init__(**({"load": load, **fields} if load is not None else fields))


class Append(Model):
    """Append events to the aggregate that was loaded, unless another one did since."""

    append: AppendSettings = Field(description="The stream, the key of the aggregate, and what a conflict leads to.")
    _then: tuple[Any, ...] = PrivateAttr(default=())

    def __init__(self, append: object = None, /, **fields: Any) -> None:
        """Build from the aggregate: ``Append({"stream": "account", "events": 2})``."""
        super().__init__(**({"append": append, **fields} if append is not None else fields))

    @property
    def then(self) -> tuple[Any, ...]:
        """The steps that the store itself does once the events are appended: in the wired copy of a scenario."""
        return self._then

    def followed_by(self, steps: tuple[Any, ...]) -> Self:
        """Return a copy that these steps follow."""
        copy = self.model_copy()
        object.__setattr__(copy, "__pydantic_private__", {"_then": steps})
        return copy
