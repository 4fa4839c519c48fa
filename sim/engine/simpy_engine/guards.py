"""Guards: whether an attempt may leave its caller, and what they learn of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import bits
from sim.engine.simpy_engine.rooms import asks_first, hand_on, hold_back
from sim.policies import waiting
from sim.policies.waiting import Room, let_go_at
from sim.record import guards as recorder
from sim.record import rooms
from sim.record.outcomes import OK, REJECTED
from sim.scenario.kinds import GO, HOLD, REFUSE
from sim.semantics.hooks import GUARDS
from sim.semantics.order import TICK, TIMEOUT, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Guard, Network


class GuardStates:
    """A guard at work: its rules, its settings, and a state for each replica that calls, or one for all.

    Those of one pool share the states of the first of them, its owner.
    """

    __slots__ = ("kind", "number", "rooms", "settings", "spec", "states")

    def __init__(self, number: int, spec: Guard, network: Network, before: list[GuardStates]) -> None:
        self.number, self.spec = number, spec
        self.kind = GUARDS[spec.code]
        self.settings = network.settings[spec.settings]
        self.states: list[Any] = [self.kind.State.roomy(spec.tail) for _ in range(spec.states)]
        self.rooms: list[Any] = [Room.plain() for _ in range(spec.states if self.kind.admit_next is not None else 0)]
        if spec.owner < number:
            self.states, self.rooms = before[spec.owner].states, before[spec.owner].rooms

    def state_for(self, attempt: Span) -> Any:
        """The state that an attempt meets: of the replica that calls, or the one that there is."""
        return self.states[self.place_of(attempt)]

    def place_of(self, attempt: Span) -> int:
        """Which of the states that is."""
        if not self.spec.per_caller or attempt.parent is None:
            return 0
        return attempt.parent.replica.number - self.spec.first

    @property
    def own_states(self) -> list[Any]:
        """Its states, unless they are another one's."""
        return self.states if self.spec.owner == self.number else []

    def engaged(self, state: Any) -> int:
        """Whether a state keeps calls back, as a number."""
        return int(self.kind.engaged(self.settings, state))


def guards_at_work(network: Network) -> list[GuardStates]:
    """The guards of a network, as they begin."""
    found: list[GuardStates] = []
    for number, guard in enumerate(network.guards):
        found.append(GuardStates(number, guard, network, found))
    return found


def begin(run: Run) -> None:
    """At time 0: how many states of each guard keep calls back from the first on, and the first end of its period."""
    for number, guard in enumerate(run.guards):
        recorder.guard_changed(run.r, 0, number, 0, sum(map(guard.engaged, guard.own_states)))
        if guard.spec.ticks_every:
            run.clock.after(guard.spec.ticks_every, rank_of(TICK, identity(number, 0, 0)), period_over, run, guard)


def ask(run: Run, attempt: Span, first: int) -> int:
    """Ask the guards of a call, from one on, whether an attempt may leave: GO, REFUSE, or HOLD where one keeps it waiting.

    When one refuses, those before it take back that it may, or hear that it was rejected. The timeout of some begins before
    the last guard is asked.
    """
    now = run.clock.now
    site = attempt.site
    for index, number in enumerate(site.guards[first:], first):
        if site.early_timeout > 0 and index == site.early_before:
            run.timeouts[site.early_timeout].begin(rank_of(TIMEOUT, attempt.ident))
        guard = run.guards[number]
        spec, state = guard.spec, guard.state_for(attempt)
        u = bits(run.keys[spec.stream], attempt.trace.key, attempt.occurrence) if spec.draws else 0
        before = guard.engaged(state)
        verdict = guard.kind.admit(guard.settings, state, now, u)
        if verdict not in (GO, REFUSE):
            hold_back(run, attempt, index, verdict)
            recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
            return HOLD
        recorder.guard_asked(run.r, now, number, attempt.ident, asks_first(attempt, index), verdict == REFUSE)
        recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
        if verdict == REFUSE:
            take_back(run, attempt, index, REJECTED)
            return REFUSE
    attempt.admitted = True
    return GO


