"""Health checks: each replica of some services is asked at intervals whether it is well."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.draws import CONSTANT, bits, draw
from sim.engine.simpy_engine.balancing import delist, enlist
from sim.policies import health as rules
from sim.record import balancers as recorder
from sim.semantics.order import CHECK, identity, rank_of
from sim.semantics.rules import paced

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica
    from sim.network import HealthCheck, Network

ARRIVES, OVER = 1, 2


class ChecksAtWork:
    """The health checks of a service, and what is known of each of its replicas."""

    __slots__ = ("number", "settings", "spec", "states")

    def __init__(self, number: int, spec: HealthCheck, network: Network) -> None:
        self.number, self.spec = number, spec
        self.settings = network.settings[spec.settings]
        self.states: list[Any] = [rules.CheckState.plain() for _ in range(spec.replicas)]


def begin(run: Run) -> None:
    """At time 0: when the first checks leave."""
    for checks in run.checks.values():
        run.clock.after(checks.spec.every, rank_of(CHECK, identity(checks.number, 0, 0)), ask_all, run, checks)


def ask_all(run: Run, checks: ChecksAtWork) -> None:
    """A check leaves for each replica, and the next ones will."""
    now, spec, settings = run.clock.now, checks.spec, checks.settings
    for number, state in enumerate(checks.states):
        replica = run.replicas[spec.first + number]
        recorder.check_sent(run.r, now, checks.number)
        there = rules.asked(settings, state, now, hop_of_check(run, checks, replica, now, spec.there_stream))
        if there == rules.NEVER:
            rank = rank_of(CHECK, identity(replica.number, OVER, 0))
            run.clock.after(settings.timeout, rank, check_over, run, checks, replica)
        else:
            run.clock.after(there, rank_of(CHECK, identity(replica.number, ARRIVES, 0)), check_arrives, run, checks, replica)
    run.clock.after(spec.every, rank_of(CHECK, identity(checks.number, 0, 0)), ask_all, run, checks)


def hop_of_check(run: Run, checks: ChecksAtWork, replica: Replica, sent_at: int, stream: int) -> int:
    """How long a check, or its answer, is under way; when it was sent says which draw it is."""
    hop = checks.spec.hop
    if run.tables[hop] == CONSTANT:
        return run.tables[hop + 1]
    return draw(run.tables, hop, bits(run.keys[stream], replica.number, sent_at // checks.spec.every))


def check_arrives(run: Run, checks: ChecksAtWork, replica: Replica) -> None:
    """A check comes to its replica, which answers if it is up."""
    now, state = run.clock.now, checks.states[replica.number - checks.spec.first]
    halted = max(0, replica.halted_until - now)
    work = halted + checks.settings.work if halted else paced(checks.settings.work, 0, replica.pace)
    back = hop_of_check(run, checks, replica, state.sent_at, checks.spec.back_stream)
    over = rules.reached(checks.settings, state, now, replica.up, not replica.silent, work, back)
    run.clock.after(over - now, rank_of(CHECK, identity(replica.number, OVER, 0)), check_over, run, checks, replica)


def check_over(run: Run, checks: ChecksAtWork, replica: Replica) -> None:
    """The answer to a check is there, or will not be: the replica is taken out of the list, put back, or nothing."""
    now, state = run.clock.now, checks.states[replica.number - checks.spec.first]
    good = rules.passed(state)
    recorder.checked(run.r, now, checks.number, replica.number, good)
    state.sent_at = rules.NEVER
    what = rules.learnt(checks.settings, state, good)
    if what == rules.TAKEN_OUT:
        recorder.out_changed(run.r, now, checks.number, True)
        delist(run, replica)
    elif what == rules.PUT_BACK:
        recorder.out_changed(run.r, now, checks.number, False)
        enlist(run, replica)


def went_down(run: Run, replica: Replica) -> None:
    """A replica goes down: a check that it has not answered yet it never will."""
    checks = run.checks.get(replica.service)
    if checks is not None:
        checks.states[replica.number - checks.spec.first].crashed_at = run.clock.now
