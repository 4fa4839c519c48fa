"""Relays: outbox, commit rows, see, rouse, poll, publish, confirm, mark, let go, rest. The readable engine's verbs."""

from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.family_rows import Instance, Relay
from sim.engine.compiled_engine.memory import release_row, release_trace, take_row
from sim.engine.compiled_engine.publishing import acknowledged_after, leave
from sim.engine.compiled_engine.state import Span, Trace, World
from sim.engine.compiled_engine.traces import part_done
from sim.record import dual_writes as dual_recorder
from sim.record import relays as recorder
from sim.record.failovers import row_let_go
from sim.rows import NOWHERE
from sim.semantics.order import CONFIRMED, MARKED, POLL, ROW_SEEN, identity, rank_of
from sim.semantics.rules import paced
from sim.shared import Words
from sim.stores import relays as rules
from sim.stores.relays import OutboxRow
from sim.stores.transactions import Transaction


def outbox(m: World, span: Span, channel: int, undone: int) -> None:
    """A transaction has written a row to the outbox of its store."""
    row = OutboxRow(m, take_row(m, m.outbox_rows))
    x = span.trace
    x.references += 1
    row.trace = x.at
    row.channel = channel
    row.ident = span.ident
    row.undone = undone
    rules.join(span.transaction.outbox, row)


def commit_rows(m: World, r: Words, one: Transaction, relay: Relay) -> None:
    """The rows of a transaction are committed: the relay sees them, at once or when the log shows them."""
    now, delay = m.now, relay.delay
    while one.outbox.length > 0:
        row = one.outbox.head
        rules.leave(one.outbox, row)
        x = Trace(m, row.trace)
        if x.closed == 0:
            x.open += 1
        rules.commit_row(relay.state, row, now)
        recorder.row_written(r, now, relay.number, row.ident)
        if delay > 0:
            after(m, delay, rank_of(ROW_SEEN, identity(relay.number, 0, 0)), relay.at)
        else:
            see(m, relay)


def drop_rows(m: World, one: Transaction) -> None:
    """The rows of a transaction that did not commit are gone."""
    while one.outbox.length > 0:
        row = one.outbox.head
        rules.leave(one.outbox, row)
        discard(m, row)


def discard(m: World, row: OutboxRow) -> None:
    """A row is in no line any more."""
    release_trace(m, Trace(m, row.trace))
    release_row(m, m.outbox_rows, row.at)


def see(m: World, relay: Relay) -> None:
    """The relay sees one row more, unless it was lost."""
    if rules.see(relay.state, m.now - relay.delay):
        rouse(m, relay)


def rouse(m: World, relay: Relay) -> None:
    """There is a row more: an instance that waits for rows looks for them, where it hears of that."""
    if relay.wakes != 0:
        woken = rules.wake(relay.state, m.now)
        if woken:
            one = Instance(m, woken.instance)
            after(m, 0, rank_of(POLL, identity(one.number, 0, 0)), one.at)


def poll(m: World, r: Words, one: Instance) -> None:
    """An instance looks for rows, unless it has done so since, or is down."""
    state, relay, now = one.state, one.relay, m.now
    if not rules.looks(relay.state, state, now):
        return
    down = relay.store.state.down
    state.refused = down
    found = rules.claim(relay.state, state, 0 if down != 0 else relay.batch, relay.leader != 0, now)
    recorder.relay_polled(r, now, relay.number, found)
    if found == 0:
        rest(m, r, one)
    else:
        publish(m, r, one)


def publish(m: World, r: Words, one: Instance) -> None:
    """An instance publishes the next row that it holds."""
    state, now = one.state, m.now
    row = state.current
    row.sent += 1
    row.out = 1
    if row.sent > 1:
        recorder.row_sent_again(r, now, one.relay.number)
    message = leave(m, r, Trace(m, row.trace), row.channel, False, NOWHERE)
    one.turn += 1
    if message.channel.queue or message.channel.broker:
        message.relay = one
        message.publisher_ident = one.turn
    back = acknowledged_after(m, message)
    state.place = rules.PUBLISHING
    state.due = now + back
    after(m, back, rank_of(CONFIRMED, identity(one.number, 0, 0)), one.at)


