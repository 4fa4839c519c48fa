"""Places of replicas that come and go: what faults and deploys do to one that has a place, and who hears of it.

    struck, mended      by a fault, whether a replica has the place or not
    step back, step in  out of the callers' lists and of the groups that read; and into the lists, as one of whom nobody knows
    withdraw, returned  by a deploy
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.simpy_engine import balancing, health, queue
from sim.engine.simpy_engine.broker_state import ConsumerGroup, QueueReaders
from sim.engine.simpy_engine.log import rebalance
from sim.record import balancers, scaling
from sim.semantics import balancing as views
from sim.semantics import scaling as rules
from sim.semantics.scaling import SERVING

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica


def stand(run: Run, service: int) -> None:
    """What there is now of the replicas of a service is written down."""
    scaler = run.scalers[service]
    lives, now = scaler.lives, run.clock.now
    levels = lives.wanted, rules.taken(lives), rules.running(lives), rules.ready(lives)
    scaling.replicas_stand(run.r, now, scaler.number, *levels)


def struck(run: Run, replica: Replica, *, silent: bool) -> bool:
    """A fault has a place down; returns whether there is a replica that was up."""
    was_up, life = replica.up, replica.life
    life.down, life.unheard = 1, int(silent)
    stand(run, replica.service)
    return was_up


def mended(run: Run, replica: Replica) -> bool:
    """No fault has a place down any more; returns whether there is a replica that comes back."""
    life = replica.life
    life.down, life.up_since = 0, run.clock.now
    stand(run, replica.service)
    return bool(life.phase == SERVING)


def step_back(run: Run, replica: Replica) -> None:
    """Callers choose a replica no more, nor do checks ask it, and its consumers take nothing new."""
    balancing.delist(run, replica)
    set_present(run, replica, present=False)
    health.forget(run, replica)
    groups = set()
    for consumer in replica.consumers:
        readers = run.groups[consumer.group]
        if isinstance(readers, QueueReaders) and consumer.alive and queue.had(readers, consumer) < readers.spec.prefetch:
            readers.open.remove(consumer)
        if isinstance(readers, ConsumerGroup) and consumer.alive:
            groups.add(readers.number)
        consumer.alive = False
    for number in sorted(groups):
        group: Any = run.groups[number]
        rebalance(run, group)


def step_in(run: Run, replica: Replica) -> None:
    """Callers have a replica in their lists, as one of whom nobody knows anything."""
    health.forget(run, replica)
    set_present(run, replica, present=True)
    balancing.enlist(run, replica)


def set_present(run: Run, replica: Replica, *, present: bool) -> None:
    """Callers that look at replicas hear that one is there, or is to go."""
    balancer = run.balancers.get(replica.service)
    if balancer is not None:
        ejected = views.presence_changed(balancer.row, replica.number - balancer.spec.first, present)
        balancers.outliers_forgotten(run.r, run.clock.now, balancer.number, ejected)


def withdraw(run: Run, replica: Replica) -> None:
    """A deploy is to replace a replica: it goes on with what it has, and gets nothing new."""
    life = replica.life
    life.withdrawn = 1
    if life.phase == SERVING:
        scaling.replica_withdrawn(run.r, run.clock.now, run.scalers[replica.service].number, replica.number)
        step_back(run, replica)
    stand(run, replica.service)


def returned(run: Run, replica: Replica) -> bool:
    """A deploy has replaced a replica; returns whether the new one serves from now on."""
    life = replica.life
    life.withdrawn, life.up_since = 0, run.clock.now
    stand(run, replica.service)
    if life.phase == SERVING:
        scaling.replica_replaced(run.r, run.clock.now, run.scalers[replica.service].number, replica.number)
    return bool(rules.serves(life))
