"""What a handler does, step by step, and how it goes on when a call is done. The readable engine's `steps` and `call`."""

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
from sim.engine.compiled_engine.layout import (
    C_OPTIONAL,
    C_SIZE,
    DO_BRANCH,
    DO_JOIN,
    F_AT,
    F_BRANCH,
    F_CALLER,
    F_CONSUMER,
    F_FAILURES,
    F_IDENT,
    F_KEY,
    F_NUMBER,
    F_OCCURRENCE,
    F_PARENT,
    F_PENDING,
    F_REPLICA,
    F_SITE,
    F_STATE,
    F_TRACE,
    F_WORK,
    F_WORK_ENDS,
    F_WORK_PART,
    GONE,
    H_NOW,
    H_PROGRAM,
    H_SITES,
    H_TABLES,
    R_PACE,
    RETRYING,
    WORKING,
)
from sim.engine.compiled_engine.memory import after, release_frame, then
from sim.engine.order import RETRY, WORKED, rank_of
from sim.engine.rules import chosen_branch, paced
from sim.network import CALL, CHOOSE, EFFECT, FAIL, INSTRUCTION, JUMP, PARALLEL, PUBLISH, WORK
from sim.record import recorder
from sim.record.fields import FACT_RETRYING, FACT_WORKED
from sim.record.outcomes import DEPENDENCY, ERROR, OK
from sim.shared import Words


def steps(m: Words, r: Words, f: int) -> None:
    """Run the handler's program until it waits for something, or ends."""
    while f != 0:
        at = m[H_PROGRAM] + m[f + F_AT]
        code, a, b = m[at], m[at + 1], m[at + 2]
        m[f + F_AT] += INSTRUCTION
        if code == WORK:
            work(m, f, sample(m, a, b, m[f + F_KEY], m[f + F_OCCURRENCE]))
            return
        if code == CALL:
            send(m, r, f, m[f + F_TRACE], m[H_SITES] + a * C_SIZE, 1, 0)
            return
        if code == PARALLEL:
            m[f + F_PENDING] = b
            m[f + F_FAILURES] = 0
            for index in range(b):
                then(m, DO_BRANCH, f, m[H_SITES] + (a + index) * C_SIZE)
            return
        if code == PUBLISH:
            publish(m, r, f, a, b)
            if b != 0:
                return
        elif code == CHOOSE:
            m[f + F_AT] = chosen_branch(m, m[H_TABLES] + a, uniform(m, b, m[f + F_KEY], m[f + F_OCCURRENCE]))
        elif code == JUMP:
            m[f + F_AT] = a
        elif code == FAIL:
            if uniform(m, b, m[f + F_KEY], m[f + F_OCCURRENCE]) < a:
                f = ended(m, r, f, ERROR)
        elif code == EFFECT:
            effects.apply(m, r, f, a, b)
        else:
            f = ended(m, r, f, OK)


def work(m: Words, f: int, duration: int) -> None:
    """Work begins, at the pace of its replica."""
    takes = paced(duration, 0, m[m[f + F_REPLICA] + R_PACE])
    m[f + F_WORK_ENDS] = m[H_NOW] + takes
    m[f + F_WORK] = duration
    m[f + F_WORK_PART] = 0
    after(m, takes, rank_of(WORKED, m[f + F_IDENT]), f)


def worked(m: Words, r: Words, f: int, ident: int) -> None:
    """Work is done, unless its handler was killed, or its pace changed since this event was put on the calendar."""
    if m[f + F_IDENT] == ident and m[f + F_STATE] == WORKING and m[f + F_WORK_ENDS] == m[H_NOW]:
        m[f + F_WORK_ENDS] = 0
        recorder.note(r, m[H_NOW], FACT_WORKED, ident, 0)
        steps(m, r, f)


def ended(m: Words, r: Words, f: int, outcome: int) -> int:
    """A handler ended; returns the frame that goes on at once (a message handled again), else 0."""
    if m[f + F_CONSUMER] != 0:
        return consumed(m, r, f, outcome)
    finish(m, r, f, outcome)
    return 0


def resume(m: Words, r: Words, f: int, outcome: int) -> None:
    """The caller goes on with the outcome of attempt ``f``: done, or one more attempt."""
    if outcome != OK:
        delay = delay_before_retry(m, m[f + F_SITE], f)
        if delay >= 0:
            recorder.note(r, m[H_NOW], FACT_RETRYING, m[f + F_IDENT], delay)
            m[f + F_CALLER] = RETRYING
            if delay > 0:
                after(m, delay, rank_of(RETRY, m[f + F_IDENT]), f)
            else:
                send_again(m, r, f)
            return
    call_done(m, r, f, outcome)


def send_again(m: Words, r: Words, f: int) -> None:
    """The next attempt of the same call."""
    parent, site, number, branch = m[f + F_PARENT], m[f + F_SITE], m[f + F_NUMBER], m[f + F_BRANCH]
    x = m[f + F_TRACE]
    if parent != 0:
        remove_child(m, parent, f)
    send(m, r, parent, x, site, number + 1, branch)
    m[f + F_CALLER] = GONE
    release_frame(m, f)


def call_done(m: Words, r: Words, f: int, outcome: int) -> None:
    """A call is done, after its last attempt ``f``: its caller goes on."""
    parent, branch, x = m[f + F_PARENT], m[f + F_BRANCH], m[f + F_TRACE]
    needed = outcome != OK and m[m[f + F_SITE] + C_OPTIONAL] == 0
    m[f + F_CALLER] = GONE
    if parent == 0:
        client_done(m, r, x, outcome)
        release_frame(m, f)
        return
    remove_child(m, parent, f)
    release_frame(m, f)
    if branch != 0:
        m[parent + F_FAILURES] += 1 if needed else 0
        m[parent + F_PENDING] -= 1
        if m[parent + F_PENDING] == 0:
            then(m, DO_JOIN, parent, 0)
    elif needed:
        steps(m, r, ended(m, r, parent, DEPENDENCY))
    else:
        steps(m, r, parent)


def join(m: Words, r: Words, f: int) -> None:
    """All parallel calls of a handler have settled."""
    if m[f + F_FAILURES] > 0:
        steps(m, r, ended(m, r, f, DEPENDENCY))
    else:
        steps(m, r, f)
