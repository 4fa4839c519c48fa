"""Guards: whether an attempt may leave its caller, and what they learn of it. The readable engine's verbs, in its order."""

from sim.draws import bits
from sim.engine.compiled_engine.blank import blank
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.codes import BY_GUARDS
from sim.engine.compiled_engine.family_rows import Guard
from sim.engine.compiled_engine.state import Replica, Span, World
from sim.lowering.language import Hook
from sim.record import guards as recorder
from sim.scenario.kinds import REFUSE
from sim.semantics.hooks import GUARDS, TICKING
from sim.semantics.order import TICK, identity, rank_of
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
def admitted(m: World, r: Words, span: Span) -> bool:
    """Ask every guard of a call whether an attempt may leave; when one refuses, those before it take back that it may."""
    site = span.site
    for index in range(site.guard_count):
        guard = site.guards[index]
        state = state_of(guard, span)
        u = bits(m.keys[guard.stream], span.key, span.occurrence) if guard.draws != 0 else 0
        before = engaged(guard.code, m, guard.settings, state)
        verdict = admit(guard.code, m, guard.settings, state, m.now, u)
        recorder.guard_asked(r, m.now, guard.number, span.ident, index == 0, verdict == REFUSE)
        recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))
        if verdict == REFUSE:
            take_back(m, r, span, index)
            return False
    span.admitted |= BY_GUARDS
    return True


def take_back(m: World, r: Words, span: Span, count: int) -> None:
    """The first ``count`` guards of a call hear that an attempt did not leave, the innermost first."""
    index = count - 1
    while index >= 0:
        guard = span.site.guards[index]
        state = state_of(guard, span)
        before = engaged(guard.code, m, guard.settings, state)
        withdraw(guard.code, m, guard.settings, state, m.now)
        recorder.guard_withdrawn(r, m.now, guard.number)
        recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))
        index -= 1


@entrance
def tell_guards(m: World, r: Words, span: Span, outcome: int) -> None:
    """The guards that let an attempt go hear how it ended."""
    for index in range(span.site.guard_count):
        guard = span.site.guards[index]
        state = state_of(guard, span)
        before = engaged(guard.code, m, guard.settings, state)
        if (guard.ignored >> outcome) & 1 != 0:
            ignored(guard.code, m, guard.settings, state, m.now, span.sent_at)
            recorder.guard_ignored(r, m.now, guard.number)
        else:
            good = (guard.failing >> outcome) & 1 == 0
            settle(guard.code, m, guard.settings, state, m.now, span.sent_at, good)
            recorder.guard_settled(r, m.now, guard.number, good)
        recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))


def give_up(m: World, r: Words, span: Span) -> None:
    """The caller of an attempt went down: a guard that others share learns that it failed, its own one is forgotten."""
    span.admitted = 0
    for index in range(span.site.guard_count):
        guard = span.site.guards[index]
        recorder.guard_given_up(r, m.now, guard.number)
        if guard.per_caller == 0:
            before = engaged(guard.code, m, guard.settings, guard.states)
            settle(guard.code, m, guard.settings, guard.states, m.now, span.sent_at, False)
            recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, guard.states))


def forget(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its guards begin anew."""
    service = replica.service
    for index in range(service.guard_count):
        guard = service.guards[index]
        state = guard.states + (replica.number - guard.first) * guard.size
        before = engaged(guard.code, m, guard.settings, state)
        blank(m, state, guard.size)
        recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))


def period_over(m: World, r: Words, guard: Guard) -> None:
    """A guard's period is over: all its states hear of it, and the next one begins."""
    state = guard.states
    for _ in range(guard.count):
        before = engaged(guard.code, m, guard.settings, state)
        tick(guard.ticks, m, guard.settings, state, m.now)
        recorder.guard_changed(r, m.now, guard.number, before, engaged(guard.code, m, guard.settings, state))
        state += guard.size
    after(m, guard.ticks_every, rank_of(TICK, identity(guard.number, 0, 0)), guard.at)
