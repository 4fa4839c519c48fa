"""Replicas that come and go: at the word of an autoscaler, which looks at its metric now and then.

    sync -> adjust -> start -> started          leave -> stopped -> gone

What faults and deploys do to them is in `lives.py`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.engine.simpy_engine import faults
from sim.engine.simpy_engine.broker_state import ConsumerGroup
from sim.engine.simpy_engine.lives import stand, step_back
from sim.engine.simpy_engine.waiting import waiting
from sim.policies.scaling._measures import LAG, QUEUE, THOUSAND, UTILISATION, capped
from sim.record import scaling as recorder
from sim.semantics import scaling as rules
from sim.semantics.order import SCALE, rank_of
from sim.semantics.scaling import LEAVING, NOBODY, OUT, SERVING, STARTED, STARTING, STOPPED, SYNC, about

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.scaler_state import ScalerAtWork
    from sim.engine.simpy_engine.state import Replica
    from sim.network import Scaler


def begin(run: Run) -> None:
    """At time 0: how many replicas there are, and when autoscalers look first."""
    for scaler in run.scalers.values():
        recorder.scaling_begins(run.r, scaler.number, scaler.spec.begin)
        if scaler.kind is not None:
            scaler.kind.begin(scaler.settings, scaler.state, scaler.spec.begin)
            next_sync(run, scaler)


def next_sync(run: Run, scaler: ScalerAtWork) -> None:
    """When an autoscaler looks again."""
    run.clock.after(scaler.spec.every, rank_of(SCALE, about(SYNC, scaler.number, 0)), sync, run, scaler)


def sync(run: Run, scaler: ScalerAtWork) -> None:
    """An autoscaler looks at its metric: how many replicas are wanted from now on."""
    lives, spec, now = scaler.lives, scaler.spec, run.clock.now
    count, total = [0] * (rules.MISSING + 1), 0
    for place in range(lives.count):
        life, replica = lives.places[place], run.replicas[spec.first + place]
        counts_as = rules.counts_as(lives, life, spec.measure == UTILISATION)
        count[counts_as] += 1
        if counts_as == rules.READY and spec.measure == QUEUE:
            total += waiting(replica) * THOUSAND
        elif counts_as == rules.READY and spec.measure == UTILISATION:
            total += rules.in_thousandths(rules.held_for(lives, life, replica.busy, now), now - lives.synced_at)
        life.held = 0
    if spec.measure == LAG:
        total = lag_of(run, spec)
    before, lives.synced_at = lives.wanted, now
    known = before, count[rules.READY], count[rules.UNREADY], count[rules.MISSING], total, spec.capacity
    lives.wanted = scaler.kind.decide(scaler.settings, scaler.state, *known)
    recorder.synced(run.r, now, scaler.number, before, lives.wanted)
    adjust(run, scaler)
    next_sync(run, scaler)


def lag_of(run: Run, spec: Scaler) -> int:
    """The messages that readers are not done with, in thousandths, as an autoscaler is told."""
    readers = run.groups[spec.group]
    if isinstance(readers, ConsumerGroup):
        partitions = run.partitions[readers.spec.channel]
        lag = sum(one.end - readers.committed[number] for number, one in enumerate(partitions))
    else:
        state = run.queues[readers.spec.channel].state
        lag = state.waiting.length + state.in_flight.length
    return int(capped(lag * THOUSAND, spec.partitions, spec.target, spec.even, spec.idle))


def adjust(run: Run, scaler: ScalerAtWork) -> None:
    """As many replicas come as are wanted more, as far as there are places, or go."""
    lives = scaler.lives
    while rules.there(lives) < lives.wanted and rules.comes(lives) != NOBODY:
        start(run, scaler, rules.comes(lives))
    while rules.there(lives) > lives.wanted:
        leave(run, scaler, rules.goes(lives))
    stand(run, scaler.spec.service)


def start(run: Run, scaler: ScalerAtWork, place: int) -> None:
    """A new replica starts up."""
    life, number = scaler.lives.places[place], scaler.spec.first + place
    rules.turn(life, STARTING)
    recorder.replica_starts(run.r, run.clock.now, scaler.number, number)
    rank = rank_of(SCALE, about(STARTED, number, life.turn))
    run.clock.after(scaler.spec.start_up, rank, started, run, scaler, place, life.turn)


def started(run: Run, scaler: ScalerAtWork, place: int, turn: int) -> None:
    """The start-up of a replica is over, if it is still wanted."""
    life, replica = scaler.lives.places[place], run.replicas[scaler.spec.first + place]
    if life.phase != STARTING or life.turn != turn:
        return
    rules.turn(life, SERVING)
    life.up_since = run.clock.now
    recorder.replica_came(run.r, run.clock.now, scaler.number, replica.number)
    if life.down == 0:
        faults.come_up(run, replica, new=True)
    stand(run, scaler.spec.service)


def leave(run: Run, scaler: ScalerAtWork, place: int) -> None:
    """A replica is to go: it does what it has, and gets nothing new; one that serves nobody is gone at once."""
    life, replica, now = scaler.lives.places[place], run.replicas[scaler.spec.first + place], run.clock.now
    if life.phase == STARTING:
        rules.turn(life, OUT)
        recorder.replica_gone(run.r, now, scaler.number, replica.number, True)
        return
    rules.turn(life, LEAVING)
    recorder.replica_leaves(run.r, now, scaler.number, replica.number)
    step_back(run, replica)
    if not replica.up:
        faults.go_down(run, replica, silent=replica.silent)  # whatever it has kept
        gone(run, scaler, replica)
        return
    rank = rank_of(SCALE, about(STOPPED, replica.number, life.turn))
    run.clock.after(scaler.spec.drain, rank, stopped, run, scaler, place)


def stopped(run: Run, scaler: ScalerAtWork, place: int) -> None:
    """A replica that leaves has no more time: what it still has is lost. Another one may have its place."""
    replica = run.replicas[scaler.spec.first + place]
    faults.go_down(run, replica, silent=not replica.up and replica.silent)
    gone(run, scaler, replica)
    adjust(run, scaler)


def gone(run: Run, scaler: ScalerAtWork, replica: Replica) -> None:
    """A replica is no more."""
    rules.turn(replica.life, OUT)
    recorder.replica_gone(run.r, run.clock.now, scaler.number, replica.number, False)


def count_replicas(run: Run) -> None:
    """How many replicas there are when the books are closed."""
    for scaler in run.scalers.values():
        lives = scaler.lives
        levels = lives.wanted, rules.taken(lives), rules.running(lives), rules.ready(lives)
        run.recording.inside["scalers"][scaler.number] = levels
