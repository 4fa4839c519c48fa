"""The step that asks a cache, and what is done for a key that it has not. See `sim.scenario.caches`.

    - cache: prices
      key: flow
      miss: [{call: origin.read, timeout: 300ms}]
"""

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from sim.scenario.first_value import with_first
from sim.scenario.model import Model, Name

if TYPE_CHECKING:
    from sim.scenario.steps import Steps


class Cached(Model):
    """Ask a cache for a key; what it has not is loaded by some steps, and stored when they have ended well."""

    cache: Name = Field(description="The cache, one of caches; all steps that ask one belong to one service.")
    key: Literal["flow"] = Field(default="flow", description="The key that is asked for: that of the flow.")
    miss: "Steps" = Field(
        description="What loads a key that the cache has not; its end stores it. A step that fails stores nothing, and fails "
        "the handler. No appends, and no step that asks the same cache."
    )

    def __init__(self, cache: object = None, miss: object = None, /, **fields: Any) -> None:
        """Build from the cache and the steps: ``Cached("prices", [Call("origin.read")])``."""
        super().__init__(**with_first("cache", cache, with_first("miss", miss, fields)))
