"""Balancing: which replica an attempt goes to, what callers learn of replicas, and which replicas are in the lists."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.engine.balancer_layout import laid_out
from sim.policies import outliers
from sim.record import balancers as recorder
from sim.semantics import balancing as rules
from sim.semantics.hooks import PICKS
from sim.semantics.order import SWEEP, identity, rank_of

if TYPE_CHECKING:
    from sim.engine.simpy_engine.run import Run
    from sim.engine.simpy_engine.state import Replica, Span
    from sim.network import Balancer, Network, Site


class BalancerAtWork:
    """The balancer of a service, or those in its callers: rows in a memory of their own, which the rules look at."""

    __slots__ = ("kind", "number", "outliers", "row", "settings", "spec", "views")

    def __init__(self, number: int, spec: Balancer, network: Network) -> None:
        self.number, self.spec = number, spec
        self.kind: Any = PICKS[spec.code]
        self.settings = network.settings[spec.settings]
        self.outliers: Any = network.settings.get(spec.outliers)
        self.row = rules.Balancer([0, *laid_out(spec, number, 1)], 1)
        self.views = [self.row.views[index] for index in range(len(spec.zones))]

    def view_for(self, attempt: Span) -> Any:
        """The view that an attempt is sent by: of the replica that calls, or the one that there is."""
        site = attempt.site
        if site.view_of < 0 or attempt.parent is None:
            return self.views[site.view]
        return self.views[site.view + attempt.parent.replica.number - site.view_of]


def choose(run: Run, site: Site, attempt: Span) -> Replica | None:
    """The choice of a caller that looks at the replicas; none when its list is empty."""
    balancer, now, trace = run.balancers[site.service], run.clock.now, attempt.trace
    view = balancer.view_for(attempt)
    if view.count == 0:
        recorder.none_chosen(run.r, now, balancer.number)
        return None
    number = view.list[0]
    if view.count > 1:
        place = rules.hashed(trace.partition_key) if balancer.spec.by_key else 0
        stream = run.keys[site.balance_stream]
        number = balancer.kind.pick(balancer.settings, view, now, stream, trace.key, attempt.occurrence, place)
    rules.took(view, number)
    attempt.view = view
    replica: Replica = run.replicas[balancer.spec.first + number]
    recorder.chosen(run.r, now, balancer.number, attempt.ident, replica.number, view.panic != 0)
    return replica


def tell_view(run: Run, attempt: Span, good: bool) -> None:  # noqa: FBT001
    """A caller hears how an attempt ended that it had sent: it has one less there, and may eject the replica."""
    balancer, view, now = run.balancers[attempt.site.service], attempt.view, run.clock.now
    number = attempt.replica.number - balancer.spec.first
    attempt.view = None
    rules.gave_back(view, number)
    recorder.choice_settled(run.r, now, balancer.number, good)
    if balancer.outliers is not None:
        ejection(run, balancer, view, number, outliers.learn(balancer.outliers, view, number, good, now))


def ejection(run: Run, balancer: BalancerAtWork, view: Any, number: int, what: int) -> None:
    """What a caller does with a replica is written down."""
    now, replica = run.clock.now, balancer.spec.first + number
    if what == outliers.EJECTED:
        recorder.outlier_ejected(run.r, now, balancer.number, replica, view.number)
    elif what == outliers.SPARED:
        recorder.outlier_spared(run.r, now, balancer.number, replica, view.number)


def sent_in_vain(run: Run, attempt: Span) -> None:
    """The caller of an attempt went down: nobody has it outstanding any more, or learns of it."""
    balancer = run.balancers[attempt.site.service]
    rules.gave_back(attempt.view, attempt.replica.number - balancer.spec.first)
    attempt.view = None
    recorder.choice_given_up(run.r, run.clock.now, balancer.number)


def forget_replicas(run: Run, replica: Replica) -> None:
    """A replica that crashed knows nothing of those that it calls any more."""
    for balancer in run.balancers.values():
        view = rules.own_view(balancer.row, replica.number)
        if view:
            recorder.outliers_forgotten(run.r, run.clock.now, balancer.number, view.ejected)
            rules.forgotten(view)


def delist(run: Run, replica: Replica) -> bool:
    """Callers have a replica in their lists no more. Returns whether they had."""
    listed = run.listed[replica.service]
    if replica not in listed:
        return False
    listed.remove(replica)
    tell_members(run, replica, member=False)
    return True


def enlist(run: Run, replica: Replica) -> None:
    """Callers have a replica in their lists again, in the order of the replicas."""
    listed = run.listed[replica.service]
    if replica in listed:
        return
    listed.append(replica)
    listed.sort(key=lambda other: other.number)
    tell_members(run, replica, member=True)


def tell_members(run: Run, replica: Replica, *, member: bool) -> None:
    """Callers that look at replicas hear that one is in the list, or is not."""
    balancer = run.balancers.get(replica.service)
    if balancer is not None:
        rules.member_changed(balancer.row, replica.number - balancer.spec.first, member, run.clock.now)


def begin(run: Run) -> None:
    """At time 0: the first sweeps."""
    for balancer in run.balancers.values():
        if balancer.spec.sweep_every > 0:
            run.clock.after(balancer.spec.sweep_every, rank_of(SWEEP, identity(balancer.number, 0, 0)), sweep, run, balancer)


def sweep(run: Run, balancer: BalancerAtWork) -> None:
    """Callers look who comes back, and whom they eject for how it did since the last time."""
    now, settings, count = run.clock.now, balancer.outliers, balancer.spec.replicas
    for view in balancer.views:
        for number in range(count):
            if outliers.returned(settings, view, number, now):
                recorder.outlier_returned(run.r, now, balancer.number, balancer.spec.first + number, view.number)
        outliers.weigh(settings, view)
        for number in range(count):
            ejection(run, balancer, view, number, outliers.judged(settings, view, number, now))
        outliers.swept(view)
    run.clock.after(balancer.spec.sweep_every, rank_of(SWEEP, identity(balancer.number, 0, 0)), sweep, run, balancer)
