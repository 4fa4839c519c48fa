"""From times to windows: which windows a judgement is about.

    0 ---- warmup | first ........................ stop | horizon
                          fault at  ===== end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.once import once_a_network

if TYPE_CHECKING:
    from sim.network import Network
    from sim.scenario.scenario import Scenario

SECOND = 1_000_000_000


@once_a_network
def measured(network: Network) -> tuple[int, int]:
    """Return the windows ``(first, stop)`` of [warmup, horizon): those that begin after the warm-up; one is whole."""
    return _measured(network.scenario)


def seconds(network: Network, first: int, stop: int) -> float:
    """Return how much time the windows ``first`` to ``stop - 1`` cover, in seconds; the last window may be shorter."""
    return (min(stop * network.window, network.horizon) - first * network.window) / SECOND


@once_a_network
def fault_begin(network: Network) -> int | None:
    """Return when the first fault begins, in ns; None without faults."""
    return _fault_begin(network.scenario)


def from_first_fault(network: Network, first: int) -> int:
    """Return the window in which the first fault begins, but not before ``first``; ``first`` without faults."""
    begin = fault_begin(network)
    return first if begin is None else max(first, begin // network.window)


def healthy(network: Network, first: int) -> tuple[int, int]:
    """Return the windows before the first fault, ``first`` onwards: what "as before" means. They may be none."""
    begin = fault_begin(network)
    return first, max(first, network.windows if begin is None else begin // network.window)


def has_before(scenario: Scenario) -> bool:
    """Return whether a measured window lies before the first fault; it does where there is no fault."""
    begin = _fault_begin(scenario)
    return begin is None or begin // scenario.run.window > _measured(scenario)[0]


def within_warmup(scenario: Scenario) -> bool:
    """Return whether a fault begins before the first measured window, so that some of what it does is not measured."""
    begin = _fault_begin(scenario)
    return begin is not None and begin < _measured(scenario)[0] * scenario.run.window


def _fault_begin(scenario: Scenario) -> int | None:
    return min((fault.at for fault in scenario.faults.values()), default=None)


def _measured(scenario: Scenario) -> tuple[int, int]:
    lacking = scenario.run.span_lacking()
    if lacking:  # a scenario that was made past its checks
        raise ValueError(f"run.warmup: {lacking}")
    return scenario.run.measured_windows()
