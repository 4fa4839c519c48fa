"""Which calls and which consumer groups does a flow come to: along calls and topics, whatever the chances are.

    buy -> shop.order -> payment.charge        night -> batch.run          buy reaches two edges and a group,
                   '~~ order.placed ~~> mail                               night one edge and none
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sim.metrics.once import once_a_network
from sim.network import CALL, INSTRUCTION, OUTBOX, PUBLISH, SAGA, WORK

if TYPE_CHECKING:
    from sim.network import Network

Flags = NDArray[np.bool_]
Instruction: TypeAlias = "tuple[int, int, int]"
Step: TypeAlias = "tuple[int, int]"


@once_a_network
def programs(network: Network) -> list[list[Instruction]]:
    """Return the instructions of each operation's handler, (code, a, b), by the operation's number."""
    words = list(network.program)
    entries = [operation.entry for operation in network.operations]
    ends = dict(itertools.pairwise([*sorted(set(entries)), len(words)]))
    cut = [range(entry, ends[entry], INSTRUCTION) for entry in entries]
    return [[(words[at], words[at + 1], words[at + 2]) for at in places] for places in cut]


def works(network: Network, operation: int) -> bool:
    """Return whether a handler has any work to do."""
    return any(code == WORK for code, _, _ in programs(network)[operation])


@once_a_network
def reached(network: Network) -> tuple[Flags, Flags]:
    """Return whether each flow can come to each edge, shape (flows, edges), and to each group, shape (flows, groups)."""
    edges = np.zeros((len(network.flows), len(network.edges)), dtype=np.bool_)
    groups = np.zeros((len(network.flows), len(network.groups)), dtype=np.bool_)
    after = [_following(network, operation) for operation in range(len(network.operations))]
    for number, flow in enumerate(network.flows):
        clients = [network.sites[site] for site in (flow.site, *(one.site for one in network.follow_ups if one.flow == number))]
        edges[number, [client.edge for client in clients]] = True
        ahead = [client.operation for client in clients]
        seen = set(ahead)
        while ahead:
            calls, reads = after[ahead.pop()]
            edges[number, [edge for edge, _ in calls]] = True
            groups[number, [group for group, _ in reads]] = True
            fresh = {operation for _, operation in (*calls, *reads)} - seen
            seen |= fresh
            ahead += sorted(fresh)
    return edges, groups


def passed_on(network: Network, channel: int) -> list[int]:
    """A channel, and those to which its dead letters go, or what its consumer groups fail at."""
    found = [channel]
    for one in found:  # grows while it is walked along
        groups = [network.groups[group] for group in network.channels[one].groups]
        onward = [getattr(network.channels[one], "dead_letters", -1), *(getattr(group, "then", -1) for group in groups)]
        found += [to for to in dict.fromkeys(onward) if to >= 0 and to not in found]
    return found


def _following(network: Network, operation: int) -> tuple[list[Step], list[Step]]:
    """Edges that a handler calls along, and groups that read what it publishes, each with the operation that it leads to."""
    calls, reads = list[Step](), list[Step]()
    for code, a, _ in programs(network)[operation]:
        if code == CALL:
            calls.append((network.sites[a].edge, network.sites[a].operation))
        elif code in {PUBLISH, OUTBOX}:
            groups = [group for channel in passed_on(network, a) for group in network.channels[channel].groups]
            reads += [(group, network.groups[group].operation) for group in groups]
        elif code == SAGA:
            led = _following(network, network.sagas[a].operation)
            calls, reads = calls + led[0], reads + led[1]
    return calls, reads