def confirmed(m: World, r: Words, one: Instance) -> None:
    """The broker has a row, or has refused it: the next one is published, or what was published is marked."""
    state, now = one.state, m.now
    if state.place != rules.PUBLISHING or state.due != now:
        return
    row = state.current
    if state.refused != 0:
        row.out = row.confirmed
        recorder.row_refused(r, now, one.relay.number)
    else:
        state.current = row.next
        confirm(m, r, one.relay, row)
    if state.current and state.refused == 0:
        publish(m, r, one)
        return
    mark = paced(one.relay.mark, 0, one.relay.store.state.pace)
    state.place = rules.MARKING
    state.due = now + mark
    after(m, mark, rank_of(MARKED, identity(one.number, 0, 0)), one.at)


def confirm(m: World, r: Words, relay: Relay, row: OutboxRow) -> None:
    """The broker has a row; the first time it is published."""
    if row.confirmed != 0:
        return
    row.confirmed = 1
    if row.lost != 0:
        heard_of(r, row)
        return
    recorder.row_published(r, m.now, relay.number, row.ident, m.now - row.since)
    part_done(m, r, Trace(m, row.trace), True)


def heard_of(r: Words, row: OutboxRow) -> None:
    """A row is lost, and was published: others have heard of what is not there."""
    if row.lost != rules.HEARD:
        row.lost = rules.HEARD
        dual_recorder.dual_write_undone(r, row.undone - 1, 1)


def marked(m: World, r: Words, one: Instance) -> None:
    """What an instance published in its run is marked."""
    state, now = one.state, m.now
    if state.place != rules.MARKING or state.due != now:
        return
    if one.relay.store.state.down != 0:
        state.current = state.held.head
        state.refused = 1
    row = rules.take_marked(state)
    while row:
        mark(m, r, one.relay, row)
        row = rules.take_marked(state)
    rest(m, r, one)


def mark(m: World, r: Words, relay: Relay, row: OutboxRow) -> None:
    """A row is marked, and the mark may be lost for a while; or it is not there any more."""
    now, loses = m.now, relay.store.loses
    if row.lost != 0:
        let_go(r, relay)
        discard(m, row)
        return
    recorder.row_marked(r, now, relay.number, row.ident)
    if loses == 0:
        discard(m, row)
        return
    rules.keep(relay.state, row, now)
    old = rules.forget(relay.state, now - loses)
    while old:
        discard(m, old)
        old = rules.forget(relay.state, now - loses)


def let_go(r: Words, relay: Relay) -> None:
    """An instance holds a lost row no more."""
    relay.state.abandoned -= 1
    row_let_go(r, relay.store.failover)


def drop_lost(m: World, r: Words, one: Instance) -> None:
    """An instance lets go of the lost rows that it holds."""
    row = one.state.held.head
    while row and one.relay.state.abandoned > 0:
        following = row.next
        if row.lost != 0:
            if rules.publishes(one.state, row):
                heard_of(r, row)  # the broker may have it: nobody will know
            rules.leave(one.state.held, row)
            let_go(r, one.relay)
            discard(m, row)
        row = following


def rest(m: World, r: Words, one: Instance) -> None:
    """An instance gives back what it holds still, and waits for its next poll, or for rows."""
    relay, state, now = one.relay, one.state, m.now
    state.interval = rules.adapted(state.interval, state.claimed, relay.batch, relay.least, relay.most)
    pause = rules.pause(relay.state, state, relay.batch, relay.timing, relay.wakes != 0, relay.every, now)
    drop_lost(m, r, one)
    rules.give_back(relay.state, state)
    rules.rest(relay.state, state, now + pause)
    if relay.polls != 0 or state.refused != 0 or pause == 0:
        after(m, pause, rank_of(POLL, identity(one.number, 0, 0)), one.at)
    state.refused = 0


def stop(m: World, r: Words, one: Instance) -> None:
    """An instance goes down: what it holds waits again, published or not."""
    drop_lost(m, r, one)
    if one.state.place == rules.IDLE:
        rules.rise(one.relay.state, one.state, rules.DOWN)
    one.state.place = rules.DOWN
    one.turn += 1
    rules.give_back(one.relay.state, one.state)
    one.state.refused = 0


def start(m: World, one: Instance) -> None:
    """An instance is up again, and looks for rows at once."""
    one.state.interval = one.relay.every
    rules.rest(one.relay.state, one.state, m.now)
    after(m, 0, rank_of(POLL, identity(one.number, 0, 0)), one.at)
