"""Replicas that come and go: at the word of an autoscaler, which looks at its metric now and then.

The readable engine's verbs, in its order.
"""

from sim.engine.compiled_engine import faults
from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.lives import stand, step_back
from sim.engine.compiled_engine.scaling_rows import Scaler
from sim.engine.compiled_engine.state import Replica, World
from sim.lowering.language import Hook
from sim.policies.scaling._measures import LAG, QUEUE, THOUSAND, UTILISATION, capped
from sim.record import scaling as recorder
from sim.record.fields.scalers import HELD_READY, HELD_RUNNING, HELD_THERE, HELD_WANTED
from sim.semantics import scaling as rules
from sim.semantics.hooks import SCALERS
from sim.semantics.order import OCCURRENCE_BITS, SCALE, rank_of
from sim.semantics.scaling import LEAVING, NOBODY, NUMBER_BITS, OUT, SERVING, STARTED, STARTING, STOPPED, SYNC, about
from sim.shared import Words, rare

decide_rule = Hook(tuple(kind.decide for kind in SCALERS))
PLACE_AND_OCCURRENCE = 2 * OCCURRENCE_BITS


@rare
def scale_event(m: World, r: Words, ident: int, a: int) -> None:
    """An autoscaler looks, or a replica has started up, or has no more time."""
    what = ident >> (PLACE_AND_OCCURRENCE + NUMBER_BITS)
    if what == SYNC:
        sync(m, r, Scaler(m, a))
    elif what == STARTED:
        started(m, r, Replica(m, a), ident)
    else:
        stopped(m, r, Replica(m, a))


def next_sync(m: World, scaler: Scaler) -> None:
    """When an autoscaler looks again."""
    after(m, scaler.every, rank_of(SCALE, about(SYNC, scaler.number, 0)), scaler.at)


def sync(m: World, r: Words, scaler: Scaler) -> None:
    """An autoscaler looks at its metric: how many replicas are wanted from now on."""
    lives, measure = scaler.lives, scaler.measure
    ready, unready, missing, total = 0, 0, 0, 0
    for place in range(lives.count):
        life, replica = lives.places[place], m.replicas[scaler.first + place]
        counts_as = rules.counts_as(lives, life, measure == UTILISATION)
        if counts_as == rules.UNREADY:
            unready += 1
        elif counts_as == rules.MISSING:
            missing += 1
        elif counts_as == rules.READY:
            ready += 1
            if measure == QUEUE:
                total += replica.queue_length * THOUSAND
            elif measure == UTILISATION:
                total += rules.in_thousandths(rules.held_for(lives, life, replica.busy, m.now), m.now - lives.synced_at)
        life.held = 0
    if measure == LAG:
        total = lag_of(scaler)
    before = lives.wanted
    lives.synced_at = m.now
    lives.wanted = decide_rule(
        scaler.code, m, scaler.settings, scaler.state, before, ready, unready, missing, total, scaler.capacity
    )
    recorder.synced(r, m.now, scaler.number, before, lives.wanted)
    adjust(m, r, scaler)
    next_sync(m, scaler)


def lag_of(scaler: Scaler) -> int:
    """The messages that readers are not done with, in thousandths, as an autoscaler is told."""
    group = scaler.group
    channel = group.channel
    lag = 0
    if channel.queue:
        lag = channel.queue.state.waiting.length + channel.queue.state.in_flight.length
    else:
        for number in range(channel.partitions):
            lag += channel.logs[number].end - group.partitions[number].committed
    return capped(lag * THOUSAND, scaler.partitions, scaler.target, scaler.even != 0, scaler.idle != 0)


def adjust(m: World, r: Words, scaler: Scaler) -> None:
    """As many replicas come as are wanted more, as far as there are places, or go."""
    lives = scaler.lives
    while rules.there(lives) < lives.wanted and rules.comes(lives) != NOBODY:
        start(m, r, scaler, rules.comes(lives))
    while rules.there(lives) > lives.wanted:
        leave(m, r, scaler, rules.goes(lives))
    stand(m, r, m.replicas[scaler.first].service)


def start(m: World, r: Words, scaler: Scaler, place: int) -> None:
    """A new replica starts up."""
    life, replica = scaler.lives.places[place], m.replicas[scaler.first + place]
    rules.turn(life, STARTING)
    recorder.replica_starts(r, m.now, scaler.number, replica.number)
    after(m, scaler.start_up, rank_of(SCALE, about(STARTED, replica.number, life.turn)), replica.at)


def started(m: World, r: Words, replica: Replica, ident: int) -> None:
    """The start-up of a replica is over, if it is still wanted."""
    life, scaler = replica.life, replica.service.scaler
    if life.phase != STARTING or about(STARTED, replica.number, life.turn) != ident:
        return
    rules.turn(life, SERVING)
    life.up_since = m.now
    recorder.replica_came(r, m.now, scaler.number, replica.number)
    if life.down == 0:
        faults.come_up(m, r, replica, True)
    stand(m, r, replica.service)


def leave(m: World, r: Words, scaler: Scaler, place: int) -> None:
    """A replica is to go: it does what it has, and gets nothing new; one that serves nobody is gone at once."""
    life, replica = scaler.lives.places[place], m.replicas[scaler.first + place]
    if life.phase == STARTING:
        rules.turn(life, OUT)
        recorder.replica_gone(r, m.now, scaler.number, replica.number, True)
        return
    rules.turn(life, LEAVING)
    recorder.replica_leaves(r, m.now, scaler.number, replica.number)
    step_back(m, r, replica)
    if replica.up == 0:
        faults.go_down(m, r, replica, replica.silent)  # whatever it has kept
        gone(m, r, replica)
        return
    after(m, scaler.drain, rank_of(SCALE, about(STOPPED, replica.number, life.turn)), replica.at)


def stopped(m: World, r: Words, replica: Replica) -> None:
    """A replica that leaves has no more time: what it still has is lost. Another one may have its place."""
    faults.go_down(m, r, replica, replica.silent if replica.up == 0 else 0)
    gone(m, r, replica)
    adjust(m, r, replica.service.scaler)


def gone(m: World, r: Words, replica: Replica) -> None:
    """A replica is no more."""
    rules.turn(replica.life, OUT)
    recorder.replica_gone(r, m.now, replica.service.scaler.number, replica.number, False)


@rare
def count_replicas(m: World, at: int, scaler: Scaler) -> None:
    """How many replicas there are when the books are closed."""
    lives = scaler.lives
    m[at + HELD_WANTED] = lives.wanted
    m[at + HELD_THERE] = rules.taken(lives)
    m[at + HELD_RUNNING] = rules.running(lives)
    m[at + HELD_READY] = rules.ready(lives)