def take_back(run: Run, attempt: Span, count: int, outcome: int) -> None:
    """The first ``count`` guards of a call hear that an attempt did not leave, the innermost first; so it waits at none.

    ``outcome``: as what it has ended, which some learn from (``hears_refusals``); `OK` where it is not over, or forgotten.
    """
    now = run.clock.now
    for index in reversed(range(count)):
        number = attempt.site.guards[index]
        guard = run.guards[number]
        if outcome != OK and guard.spec.hears_refusals:
            tell(run, attempt, index, outcome)
            continue
        state = guard.state_for(attempt)
        before = guard.engaged(state)
        guard.kind.withdraw(guard.settings, state, let_go_at(attempt.held_back, index, attempt.sent_at))
        recorder.guard_withdrawn(run.r, now, number)
        hand_on(guard, guard.place_of(attempt))
        recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
    attempt.held_back = None


def leave_room(run: Run, attempt: Span, outcome: int = OK) -> None:
    """The caller of an attempt that waits is gone, or has given up: a permit of its own lapses, a place is another's.

    ``outcome``: as `take_back` has it.
    """
    one, now = attempt.held_back, run.clock.now
    guard = run.guards[attempt.site.guards[one.index]]
    state = guard.state_for(attempt)
    before = guard.engaged(state)
    rooms.left(run.r, now, guard.spec.room, now - one.since)
    if one.place == waiting.IN_ROOM:
        waiting.leave(guard.rooms[guard.place_of(attempt)], one)
        guard.kind.leave(guard.settings, state)
    elif one.place == waiting.GRANTED:
        guard.kind.withdraw(guard.settings, state, now)
        hand_on(guard, guard.place_of(attempt))
    recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
    one.place = waiting.OVER
    take_back(run, attempt, one.index, outcome)


def tell_guards(run: Run, attempt: Span, outcome: int) -> None:
    """The guards that let an attempt go hear how it ended; one that waits at a guard leaves it."""
    if not attempt.admitted:
        leave_room(run, attempt, outcome)
        return
    attempt.admitted = False
    for index in range(len(attempt.site.guards)):
        tell(run, attempt, index, outcome)
    attempt.held_back = None


def tell(run: Run, attempt: Span, index: int, outcome: int) -> None:
    """One of the guards that let an attempt go hears how it ended."""
    now, number = run.clock.now, attempt.site.guards[index]
    guard = run.guards[number]
    state = guard.state_for(attempt)
    before = guard.engaged(state)
    let_go = let_go_at(attempt.held_back, index, attempt.sent_at)
    if (guard.spec.ignored >> outcome) & 1:
        guard.kind.ignored(guard.settings, state, now, let_go)
        recorder.guard_ignored(run.r, now, number)
    else:
        good = not (guard.spec.failing >> outcome) & 1
        guard.kind.settle(guard.settings, state, now, let_go, good)
        recorder.guard_settled(run.r, now, number, good)
    hand_on(guard, guard.place_of(attempt))
    recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))


def give_up(run: Run, attempt: Span) -> None:
    """The caller of an attempt went down: a guard that others share learns that it failed, its own one is forgotten."""
    if not attempt.admitted:
        leave_room(run, attempt)
        return
    now = run.clock.now
    attempt.admitted = False
    for index, number in enumerate(attempt.site.guards):
        guard = run.guards[number]
        recorder.guard_given_up(run.r, now, number)
        if not guard.spec.per_caller:
            state = guard.states[0]
            before = guard.engaged(state)
            guard.kind.settle(guard.settings, state, now, let_go_at(attempt.held_back, index, attempt.sent_at), False)
            hand_on(guard, 0)
            recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
    attempt.held_back = None


def forget(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of its calls any more: its guards begin anew."""
    for guard in run.guards:
        if guard.own_states and guard.spec.per_caller and guard.spec.service == replica.service:
            place = replica.number - guard.spec.first
            before = guard.engaged(guard.states[place])
            guard.states[place] = guard.kind.State.roomy(guard.spec.tail)
            recorder.guard_changed(run.r, run.clock.now, guard.spec.owner, before, guard.engaged(guard.states[place]))


def period_over(run: Run, guard: GuardStates) -> None:
    """A guard's period is over: all its states hear of it, and the next one begins."""
    now, number = run.clock.now, guard.number
    for state in guard.own_states:
        before = guard.engaged(state)
        guard.kind.tick(guard.settings, state, now)
        recorder.guard_changed(run.r, now, guard.spec.owner, before, guard.engaged(state))
    run.clock.after(guard.spec.ticks_every, rank_of(TICK, identity(number, 0, 0)), period_over, run, guard)
