"""Which services are in breach, and when: what a cascade looks like from outside.

    payment   ......####........        a window (#) is in breach when more than 5 % of the attempts at the service
    checkout  .......####.......        that settled in it were not ok, in at least two windows in a row
    frontend  ........##........

An attempt at a service is a call of it, seen by the caller (so a timeout counts, and so does finding no replica), or a
delivery to its consumers. A window in which fewer than five attempts settled says nothing alone: windows like that which
follow each other are joined until they have five, and count as one, though not across the first fault's begin. What is left
over says nothing, and is no breach. What hangs when
the run ends (`sim.metrics.unanswered`) counts as failed in the window in which it began.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from sim.metrics.once import once, once_a_network
from sim.metrics.spans import from_first_fault
from sim.metrics.strikes import strikes
from sim.metrics.unanswered import hanging_attempts, hanging_messages, hanging_requests
from sim.record.fields.edges import EDGE_SETTLED
from sim.record.fields.flows import FLOW_SETTLED
from sim.record.fields.groups import GROUP_APPLIED, GROUP_DUPLICATES, GROUP_FAILED
from sim.record.outcomes import OK, OUTCOME_COUNT
from sim.scenario.targets import struck_services

if TYPE_CHECKING:
    from collections.abc import Iterator

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
    outcomes = record.edges[:, :, EDGE_SETTLED : EDGE_SETTLED + OUTCOME_COUNT]
    total = _over_outcomes(outcomes)
    hanging = hanging_attempts(record)
    settled, failed = (total + hanging) @ called, (total + hanging - outcomes[:, :, OK]) @ called
    if len(consumed):
        bad = record.groups[:, :, GROUP_FAILED] + hanging_messages(record)
        settled += (record.groups[:, :, GROUP_APPLIED] + record.groups[:, :, GROUP_DUPLICATES] + bad) @ consumed
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
    outcomes = record.flows[:, :, FLOW_SETTLED : FLOW_SETTLED + OUTCOME_COUNT]
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


def in_breach(settled: Counts, failed: Counts, cut: int = 0) -> Flags:
    """Return whether each window belongs to a breach; windows run along the first axis.

    Windows with few attempts are joined, but not across the begin of window ``cut``. Of what is joined, the windows from the
    first failure to the last are in breach.
    """
    enough = settled >= ATTEMPTS_MIN
    over = enough & (failed > SHARE * settled)
    breach = np.zeros(over.shape, dtype=np.bool_)
    starts = max(0, over.shape[0] - IN_A_ROW + 1)
    if over.any():
        runs = over[:starts].copy()
        for shift in range(1, IN_A_ROW):
            runs &= over[shift : shift + starts]
        for shift in range(IN_A_ROW):
            breach[shift : shift + starts] |= runs
    for column in np.flatnonzero((~enough & (failed > 0)).any(axis=0)).tolist():
        _join(breach[:, column], settled[:, column], failed[:, column], cut)
    return breach


def _join(breach: Flags, settled: Counts, failed: Counts, cut: int) -> None:
    """Add the breaches that show where windows with few attempts are joined, of one column."""
    row: list[range] = []
    for windows, told in _joined(settled.tolist(), cut):
        part = slice(windows.start, windows.stop)
        if not told or not failed[part].sum() > SHARE * settled[part].sum():
            row = []
            continue
        row.append(windows)
        if len(row) < IN_A_ROW:
            continue
        for each in row[-IN_A_ROW:]:
            bad = np.flatnonzero(failed[each.start : each.stop])
            breach[each.start + bad[0] : each.start + bad[-1] + 1] = True


def _joined(settled: list[int], cut: int) -> Iterator[tuple[range, bool]]:
    """Cut time into windows with enough attempts, and joints of those with few; and whether each has enough to tell."""
    begin, total = 0, 0
    for window, count in enumerate(settled):
        if begin < window and (count >= ATTEMPTS_MIN or window == cut):
            yield range(begin, window), False
            begin, total = window, 0
        total += count
        if total >= ATTEMPTS_MIN:
            yield range(begin, window + 1), True
            begin, total = window + 1, 0


def failed_shares(record: Record) -> Shares:
    """Return the failed share of the attempts at each service, shape (windows, services); nan where there are few."""
    return shares(*attempts(record))


@once
def breaches(record: Record) -> Flags:
    """Return whether each service is in breach in each window, shape (windows, services)."""
    return in_breach(*attempts(record), from_first_fault(record, 0))


@once_a_network
def faulted(network: Network) -> frozenset[int]:
    """Return the numbers of the services that some fault strikes."""
    scenario = network.scenario
    struck = {name for fault in scenario.faults.values() for name in struck_services(scenario, fault)}
    return frozenset(number for number, service in enumerate(network.services) if service.name in struck)


@once
def struck_from(record: Record) -> tuple[int, ...]:
    """Return for each service the window in which the first fault that strikes it begins; the number of windows without."""
    network = record.network
    begins = {service.name: network.windows for service in network.services}
    for one in strikes(record):
        for name in one.services:
            begins[name] = min(begins[name], one.begin // network.window)
    return tuple(begins[service.name] for service in network.services)


def breach_order(record: Record, first: int = 0) -> list[tuple[int, int]]:
    """Return the services that get into breach from window ``first`` on, in that order: (service, begin in ns).

    Of those that do in the same window, the ones that a fault strikes come first.
    """
    flags = breaches(record)[first:]
    hit = np.flatnonzero(np.any(flags, axis=0)).tolist()
    struck = faulted(record.network)
    found = sorted((int(np.argmax(flags[:, service])), service not in struck, service) for service in hit)
    return [(service, (first + window) * record.network.window) for window, _, service in found]
