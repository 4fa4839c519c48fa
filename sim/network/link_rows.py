"""The rows of links: what lies between a caller and a service where that is more than a delay.

    site ---> crossing ---> pipe (bandwidth, shared by the calls of one caller to one service)
                  `-------> disturbances (faults), with how long each makes its bytes take
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Link:
    """What the calls of a service, or of a flow, to a service cross."""

    name: str
    service: int


@dataclass(frozen=True, slots=True)
class Disturbance:
    """What a fault does to calls of an operation: `sim.scenario.links` has the codes of ``does`` and of ``directions``.

    ``share`` is on the 2**63 scale; ``delay`` a distribution, -1 for none. ``sides`` is the address of a table by replica of
    the sides on which it stands, -1: the caller stands on the first and the callee on the second.
    """

    name: str
    does: int
    directions: int
    share: int
    delay: int
    request_stream: int
    answer_stream: int
    sides: int


@dataclass(frozen=True, slots=True)
class Crossing:
    """How the calls of a site cross their link. ``between`` is the distribution between zones, -1 for none.

    How long its bytes take, in ns: on a link that is not disturbed (0 without a bound), and by disturbance.
    """

    link: int
    between: int
    disturbances: tuple[int, ...]
    request_takes: int
    answer_takes: int
    requests_take: tuple[int, ...]
    answers_take: tuple[int, ...]
