"""The rows of a network about those who read: users who follow up, and the read models that they ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the users of a flow ask for later: ``times`` requests, each after a think time; 0: until they know.

    ``think`` is a distribution; ``until`` is the effect they wait for, and ``view`` the projection, or -1. Of the steps of a
    session ``step`` is the place, from 0 on; ``next`` the row of the one behind it, or -1; ``share`` the threshold below which
    a draw of ``share_stream`` has a user go on to it (-1: all do); and ``abandons``, whether a failure ends the session.
    """

    name: str
    flow: int
    site: int
    think: int
    think_stream: int
    times: int
    until: int
    view: int
    step: int = -1
    next: int = -1
    share: int = 0
    share_stream: int = -1
    abandons: bool = False


@dataclass(frozen=True, slots=True)
class Session:
    """What the users of a flow do who ask for several things: its request, then so many ``steps``, from row ``first`` on."""

    name: str
    flow: int
    first: int
    steps: int


@dataclass(frozen=True, slots=True)
class Projection:
    """A read model, fed by some channels; rebuilt by an event each ``gap`` ns (0: never) of what is kept for ``retention``."""

    name: str
    channels: tuple[int, ...]
    gap: int = 0
    retention: int = 0


def by_flow(flows: int, owners: Sequence[int]) -> tuple[tuple[int, ...], ...]:
    """Return the rows of each flow, by the flow that each row is of."""
    rows: list[list[int]] = [[] for _ in range(flows)]
    for row, flow in enumerate(owners):
        rows[flow].append(row)
    return tuple(map(tuple, rows))
