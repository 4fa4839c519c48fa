"""How far a fault reaches: the share of services that it does not strike, and that get into breach all the same.

    struck: payment      in breach: checkout, frontend      of 9 other services: blast radius 2/9

What a breach is says `sim.metrics.breach`. It counts from the begin of the first fault to the end; without a fault nothing
reaches anywhere, and there is no value. Nor is there one without a measured window before the first fault: what a fault did
within the warm-up was not measured, and a breach may have been there before it. Faults at random times count from when they
struck in a replication; where none did, or one before anything was measured, that replication has no value. Nor is there one
where no fault met anything: a fault that struck nobody shows nothing of how far one reaches. A service that a later fault
strikes counts until that begins. Where attempts at a service failed, but too few were made from the first fault on for a
breach to be told (two times five), there is no value: it would be low for want of evidence. The other measure weighs by
requests: how many clients' answers fell into a breach of their flow.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from sim.metrics.base import Metric
from sim.metrics.breach import ATTEMPTS_MIN, IN_A_ROW, attempts, breaches, flow_requests, in_breach, struck_from
from sim.metrics.counts import share
from sim.metrics.exercised import NOTHING_MET, exercised
from sim.metrics.recovery import AT_RANDOM, WITHOUT_BEFORE, WITHOUT_FAULT
from sim.metrics.spans import from_first_fault, has_before, healthy
from sim.metrics.strikes import first_strike
from sim.network.lower.faults import is_random

if TYPE_CHECKING:
    from sim.metrics.base import Subject
    from sim.metrics.breach import Counts
    from sim.record.record import Record
    from sim.scenario.scenario import Scenario

NEGLIGIBLE = 0.01
"""Up to this share of all answers, those of flows that have too few to tell are passed over."""
FEW_FAILED = "with failures among too few attempts to tell a breach"
ON_EVERY_SERVICE = f"with a fault on every service, or {FEW_FAILED}"
WITHOUT_ANSWER = f"without any answer from the first fault on, or {FEW_FAILED}"


def of_services(record: Record, _: int, first: int, stop: int) -> float:
    """Services in breach as a share of those that the first fault does not strike; nan where nothing can be told."""
    if not can_be_told(record) or not exercised(record):
        return math.nan
    begin = from_first_fault(record, first)
    ends = [min(end, stop) for end in struck_from(record)]
    others = [number for number, end in enumerate(ends) if end > begin]
    settled, bad = attempts(record)
    hit = sum(bool(breaches(record)[begin : ends[number], number].any()) for number in others)
    if any(_untold(settled[begin : ends[number], number], bad[begin : ends[number], number]) for number in others):
        return math.nan
    return share(hit, len(others))


def of_requests(record: Record, _: int, first: int, stop: int) -> float:
    """Replies in windows in which their flow is in breach, as a share of all; nan where nothing can be told."""
    if not can_be_told(record) or not exercised(record):
        return math.nan
    settled, bad = flow_requests(record)
    begin = from_first_fault(record, first)
    hit = in_breach(settled, bad, begin)[begin:stop]
    whole, each = int(settled[begin:stop].sum()), zip(settled[begin:stop].T, bad[begin:stop].T, strict=True)
    if sum(int(answers.sum()) for answers, failed in each if _untold(answers, failed)) > NEGLIGIBLE * whole:
        return math.nan
    return share(int(settled[begin:stop][hit].sum()), whole)


def _untold(settled: Counts, bad: Counts) -> bool:
    """Whether as many attempts failed as a breach has at least, of too few for one to be told."""
    return int(bad.sum()) >= IN_A_ROW and int(settled.sum()) < IN_A_ROW * ATTEMPTS_MIN


def can_be_told(record: Record) -> bool:
    """Return whether a fault struck, and a measured window lies before the first one."""
    first, stop = healthy(record)
    return first_strike(record) is not None and stop > first


def _missing(scenario: Scenario, otherwise: str) -> str:
    """Why there may be no value."""
    if not scenario.faults:
        return WITHOUT_FAULT
    found = f"{otherwise}, or with {NOTHING_MET}" if has_before(scenario) else WITHOUT_BEFORE
    return f"{found}, or {AT_RANDOM}" if is_random(scenario) else found


def _fit_services(metric: Metric, scenario: Scenario, _: Subject) -> Metric:
    return replace(metric, missing=_missing(scenario, ON_EVERY_SERVICE))


def _fit_requests(metric: Metric, scenario: Scenario, _: Subject) -> Metric:
    return replace(metric, missing=_missing(scenario, WITHOUT_ANSWER))


BLAST_RADIUS = Metric(
    name="blast_radius",
    label="blast radius (services)",
    unit="share",
    direction="lower",
    measures={"system": of_services},
    meaning="share of the services not struck by the first fault that are in breach (more than 5 % of at least 5 attempts a "
    "window failed, two windows in a row; windows with fewer are joined) at some time from the first fault on, and before one "
    "strikes them",
    missing=f"{WITHOUT_FAULT}, or {ON_EVERY_SERVICE}, or with no window before the first, or with {NOTHING_MET}",
    most=1.0,
    fit=_fit_services,
)
BLAST_RADIUS_REQUESTS = Metric(
    name="blast_radius_requests",
    label="blast radius (requests)",
    unit="share",
    direction="lower",
    measures={"system": of_requests},
    meaning="share of the clients' answers from the first fault on that fell into a breach of their flow",
    missing=f"{WITHOUT_FAULT}, or {WITHOUT_ANSWER}, or with no window before the first, or with {NOTHING_MET}",
    most=1.0,
    fit=_fit_requests,
)
