"""Some handlings of an operation hang: taken, not answered, their workers held until the fault ends.

    worker   work | work | hangs ................................ end of the fault: fails | work
    caller            sends --- timeout: gives up, the worker is held all the same

As a thread that waits for a lock that nobody gives back: no timeout of a caller frees its worker, and no cancellation does.
A crash of the replica does. When the fault ends, what hung fails: who still waits hears of an error.
"""

from typing import ClassVar, Literal

from pydantic import Field

from sim.faults.effects import Effect, Hanging
from sim.scenario.picking import OperationFault


class Hang(OperationFault):
    """A share of the handlings of an operation hangs, each picked by itself, from its first step to the end of the fault.

    Source: P. Huang et al., "Gray Failure: The Achilles' Heel of Cloud-Scale Systems", HotOS 2017.
    """

    kind: Literal["hang"] = Field(default="hang", description="Always 'hang'.")
    by_trace: ClassVar[bool] = False

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: hanging for the whole window."""
        return (Hanging(self.at, self.end),)
