"""Rows of services whose replicas come and go: an autoscaler, and the places of replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.rows import Row
from sim.semantics.scaling import Lives  # noqa: TC001 - rows are found by their names

if TYPE_CHECKING:
    from sim.engine.compiled_engine.broker_state import Group


class Scaler(Row):
    """A service whose replicas come and go, see `sim.network.scaling_rows`."""

    lives: Lives
    number: int
    first: int  # number of the first replica
    code: int  # of the autoscaler, or -1, and the following
    settings: int
    state: int
    every: int
    start_up: int
    drain: int
    capacity: int
    measure: int
    group: Group
    partitions: int
    target: int
    idle: int
    even: int
