"""Random shares of a delay, from one uniform number: integers of 64 bits only, the same in both engines.

    u 0 ................ 2**63        share_of(bound, u)     0 .. bound - 1
                                      spread(delay, j, u)    delay - j% .. delay + j%
                                      memoryless(mean, u)    exponential
"""

from sim.shared import shared

UNIT = 1_000_000
"""Shares are millionths."""
HALF_BITS = 31
LOG_BITS = 24
LN_2 = 11_629_080  # ln 2 of 2**24
MEAN_MAX = 10**17  # ns: `memoryless` stays within 64 bits
TOP_BIT = 62


@shared
def share_of(bound: int, u: int) -> int:
    """A uniform integer from 0 to ``bound - 1``, for a bound of at most 2**62; ``u`` is uniform in [0, 2**63)."""
    share = u >> (63 - HALF_BITS)
    high, low = bound >> HALF_BITS, bound & ((1 << HALF_BITS) - 1)
    return high * share + ((low * share) >> HALF_BITS)


@shared
def part_of(delay: int, millionths: int) -> int:
    """So many millionths of a delay, rounded down; at most all of it."""
    return (delay // UNIT) * millionths + (delay % UNIT) * millionths // UNIT


@shared
def spread(delay: int, millionths: int, u: int) -> int:
    """A delay give or take so many millionths of it, uniform in between; just the delay where that is 0."""
    if millionths == 0:
        return delay
    part = part_of(delay, millionths)
    return delay - part + share_of(2 * part + 1, u)


@shared
def memoryless(mean: int, u: int) -> int:
    """An exponential delay of this mean, at most `MEAN_MAX`: ``-mean * ln((u // 2 + 1) / 2**62)``, in steps of mean / 2**24.

    The logarithm to the base 2 comes bit by bit, each the overflow of a square, from a mantissa of 31 bits.
    """
    x = (u >> 1) + 1  # 1 to 2**62
    whole = x.bit_length() - 1
    mantissa = (x << (TOP_BIT - whole)) >> (TOP_BIT - HALF_BITS + 1)  # in [2**30, 2**31)
    fraction = 0
    for _ in range(LOG_BITS):
        mantissa = (mantissa * mantissa) >> (HALF_BITS - 1)
        fraction <<= 1
        if mantissa >> HALF_BITS != 0:
            fraction += 1
            mantissa >>= 1
    twos = ((TOP_BIT - whole) << LOG_BITS) - fraction  # -log2(x / 2**62), of 2**24
    e = (twos * LN_2) >> LOG_BITS
    return (mean >> LOG_BITS) * e + (((mean & ((1 << LOG_BITS) - 1)) * e) >> LOG_BITS)
