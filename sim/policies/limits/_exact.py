"""Numbers of limits: millionths, and products of large integers that are divided at once, without a rounding in between."""

from sim.shared import shared

MILLION = 1_000_000
TIME_MAX = 1 << 48
"""Longer times in flight, of more than three days, count as this one, in ns."""
STEP = 8
STEPS = 7
MASK = (1 << STEP) - 1


@shared
def part_of(value: int, part: int, whole: int) -> int:
    """``value * part // whole``: exact, of numbers from 0 to 2**54, where the result is below 2**54; ``whole`` above 0.

    Long division, by eight bits of ``value`` at a time, so that nothing in between leaves 64 bits.
    """
    quotient = 0
    rest = 0
    for step in range(STEPS):
        digit = (value >> (STEP * (STEPS - 1 - step))) & MASK
        now = (rest << STEP) + digit * part
        quotient = (quotient << STEP) + now // whole
        rest = now % whole
    return quotient


@shared
def mixed(before: int, after: int, smoothing: int) -> int:
    """A limit, in millionths, that goes this share (in millionths) of the way to another one; rounded to the nearest."""
    return (before * (MILLION - smoothing) + after * smoothing + MILLION // 2) // MILLION
