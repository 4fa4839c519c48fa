"""Rows of health checks: those of a service, and what is known of each of its replicas."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.policies.health import CheckState  # noqa: TC001 - rows are found by their names
from sim.rows import Row, Rows, inside

if TYPE_CHECKING:
    from sim.engine.compiled_engine.state import Replica


class Checks(Row):
    """The health checks of a service."""

    checked: Rows[Checked]
    count: int
    every: int
    settings: int  # where they are
    hop: int
    there_stream: int
    back_stream: int
    number: int
    first: int  # number of the first replica


class Checked(Row):
    """What is known of a replica."""

    state: CheckState = inside()
    checks: Checks
    replica: Replica
