"""The rows of a network that are about branches of handlers."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Branch:
    """Steps that a handler of a service does in parallel with others; they are a place of their own, behind all channels."""

    name: str
    operation: int
    service: int
