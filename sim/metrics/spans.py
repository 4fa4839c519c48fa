"""From times to windows: which windows a judgement is about.

    0 ---- warmup | first ........................ stop | horizon
                          fault at  ===== end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sim.network import Network

SECOND = 1_000_000_000


def measured(network: Network) -> tuple[int, int]:
    """Return the windows ``(first, stop)`` of [warmup, horizon): those that begin after the warm-up, at least one."""
    first = -(-network.scenario.run.warmup // network.window)
    return min(first, network.windows - 1), network.windows


def seconds(network: Network, first: int, stop: int) -> float:
    """Return how much time the windows ``first`` to ``stop - 1`` cover, in seconds; the last window may be shorter."""
    return (min(stop * network.window, network.horizon) - first * network.window) / SECOND


def fault_begin(network: Network) -> int | None:
    """Return when the first fault begins, in ns; None without faults."""
    return min((fault.at for fault in network.scenario.faults.values()), default=None)


def from_first_fault(network: Network, first: int) -> int:
    """Return the window in which the first fault begins, but not before ``first``; ``first`` without faults."""
    begin = fault_begin(network)
    return first if begin is None else max(first, begin // network.window)


def healthy(network: Network, first: int) -> tuple[int, int]:
    """Return the windows before the first fault, ``first`` onwards: what "as before" means. They may be none."""
    begin = fault_begin(network)
    return first, max(first, network.windows if begin is None else begin // network.window)
