"""Guards: whether an attempt may leave its caller, and what they learn of it. The readable engine's verbs, in its order."""

from sim.draws import bits
from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.calendar import after, heap_push
from sim.engine.compiled_engine.codes import BY_GUARDS
from sim.engine.compiled_engine.family_rows import Guard
from sim.engine.compiled_engine.rooms import asks_first, forget_waits, hand_on, hold_back, leave, room_of
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Hook
from sim.policies import waiting
from sim.policies.waiting import let_go_at
from sim.record import guards as recorder
from sim.record import rooms
from sim.record.outcomes import OK, REJECTED
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.semantics.hooks import GUARDS, TICKING
from sim.semantics.order import TICK, TIMEOUT, identity, rank_of
from sim.shared import Words, entrance

admit = Hook(tuple(kind.admit for kind in GUARDS))
withdraw = Hook(tuple(kind.withdraw for kind in GUARDS))
settle = Hook(tuple(kind.settle for kind in GUARDS))
ignored = Hook(tuple(kind.ignored for kind in GUARDS))
engaged = Hook(tuple(kind.engaged for kind in GUARDS))
tick = Hook(tuple(kind.tick for kind in TICKING))


def state_of(guard: Guard, span: Span) -> int:
    """Address of the state that an attempt meets: of the replica that calls, or the one that there is."""
    if guard.per_caller == 0:
        return guard.states
    return guard.states + (span.parent.replica.number - guard.first) * guard.size


@entrance
def ask(m: World, r: Words, span: Span, first: int) -> int:
    """Ask the guards of a call, from one on, whether an attempt may leave: GO, REFUSE, or HOLD where one keeps it waiting.

    When one refuses, those before it take back that it may, or hear that it was rejected. The timeout of some begins before
    the last guard is asked.
    """
    site = span.site
    for index in range(first, site.guard_count):
        if site.early_timeout > 0 and index == site.early_before:
            heap_push(m, m.now + site.early_timeout, rank_of(TIMEOUT, span.ident), span.at)
        guard = site.guards[index]
        state = state_of(guard, span)
        u = bits(m.keys[guard.stream], span.key, span.occurrence) if guard.draws != 0 else 0
        before = engaged(guard.code, m, guard.settings, state)
        verdict = admit(guard.code, m, guard.settings, state, m.now, u)
        if verdict != GO and verdict != REFUSE:  # noqa: PLR1714 - no sets here
            hold_back(m, r, span, index, verdict)
            recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
            return HOLD
        recorder.guard_asked(r, m.now, guard.number, span.ident, asks_first(span, index), verdict == REFUSE)
        recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
        if verdict == REFUSE:
            take_back(m, r, span, index, REJECTED)
            return REFUSE
    span.admitted |= BY_GUARDS
    return GO


def take_back(m: World, r: Words, span: Span, count: int, outcome: int) -> None:
    """The first ``count`` guards of a call hear that an attempt did not leave, the innermost first; so it waits at none.

    ``outcome``: as what it has ended, which some learn from (``hears_refusals``); `OK` where it is not over, or forgotten.
    """
    index = count - 1
    while index >= 0:
        guard = span.site.guards[index]
        if outcome != OK and guard.hears_refusals != 0:
            tell(m, r, span, index, outcome)
        else:
            state = state_of(guard, span)
            before = engaged(guard.code, m, guard.settings, state)
            withdraw(guard.code, m, guard.settings, state, let_go_at(span.held_back, index, span.sent_at))
            recorder.guard_withdrawn(r, m.now, guard.number)
            hand_on(m, guard, state, room_of(guard, span))
            recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
        index -= 1
    forget_waits(m, span)


@entrance
def leave_room(m: World, r: Words, span: Span, outcome: int) -> None:
    """The caller of an attempt that waits is gone, or has given up: a permit of its own lapses, a place is another's.

    ``outcome``: as `take_back` has it.
    """
    one = span.held_back
    guard = span.site.guards[one.index]
    state = state_of(guard, span)
    before = engaged(guard.code, m, guard.settings, state)
    rooms.left(r, m.now, guard.room, m.now - one.since)
    if one.place == waiting.IN_ROOM:
        waiting.leave(room_of(guard, span), one)
        leave(guard.holds, m, guard.settings, state)
    elif one.place == waiting.GRANTED:
        withdraw(guard.code, m, guard.settings, state, m.now)
        hand_on(m, guard, state, room_of(guard, span))
    recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
    take_back(m, r, span, one.index, outcome)


@entrance
def tell_guards(m: World, r: Words, span: Span, outcome: int) -> None:
    """The guards that let an attempt go hear how it ended; one that waits at a guard leaves it."""
    if span.admitted & BY_GUARDS == 0:
        leave_room(m, r, span, outcome)
        return
    for index in range(span.site.guard_count):
        tell(m, r, span, index, outcome)
    forget_waits(m, span)


def tell(m: World, r: Words, span: Span, index: int, outcome: int) -> None:
    """One of the guards that let an attempt go hears how it ended."""
    guard = span.site.guards[index]
    state = state_of(guard, span)
    before = engaged(guard.code, m, guard.settings, state)
    let_go = let_go_at(span.held_back, index, span.sent_at)
    if (guard.ignored >> outcome) & 1 != 0:
        ignored(guard.code, m, guard.settings, state, m.now, let_go)
        recorder.guard_ignored(r, m.now, guard.number)
    else:
        good = (guard.failing >> outcome) & 1 == 0
        settle(guard.code, m, guard.settings, state, m.now, let_go, good)
        recorder.guard_settled(r, m.now, guard.number, good)
    hand_on(m, guard, state, room_of(guard, span))
    recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))


def give_up(m: World, r: Words, span: Span) -> None:
    """The caller of an attempt went down: a guard that others share learns that it failed, its own one is forgotten."""
    if span.site.guard_count == 0:
        return
    if span.admitted & BY_GUARDS == 0:
        leave_room(m, r, span, OK)
        return
    span.admitted = 0
    for index in range(span.site.guard_count):
        guard = span.site.guards[index]
        recorder.guard_given_up(r, m.now, guard.number)
        if guard.per_caller == 0:
            before = engaged(guard.code, m, guard.settings, guard.states)
            let_go = let_go_at(span.held_back, index, span.sent_at)
            settle(guard.code, m, guard.settings, guard.states, m.now, let_go, False)
            hand_on(m, guard, guard.states, room_of(guard, span))
            recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, guard.states))
    forget_waits(m, span)


def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its guards begin anew."""
    service = replica.service
    for index in range(service.guard_count):
        guard = service.guards[index]
        state = guard.states + (replica.number - guard.first) * guard.size
        before = engaged(guard.code, m, guard.settings, state)
        blank(m, state, guard.size)
        recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))


def period_over(m: World, r: Words, guard: Guard) -> None:
    """A guard's period is over: all its states hear of it, and the next one begins."""
    state = guard.states
    for _ in range(guard.count):
        before = engaged(guard.code, m, guard.settings, state)
        tick(guard.ticks, m, guard.settings, state, m.now)
        recorder.guard_changed(r, m.now, guard.owner, before, engaged(guard.code, m, guard.settings, state))
        state += guard.size
    after(m, guard.ticks_every, rank_of(TICK, identity(guard.number, 0, 0)), guard.at)
