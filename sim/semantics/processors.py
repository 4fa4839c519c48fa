"""How fast work goes that shares cores, or slows itself down: what engines keep of each replica, and the rules of both.

    n at work on c cores, each of which    1 + serial (n - 1) + crosstalk n (n - 1)    times as long, at the pace of the replica

    served   V: how much work each that was at work all the time has got, since nobody was   (virtual time)
    tag      V when it began, and its work: what is done first has the smallest, and is done when V gets there

All at work go on alike (egalitarian processor sharing; L. Kleinrock, Queueing Systems II, 1976, section 4.4), so that only V
moves when their number or the pace changes, and the order of their tags never does: an event costs the same however many there
are.
The rate is that of the moment, for all that is at work, also for what began before: the service rate depends on the state, as
in N. J. Gunther's derivation of the universal scalability law.

Work is kept in ns at the declared pace and in parts of ``2**-PART_BITS`` of one, rounded down where V moves on: by less than
``2**-40`` ns at each change. It is done in the first whole ns that is not before its end, where less than ``2**-10`` ns (more
than a million roundings) count as none: what ends in a whole ns ends there. More than `AT_WORK_MAX` at one replica count as so
many.
"""

from sim.rows import Row
from sim.semantics.rules import FOREVER, PACE_BITS, PACE_MAX, PACE_ONE, PART_BITS, PART_STEP, STOPPED, done_part
from sim.shared import shared

SHARE_BITS = 40
"""The parts of contention are kept to ``2**-SHARE_BITS``."""
AT_WORK_MAX = 1 << 20
TOLERANCE = 1 << 10  # on the scale of `PACE_ONE`: what is rounding, of a ns
PART_MASK = (1 << PART_BITS) - 1

# where an execution is, and what it waits for
HERE = 0
AWAY = 1  # it has given its worker back, and waits for what it asked for
WANTS_WORKER = 2  # it has that, and waits for a worker
WANTS_CORE = 3
ON_CORE = 4
HANGS = 5  # by a fault; with its worker, if it has one

# who is next for a worker that is free, where handlers want theirs back
IN_TURN = 0
RESUMED_FIRST = 1
RESUMED_LAST = 2


class ProcessorState(Row):
    """What is at work at a replica, and how far all of it is."""

    cores: int  # that those at work share; 0: none are shared
    serial: int
    crosstalk: int
    pace: int  # of the replica
    at_work: int
    together: int  # the pace of each, as long as it has a core of its own
    served: int
    served_part: int
    since: int  # until when that is so


@shared
def slowed(serial: int, crosstalk: int, at_work: int) -> int:
    """How many times as long work takes while so many are at it, in fixed point; at most `PACE_MAX`, rounded down."""
    others = min(at_work, AT_WORK_MAX) - 1
    if others < 1 or serial + crosstalk == 0:
        return PACE_ONE
    pairs = others * (others + 1)
    low_bits = SHARE_BITS - PACE_BITS
    low = (1 << low_bits) - 1
    factor = PACE_ONE + (serial >> low_bits) * others + (crosstalk >> low_bits) * pairs
    factor += ((serial & low) * others + (crosstalk & low) * pairs) >> low_bits
    return min(factor, PACE_MAX)


@shared
def cores_left(cores: int, lost: int) -> int:
    """How many cores are left of so many; one always is."""
    return max(1, cores - lost)


@shared
def times(pace: int, factor: int) -> int:
    """A pace that is so many times another one, both in fixed point: at most `PACE_MAX`, and never without end fast."""
    if factor == PACE_ONE or pace == STOPPED:
        return pace
    if pace > (PACE_MAX << PACE_BITS) // factor:
        return PACE_MAX
    return max(1, (pace * factor) >> PACE_BITS)


@shared
def bring_up(state: ProcessorState, now: int) -> None:
    """What is at work has got its share until ``now``."""
    elapsed = now - state.since
    state.since = now
    if elapsed == 0 or state.at_work == 0 or state.together == STOPPED:
        return
    pace = state.together
    whole = ((elapsed // pace) << PACE_BITS) + ((elapsed % pace) << PACE_BITS) // pace
    part = done_part(elapsed, pace)
    if state.cores > 0 and state.at_work > state.cores:
        count = min(state.at_work, AT_WORK_MAX)
        rest = (whole % count) * state.cores
        part = (((rest % count) << PART_BITS) + part * state.cores) // count
        whole = (whole // count) * state.cores + rest // count
    part += state.served_part
    state.served += whole + (part >> PART_BITS)
    state.served_part = part & PART_MASK


@shared
def join(state: ProcessorState, by: int) -> None:
    """One more is at work, or one less: -1; all that is at work has its share until now. The last one leaves nothing."""
    state.at_work += by
    if state.at_work == 0:
        state.served = 0
        state.served_part = 0
    state.together = times(state.pace, slowed(state.serial, state.crosstalk, state.at_work))


@shared
def set_pace(state: ProcessorState, now: int, pace: int) -> None:
    """The replica works at another pace from now on."""
    bring_up(state, now)
    state.pace = pace
    join(state, 0)


@shared
def reached(state: ProcessorState, tag: int, tag_part: int) -> None:
    """What has this tag is done: by rounding, less than that may have been served."""
    if state.served < tag or (state.served == tag and state.served_part < tag_part):
        state.served = tag
        state.served_part = tag_part


@shared
def takes(state: ProcessorState, tag: int, tag_part: int) -> int:
    """In how many ns what has this tag is done, if nothing changes. Longer than `FOREVER` is `FOREVER`."""
    whole = tag - state.served
    part = tag_part - state.served_part
    if part < 0:
        whole -= 1
        part += 1 << PART_BITS
    if whole < 0:
        return 0
    if state.cores > 0 and state.at_work > state.cores:
        count = min(state.at_work, AT_WORK_MAX)
        if whole >= FOREVER // count:
            return FOREVER
        part *= count
        whole = whole * count + (part >> PART_BITS)
        part = (((whole % state.cores) << PART_BITS) + (part & PART_MASK)) // state.cores
        whole //= state.cores
    return paced_up(whole, part, state.together)


@shared
def paced_up(work: int, part: int, pace: int) -> int:
    """Time that work takes at a pace, as `paced` says, but rounded up: to the first ns that is not before its end."""
    if pace == STOPPED:
        return FOREVER
    if (work >> PACE_BITS) + 1 > FOREVER // pace:
        return FOREVER
    low = (work & (PACE_ONE - 1)) * pace
    low += ((part >> PART_STEP) * pace + (((part & ((1 << PART_STEP) - 1)) * pace) >> PART_STEP)) >> PART_STEP
    return (work >> PACE_BITS) * pace + ((low + PACE_ONE - TOLERANCE) >> PACE_BITS)


@shared
def resumed_next(how: int, since: int, waiting: int, arrived_at: int) -> bool:
    """Whether a free worker goes to the handler that wants one back since then, and not to one of the requests that wait.

    ``arrived_at`` is when the one of them came that waits longest. In turn, one that came in the same instant waits.
    """
    if waiting == 0 or how == RESUMED_FIRST:
        return True
    return how == IN_TURN and since <= arrived_at
