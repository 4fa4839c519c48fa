"""What may still apply an effect though nobody waits for it any more: it bounds how often effects turn out to be doubled.

    caller   |--- attempt 1 ---x timeout     |-- attempt 2 -- ok --|             horizon
    callee       |----------------- an orphan, still at work ---------------------->|  will apply its effect once more

A record does not count orphans that are at work, but two numbers that they are at most:

    attempts that their callers gave up on   - those answered too late   - orphans that ended
    requests inside the service, and on their way to it

What has just begun, and is as yet as well as all others were, is in no doubt; what *hangs* is (`sim.metrics.unanswered`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.counts import totals
from sim.metrics.guarded import kept_back
from sim.metrics.once import once, once_a_network
from sim.metrics.queued import delivered_again
from sim.metrics.reach import passed_on
from sim.metrics.unanswered import hanging_attempts, hanging_messages
from sim.record import fields as f
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_LATE, EDGE_SETTLED
from sim.record.fields.effects import EFFECT_TOLD_FAILED
from sim.record.fields.flows import FLOW_REPLY_TIME, FLOW_SETTLED
from sim.record.outcomes import CRASHED, TIMEOUT, UNAVAILABLE
from sim.scenario.effects import appliers, doubling
from sim.scenario.targets import struck_services

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.network import Network
    from sim.record.record import Record


@once
def may_double(record: Record, effect: int, flow: int | None) -> int:
    """What may still apply an effect that is there already: orphans, retries of what hangs, messages to be tried again.

    Of one flow without what other flows' clients sent; of all flows with it.
    """
    network = record.network
    if network.effect_names[effect] not in doubling(network.scenario):
        return 0
    edges, groups = _edges(network, effect, flow), _groups(network, effect)
    hanging = hanging_attempts(record).sum(axis=0)
    timed = {site.edge for site in network.sites if site.timeout > 0}
    retried = sum(int(hanging[edge]) for edge in edges if edge in timed)
    resting = sum(int(record.group_levels[group, f.groups.LEVEL_RESTING]) for group in groups)
    again = sum(delivered_again(record, group) for group in groups)
    again += sum(int(record.group_levels[group, f.groups.LEVEL_UNHANDLED]) for group in groups if _retries(network, group))
    return _orphans(record, edges) + retried + resting + again + _published_again(record, groups)


def _published_again(record: Record, groups: Sequence[int]) -> int:
    """Messages that relays have published again and nobody has handled, at most, and rows that they will publish again."""
    again = int(record.tables[f.relays.RELAYS.name][:, :, f.relays.RELAY_AGAIN].sum())
    unhandled = int(record.group_levels[list(groups), f.groups.LEVEL_UNHANDLED].sum())
    return min(again, unhandled) + int(record.levels[f.relays.RELAYS.name][:, f.relays.LEVEL_RESENT].sum())


@once
def may_come_late(record: Record, row: int) -> int:
    """Requests that failed, or hang and may fail, and an effect of which may still come; a row of a record's effects."""
    network = record.network
    one = network.effects[row]
    edges, groups = _edges(network, one.effect, one.flow), _groups(network, one.effect)
    whole = totals(record, 0, network.windows).flows[one.flow]
    without = sum(whole[FLOW_SETTLED + 1 : FLOW_REPLY_TIME]) - int(record.effects[:, row, EFFECT_TOLD_FAILED].sum())
    unhandled = int(hanging_messages(record)[:, groups].sum())
    entry = network.sites[network.flows[one.flow].site].edge
    open_ = int(hanging_attempts(record)[:, entry].sum())
    return min(_orphans(record, edges) + unhandled, without) + open_


def _orphans(record: Record, edges: Sequence[int]) -> int:
    """How many executions that came over some edges may be under way without a caller, at most."""
    sums, mine_of = totals(record, 0, record.network.windows), set(edges)
    found = 0
    for service in {record.network.edges[edge].service for edge in edges}:
        row, every = sums.services[service], _edges_into(record.network)[service]
        sent = sum(sums.edges[edge][EDGE_ATTEMPTS] - sums.edges[edge][EDGE_SETTLED + UNAVAILABLE] for edge in every)
        sent -= kept_back(record, every, 0, record.network.windows)
        levels = record.service_levels[service]
        inside = sent - row[f.services.SERVICE_ARRIVED] + int(levels[f.services.LEVEL_WAITING] + levels[f.services.LEVEL_BUSY])
        left = sum(_given_up(record, edge) for edge in every) - row[f.services.SERVICE_ORPHANED]
        mine = sum(_given_up(record, edge) for edge in every if edge in mine_of)
        found += max(0, min(inside, left, mine))
    return found


def _given_up(record: Record, edge: int) -> int:
    """Attempts that their callers no longer waited for, or that went down with these, and that were not answered since."""
    row = totals(record, 0, record.network.windows).edges[edge]
    found = row[EDGE_SETTLED + TIMEOUT] - row[EDGE_LATE]
    return found + (row[EDGE_SETTLED + CRASHED] if edge in _from_struck(record.network) else 0)


@once_a_network
def _edges_into(network: Network) -> list[list[int]]:
    """For each service the edges that lead to it."""
    found: list[list[int]] = [[] for _ in network.services]
    for number, edge in enumerate(network.edges):
        found[edge.service].append(number)
    return found


@once_a_network
def _from_struck(network: Network) -> frozenset[int]:
    """The edges whose caller is a handler of a service that a fault strikes: it may go down with its calls."""
    scenario = network.scenario
    struck = {name for fault in scenario.faults.values() for name in struck_services(scenario, fault)}
    callers = {one.name for one in network.operations if network.services[one.service].name in struck}
    return frozenset(number for number, edge in enumerate(network.edges) if edge.caller in callers)


@once_a_network
def _appliers(network: Network) -> dict[str, frozenset[str]]:
    return appliers(network.scenario)


def _edges(network: Network, effect: int, flow: int | None) -> tuple[int, ...]:
    """Edges to operations that may apply an effect; of one flow without those of other flows' clients."""
    may = _appliers(network)[network.effect_names[effect]]
    others = {network.sites[one.site].edge for number, one in enumerate(network.flows) if flow is not None and number != flow}
    return tuple(
        number
        for number, edge in enumerate(network.edges)
        if network.operations[edge.operation].name in may and number not in others
    )


def _groups(network: Network, effect: int) -> list[int]:
    """Groups whose handler may apply an effect, or that hand on to such a group what they fail at."""
    may = _appliers(network)[network.effect_names[effect]]
    found = [number for number, group in enumerate(network.groups) if network.operations[group.operation].name in may]
    read = {network.groups[number].channel for number in found}
    thens = [(number, getattr(group, "then", -1)) for number, group in enumerate(network.groups)]
    leading = {number for number, then in thens if then >= 0 and read.intersection(passed_on(network, then))}
    return sorted(leading.union(found))


def _retries(network: Network, group: int) -> bool:
    """Whether a group reads what others have failed at, perhaps after the effect."""
    return any(getattr(other, "then", -1) == network.groups[group].channel for other in network.groups)
