"""Balancing: which replica an attempt goes to, what callers learn of replicas, and which replicas are in the lists.

The readable engine's verbs, in its order.
"""

from sim.engine.compiled_engine.calendar import after
from sim.engine.compiled_engine.state import Replica, Site, Span, World
from sim.lowering.language import Hook
from sim.policies import outliers
from sim.record import balancers as recorder
from sim.rows import NOWHERE
from sim.scenario.outliers import OutlierSettings
from sim.semantics import balancing as rules
from sim.semantics.balancing import Balancer, View
from sim.semantics.hooks import PICKS
from sim.semantics.order import SWEEP, identity, rank_of
from sim.shared import Words, entrance, rare

pick_rule = Hook(tuple(kind.pick for kind in PICKS))


def view_for(m: World, span: Span) -> View:
    """The view that an attempt is sent by: of the replica that calls, or the one that there is."""
    site = span.site
    if site.view_of < 0 or not span.parent:
        return site.view
    return View(m, site.view.at + (span.parent.replica.number - site.view_of) * View.SIZE)


@entrance
def choose(m: World, r: Words, site: Site, span: Span, place: int) -> Replica:
    """The choice of a caller that looks at the replicas; none when its list is empty. ``place``: of the key on the ring."""
    view = view_for(m, span)
    balancer = view.balancer
    if view.count == 0:
        recorder.none_chosen(r, m.now, balancer.number)
        return NOWHERE
    number = view.list[0]
    if view.count > 1:
        stream = m.keys[site.balance_stream]
        number = pick_rule(balancer.code, m, balancer.settings, view.at, m.now, stream, span.key, span.occurrence, place)
    rules.took(view, number)
    replica = m.replicas[balancer.first + number]
    recorder.chosen(r, m.now, balancer.number, span.ident, replica.number, view.panic != 0)
    return replica


@entrance
def tell_view(m: World, r: Words, span: Span, good: bool) -> None:  # noqa: FBT001
    """A caller hears how an attempt ended that it had sent: it has one less there, and may eject the replica.

    One that found no replica, or that a guard refused, was not sent.
    """
    if not span.replica:
        return
    view = view_for(m, span)
    balancer = view.balancer
    number = span.replica.number - balancer.first
    rules.gave_back(view, number)
    recorder.choice_settled(r, m.now, balancer.number, good)
    if balancer.outliers != 0:
        settings = OutlierSettings(m, balancer.outliers)
        ejection(m, r, balancer, view, number, outliers.learn(settings, view, number, good, m.now))


def ejection(m: World, r: Words, balancer: Balancer, view: View, number: int, what: int) -> None:
    """What a caller does with a replica is written down."""
    if what == outliers.EJECTED:
        recorder.outlier_ejected(r, m.now, balancer.number, balancer.first + number, view.number)
    elif what == outliers.SPARED:
        recorder.outlier_spared(r, m.now, balancer.number, balancer.first + number, view.number)


@rare
def sent_in_vain(m: World, r: Words, span: Span) -> None:
    """The caller of an attempt went down: nobody has it outstanding any more, or learns of it."""
    view = view_for(m, span)
    rules.gave_back(view, span.replica.number - view.balancer.first)
    recorder.choice_given_up(r, m.now, view.balancer.number)


@rare
def forget_replicas(m: World, r: Words, replica: Replica) -> None:
    """A replica that crashed knows nothing of those that it calls any more."""
    for index in range(m.balancer_count):
        balancer = m.balancers[index]
        view = rules.own_view(balancer, replica.number)
        if view:
            recorder.outliers_forgotten(r, m.now, balancer.number, view.ejected)
            rules.forgotten(view)


@rare
def delist(m: World, replica: Replica) -> bool:
    """Callers have a replica in their lists no more. Returns whether they had."""
    service = replica.service
    index = 0
    while index < service.listed and service.list[index] != replica:
        index += 1
    if index == service.listed:
        return False
    while index < service.listed - 1:
        service.list[index] = service.list[index + 1]
        index += 1
    service.listed -= 1
    tell_members(m, replica, False)
    return True


@rare
def enlist(m: World, replica: Replica) -> None:
    """Callers have a replica in their lists again, in the order of the replicas."""
    service = replica.service
    index = service.listed
    while index > 0 and service.list[index - 1].number > replica.number:
        index -= 1
    if index > 0 and service.list[index - 1] == replica:
        return
    end = service.listed
    while end > index:
        service.list[end] = service.list[end - 1]
        end -= 1
    service.list[index] = replica
    service.listed += 1
    tell_members(m, replica, True)


def tell_members(m: World, replica: Replica, member: bool) -> None:  # noqa: FBT001
    """Callers that look at replicas hear that one is in the list, or is not."""
    balancer = replica.service.balancer
    if balancer:
        rules.member_changed(balancer, replica.number - balancer.first, member, m.now)


@rare
def sweep(m: World, r: Words, balancer: Balancer) -> None:
    """Callers look who comes back, and whom they eject for how it did since the last time."""
    settings = OutlierSettings(m, balancer.outliers)
    for index in range(balancer.view_count):
        view = balancer.views[index]
        for number in range(balancer.count):
            if outliers.returned(settings, view, number, m.now):
                recorder.outlier_returned(r, m.now, balancer.number, balancer.first + number, view.number)
        outliers.weigh(settings, view)
        for number in range(balancer.count):
            ejection(m, r, balancer, view, number, outliers.judged(settings, view, number, m.now))
        outliers.swept(view)
    after(m, balancer.sweep_every, rank_of(SWEEP, identity(balancer.number, 0, 0)), balancer.at)
