"""From times to windows: which windows a judgement is about.

    0 ---- warmup | first ........................ stop | horizon
                          fault at  ===== end
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.metrics.once import once_a_network
from sim.metrics.strikes import first_strike

if TYPE_CHECKING:
    from sim.network import Network
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

SECOND = 1_000_000_000


@once_a_network
def measured(network: Network) -> tuple[int, int]:
    """Return the windows ``(first, stop)`` of [warmup, horizon): those that begin after the warm-up; one is whole."""
    return _measured(network.scenario)


def seconds(network: Network, first: int, stop: int) -> float:
    """Return how much time the windows ``first`` to ``stop - 1`` cover, in seconds; the last window may be shorter."""
    return (min(stop * network.window, network.horizon) - first * network.window) / SECOND


def from_first_fault(record: Record, first: int) -> int:
    """Return the window in which the first fault strikes, but not before ``first``; ``first`` where none does."""
    begin = first_strike(record)
    return first if begin is None else max(first, begin // record.network.window)


def healthy(record: Record) -> tuple[int, int]:
    """Return the measured windows before the first fault strikes: what "as before" means. They may be none."""
    network, begin = record.network, first_strike(record)
    first = measured(network)[0]
    return first, max(first, network.windows if begin is None else begin // network.window)


def has_before(scenario: Scenario) -> bool:
    """Return whether a measured window lies before the first fault of declared times; it does where there is none."""
    begin = _fault_begin(scenario)
    return begin is None or begin // scenario.run.window > _measured(scenario)[0]


def within_warmup(scenario: Scenario) -> bool:
    """Return whether a fault of declared times begins before the first measured window, and is not measured from then on."""
    begin = _fault_begin(scenario)
    return begin is not None and begin < _measured(scenario)[0] * scenario.run.window


def _fault_begin(scenario: Scenario) -> int | None:
    return min((fault.at for fault in scenario.faults.values() if fault.random is None), default=None)


def _measured(scenario: Scenario) -> tuple[int, int]:
    lacking = scenario.run.span_lacking()
    if lacking:  # a scenario that was made past its checks
        raise ValueError(f"run.warmup: {lacking}")
    return scenario.run.measured_windows()
