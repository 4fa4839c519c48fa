"""What callers see of the replicas that they choose among, as rows; and which of those they may choose.

    balancer of a service   places: one for each replica, as all callers see it: weight, zone, since when it is in the list
      view of a caller      seen: one for each replica, as this caller sees it: calls outstanding there, ejected or not
                            list: those that it may choose, in order

There is a view for each replica that calls and each flow, as balancers in clients have it, or one for all (``seen_by``). A
list is made anew where something changes; a choice only reads it. In panic (too few are well) all replicas are in it; a caller
that prefers its zone has only those of its zone, as long as enough of them are well.
"""

from __future__ import annotations

from sim.draws import below, bits
from sim.rows import NOWHERE, Ints, Row, Rows
from sim.semantics.order import OCCURRENCE_BITS
from sim.shared import shared

THOUSAND = 1000  # shares are in thousandths
WARM_ONE = 1 << 10
WARM_LEAST = WARM_ONE // 10  # of its weight a replica has from the first on
TRIES = 64  # how often a choice is made again that fell on a replica that warms up
LONG_AGO = -(1 << 61)
HASH_MULTIPLIER, HASH_MASK = 0x9E3779B1, 0xFFFFFFFF


class Seen(Row):
    """A replica, as one caller sees it."""

    outstanding: int  # calls that it has sent there, and that have not ended for it
    listed: int  # whether it may choose it
    ejected: int
    ejected_at: int
    ejections: int  # by how many times the shortest ejection it is ejected now, or was last
    failures: int  # in a row
    requests: int  # that ended since the last sweep
    good: int  # of those, well


class Place(Row):
    """A replica, as all callers see it."""

    weight: int
    zone: int  # -1: in none
    member: int  # whether it is in the list of its service
    since: int  # when it came into it
    absent: int  # whether no replica stands there, or one that is to go


class View(Row):
    """What one caller sees of the replicas of a service."""

    balancer: Balancer
    seen: Rows[Seen]
    list: Ints  # places of those that it may choose
    sums: Ints  # of the weights of those, up to each; only where weights are declared
    count: int  # how many it may choose
    total: int  # calls outstanding
    turn: int
    first_turn: int
    ejected: int
    panic: int
    zone: int  # of the caller; -1: none, or it has no preference
    hosts: int  # whose rates of success are compared in this sweep
    least: int  # which rate is too low, times the hosts, in thousandths; see `sim.policies.outliers`
    failing_hosts: int  # whose shares of failures are looked at in this sweep
    number: int


class Owner(Row):
    """A service that calls: its replicas have views that follow each other."""

    first: int  # number of its first replica
    count: int
    view: int


class Balancer(Row):
    """The replicas of a service, and who sees them."""

    places: Rows[Place]
    count: int
    present: int  # how many of them have a replica that is not to go
    views: Rows[View]
    view_count: int
    owners: Rows[Owner]
    owner_count: int
    weighted: int
    zone_share: int  # how many of a zone must be well for its callers to stay in it; 0: they do not prefer it
    panic: int  # where fewer are well, all are taken; 0: never
    all_members: int  # whether those count as the service's that are out of the list: health checks took them out
    ring: Ints  # hashes in order, and below whose they are
    ring_places: Ints
    ring_size: int
    number: int
    code: int
    settings: int
    outliers: int  # where their settings are
    sweep_every: int  # 0: nothing is learnt of how calls end
    by_key: int
    first: int  # number of the first replica


@shared
def chance(stream: int, key: int, occurrence: int, number: int) -> int:
    """The ``number``-th uniform number, in [0, 2**63), of those that one choice may need."""
    return bits(stream, key, occurrence + (number << OCCURRENCE_BITS))


