"""Which lock a handler takes. See `sim.scenario.steps.Lock`."""

from typing import Literal

from pydantic import Field

from sim.scenario.model import Model, Name
from sim.scenario.units import Duration


class LockSettings(Model):
    """A lock of a service: all its replicas share it."""

    name: Name = Field(description="Name of the lock; handlers of the same service that say the same name take turns.")
    key: Literal["flow", "one"] = Field(
        default="one", description="Which lock of that name: that of the flow's key, or the one that there is."
    )
    wait_max: Duration | None = Field(
        default=None, description="Longest wait for it, then the step fails; 0s: none. Default: wait for ever."
    )
