"""Which calls and which consumer groups does a flow come to: along calls and topics, whatever the chances are.

    buy -> shop.order -> payment.charge        night -> batch.run          buy reaches two edges and a group,
                   '~~ order.placed ~~> mail                               night one edge and none
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.once import once_a_network
from sim.scenario.callgraph import Handler, read_handler

if TYPE_CHECKING:
    from sim.network import Network

Flags = NDArray[np.bool_]


@once_a_network
def handlers(network: Network) -> dict[str, Handler]:
    """Return what the steps of each operation do, by its name."""
    return {
        f"{service}.{operation}": read_handler(service, operation, steps)
        for service, settings in network.scenario.services.items()
        for operation, steps in settings.operations.items()
    }


@once_a_network
def reached(network: Network) -> tuple[Flags, Flags]:
    """Return whether each flow can come to each edge, shape (flows, edges), and to each group, shape (flows, groups)."""
    edges = np.zeros((len(network.flows), len(network.edges)), dtype=np.bool_)
    groups = np.zeros((len(network.flows), len(network.groups)), dtype=np.bool_)
    for number, flow in enumerate(network.flows):
        edges[number, network.sites[flow.site].edge] = True
        ahead = [network.operations[network.sites[flow.site].operation].name]
        seen: set[str] = set()
        while ahead:
            name = ahead.pop()
            if name in seen:
                continue
            seen.add(name)
            topics = {publish.target for publish in handlers(network)[name].publishes}
            for place, edge in enumerate(network.edges):
                if edge.caller == name:
                    edges[number, place] = True
                    ahead.append(network.operations[edge.operation].name)
            for place, group in enumerate(network.groups):
                if network.topics[group.topic].name in topics:
                    groups[number, place] = True
                    ahead.append(network.operations[group.operation].name)
    return edges, groups
