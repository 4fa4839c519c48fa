"""Cases of theory.json that wait for a mechanism, each with the mechanism that it waits for."""

from __future__ import annotations

_WAITING: dict[str, tuple[str, ...]] = {
    "consumers that take batches": ("A-MMb1-4", "A-MMb1-10", "A-POLL-500-det-300"),
}

UNCOVERED: dict[str, str] = {case: reason for reason, cases in _WAITING.items() for case in cases}
"""What is missing, by case."""
