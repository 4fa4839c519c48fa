"""Distributions of durations, one file each.

    - work: 5ms                                          # the shorthand: always 5 ms
    - work: {kind: exponential, mean: 5ms}
    - work: {kind: lognormal, median: 3ms, p99: 12ms}

Fields of other models are annotated with ``Distribution``, which accepts a mapping with ``kind``, an instance, or a
text such as ``"5ms"``. To add a kind, add a file with a subclass of ``DistributionModel`` that has its own ``kind``.
"""

from typing import Annotated, Any

from sim.registry import Kinds
from sim.scenario.distributions.base import DistributionModel


def _constant(value: object) -> dict[str, Any]:
    """``"5ms"`` is short for ``{kind: constant, value: 5ms}``."""
    return {"kind": "constant", "value": value}


Distribution = Annotated[
    DistributionModel, Kinds("sim.scenario.distributions", shorthand=_constant, noun="distribution", short="5ms")
]
"""A distribution of durations; every kind of this folder, or a duration such as ``"5ms"`` for a constant."""

__all__ = ["Distribution", "DistributionModel"]
