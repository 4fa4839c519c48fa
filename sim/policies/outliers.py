"""Outlier ejection: a caller takes a replica out of its list that fails more than the others, for a time.

    failures in a row   x x x x x -> ejected, at once
    a sweep, every 10s  ejected for long enough? back        its rate of success far below that of the others? ejected
    the n-th ejection   lasts n times as long; each sweep at which it is not ejected makes n one less

As in Envoy (profile ``envoy``: its defaults), a caller never has more ejected than a share of the replicas, but always may have
one; and where fewer than ``panic`` of them are well, it sends to all. What counts as a failure is each attempt that was sent to
a replica and did not end well: errors, refusals of a full queue, crashes, timeouts. What a guard refused, or found no replica,
says nothing of any. Who ejects is who counts: each replica that calls by itself, or one balancer for all.
Source: https://www.envoyproxy.io/docs/envoy/latest/intro/arch_overview/upstream/outlier
"""

from __future__ import annotations

from sim.scenario.outliers import OutlierSettings  # noqa: TC001 - rows are found by their names
from sim.semantics.balancing import THOUSAND, Seen, View, relist
from sim.shared import shared

NOTHING = 0
EJECTED = 1
SPARED = 2
"""What a caller does with a replica: it would eject it, and has as many ejected as it may."""
RATE_ONE = 1 << 20


@shared
def eject(settings: OutlierSettings, view: View, number: int, now: int) -> int:
    """A caller ejects a replica, unless it has as many ejected as it may, or that one is to go anyway."""
    seen = view.seen[number]
    if view.balancer.places[number].absent != 0:
        return NOTHING
    if view.ejected > 0 and (view.ejected + 1) * THOUSAND > settings.share * view.balancer.present:
        return SPARED
    seen.ejected = 1
    seen.ejected_at = now
    view.ejected += 1
    if seen.ejections * settings.ejection < settings.ejection_max + settings.ejection:
        seen.ejections += 1
    relist(view)
    return EJECTED


@shared
def learn(settings: OutlierSettings, view: View, number: int, good: bool, now: int) -> int:  # noqa: FBT001
    """An attempt that a caller had sent to a replica has ended: ejected, spared, or nothing."""
    seen = view.seen[number]
    seen.requests += 1
    if good:
        seen.good += 1
        seen.failures = 0
        return NOTHING
    if seen.ejected != 0:
        return NOTHING
    seen.failures += 1
    if settings.consecutive == 0 or seen.failures < settings.consecutive:
        return NOTHING
    seen.failures = 0
    return eject(settings, view, number, now)


@shared
def returned(settings: OutlierSettings, view: View, number: int, now: int) -> bool:
    """A sweep: whether a replica that was ejected comes back."""
    seen = view.seen[number]
    if seen.ejected == 0:
        seen.ejections = max(0, seen.ejections - 1)
        return False
    if now - seen.ejected_at < min(seen.ejections * settings.ejection, settings.ejection_max):
        return False
    seen.ejected = 0
    seen.failures = 0
    view.ejected -= 1
    relist(view)
    return True


@shared
def root(square: int) -> int:
    """The largest whole number whose square is at most this one (Newton's iteration from above)."""
    if square <= 0:
        return 0
    found = 1 << ((square.bit_length() + 1) // 2)
    while True:
        better = (found + square // found) // 2
        if better >= found:
            return found
        found = better


@shared
def rate(seen: Seen) -> int:
    """The share of a replica's requests since the last sweep that ended well, of `RATE_ONE`."""
    return seen.good * RATE_ONE // seen.requests


@shared
def weigh(settings: OutlierSettings, view: View) -> None:
    """A sweep: whose rates are compared, and which one is too low: so many standard deviations below their mean."""
    hosts, total, squares, failing = 0, 0, 0, 0
    for number in range(view.balancer.count):
        seen = view.seen[number]
        if seen.ejected == 0 and seen.requests > 0:
            if settings.rate_factor > 0 and seen.requests >= settings.rate_requests:
                hosts += 1
                total += rate(seen)
                squares += rate(seen) * rate(seen)
            if settings.failure_share > 0 and seen.requests >= settings.failure_requests:
                failing += 1
    view.hosts = hosts if hosts >= settings.rate_hosts else 0
    view.least = THOUSAND * total - settings.rate_factor * root(hosts * squares - total * total)
    view.failing_hosts = failing if failing >= settings.failure_hosts else 0


@shared
def judged(settings: OutlierSettings, view: View, number: int, now: int) -> int:
    """A sweep, after all were weighed: whether a replica is ejected for its rate of success, or its share of failures."""
    seen = view.seen[number]
    requests = seen.requests
    if seen.ejected != 0 or requests == 0:
        return NOTHING
    if view.hosts > 0 and requests >= settings.rate_requests and view.hosts * rate(seen) * THOUSAND < view.least:
        return eject(settings, view, number, now)
    if view.failing_hosts == 0 or requests < settings.failure_requests:
        return NOTHING
    if (requests - seen.good) * THOUSAND < settings.failure_share * requests:
        return NOTHING
    return eject(settings, view, number, now)


@shared
def swept(view: View) -> None:
    """A sweep is over: requests are counted from here on."""
    for number in range(view.balancer.count):
        seen = view.seen[number]
        seen.requests = 0
        seen.good = 0
