"""What crosses a link is lost, now and then: whoever waits for it learns nothing.

    request  |--x                      the callee never hears of it, the caller waits until its timeout
    answer            work |--x        it is done, and the caller waits until its timeout
"""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from sim.scenario.links import LOSS, LinkFault
from sim.scenario.units import Share


class Loss(LinkFault):
    """A share of the requests, and of the answers, is lost, each by itself.

    These are whole messages. What a transport sends again after packets were lost comes late: that is `latency`.

    Source: tc-netem(8) of Linux; Chaos Mesh, NetworkChaos `loss`.
    """

    kind: Literal["loss"] = Field(default="loss", description="Always 'loss'.")
    share: Annotated[Share, Field(gt=0.0)] = Field(description="The share that is lost, each way.")
    does: ClassVar[int] = LOSS
