"""Which replica an attempt goes to. The readable engine's verbs, in its order."""

from sim.engine.compiled_engine.balancing import choose
from sim.engine.compiled_engine.chance import partition_key, uniform
from sim.engine.compiled_engine.state import Replica, Site, Span, World
from sim.lowering.language import Choice
from sim.rows import NOWHERE
from sim.semantics.balancing import hashed
from sim.semantics.hooks import BALANCES
from sim.shared import Words, entrance

balance_rule = Choice(tuple(kind.choose for kind in BALANCES))


def choose_replica(m: World, r: Words, site: Site, span: Span) -> Replica:
    """The balancer's choice among the replicas in its list; none when the list is empty."""
    if site.view:
        return look(m, r, site, span)
    service = site.service
    listed = service.listed
    if listed == 0:
        return NOWHERE
    u = 0
    if service.balance_draws != 0:
        u = uniform(m, site.balance_stream, span.key, span.occurrence)
    index = balance_rule(service.balance, service.turn, listed, u) if listed > 1 else 0
    service.turn += 1
    return service.list[index]


@entrance
def look(m: World, r: Words, site: Site, span: Span) -> Replica:
    """The choice of a caller that looks at the replicas."""
    place = hashed(partition_key(m, span.trace)) if site.view.balancer.by_key != 0 else 0
    return choose(m, r, site, span, place)
