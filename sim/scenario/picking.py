"""Faults that strike handlers of operations, some of them by chance: bases of their kinds."""

from typing import Annotated, ClassVar

from pydantic import Field

from sim.faults.effects import Effect, Failing
from sim.scenario.kinds import Change
from sim.scenario.targets import AnyTarget, Target
from sim.scenario.units import Duration, Share


class OperationFault(Change):
    """A change that strikes handlers of operations: base of the kinds that pick some of them."""

    strikes: ClassVar[tuple[str, ...]] = ("service", "operation")
    by_trace: ClassVar[bool]
    """Whether a request is picked once and for all, with all its retries and redeliveries, or each handling by itself."""
    together: ClassVar[bool] = True
    target: AnyTarget = Field(description="An operation (service.operation), or a service: all its operations.")
    share: Annotated[Share, Field(gt=0.0)] = Field(description="The share that is struck.")

    @property
    def aim(self) -> str | Target:
        """The target."""
        return self.target

    @property
    def picks(self) -> "OperationFault | None":
        """Return itself."""
        return self


class FailingFault(OperationFault):
    """A change that makes handlers of operations fail."""

    share: Annotated[Share, Field(gt=0.0)] = Field(description="The share that fails.")
    after: Duration = Field(default=0, description="How much work a handler does before it fails.")

    def effects(self) -> tuple[Effect, ...]:
        """Return the one effect: failing for the whole window."""
        return (Failing(self.at, self.end),)
