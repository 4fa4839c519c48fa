"""Some messages, or requests, can never be handled as long as the fault lasts: each redelivery fails again.

    message 7   handled: fails, handled again: fails, ... until it is given up, or the fault ends
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.scenario.picking import FailingFault


class Poison(FailingFault):
    """A share of what comes to an operation is poison: its handling fails, and so does every retry and redelivery.

    Source: G. Hohpe, B. Woolf, "Enterprise Integration Patterns", 2003, Dead Letter Channel; Amazon SQS,
    `maxReceiveCount`.
    """

    kind: Literal["poison"] = Field(default="poison", description="Always 'poison'.")
    by_trace: ClassVar[bool] = True
