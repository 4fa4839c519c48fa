"""Some requests come twice: the callee does twice what it was asked for once.

    request  |--hop--|  work  |--hop--|  answer
             '-----hop----|  work  |  nobody waits for this answer
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.links import DUPLICATE, LinkFault
from sim.scenario.units import Share


class Duplicate(LinkFault):
    """A share of the requests reaches the same replica twice. An answer that comes twice changes nothing.

    Source: tc-netem(8) of Linux; Chaos Mesh, NetworkChaos `duplicate`.
    """

    kind: Literal["duplicate"] = Field(default="duplicate", description="Always 'duplicate'.")
    share: Annotated[Share, Field(gt=0.0)] = Field(description="The share of the requests that come twice.")
    direction: Literal["to"] = Field(default="to", description="Always 'to': it strikes requests.")
    does: ClassVar[int] = DUPLICATE
