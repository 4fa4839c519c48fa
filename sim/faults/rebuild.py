"""A read model is emptied and filled anew, from the oldest event on that its topics keep, while the traffic goes on.

    view   v3 | -- at: nothing -- v1 ..... v2 ...... v3 | v4        so many events per second, until no event is ahead

It is not a window: it is over when it has caught up, and how long that takes is what one asks.
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.emptying import Emptying
from sim.scenario.targets import AnyTarget


class Rebuild(Emptying):
    """An operator has a projection rebuilt, at the rate that its `rebuild` says.

    It is over when the projection has caught up: it has neither `for` nor `random`.

    Source: M. Fowler, "Event Sourcing", 2005: complete rebuild.
    """

    strikes: ClassVar[tuple[str, ...]] = ("projection",)
    when: ClassVar[str] = "the rebuild begins"
    window: ClassVar[str] = "a rebuild is over when it has caught up"
    another: ClassVar[str] = "rebuild"
    kind: Literal["rebuild"] = Field(default="rebuild", description="Always 'rebuild'.")
    target: AnyTarget = Field(description="The projection.")
