"""Places of replicas that come and go: what faults and deploys do to one that has a place, and who hears of it.

The readable engine's verbs, in its order.
"""

from sim.engine.compiled_engine import balancing, health, queue
from sim.engine.compiled_engine.log import rebalance
from sim.engine.compiled_engine.state import Replica, Service, World
from sim.record import balancers, scaling
from sim.semantics import balancing as views
from sim.semantics import scaling as rules
from sim.shared import Words, rare


@rare
def stand(m: World, r: Words, service: Service) -> None:
    """What there is now of the replicas of a service is written down."""
    scaler = service.scaler
    lives = scaler.lives
    taken, running, ready = rules.taken(lives), rules.running(lives), rules.ready(lives)
    scaling.replicas_stand(r, m.now, scaler.number, lives.wanted, taken, running, ready)


@rare
def struck(m: World, r: Words, replica: Replica, silent: int) -> bool:
    """A fault has a place down; returns whether there is a replica that was up."""
    life = replica.life
    life.down = 1
    life.unheard = silent
    stand(m, r, replica.service)
    return replica.up != 0


@rare
def mended(m: World, r: Words, replica: Replica) -> bool:
    """No fault has a place down any more; returns whether there is a replica that comes back."""
    life = replica.life
    life.down = 0
    life.up_since = m.now
    stand(m, r, replica.service)
    return life.phase == rules.SERVING


@rare
def step_back(m: World, r: Words, replica: Replica) -> None:
    """Callers choose a replica no more, nor do checks ask it, and its consumers take nothing new."""
    balancing.delist(m, replica)
    set_present(m, r, replica, False)
    health.forget(m, r, replica)
    was_member = False
    for index in range(replica.consumer_count):
        consumer = replica.consumers[index]
        channel = consumer.group.channel
        if consumer.alive != 0:
            was_member = True
            if channel.queue and queue.had(consumer) < consumer.group.prefetch:
                queue.close(channel.queue, consumer)
        consumer.alive = 0
    for index in range(replica.group_count):
        group = replica.groups_list[index]
        if was_member and not group.channel.queue:
            rebalance(m, r, group)


@rare
def step_in(m: World, r: Words, replica: Replica) -> None:
    """Callers have a replica in their lists, as one of whom nobody knows anything."""
    health.forget(m, r, replica)
    set_present(m, r, replica, True)
    balancing.enlist(m, replica)


def set_present(m: World, r: Words, replica: Replica, present: bool) -> None:  # noqa: FBT001
    """Callers that look at replicas hear that one is there, or is to go."""
    balancer = replica.service.balancer
    if balancer:
        ejected = views.presence_changed(balancer, replica.number - balancer.first, present)
        balancers.outliers_forgotten(r, m.now, balancer.number, ejected)


@rare
def withdraw(m: World, r: Words, replica: Replica) -> None:
    """A deploy is to replace a replica: it goes on with what it has, and gets nothing new."""
    life = replica.life
    life.withdrawn = 1
    if life.phase == rules.SERVING:
        scaling.replica_withdrawn(r, m.now, replica.service.scaler.number, replica.number)
        step_back(m, r, replica)
    stand(m, r, replica.service)


@rare
def returned(m: World, r: Words, replica: Replica) -> bool:
    """A deploy has replaced a replica; returns whether the new one serves from now on."""
    life = replica.life
    life.withdrawn = 0
    life.up_since = m.now
    stand(m, r, replica.service)
    if life.phase == rules.SERVING:
        scaling.replica_replaced(r, m.now, replica.service.scaler.number, replica.number)
    return rules.serves(life)
