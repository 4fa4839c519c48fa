"""The step that applies a business fact, and for how long its handler knows that it has.

    - effect: order.charged                     true from here on, once more each time
    - effect: order.charged
      idempotent: {window: 1h}                  the same fact again within so long is absorbed
"""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from sim.scenario.first_value import with_first
from sim.scenario.model import DottedName, Flag, Model, show
from sim.scenario.units import PositiveDuration


class Deduplication(Model):
    """For how long a handler knows that it has applied an effect already."""

    window: PositiveDuration = Field(description="Applying it once more within so long is absorbed; later it is done twice.")
    sliding: Flag = Field(
        default=False,
        description="Whether what is absorbed counts too: the window then runs from the last time that it was to be applied.",
    )


def _refuse_lax_deduplication(value: object) -> object:
    if not isinstance(value, bool | Mapping | Deduplication):
        message = "expected true, false, or a window such as {window: 1h}, got {value}"
        raise PydanticCustomError("idempotent", message, {"value": show(value)})
    return value


class Effect(Model):
    """Apply a business fact, such as ``order.charged``, in no time; how often it is applied is counted per arrival."""

    effect: DottedName = Field(description="The fact that is true from here on, for what arrived: order.charged.")
    idempotent: Annotated[bool | Deduplication, BeforeValidator(_refuse_lax_deduplication)] = Field(
        default=False,
        description="Whether applying it once more for the same arrival is absorbed, always or within a window; by default it "
        "is done twice.",
    )
    undoes: DottedName | None = Field(
        default=None,
        description="The fact that this one undoes. Where it is not true for what arrived, this one changes nothing; from now "
        "on it cannot become true any more, so that nothing is done behind its own undo. Default: nothing is undone.",
    )

    def __init__(self, effect: object = None, /, **fields: Any) -> None:
        """Build from the fact: ``Effect("order.charged")``, ``Effect("order.charged", idempotent=True)``."""
        super().__init__(**with_first("effect", effect, fields))
