"""What a handler does, step by step, and how it goes on when a call is done. The readable engine's `steps` and `call`."""

from sim import network
from sim.engine.compiled_engine import effects
from sim.engine.compiled_engine.broker import consumed, publish
from sim.engine.compiled_engine.calls import (
    client_done,
    delay_before_retry,
    finish,
    remove_child,
    sample,
    send,
    uniform,
)
from sim.engine.compiled_engine.memory import after, release_frame, then
from sim.engine.compiled_engine.state import (
    DO_BRANCH,
    DO_JOIN,
    GONE,
    RETRYING,
    WORKING,
    Frame,
    World,
)
from sim.record import recorder
from sim.record.fields import FACT_RETRYING, FACT_WORKED
from sim.record.outcomes import DEPENDENCY, ERROR, OK
from sim.rows import NOWHERE
from sim.semantics.order import RETRY, WORKED, rank_of
from sim.semantics.rules import chosen_branch, paced
from sim.shared import Words


def steps(m: World, r: Words, f: Frame) -> None:
    """Run the handler's program until it waits for something, or ends; it goes no further when there is no room."""
    while f and m.overdrawn == 0:
        code, a, b = m.program[f.pc], m.program[f.pc + 1], m.program[f.pc + 2]
        f.pc += network.INSTRUCTION
        if code == network.WORK:
            work(m, f, sample(m, a, b, f.key, f.occurrence))
            return
        if code == network.CALL:
            send(m, r, f, f.trace, m.sites[a], 1, 0)
            return
        if code == network.PARALLEL:
            f.pending = b
            f.failures = 0
            for index in range(b):
                then(m, DO_BRANCH, f.at, f.pc + index * network.INSTRUCTION)
            return
        if code == network.PUBLISH:
            publish(m, r, f, a, b)
            if b != 0:
                return
        elif code == network.CHOOSE:
            f.pc = chosen_branch(m, m.tables.at + a, uniform(m, b, f.key, f.occurrence))
        elif code == network.JUMP:
            f.pc = a
        elif code == network.FAIL:
            if uniform(m, b, f.key, f.occurrence) < a:
                f = failed(m, r, f, ERROR)
        elif code == network.EFFECT:
            effects.apply(m, r, f, a, b)
        else:
            f = ended(m, r, f, OK)


def failed(m: World, r: Words, f: Frame, outcome: int) -> Frame:
    """The instruction that was begun last failed: the handler goes on where that leads, or ends with the outcome."""
    address = m.program[f.pc - network.INSTRUCTION + network.FAILURE]
    if address == 0:
        return ended(m, r, f, outcome)
    f.pc = address
    return f


def work(m: World, f: Frame, duration: int) -> None:
    """Work begins, at the pace of its replica."""
    takes = paced(duration, 0, f.replica.pace)
    f.work_ends = m.now + takes
    f.work = duration
    f.work_part = 0
    after(m, takes, rank_of(WORKED, f.ident), f.at)


def worked(m: World, r: Words, f: Frame, ident: int) -> None:
    """Work is done, unless its handler was killed, or its pace changed since this event was put on the calendar."""
    if f.ident == ident and f.state == WORKING and f.work_ends == m.now:
        f.work_ends = 0
        recorder.note(r, m.now, FACT_WORKED, ident, 0)
        steps(m, r, f)


def ended(m: World, r: Words, f: Frame, outcome: int) -> Frame:
    """A handler ended; returns the frame that goes on at once (a message handled again), or none."""
    if f.consumer:
        return consumed(m, r, f, outcome)
    finish(m, r, f, outcome)
    return NOWHERE


def resume(m: World, r: Words, f: Frame, outcome: int) -> None:
    """The caller goes on with the outcome of attempt ``f``: done, or one more attempt."""
    if outcome != OK:
        delay = delay_before_retry(m, f.site, f)
        if delay >= 0:
            recorder.note(r, m.now, FACT_RETRYING, f.ident, delay)
            f.caller = RETRYING
            if delay > 0:
                after(m, delay, rank_of(RETRY, f.ident), f.at)
            else:
                send_again(m, r, f)
            return
    call_done(m, r, f, outcome)


def send_again(m: World, r: Words, f: Frame) -> None:
    """The next attempt of the same call."""
    parent, site, number, branch = f.parent, f.site, f.number, f.branch
    x = f.trace
    if parent:
        remove_child(parent, f)
    send(m, r, parent, x, site, number + 1, branch)
    f.caller = GONE
    release_frame(m, f)


def call_done(m: World, r: Words, f: Frame, outcome: int) -> None:
    """A call is done, after its last attempt ``f``: its caller goes on."""
    parent, branch, x = f.parent, f.branch, f.trace
    f.caller = GONE
    if not parent:
        client_done(m, r, x, outcome)
        release_frame(m, f)
        return
    remove_child(parent, f)
    release_frame(m, f)
    if branch != 0:
        if outcome != OK and m.program[branch + network.FAILURE] == 0:
            parent.failures += 1
        parent.pending -= 1
        if parent.pending == 0:
            then(m, DO_JOIN, parent.at, 0)
    elif outcome != OK:
        steps(m, r, failed(m, r, parent, DEPENDENCY))
    else:
        steps(m, r, parent)


def join(m: World, r: Words, f: Frame) -> None:
    """All parallel calls of a handler have settled."""
    if f.failures > 0:
        steps(m, r, failed(m, r, f, DEPENDENCY))
    else:
        f.pc = m.program[f.pc - network.INSTRUCTION + 1]
        steps(m, r, f)
