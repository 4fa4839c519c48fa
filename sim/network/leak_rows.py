"""Rows of what may be taken by nobody: workers and connections that leak, and handlers that hang."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Leak:
    """Where places may leak: workers of a ``service``, or connections of a ``pool`` of its, or of a ``store``; -1: of none."""

    name: str
    service: int = -1
    pool: str = ""
    store: int = -1


@dataclass(frozen=True, slots=True)
class LeakyPool:
    """A pool of one replica: the state number ``place`` of a ``guard``, of so many connections; ``leak`` is its row."""

    guard: int
    place: int
    replica: int
    size: int
    leak: int


@dataclass(frozen=True, slots=True)
class Hang:
    """A service of which handlers may hang."""

    name: str
    service: int
