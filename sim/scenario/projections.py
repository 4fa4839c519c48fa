"""Read models by name, which steps `project` fill and steps `read` ask. See `sim.projections.views`."""

from pydantic import Field

from sim.scenario.model import Model
from sim.scenario.units import PositiveRate


class RebuildSettings(Model):
    """How a read model is filled anew from the topics that feed it, when a fault `rebuild` says so."""

    rate: PositiveRate = Field(description="How many of the events that the topics keep are projected per second.")


class Projection(Model):
    """A read model: per key the newest event that was projected."""

    rebuild: RebuildSettings | None = Field(
        default=None,
        description="How it is filled anew from its topics when a fault of kind rebuild strikes it; default: it cannot be.",
    )
