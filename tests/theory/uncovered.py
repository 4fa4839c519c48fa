"""Cases of theory.json that wait for a mechanism, each with the mechanism that it waits for."""

from __future__ import annotations

_WAITING: dict[str, tuple[str, ...]] = {
    "consumers that take batches": ("A-MMb1-4", "A-MMb1-10", "A-POLL-500-det-300"),
    "back-pressure: a producer that is blocked by a full buffer": (
        "A-BAS-0-1",
        "A-BAS-1-1",
        "A-BAS-1-0.8",
        "A-BAS-5-1",
        "A-BAS-10-0.8",
    ),
}

UNCOVERED: dict[str, str] = {case: reason for reason, cases in _WAITING.items() for case in cases}
"""What is missing, by case."""
