"""Read models by name, which steps `project` fill and steps `read` ask. See `sim.projections.views`."""

from sim.scenario.model import Model


class Projection(Model):
    """A read model: per key the newest event that was projected."""
