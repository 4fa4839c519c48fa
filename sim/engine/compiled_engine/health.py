"""Health checks: each replica of some services is asked at intervals whether it is well.

The readable engine's verbs, in its order.
"""

from sim.draws import CONSTANT, bits, draw
from sim.engine.compiled_engine.balancing import delist, enlist
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.health_rows import Checked, Checks
from sim.engine.compiled_engine.state import Replica, World
from sim.policies import health as rules
from sim.record import balancers as recorder
from sim.scenario.health import CheckSettings
from sim.semantics.order import CHECK, OCCURRENCE_BITS, PLACES_MAX, identity, rank_of
from sim.semantics.rules import paced
from sim.shared import Words, rare

ARRIVES, OVER = 1, 2


@rare
def check_event(m: World, r: Words, ident: int, a: int) -> None:
    """Checks leave, or one arrives, or is over."""
    what = (ident >> OCCURRENCE_BITS) & (PLACES_MAX - 1)
    if what == ARRIVES:
        check_arrives(m, Checked(m, a))
    elif what == OVER:
        check_over(m, r, Checked(m, a))
    else:
        ask_all(m, r, Checks(m, a))


def ask_all(m: World, r: Words, checks: Checks) -> None:
    """A check leaves for each replica, and the next ones will."""
    settings = CheckSettings(m, checks.settings)
    for number in range(checks.count):
        one = checks.checked[number]
        recorder.check_sent(r, m.now, checks.number)
        there = rules.asked(settings, one.state, m.now, hop_of_check(m, one, m.now, checks.there_stream))
        if there == rules.NEVER:
            after(m, settings.timeout, rank_of(CHECK, identity(one.replica.number, OVER, 0)), one.at)
        else:
            after(m, there, rank_of(CHECK, identity(one.replica.number, ARRIVES, 0)), one.at)
    after(m, checks.every, rank_of(CHECK, identity(checks.number, 0, 0)), checks.at)


def hop_of_check(m: World, one: Checked, sent_at: int, stream: int) -> int:
    """How long a check, or its answer, is under way; when it was sent says which draw it is."""
    hop = one.checks.hop
    if m.tables[hop] == CONSTANT:
        return m.tables[hop + 1]
    return draw(m, m.tables.at + hop, bits(m.keys[stream], one.replica.number, sent_at // one.checks.every))


def check_arrives(m: World, one: Checked) -> None:
    """A check comes to its replica, which answers if it is up."""
    settings, replica = CheckSettings(m, one.checks.settings), one.replica
    halted = max(0, replica.halted_until - m.now)
    work = halted + settings.work if halted > 0 else paced(settings.work, 0, replica.pace)
    back = hop_of_check(m, one, one.state.sent_at, one.checks.back_stream)
    over = rules.reached(settings, one.state, m.now, replica.up != 0, replica.silent == 0, work, back)
    after(m, over - m.now, rank_of(CHECK, identity(replica.number, OVER, 0)), one.at)


def check_over(m: World, r: Words, one: Checked) -> None:
    """The answer to a check is there, or will not be: the replica is taken out of the list, put back, or nothing."""
    checks, replica = one.checks, one.replica
    good = rules.passed(one.state)
    recorder.checked(r, m.now, checks.number, replica.number, good)
    one.state.sent_at = rules.NEVER
    what = rules.learnt(CheckSettings(m, checks.settings), one.state, good)
    if what == rules.TAKEN_OUT:
        recorder.out_changed(r, m.now, checks.number, True)
        delist(m, replica)
    elif what == rules.PUT_BACK:
        recorder.out_changed(r, m.now, checks.number, False)
        enlist(m, replica)


@rare
def went_down(m: World, replica: Replica) -> None:
    """A replica goes down: a check that it has not answered yet it never will."""
    checks = replica.service.checks
    if checks:
        checks.checked[replica.number - checks.first].state.crashed_at = m.now
