"""Retries whose wait grows: never more than the cap, and never more than 64 bits hold."""

from __future__ import annotations

import itertools

import pytest

from sim.policies.retries import _growing
from sim.policies.retries.exponential import retry
from sim.policies.retries.full_jitter import retry as jittered
from tests.lowering.meaning import spelt

LONGEST = 10**18  # ns: no duration of a scenario is longer
SETTINGS = _growing.GrowingSettings.plain


def declared(base: int, cap: int, thousandths: int, attempt: int) -> int:
    """The wait as it is declared, on integers without an end: the growth is rounded down to ns each time."""
    delay = base
    for _ in range(attempt - 1):
        delay = min(delay * thousandths // 1000, cap)
    return min(delay, cap)


@pytest.mark.parametrize("thousandths", [1000, 1001, 2000, 3333, 100_000])
def test_a_wait_grows_to_its_cap_within_64_bits(thousandths: int) -> None:
    """For every base and cap that a scenario may have: the same in machine words as on integers without an end."""
    waits, jitter, grown = spelt(retry), spelt(jittered), spelt(_growing.grown_delay)
    edges = (0, 1, 999, 1000, 10**9, 10**15, LONGEST // 3, LONGEST - 1, LONGEST)
    for base, cap in itertools.product(edges, edges):
        if base <= cap:
            settings = SETTINGS(101, base, cap, thousandths, 0)
            for attempt in (1, 2, 3, 10, 100):
                wanted = declared(base, cap, thousandths, attempt)
                assert grown(settings, attempt) == waits(settings, attempt, 0, 0) == wanted, (base, cap, attempt)
                assert 0 <= jitter(settings, attempt, 0, (1 << 63) - 1) <= wanted
