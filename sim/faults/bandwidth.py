"""A link is narrow for a while: what has a size goes through it one after the other, each for its size over the rate.

    100 MB/s   |4 kB|4 kB|              40 us each
    1 MB/s     |--- 4 kB ---|--- 4 kB ---|   4 ms each; more than 250 a second wait for each other
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.links import BANDWIDTH, LinkFault
from sim.scenario.units import Bandwidth as BytesPerSecond


class Bandwidth(LinkFault):
    """The bandwidth of a link is at most `rate`, each way; calls say their `size` and `answer_size`.

    Source: tc-tbf(8) of Linux; Chaos Mesh, NetworkChaos `bandwidth`.
    """

    kind: Literal["bandwidth"] = Field(default="bandwidth", description="Always 'bandwidth'.")
    rate: BytesPerSecond = Field(description="Bytes per second, such as 1MB/s.")
    does: ClassVar[int] = BANDWIDTH
