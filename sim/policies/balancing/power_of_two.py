"""Send to the less busy one of two replicas that are chosen by chance.

    1 and 4   3 outstanding, 2 outstanding   ->  4

It is `power_of_d` with two.
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.policies.balancing.power_of_d import ChoicesSettings, pick
from sim.scenario.seeing import Spread


class PowerOfTwo(Spread):
    """Send to the less busy one of two replicas that are chosen by chance.

    Example: {kind: power_of_two, slow_start: 10s}
    Source: M. Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", IEEE TPDS 12 (10), 2001.
    Source: Envoy, LEAST_REQUEST, whose default is two.
    """

    kind: Literal["power_of_two"] = Field(default="power_of_two", description="Always 'power_of_two'.")

    d: ClassVar[int] = 2
    Settings: ClassVar[type[ChoicesSettings]] = ChoicesSettings
    pick: ClassVar = staticmethod(pick)
