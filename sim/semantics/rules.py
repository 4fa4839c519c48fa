"""Decisions that belong to no policy, written once for both engines; those of policies are in `sim.semantics.hooks`.

    paced               work begins, or its pace changes        how long the rest takes now
    chosen_branch       a handler chooses                       where its program goes on
    assigned_to         a group shares out its partitions       which member gets a partition

Rules see numbers and nothing of queues or processes.
"""

from sim.shared import Words, shared

PACE_BITS = 20
PACE_ONE = 1 << PACE_BITS
PACE_MAX = 1 << 42  # faults together slow down at most 2**22 times
STOPPED = PACE_MAX + 1  # work stands still
PART_STEP = 21  # bits of a fraction that fit beside a pace in 63
PART_BITS = 2 * PART_STEP
FOREVER = 1 << 61  # ns, 73 years: no run is that long, and adding it to any time stays within 64 bits
OWN_KEY_SHIFT = 31  # a trace without a declared key has one of its own, 32 bits of a uniform number



@shared
def paced(work: int, part: int, pace: int) -> int:
    """Time that work takes at a pace (fixed point, `PACE_ONE` = as declared), if the pace stays.

    The work is ``work`` ns at the declared pace and ``part`` of ``2**PART_BITS`` of one ns more. Rounded down to ns. Longer
    than `FOREVER` is `FOREVER`. Exact within 64 bits for work up to 2**62 ns and every pace up to `PACE_MAX`.
    """
    if pace == PACE_ONE:
        return work
    if pace == STOPPED:
        return FOREVER if work + part > 0 else 0
    if (work >> PACE_BITS) + 1 > FOREVER // pace:
        return FOREVER
    low = (work & (PACE_ONE - 1)) * pace
    if part != 0:
        low += ((part >> PART_STEP) * pace + (((part & ((1 << PART_STEP) - 1)) * pace) >> PART_STEP)) >> PART_STEP
    return (work >> PACE_BITS) * pace + (low >> PACE_BITS)


@shared
def left(work: int, part: int, elapsed: int, pace: int) -> int:
    """Whole ns of work (at the declared pace) that are left after ``elapsed`` ns at ``pace``; `left_part` is their fraction.

    Together they are what is left, rounded up to ``2**-PART_BITS`` ns: the rule for work under way whose pace changes. The
    work is kept, not its time, so that errors do not grow with the pace: each change adds less than 2**-20 ns at the slowest
    pace, and two changes in one instant are the same as one (unless the first ends the work). ``elapsed`` must be less than
    all of it takes, so that nothing leaves 64 bits and what is left is never negative.
    """
    if pace == STOPPED:
        return work
    done = ((elapsed // pace) << PACE_BITS) + ((elapsed % pace) << PACE_BITS) // pace
    return work - done - (1 if done_part(elapsed, pace) > part else 0)


@shared
def left_part(part: int, elapsed: int, pace: int) -> int:
    """Fraction, in ``2**-PART_BITS`` ns, of the work that is left; see `left`."""
    if pace == STOPPED:
        return part
    return (part - done_part(elapsed, pace)) & ((1 << PART_BITS) - 1)


@shared
def done_part(elapsed: int, pace: int) -> int:
    """Fraction, in ``2**-PART_BITS`` ns and rounded down, of the work that is done in ``elapsed`` ns at ``pace``."""
    rest = ((elapsed % pace) << PACE_BITS) % pace
    high = (rest << PART_STEP) // pace
    rest = (rest << PART_STEP) % pace
    return (high << PART_STEP) | ((rest << PART_STEP) // pace)


@shared
def chosen_branch(tables: Words, at: int, u: int) -> int:
    """Program address of the branch that ``u`` falls into; the table is [n, n thresholds on the 2**63 scale, n addresses]."""
    count = tables[at]
    for branch in range(count - 1):
        if u < tables[at + 1 + branch]:
            return int(tables[at + 1 + count + branch])
    return int(tables[at + count + count])


@shared
def assigned_to(partition: int, partitions: int, members: int) -> int:
    """The range assignment: member (0, 1, ...) that gets a partition; the first ones get one more when it does not divide."""
    share = partitions // members
    extra = partitions - share * members
    if partition < extra * (share + 1):
        return partition // (share + 1)
    return extra + (partition - extra * (share + 1)) // share


@shared
def there_and_back(there: int, back: int) -> int:
    """Time of a round trip in ns; longer than `FOREVER` is `FOREVER`."""
    return there + back if there < FOREVER - back else FOREVER


PARTITION_MULTIPLIER = 0x9E3779B1  # 2**32 over the golden ratio, odd


@shared
def partition_of(number: int, partitions: int, by_key: bool) -> int:  # noqa: FBT001
    """Partition of a message: the hash of its trace's key (Fibonacci hashing of 32 bits), or the next in turn."""
    if by_key:
        mixed = ((number & 0xFFFFFFFF) * PARTITION_MULTIPLIER) & 0xFFFFFFFF
        mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & 0xFFFFFFFF
        mixed = mixed ^ (mixed >> 12)
        return (mixed * partitions) >> 32
    return number % partitions
