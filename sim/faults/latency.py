"""What crosses a link takes longer; the services at its ends are as they were.

    request  |--hop--|..add..|   work   |--hop--|..add..|  answer        each way its own, drawn anew
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.links import LATENCY, LinkFault


class Latency(LinkFault):
    """Requests and answers take `add` longer on their way; latencies of several faults add up.

    Source: tc-netem(8) of Linux; Chaos Mesh, NetworkChaos `delay`.
    """

    kind: Literal["latency"] = Field(default="latency", description="Always 'latency'.")
    add: Distribution = Field(description="How much longer each takes, each way: a duration or a distribution.")
    does: ClassVar[int] = LATENCY
