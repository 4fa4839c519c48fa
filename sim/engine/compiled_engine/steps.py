"""What a handler does, step by step, and how it goes on when a call is done. The readable engine's `steps` and `call`."""

from sim import network
from sim.engine.compiled_engine import codes, follow_ups, processors, quorums, whole_calls
from sim.engine.compiled_engine.broker import consumed, publish
from sim.engine.compiled_engine.calendar import after, then
from sim.engine.compiled_engine.calls import delay_before_retry, sample, send, uniform
from sim.engine.compiled_engine.children import remove_child
from sim.engine.compiled_engine.dual_writes import over
from sim.engine.compiled_engine.event_loops import held_up
from sim.engine.compiled_engine.family_steps import family_step
from sim.engine.compiled_engine.memory import release_span
from sim.engine.compiled_engine.serving import finish
from sim.engine.compiled_engine.state import Span, World
from sim.engine.compiled_engine.workload import client_done
from sim.record import fields, recorder
from sim.record.outcomes import DEPENDENCY, ERROR, OK, unanswered
from sim.rows import NOWHERE
from sim.semantics import rules
from sim.semantics.order import RETRY, WORKED, rank_of
from sim.semantics.sagas import attempt_failed
from sim.shared import Words, entrance
from sim.stores import dual_writes


def steps(m: World, r: Words, span: Span) -> None:
    """Run the handler's program until it waits for something, or ends; it goes no further when there is no room."""
    while span and m.overdrawn == 0:
        code, a, b = m.program[span.pc], m.program[span.pc + 1], m.program[span.pc + 2]
        span.pc += network.INSTRUCTION
        if code == network.WORK:
            work(m, r, span, sample(m, a, b, span.key, span.occurrence))
            return
        if code == network.CALL:
            send(m, r, span, span.trace, m.sites[a], 1, 0, 0)
            if m.event_loop_count > 0:
                held_up(m, r, span, codes.WAITS)
            return
        if code == network.PARALLEL:
            span.pending = b
            span.failures = 0
            for index in range(b):
                then(m, codes.DO_BRANCH, span.at, span.pc + index * network.INSTRUCTION)
            if m.event_loop_count > 0:
                held_up(m, r, span, codes.WAITS)
            return
        if code == network.PUBLISH:
            publish(m, r, span, a, b)
            if b & network.WAITS_FOR_BROKER != 0:
                if m.event_loop_count > 0:
                    held_up(m, r, span, codes.WAITS)
                return
        elif code == network.CHOOSE:
            span.pc = rules.chosen_branch(m, m.tables.at + a, uniform(m, b, span.key, span.occurrence))
        elif code == network.JUMP:
            span.pc = a
        elif code == network.FAIL:
            if uniform(m, b, span.key, span.occurrence) < a:
                span = failed(m, r, span, ERROR)
        elif code >= network.OF_FAMILIES:
            outcome = family_step(m, r, span, code, a, b)
            if m.event_loop_count > 0 and held_up(m, r, span, outcome):
                return
            if outcome == codes.WAITS:
                return
            if outcome != OK:
                span = failed(m, r, span, outcome)
        else:
            span = ended(m, r, span, OK)


def failed(m: World, r: Words, span: Span, outcome: int) -> Span:
    """The instruction that was begun last failed: the handler goes on where that leads, or ends with the outcome."""
    address = m.program[span.pc - network.INSTRUCTION + network.FAILURE]
    if address == 0:
        return ended(m, r, span, outcome)
    span.failed_with = outcome
    span.pc = address
    return span


def go_on(m: World, r: Words, span: Span, outcome: int) -> None:
    """The step that a handler waited in is done: it goes on with the next, or where the step's failure leads."""
    if m.event_loop_count > 0 and held_up(m, r, span, outcome):
        return
    steps(m, r, span if outcome == OK else failed(m, r, span, outcome))


def work(m: World, r: Words, span: Span, duration: int) -> None:
    """Work begins, at the pace of its replica."""
    if m.processor_count > 0 and span.replica.processor:
        processors.work(m, r, span, duration)
        return
    takes = rules.paced(duration, 0, span.replica.pace)
    span.work_ends = m.now + takes
    span.work = duration
    span.work_part = 0
    after(m, takes, rank_of(WORKED, span.ident), span.at)


