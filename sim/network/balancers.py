"""Rows of a network about who sees what of replicas; see `sim.semantics.balancing` and `sim.policies.health`."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """The balancer of a service, or those in its callers: ``zones`` has the zone of each view, -1 for none.

    The rules of ``code`` have their settings at an address of the tables, and so have those of ejection: -1, nobody ejects.
    ``owners``: first replica of a service that calls, how many it has, and the first of their views. Of the replicas
    ``begin`` are there as the run begins. ``weights`` and ``places`` (zones) are by replica, ``ring`` is a hash and a
    replica for each point. Shares are in thousandths, times in ns.
    """

    name: str
    service: int
    first: int
    replicas: int
    begin: int
    code: int
    settings: int
    by_key: bool
    weights: tuple[int, ...]
    places: tuple[int, ...]
    zone_share: int
    ring: tuple[tuple[int, int], ...]
    panic: int
    all_members: bool
    outliers: int
    sweep_every: int
    zones: tuple[int, ...]
    owners: tuple[tuple[int, int, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class HealthCheck:
    """The health checks of a service: every so many ns, over a hop of which the draws are those of two streams."""

    name: str
    service: int
    first: int
    replicas: int
    every: int
    settings: int
    hop: int
    there_stream: int
    back_stream: int
