"""Who waits at a replica: refused, join, leave, next_of, verdict; make room: to_evict, to_preempt; suspend, resume.

    lines     one for each priority, the highest first; one, where none are kept apart: who came first is first in it
    at_work   where requests may be preempted: those with a worker, in lines of the same kind, as they got it
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.clock import Timer
from sim.record import waiting as waits
from sim.record.outcomes import CANCELLED, DROPPED, EXPIRED, OK
from sim.scenario.kinds import FIRST
from sim.semantics import waiting as rules
from sim.semantics.order import WORKED, rank_of
from sim.semantics.rules import left, left_part, paced

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span

EVICT_LOWEST = 1
NEVER_CROWDED = False


def waiting(replica: Replica) -> int:
    """How many wait at a replica."""
    return sum(map(len, replica.lines))


def refused(run: Run, attempt: Span) -> int:
    """Why a request that comes to its replica is not let in before anything else is asked; or OK."""
    if attempt.called_back:
        return CANCELLED
    return EXPIRED if rules.too_late(attempt.due, 0, 0, run.clock.now) else OK


def line_of(run: Run, attempt: Span, lines: list[Any]) -> Any:
    """The line of a request's priority."""
    return lines[run.network.flows[attempt.trace.flow].rank if len(lines) > 1 else 0]


def crowded(run: Run, replica: Replica) -> bool:
    """Whether the queue of a replica has not been empty for longer than the interval of its room."""
    return rules.crowded(waiting(replica), replica.empty_at, replica.spec.room.interval, run.clock.now)  # type: ignore[union-attr]


def join(run: Run, attempt: Span) -> None:
    """A request waits in a room, last of its priority."""
    replica, room, now = attempt.replica, attempt.replica.spec.room, run.clock.now
    assert room is not None  # noqa: S101 - elsewhere requests stand in the one line that there is
    attempt.waits_at_most = rules.waits_at_most(room.ttl, room.target, room.interval, crowded(run, replica))
    if waiting(replica) == 0:
        replica.empty_at = now
    line_of(run, attempt, replica.lines)[attempt.ident] = attempt


def leave(run: Run, attempt: Span) -> None:
    """A request waits no longer, wherever it stands."""
    del line_of(run, attempt, attempt.replica.lines)[attempt.ident]


def patience(run: Run, attempt: Span) -> int:
    """How long a request waits at most before it leaves, whether its turn has come or not; -1: as long as it takes."""
    room = attempt.replica.spec.room
    assert room is not None  # noqa: S101 - elsewhere nobody leaves before its turn
    if room.wait_max < 0:
        return -1
    stream = run.network.operations[attempt.operation].wait_stream
    return run.sample(room.wait_max, stream, attempt.trace, attempt.occurrence)


def next_of(run: Run, replica: Replica) -> Span:
    """The request whose turn it is leaves the queue."""
    if replica.spec.room is None:
        line = replica.lines[0]
        first = replica.discipline.next(len(line), NEVER_CROWDED) == FIRST
    else:
        line = next(one for one in replica.lines if one)
        first = replica.discipline.next(waiting(replica), crowded(run, replica)) == FIRST
    following: Span = line.popitem(last=not first)[1]
    return following


def verdict(run: Run, attempt: Span) -> int:
    """Whether a request whose turn has come is begun: OK, or why not."""
    now = run.clock.now
    how = rules.too_late(attempt.due, now - attempt.arrived_at, attempt.waits_at_most, now)
    return OK if how == rules.IN_TIME else EXPIRED if how == rules.PAST_ITS_DEADLINE else DROPPED


# -- who goes when one comes


def to_evict(run: Run, attempt: Span) -> Span | None:
    """Who of those that wait, and were not begun, goes for this one."""
    lines: list[Any] = attempt.replica.lines
    if attempt.replica.spec.room.evict == EVICT_LOWEST:  # type: ignore[union-attr]
        lower = lines[run.network.flows[attempt.trace.flow].rank + 1 :]
        last = (next(reversed(line.values())) for line in reversed(lower) if line)
        return next((one for one in last if not one.preempted), None)
    firsts = [one for one in (first_not_begun(line) for line in reversed(lines)) if one is not None]
    return min(firsts, key=lambda one: one.arrived_at, default=None)


def first_not_begun(line: Any) -> Span | None:
    """The first of a line that was not begun: those that were stand before it."""
    return next((one for one in line.values() if not one.preempted), None)


def to_preempt(run: Run, attempt: Span) -> Span | None:
    """Whose worker a request takes: of lower priority than it the lowest at work, of those the one that got it last."""
    replica, now = attempt.replica, run.clock.now
    for line in reversed(replica.at_work[run.network.flows[attempt.trace.flow].rank + 1 :]):
        for one in reversed(line.values()):
            if one.ends > now:
                return one
    return None


def begun(run: Run, attempt: Span) -> None:
    """A request has a worker, which may be taken from it."""
    line_of(run, attempt, attempt.replica.at_work)[attempt.ident] = attempt


def over(run: Run, attempt: Span) -> None:
    """A request has its worker no longer, where it might be taken from it."""
    del line_of(run, attempt, attempt.replica.at_work)[attempt.ident]


def suspend(run: Run, attempt: Span) -> None:
    """A request gives its worker up, and waits, first of its priority; the rest of its work is still to be done."""
    replica, now = attempt.replica, run.clock.now
    waits.preempted(run.r, now, replica.service, attempt.ident)
    over(run, attempt)
    replica.busy -= 1
    attempt.running, attempt.preempted, attempt.arrived_at = False, True, now
    if attempt.ends > now:
        elapsed = paced(attempt.left, attempt.part, replica.pace) - (attempt.ends - now)
        attempt.left, attempt.part = (
            left(attempt.left, attempt.part, elapsed, replica.pace),
            left_part(attempt.part, elapsed, replica.pace),
        )
        attempt.ends, attempt.goes_on, attempt.work.callbacks = 0, attempt.work.callbacks, []
    if waiting(replica) == 0:
        replica.empty_at = now
    line = line_of(run, attempt, replica.lines)
    line[attempt.ident] = attempt
    line.move_to_end(attempt.ident, last=False)


def resume(run: Run, attempt: Span) -> None:
    """A request has a worker again, and goes on where it was."""
    replica, now = attempt.replica, run.clock.now
    waits.resumed(run.r, now, replica.service, attempt.ident, now - attempt.arrived_at)
    attempt.started_at += now - attempt.arrived_at
    attempt.running, attempt.preempted = True, False
    replica.busy += 1
    begun(run, attempt)
    if attempt.goes_on is None:
        attempt.has_worker.succeed()
        return
    takes = paced(attempt.left, attempt.part, replica.pace)
    attempt.ends, attempt.work = now + takes, Timer(run.clock, takes, rank_of(WORKED, attempt.ident), on_calendar=True)
    attempt.work.callbacks, attempt.goes_on = attempt.goes_on, None
