"""Health checks: each replica is asked at intervals whether it is well, and taken out of the list while it is not.

    every 5s     |--hop--> replica: up? answers at once, or after `work` at its pace --hop-->|   in time? a good check
    x x x        so many bad checks in a row: taken out        v: so many good ones in a row: put back

A check is a message of its own, from one place for all callers: it crosses the network between services, needs no worker and no
place in a queue, and is answered by every replica that is up, however busy it is. A replica that works more slowly answers more
slowly, if the check is ``work``. One that is down answers nothing, or refuses, as it does to requests: both are bad. This takes
the place of what a crash says of its detection.
"""

from __future__ import annotations

from sim.rows import Row
from sim.scenario.health import CheckSettings  # noqa: TC001 - rows are found by their names
from sim.shared import shared

NOTHING = 0
TAKEN_OUT = 1
PUT_BACK = 2
NEVER = -1


class CheckState(Row):
    """What is known of a replica."""

    out: int  # whether it is taken out
    run: int  # checks in a row that say otherwise
    sent_at: int  # of the check under way
    reached_at: int  # when it comes to the replica, and from when on it is answered; NEVER: that is too late, or it was down
    answered_at: int
    crashed_at: int  # when the replica went down last; NEVER: it did not


@shared
def asked(settings: CheckSettings, state: CheckState, now: int, there: int) -> int:
    """A check leaves. Returns after how many ns it comes to its replica; NEVER: it would come too late."""
    state.sent_at = now
    state.reached_at = NEVER
    return there if there <= settings.timeout else NEVER


@shared
def reached(settings: CheckSettings, state: CheckState, now: int, up: bool, refused: bool, work: int, back: int) -> int:  # noqa: FBT001
    """A check comes to its replica. Returns when its end is known: answered, refused, or given up; all in ns."""
    over = state.sent_at + settings.timeout
    if up and now + work <= over - back:
        state.reached_at = now
        state.answered_at = now + work
        return now + work + back
    if refused and not up:
        return min(over, now + back)
    return over


@shared
def passed(state: CheckState) -> bool:
    """Whether a check that is over was answered in time: the replica did not go down before it had answered."""
    if state.reached_at == NEVER:
        return False
    return not (state.reached_at <= state.crashed_at and state.crashed_at < state.answered_at)


@shared
def learnt(settings: CheckSettings, state: CheckState, good: bool) -> int:  # noqa: FBT001
    """A check is over: the replica is taken out, put back, or nothing."""
    if good == (state.out == 0):
        state.run = 0
        return NOTHING
    state.run += 1
    if state.run < (settings.unhealthy_after if state.out == 0 else settings.healthy_after):
        return NOTHING
    state.run = 0
    state.out = 1 - state.out
    return TAKEN_OUT if state.out != 0 else PUT_BACK
