"""Rows of locks that handlers of a service take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeyLock:
    """A lock of a service, or those of all keys: all its replicas share it."""

    name: str
    service: int
