"""Which services are in breach, and when: what a cascade looks like from outside.

    payment   ......####........        a window (#) is in breach when more than 5 % of the attempts at the service
    checkout  .......####.......        that settled in it were not ok, in at least two windows in a row
    frontend  ........##........

An attempt at a service is a call of it, seen by the caller (so a timeout counts, and so does finding no replica), or a
delivery to its consumers. A window in which fewer than five attempts settled says nothing, and is no breach. What hangs when
the run ends (`sim.metrics.unanswered`) counts as failed in the window in which it began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.once import once, once_a_network
from sim.metrics.unanswered import hanging_attempts, hanging_messages, hanging_requests
from sim.record import fields as f
from sim.record.outcomes import OK, OUTCOME_COUNT

if TYPE_CHECKING:
    from sim.network import Network
    from sim.record.record import Record

SHARE = 0.05
"""Above this share of failed attempts a window counts."""
ATTEMPTS_MIN = 5
"""Fewer attempts than this in a window say nothing."""
IN_A_ROW = 2
"""How many windows in a row make a breach."""

Counts = NDArray[np.int64]
Shares = NDArray[np.float64]
Flags = NDArray[np.bool_]


def attempts(record: Record) -> tuple[Counts, Counts]:
    """Return attempts at each service that settled or hang, and those of them that did not end well: (windows, services)."""
    called, consumed = _targets(record.network)
    outcomes = record.edges[:, :, f.EDGE_SETTLED : f.EDGE_SETTLED + OUTCOME_COUNT]
    total = _over_outcomes(outcomes)
    hanging = hanging_attempts(record)
    settled, failed = (total + hanging) @ called, (total + hanging - outcomes[:, :, OK]) @ called
    if len(consumed):
        bad = record.groups[:, :, f.GROUP_FAILED] + hanging_messages(record)
        settled += (record.groups[:, :, f.GROUP_APPLIED] + record.groups[:, :, f.GROUP_DUPLICATES] + bad) @ consumed
        failed += bad @ consumed
    return settled.astype(np.int64), failed.astype(np.int64)


@once_a_network
def _targets(network: Network) -> tuple[Shares, Shares]:
    """Which service each edge calls, and each group belongs to: 1 there, else 0, shapes (edges or groups, services).

    As floats, since NumPy multiplies these several times as fast; counts are far below 2**53 and stay exact.
    """
    called, consumed = ([each.service for each in every] for every in (network.edges, network.groups))
    unit = np.eye(len(network.services))
    return unit[called].reshape(-1, len(unit)), unit[consumed].reshape(-1, len(unit))


@once
def flow_requests(record: Record) -> tuple[Counts, Counts]:
    """Return the replies of each flow with what hangs, and those of them that were not ok, both of shape (windows, flows)."""
    outcomes = record.flows[:, :, f.FLOW_SETTLED : f.FLOW_SETTLED + OUTCOME_COUNT]
    settled = _over_outcomes(outcomes) + hanging_requests(record)
    return settled, settled - outcomes[:, :, OK]


def _over_outcomes(counts: Counts) -> Counts:
    """Sum over the last axis; faster than ``sum`` for one as short as this."""
    sums: Counts = np.einsum("wno->wn", counts)
    return sums


def shares(settled: Counts, failed: Counts) -> Shares:
    """Return the failed share of each window; nan where fewer than five attempts settled."""
    enough = settled >= ATTEMPTS_MIN
    return np.where(enough, failed / np.maximum(settled, 1), np.nan)


def in_breach(settled: Counts, failed: Counts) -> Flags:
    """Return whether each window belongs to a breach; windows run along the first axis."""
    over = (settled >= ATTEMPTS_MIN) & (failed > SHARE * settled)
    breach = np.zeros(over.shape, dtype=np.bool_)
    if not over.any():
        return breach
    starts = max(0, over.shape[0] - IN_A_ROW + 1)
    runs = over[:starts].copy()
    for shift in range(1, IN_A_ROW):
        runs &= over[shift : shift + starts]
    for shift in range(IN_A_ROW):
        breach[shift : shift + starts] |= runs
    return breach


def failed_shares(record: Record) -> Shares:
    """Return the failed share of the attempts at each service, shape (windows, services); nan where there are few."""
    return shares(*attempts(record))


@once
def breaches(record: Record) -> Flags:
    """Return whether each service is in breach in each window, shape (windows, services)."""
    return in_breach(*attempts(record))


@once_a_network
def faulted(network: Network) -> frozenset[int]:
    """Return the numbers of the services that some fault strikes."""
    targets = {fault.target for fault in network.scenario.faults.values()}
    return frozenset(number for number, service in enumerate(network.services) if service.name in targets)


def breach_order(record: Record, first: int = 0) -> list[tuple[int, int]]:
    """Return the services that get into breach from window ``first`` on, in that order: (service, begin in ns).

    Of those that do in the same window, the ones that a fault strikes come first.
    """
    flags = breaches(record)[first:]
    hit = np.flatnonzero(np.any(flags, axis=0)).tolist()
    struck = faulted(record.network)
    found = sorted((int(np.argmax(flags[:, service])), service not in struck, service) for service in hit)
    return [(service, (first + window) * record.network.window) for window, _, service in found]
