"""Arrival processes, one file each.

    arrivals: {kind: poisson, rate: 50/s}
    arrivals: {kind: step, steps: [{at: 0s, rate: 10/s}, {at: 60s, rate: 100/s}]}

The field of a flow is annotated with ``Arrivals``. To add a kind, add a file with a subclass of ``ArrivalsModel`` that
has its own ``kind``. How the settings become times is in ``sim.arrivals``.
"""

from typing import Annotated

from sim.registry import Kinds
from sim.scenario.arrivals.base import ArrivalsModel, Piece, RateAt

Arrivals = Annotated[ArrivalsModel, Kinds("sim.scenario.arrivals", noun="arrival process")]
"""An arrival process; every kind of this folder."""

__all__ = ["Arrivals", "ArrivalsModel", "Piece", "RateAt"]
