"""Guards: whether an attempt may leave its caller, and what they learn of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import bits
from sim.record import guards as recorder
from sim.scenario.kinds import REFUSE
from sim.semantics.hooks import GUARDS
from sim.semantics.order import TICK, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Guard, Network


class GuardStates:
    """A guard at work: its rules, its settings, and a state for each replica that calls, or one for all."""

    __slots__ = ("kind", "number", "settings", "spec", "states")

    def __init__(self, number: int, spec: Guard, network: Network) -> None:
        self.number, self.spec = number, spec
        self.kind = GUARDS[spec.code]
        self.settings = network.settings[spec.settings]
        self.states = [self.kind.State.roomy(spec.tail) for _ in range(spec.states)]

    def state_for(self, attempt: Span) -> Any:
        """The state that an attempt meets: of the replica that calls, or the one that there is."""
        if not self.spec.per_caller or attempt.parent is None:
            return self.states[0]
        return self.states[attempt.parent.replica.number - self.spec.first]

    def engaged(self, state: Any) -> int:
        """Whether a state keeps calls back, as a number."""
        return int(self.kind.engaged(self.settings, state))


def begin(run: Run) -> None:
    """At time 0: how many states of each guard keep calls back from the first on, and the first end of its period."""
    for number, guard in enumerate(run.guards):
        recorder.guard_changed(run.r, 0, number, 0, sum(map(guard.engaged, guard.states)))
        if guard.spec.ticks_every:
            run.clock.after(guard.spec.ticks_every, rank_of(TICK, identity(number, 0, 0)), period_over, run, guard)


def admitted(run: Run, attempt: Span) -> bool:
    """Ask every guard of a call whether an attempt may leave; when one refuses, those before it take back that it may."""
    now = run.clock.now
    for index, number in enumerate(attempt.site.guards):
        guard = run.guards[number]
        spec, state = guard.spec, guard.state_for(attempt)
        u = bits(run.keys[spec.stream], attempt.trace.key, attempt.occurrence) if spec.draws else 0
        before = guard.engaged(state)
        verdict = guard.kind.admit(guard.settings, state, now, u)
        recorder.guard_asked(run.r, now, number, attempt.ident, index == 0, verdict == REFUSE)
        recorder.guard_changed(run.r, now, number, before, guard.engaged(state))
        if verdict == REFUSE:
            take_back(run, attempt, index)
            return False
    attempt.admitted = True
    return True


def take_back(run: Run, attempt: Span, count: int) -> None:
    """The first ``count`` guards of a call hear that an attempt did not leave, the innermost first."""
    now = run.clock.now
    for number in reversed(attempt.site.guards[:count]):
        guard = run.guards[number]
        state = guard.state_for(attempt)
        before = guard.engaged(state)
        guard.kind.withdraw(guard.settings, state, now)
        recorder.guard_withdrawn(run.r, now, number)
        recorder.guard_changed(run.r, now, number, before, guard.engaged(state))


def tell_guards(run: Run, attempt: Span, outcome: int) -> None:
    """The guards that let an attempt go hear how it ended."""
    now = run.clock.now
    attempt.admitted = False
    for number in attempt.site.guards:
        guard = run.guards[number]
        state = guard.state_for(attempt)
        before = guard.engaged(state)
        if (guard.spec.ignored >> outcome) & 1:
            guard.kind.ignored(guard.settings, state, now, attempt.sent_at)
            recorder.guard_ignored(run.r, now, number)
        else:
            good = not (guard.spec.failing >> outcome) & 1
            guard.kind.settle(guard.settings, state, now, attempt.sent_at, good)
            recorder.guard_settled(run.r, now, number, good)
        recorder.guard_changed(run.r, now, number, before, guard.engaged(state))


def give_up(run: Run, attempt: Span) -> None:
    """The caller of an attempt went down: a guard that others share learns that it failed, its own one is forgotten."""
    now = run.clock.now
    attempt.admitted = False
    for number in attempt.site.guards:
        guard = run.guards[number]
        recorder.guard_given_up(run.r, now, number)
        if not guard.spec.per_caller:
            state = guard.states[0]
            before = guard.engaged(state)
            guard.kind.settle(guard.settings, state, now, attempt.sent_at, False)
            recorder.guard_changed(run.r, now, number, before, guard.engaged(state))


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its guards begin anew."""
    for number, guard in enumerate(run.guards):
        if guard.spec.per_caller and guard.spec.service == replica.service:
            place = replica.number - guard.spec.first
            before = guard.engaged(guard.states[place])
            guard.states[place] = guard.kind.State.roomy(guard.spec.tail)
            recorder.guard_changed(run.r, run.clock.now, number, before, guard.engaged(guard.states[place]))


def period_over(run: Run, guard: GuardStates) -> None:
    """A guard's period is over: all its states hear of it, and the next one begins."""
    now, number = run.clock.now, guard.number
    for state in guard.states:
        before = guard.engaged(state)
        guard.kind.tick(guard.settings, state, now)
        recorder.guard_changed(run.r, now, number, before, guard.engaged(state))
    run.clock.after(guard.spec.ticks_every, rank_of(TICK, identity(number, 0, 0)), period_over, run, guard)
