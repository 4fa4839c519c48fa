"""Where an orchestrator keeps how far its sagas have come; see `sim.scenario.steps.Saga`."""

from pydantic import Field

from sim.scenario.distributions import Distribution
from sim.scenario.model import ZERO_DELAY, Model, Name
from sim.scenario.units import PositiveDuration

STATE_RETRY = 100_000_000


class SagaStateSettings(Model):
    """Where an orchestrator keeps how far its sagas have come."""

    store: Name = Field(description="The store that is written to, before each step and after it.")
    write: Distribution = Field(
        default=ZERO_DELAY,
        validate_default=True,
        description="How long one such write takes, before its commit; it holds a connection.",
    )
    retry: PositiveDuration = Field(
        default=STATE_RETRY,
        description="How long it waits before it tries again to write what a store that is down did not take.",
    )
