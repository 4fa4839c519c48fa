"""The comparison in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.comparison import Comparison


def verdict(comparison: Comparison) -> list[str]:
    """Return a few plain sentences, each with its interval."""
    return [f"{row.path}: {row.difference}" for row in comparison.rows()[:3]]
