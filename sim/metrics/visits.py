"""How often a request visits each service when nothing goes wrong: the yardstick of amplification.

    checkout --1--> frontend --1--> checkoutservice --2.56--> currency        choices count by their shares
                                          '--1--> topic ~~> payment, e-mail   a delivery to a consumer is a visit
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from sim.metrics.once import once_a_network
from sim.scenario.callgraph import call_graph, times_asked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from sim.network import Network


@once_a_network
def visits(network: Network) -> NDArray[np.float64]:
    """Return expected visits per request without faults and retries, shape (flows, services); not to be written to."""
    scenario = network.scenario
    graph = call_graph(scenario)
    operations = {operation.name: operation.service for operation in network.operations}
    groups = {group.name: group.service for group in network.groups}
    table = np.zeros((len(network.flows), len(network.services)))
    for row, flow in enumerate(scenario.workload.values()):
        called, consumed, _, _ = graph.rates(times_asked(flow))
        for name, times in called.items():
            table[row, operations[name]] += times
        for name, times in consumed.items():
            table[row, groups[name]] += times
    return table


@once_a_network
def visits_of_all(network: Network) -> list[list[float]]:
    """Return the same as plain lists, for arithmetic number by number."""
    found: list[list[float]] = visits(network).tolist()
    return found
