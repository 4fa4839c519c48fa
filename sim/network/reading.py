"""The rows of a network about those who read: users who follow up, and the read models that they ask."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FollowUp:
    """What the users of a flow ask for later: ``times`` requests, each after a think time; 0: until they know.

    ``think`` is a distribution; ``until`` is the effect they wait for, and ``view`` the projection, or -1.
    """

    name: str
    flow: int
    site: int
    think: int
    think_stream: int
    times: int
    until: int
    view: int


@dataclass(frozen=True, slots=True)
class Projection:
    """A read model, fed by some channels; rebuilt by an event each ``gap`` ns (0: never) of what is kept for ``retention``."""

    name: str
    channels: tuple[int, ...]
    gap: int = 0
    retention: int = 0