@shared
def warmth(slow_start: int, place: Place, now: int) -> int:
    """How much of its weight a replica has, of `WARM_ONE`: it grows evenly after it came into the list."""
    elapsed = now - place.since
    if elapsed >= slow_start:
        return WARM_ONE
    return max(WARM_LEAST, elapsed * WARM_ONE // slow_start)


@shared
def accepted(slow_start: int, place: Place, now: int, u: int) -> bool:
    """Whether a choice that fell on a replica stands: of one that warms up, in as many cases as it has of its weight."""
    warm = warmth(slow_start, place, now)
    return warm == WARM_ONE or below(u, WARM_ONE) < warm


@shared
def is_well(balancer: Balancer, view: View, number: int) -> bool:
    """Whether a replica is in the list of its service, and this caller has not ejected it."""
    return balancer.places[number].member != 0 and view.seen[number].ejected == 0


@shared
def is_theirs(balancer: Balancer, number: int) -> bool:
    """Whether a replica is one of those of its service that callers may choose, if all are taken."""
    place = balancer.places[number]
    return place.member != 0 or (balancer.all_members != 0 and place.absent == 0)


@shared
def usable(balancer: Balancer, view: View, number: int) -> bool:
    """Whether a caller may choose a replica, wherever it stands."""
    if view.panic != 0:
        return is_theirs(balancer, number)
    return is_well(balancer, view, number)


@shared
def stays_at_home(balancer: Balancer, view: View) -> bool:
    """Whether a caller keeps to its zone: enough replicas there are usable."""
    if balancer.zone_share == 0 or view.zone < 0:
        return False
    there, well = 0, 0
    for number in range(balancer.count):
        if balancer.places[number].zone == view.zone and balancer.places[number].absent == 0:
            there += 1
            if usable(balancer, view, number):
                well += 1
    return well > 0 and well * THOUSAND >= balancer.zone_share * there


@shared
def relist(view: View) -> None:
    """Something has changed: which replicas a caller may choose from now on."""
    balancer = view.balancer
    members, well = 0, 0
    for number in range(balancer.count):
        if is_theirs(balancer, number):
            members += 1
        if is_well(balancer, view, number):
            well += 1
    view.panic = 1 if well * THOUSAND < balancer.panic * members else 0
    at_home = stays_at_home(balancer, view)
    view.count = 0
    total = 0
    for number in range(balancer.count):
        listed = usable(balancer, view, number) and (not at_home or balancer.places[number].zone == view.zone)
        view.seen[number].listed = 1 if listed else 0
        if listed:
            view.list[view.count] = number
            if balancer.weighted != 0:
                total += balancer.places[number].weight
                view.sums[view.count] = total
            view.count += 1


@shared
def own_view(balancer: Balancer, replica: int) -> View:
    """The view that a replica of a caller has by itself; none where it has none."""
    for index in range(balancer.owner_count):
        owner = balancer.owners[index]
        if owner.first <= replica < owner.first + owner.count:
            return balancer.views[owner.view + replica - owner.first]
    return NOWHERE  # type: ignore[no-any-return]


@shared
def member_changed(balancer: Balancer, number: int, member: bool, now: int) -> None:  # noqa: FBT001
    """A replica comes into the list of its service, or leaves it: all callers hear of it."""
    place = balancer.places[number]
    place.member = 1 if member else 0
    if member:
        place.since = now
    for index in range(balancer.view_count):
        relist(balancer.views[index])


@shared
def presence_changed(balancer: Balancer, number: int, present: bool) -> int:  # noqa: FBT001
    """A replica comes to a place, or is to go from there: callers forget about it. Returns how many had ejected it."""
    place, found = balancer.places[number], 0
    balancer.present += place.absent if present else place.absent - 1
    place.absent = 0 if present else 1
    for index in range(balancer.view_count):
        view = balancer.views[index]
        seen = view.seen[number]
        found += seen.ejected
        view.ejected -= seen.ejected
        blank(seen)
        relist(view)
    return found


@shared
def blank(seen: Seen) -> None:
    """A caller knows nothing of a replica, but what it has outstanding there."""
    seen.ejected = 0
    seen.ejected_at = 0
    seen.ejections = 0
    seen.failures = 0
    seen.requests = 0
    seen.good = 0


@shared
def took(view: View, number: int) -> None:
    """A caller sends to a replica."""
    view.seen[number].outstanding += 1
    view.total += 1


@shared
def gave_back(view: View, number: int) -> None:
    """What a caller had sent to a replica has ended for it."""
    view.seen[number].outstanding -= 1
    view.total -= 1


@shared
def forgotten(view: View) -> None:
    """A caller went down, and knows nothing of the replicas that it calls any more."""
    for number in range(view.balancer.count):
        blank(view.seen[number])
    view.ejected = 0
    view.turn = view.first_turn
    relist(view)


@shared
def busier(view: View, slow_start: int, now: int, one: int, other: int) -> int:
    """Whether a replica has more calls outstanding for its weight than another: 1, as many: 0, or less: -1.

    With so little of its weight as one has that warms up, each call there counts as so many more.
    """
    mine, its = view.seen[one].outstanding, view.seen[other].outstanding
    if slow_start == 0:
        return 1 if mine > its else 0 if mine == its else -1
    places = view.balancer.places
    left = (mine + 1) * warmth(slow_start, places[other], now)
    right = (its + 1) * warmth(slow_start, places[one], now)
    return 1 if left > right else 0 if left == right else -1


@shared
def hashed(key: int) -> int:
    """Where a key lies on the ring, from 0 to 2**32 - 1."""
    mixed = ((key & HASH_MASK) * HASH_MULTIPLIER) & HASH_MASK
    mixed = ((mixed ^ (mixed >> 15)) * 0x2C1B3C6D) & HASH_MASK
    return mixed ^ (mixed >> 12)