def worked(m: World, r: Words, span: Span, ident: int) -> None:
    """Work is done, unless its handler was killed, or its pace changed since this event was put on the calendar."""
    if span.ident == ident and span.state == codes.WORKING and span.work_ends == m.now:
        span.work_ends = 0
        if m.processor_count > 0 and span.replica.processor:
            processors.done(m, r, span)
        recorder.note(r, m.now, fields.facts.FACT_WORKED, ident, 0)
        steps(m, r, span)


def ended(m: World, r: Words, span: Span, outcome: int) -> Span:
    """A handler ended; returns the span that goes on at once (a message handled again), or none."""
    if span.writes:
        over(m, r, span, dual_writes.WELL if outcome == OK else dual_writes.FAILED)
    if span.consumer:
        return consumed(m, r, span, outcome)
    finish(m, r, span, outcome)
    return NOWHERE


def resume(m: World, r: Words, span: Span, outcome: int) -> None:
    """The caller goes on with the outcome of attempt ``span``: done, or one more attempt."""
    if outcome == OK or not tried_again(m, r, span, outcome):
        call_done(m, r, span, outcome)


@entrance
def resume_whole(m: World, r: Words, span: Span, outcome: int) -> None:
    """The same of a call that guards outside of its retry have let go: they hear how it has ended.

    How its handler goes on is written here again, so that `call_done` is called from one place and costs no call.
    """
    if outcome != OK and tried_again(m, r, span, outcome):
        return
    parent, branch = span.parent, span.branch
    whole_calls.over(m, r, span.call, outcome)
    span.caller = codes.GONE
    remove_child(parent, span)
    release_span(m, span)
    if branch == 0:
        go_on(m, r, parent, OK if outcome == OK else DEPENDENCY)
        return
    if outcome != OK and m.program[branch + network.FAILURE] == 0:
        parent.failures += 1
    parent.pending -= 1
    if parent.pending == 0 or quorums.decided(m, r, parent):
        then(m, codes.DO_JOIN, parent.at, 0)


def tried_again(m: World, r: Words, span: Span, outcome: int) -> bool:
    """An attempt of a call has failed: whether there is one more, now or later."""
    if span.parent and span.parent.saga:
        attempt_failed(span.parent.saga.state, unanswered(outcome))
    delay = delay_before_retry(m, r, span.site, span, outcome)
    if delay < 0:
        return False
    recorder.note(r, m.now, fields.facts.FACT_RETRYING, span.ident, delay)
    span.caller = codes.RETRYING
    span.waited = delay
    if delay > 0:
        after(m, delay, rank_of(RETRY, span.ident), span.at)
    else:
        send_again(m, r, span)
    return True


def send_again(m: World, r: Words, span: Span) -> None:
    """The next attempt of the same call."""
    parent, site, number, branch, due = span.parent, span.site, span.number, span.branch, span.due
    x = span.trace
    if parent:
        remove_child(parent, span)
    following = send(m, r, parent, x, site, number + 1, branch, due)
    following.waited = span.waited
    following.call = span.call
    if following.hedge:
        following.hedge.waited = span.waited
        following.hedge.call = span.call
    span.caller = codes.GONE
    release_span(m, span)


def call_done(m: World, r: Words, span: Span, outcome: int) -> None:
    """A call is done, after its last attempt ``span``: its caller goes on."""
    parent, branch, x = span.parent, span.branch, span.trace
    span.caller = codes.GONE
    if not parent:
        if x.following != 0:
            follow_ups.answered(m, r, x, span, outcome)
        else:
            client_done(m, r, x, outcome)
        release_span(m, span)
        return
    remove_child(parent, span)
    release_span(m, span)
    if branch != 0:
        if outcome != OK and m.program[branch + network.FAILURE] == 0:
            parent.failures += 1
        parent.pending -= 1
        if parent.pending == 0 or quorums.decided(m, r, parent):
            then(m, codes.DO_JOIN, parent.at, 0)
    else:
        go_on(m, r, parent, OK if outcome == OK else DEPENDENCY)


def confirmed(m: World, r: Words, span: Span) -> None:
    """The broker has what was published, or has refused it."""
    go_on(m, r, span, OK if span.failures == 0 else DEPENDENCY)


def join(m: World, r: Words, span: Span) -> None:
    """The parallel calls of a handler have settled, or as many as it needs."""
    if m.program[span.pc - network.INSTRUCTION] != network.PARALLEL:
        go_on(m, r, span, quorums.end(m, span))
        return
    if span.failures == 0:
        span.pc = m.program[span.pc - network.INSTRUCTION + 1]
    go_on(m, r, span, OK if span.failures == 0 else DEPENDENCY)
