"""Relays: outbox, commit rows, see, rouse, poll, publish, confirm, mark, let go, rest: how outboxes are published."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine.publishing import leave
from sim.engine.simpy_engine.traces import part_done
from sim.record import dual_writes as dual_recorder
from sim.record import relays as recorder
from sim.record.failovers import row_let_go
from sim.record.outcomes import OK
from sim.semantics.order import CONFIRMED, MARKED, POLL, ROW_SEEN, identity, rank_of
from sim.semantics.rules import paced
from sim.stores import relays as rules

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run, Steps
    from sim.engine.simpy_engine.state import Instance, RelayAtWork, Span


def open_relays(run: Run) -> None:
    """At the start all instances wait; the first polls are spread over the interval."""
    for relay in run.relays:
        spec = relay.spec
        for index, one in enumerate(relay.instances):
            due = (index + 1) * spec.every // spec.instances
            rules.rest(relay.state, one.state, due)
            if spec.polls:
                run.clock.after(due, rank_of(POLL, identity(one.number, 0, 0)), poll, run, one)


def outbox(run: Run, span: Span, channel: int, undone: int) -> Steps:  # noqa: ARG001 - as all steps of families
    """A transaction has written a row to the outbox of its store."""
    row = rules.OutboxRow.plain()
    row.trace, row.channel, row.ident, row.undone = span.trace, channel, span.ident, undone
    rules.join(span.transaction.outbox, row)
    return OK
    yield


def commit_rows(run: Run, one: Any, relay: RelayAtWork) -> None:
    """The rows of a transaction are committed: the relay sees them, at once or when the log shows them."""
    now, delay = run.clock.now, relay.spec.delay
    while one.outbox.length > 0:
        row = one.outbox.head
        rules.leave(one.outbox, row)
        if not row.trace.closed:
            row.trace.open += 1
        rules.commit_row(relay.state, row, now)
        recorder.row_written(run.r, now, relay.number, row.ident)
        if delay > 0:
            run.clock.after(delay, rank_of(ROW_SEEN, identity(relay.number, 0, 0)), see, run, relay)
        else:
            see(run, relay)


def see(run: Run, relay: RelayAtWork) -> None:
    """The relay sees one row more, unless it was lost."""
    if rules.see(relay.state, run.clock.now - relay.spec.delay):
        rouse(run, relay)


def rouse(run: Run, relay: RelayAtWork) -> None:
    """There is a row more: an instance that waits for rows looks for them, where it hears of that."""
    if relay.spec.wakes:
        woken = rules.wake(relay.state, run.clock.now)
        if woken:
            one: Instance = woken.instance  # type: ignore[assignment]
            run.clock.after(0, rank_of(POLL, identity(one.number, 0, 0)), poll, run, one)


def poll(run: Run, one: Instance) -> None:
    """An instance looks for rows, unless it has done so since, or is down."""
    state, relay, now = one.state, one.relay, run.clock.now
    if not rules.looks(relay.state, state, now):
        return
    store = run.stores[relay.spec.store].state
    state.refused = store.down
    found = rules.claim(relay.state, state, 0 if store.down else relay.spec.batch, relay.spec.leader, now)
    recorder.relay_polled(run.r, now, relay.number, found)
    if found == 0:
        rest(run, one)
    else:
        publish(run, one)


def publish(run: Run, one: Instance) -> None:
    """An instance publishes the next row that it holds."""
    state, now = one.state, run.clock.now
    row = state.current
    row.sent += 1
    row.out = 1
    if row.sent > 1:
        recorder.row_sent_again(run.r, now, one.relay.number)
    one.message, back = leave(run, row.trace, row.channel)
    one.message.relayed = True
    state.place, state.due = rules.PUBLISHING, now + back
    run.clock.after(back, rank_of(CONFIRMED, identity(one.number, 0, 0)), confirmed, run, one)


def confirmed(run: Run, one: Instance) -> None:
    """The broker has a row, or has refused it: the next one is published, or what was published is marked."""
    state, now = one.state, run.clock.now
    if state.place != rules.PUBLISHING or state.due != now:
        return
    row = state.current
    if one.message.refused:
        state.refused = 1
        row.out = row.confirmed
        recorder.row_refused(run.r, now, one.relay.number)
    else:
        state.current = row.next
        confirm(run, one.relay, row)
    if state.current and not state.refused:
        publish(run, one)
        return
    mark = paced(one.relay.spec.mark, 0, run.stores[one.relay.spec.store].state.pace)
    state.place, state.due = rules.MARKING, now + mark
    run.clock.after(mark, rank_of(MARKED, identity(one.number, 0, 0)), marked, run, one)


def confirm(run: Run, relay: RelayAtWork, row: Any) -> None:
    """The broker has a row; the first time it is published."""
    if row.confirmed:
        return
    row.confirmed = 1
    if row.lost:
        heard_of(run, row)
        return
    recorder.row_published(run.r, run.clock.now, relay.number, row.ident, run.clock.now - row.since)
    part_done(run, row.trace, good=True)


def heard_of(run: Run, row: Any) -> None:
    """A row is lost, and was published: others have heard of what is not there."""
    if row.lost != rules.HEARD:
        row.lost = rules.HEARD
        dual_recorder.dual_write_undone(run.r, row.undone - 1, 1)


def marked(run: Run, one: Instance) -> None:
    """What an instance published in its run is marked."""
    state, now = one.state, run.clock.now
    if state.place != rules.MARKING or state.due != now:
        return
    if run.stores[one.relay.spec.store].state.down:
        state.current, state.refused = state.held.head, 1
    row = rules.take_marked(state)
    while row:
        mark(run, one.relay, row)
        row = rules.take_marked(state)
    rest(run, one)


def mark(run: Run, relay: RelayAtWork, row: Any) -> None:
    """A row is marked, and the mark may be lost for a while; or it is not there any more."""
    now, loses = run.clock.now, run.stores[relay.spec.store].spec.loses
    if row.lost:
        let_go(run, relay)
        return
    recorder.row_marked(run.r, now, relay.number, row.ident)
    if loses > 0:
        rules.keep(relay.state, row, now)
        while rules.forget(relay.state, now - loses):
            pass


def let_go(run: Run, relay: RelayAtWork) -> None:
    """An instance holds a lost row no more."""
    relay.state.abandoned -= 1
    row_let_go(run.r, run.stores[relay.spec.store].spec.failover)


def drop_lost(run: Run, one: Instance) -> None:
    """An instance lets go of the lost rows that it holds."""
    row = one.state.held.head
    while row and one.relay.state.abandoned > 0:
        following = row.next
        if row.lost:
            if rules.publishes(one.state, row):
                heard_of(run, row)  # the broker may have it: nobody will know
            rules.leave(one.state.held, row)
            let_go(run, one.relay)
        row = following


def rest(run: Run, one: Instance) -> None:
    """An instance gives back what it holds still, and waits for its next poll, or for rows."""
    relay, state, now = one.relay, one.state, run.clock.now
    spec = relay.spec
    state.interval = rules.adapted(state.interval, state.claimed, spec.batch, spec.least, spec.most)
    pause = rules.pause(relay.state, state, spec.batch, spec.timing, spec.wakes, spec.every, now)
    drop_lost(run, one)
    rules.give_back(relay.state, state)
    rules.rest(relay.state, state, now + pause)
    if spec.polls or state.refused or pause == 0:
        run.clock.after(pause, rank_of(POLL, identity(one.number, 0, 0)), poll, run, one)
    state.refused = 0


def stop(run: Run, one: Instance) -> None:
    """An instance goes down: what it holds waits again, published or not."""
    drop_lost(run, one)
    if one.state.place == rules.IDLE:
        rules.rise(one.relay.state, one.state, rules.DOWN)
    one.state.place = rules.DOWN
    rules.give_back(one.relay.state, one.state)
    one.state.refused = 0


def start(run: Run, one: Instance) -> None:
    """An instance is up again, and looks for rows at once."""
    one.state.interval = one.relay.spec.every
    rules.rest(one.relay.state, one.state, run.clock.now)
    run.clock.after(0, rank_of(POLL, identity(one.number, 0, 0)), poll, run, one)
