"""Replicas that are up and down at random: how much of the time one is there, so many of them are, or most of them.

    replica 1   -----------==-------------------===---------
    replica 2   ---=----------------------------==----------       at least 1 of 2   all but where both are down

Crashes and restarts are those of the event log, so what is judged is what the engine did; where clients are asked, what they
were told.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from sim.record.outcomes import OK
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import client, per_second, scenario, seconds, service
from tests.theory.judge import Bar
from tests.theory.observe import SECOND, Observed

if TYPE_CHECKING:
    from collections.abc import Sequence

ROWS = 60_000
RELAXED = 1000.0
"""Mean times of 100 s are forgotten by then: what comes later is steady."""


def wearing(
    case: str,
    up: float,
    down: float,
    horizon: float,
    *,
    replicas: int = 1,
    every: float = 5000.0,
    warmup: float = 0.0,
    crews: int | None = None,
) -> Any:
    """Replicas with independent times up and down, nobody told of a crash, and a request now and then."""
    random = {"mtbf": seconds(up), "mttr": seconds(down), "crews": crews}
    wear = {"kind": "crash", "target": "station", "detection": "10000h", "random": random}
    run = {"horizon": seconds(horizon), "warmup": seconds(warmup), "window": seconds(min(1000.0, horizon))}
    arrivals = {"kind": "constant", "rate": per_second(1.0 / every)}
    return scenario(
        case,
        {"station": service([{"work": "0s"}], replicas=replicas, workers=100)},
        {"client": client("station.serve", arrivals)},
        run,
        faults={"wear": wear},
    )


def changes(seen: Observed) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """When a replica went down (-1) or came back (+1), in s, in order of time."""
    log = seen.record.log
    down, back = (log[:, f.facts.LOG_FACT] == fact for fact in (f.facts.FACT_CRASHED, f.facts.FACT_RESTARTED))
    return log[down | back, f.facts.LOG_TIME] / SECOND, (back.astype(int) - down)[down | back]


def times_up(seen: Observed, replicas: int) -> np.ndarray[Any, Any]:
    """For how long so many replicas were up, after the warm-up, in s: by their number, from none to all."""
    at, change = changes(seen)
    ends = np.append(at, seen.record.network.horizon / SECOND).clip(RELAXED)
    held = np.zeros(replicas + 1)
    np.add.at(held, replicas + np.append(0, change.cumsum()), np.diff(ends, prepend=RELAXED))
    return held


def answered(seen: Observed) -> float:
    """Share of requests that were answered well."""
    return seen.flow("client", f.flows.FLOW_SETTLED + OK) / seen.flow("client", f.flows.FLOW_OFFERED)


def alternating(case_id: str, **settings: Any) -> Case:
    """One replica: what clients see in the long run and soon after it began up, how often it fails, how long it is down."""
    case = known(case_id)
    up, down, horizon = case.inputs["MTBF"], case.inputs["MTTR"], case.inputs["horizon"]

    def soon(batch: Sequence[Observed]) -> Figures:
        return {"A_t_MTTR": float(np.mean([answered(seen) for seen in batch]))}

    def failures(batch: Sequence[Observed]) -> Figures:
        counts = [(changes(seen)[0][changes(seen)[1] < 0] >= RELAXED).sum() for seen in batch]
        downtimes = [times_up(seen, 1)[0] for seen in batch]
        return {
            "expected_failures_stationary": float(np.mean(counts)),
            "sd_downtime_stationary": float(np.std(downtimes, ddof=1)),
        }

    def parts(effort: float) -> Sequence[Part]:
        size = max(20, round(60 * effort))
        steady = wearing(case_id, up, down, RELAXED + horizon, every=2.0, warmup=RELAXED)
        begun = wearing(case_id, up, down, horizon, every=2.0)
        return [
            Part(steady, lambda batch: {"availability": answered(batch[0])}),
            Part(begun, lambda batch: {"interval_availability_from_up": answered(batch[0])}),
            Part(wearing(case_id, up, down, 1.5 * down, every=down), soon, batch=size),
            Part(wearing(case_id, up, down, RELAXED + horizon), failures, batch=size, facts=ROWS),
        ]

    return Case(case, parts, **settings)


def of_so_many(case_id: str, **settings: Any) -> Case:
    """At least k of n replicas are up; all of them, as a chain needs it; any."""
    case = known(case_id)
    needed, replicas, share = case.inputs["k"], case.inputs["n"], case.inputs["A"]

    def measure(batch: Sequence[Observed]) -> Figures:
        held = times_up(batch[0], replicas)
        held /= held.sum()
        return {"availability": held[needed:].sum(), "serial": held[-1], "parallel": held[1:].sum()}

    def parts(effort: float) -> Sequence[Part]:
        built = wearing(case_id, 100.0 * share, 100.0 * (1.0 - share), RELAXED + 50_000 * effort, replicas=replicas)
        return [Part(built, measure, facts=ROWS)]

    return Case(case, parts, **settings)


def majorities(case_id: str, **settings: Any) -> Case:
    """More than half of n replicas are up, by how often each is down."""
    case = known(case_id)

    def part(figure: str, horizon: float) -> Part:
        replicas, p = int(figure[1]), float(figure.partition("_p")[2])
        built = wearing(case_id, 100.0 * (1.0 - p), 100.0 * p, horizon, replicas=replicas)

        def measure(batch: Sequence[Observed]) -> Figures:
            held = times_up(batch[0], replicas)
            return {figure: float(held[replicas // 2 + 1 :].sum() / held.sum())}

        return Part(built, measure, facts=ROWS)

    def parts(effort: float) -> Sequence[Part]:
        return [part(figure, RELAXED + 60_000 * effort) for figure in case.expected]

    return Case(case, parts, **settings)


def repaired(case_id: str, **settings: Any) -> Case:
    """So many of n replicas are up where others wait for the crews; and how long it takes from all up until fewer are."""
    case = known(case_id)
    replicas, needed, crews = (case.inputs[key] for key in ("n", "k", "crews"))

    def lasted(seen: Observed) -> list[float]:
        """For how long enough of them were up, from when all were."""
        at, change = changes(seen)
        begin, found = 0.0, list[float]()
        for when, count in zip(at.tolist(), (replicas + change.cumsum()).tolist(), strict=True):
            if begin >= 0.0 and count < needed:
                found.append(when - begin)
                begin = -1.0
            elif begin < 0.0 and count == replicas:
                begin = when
        return found

    def measure(batch: Sequence[Observed]) -> Figures:
        held = times_up(batch[0], replicas)
        return {"availability": held[needed:].sum() / held.sum(), "MTTF_system": float(np.mean(lasted(batch[0])))}

    def parts(effort: float) -> Sequence[Part]:
        up, down = 1.0 / case.inputs["failure_rate"], 1.0 / case.inputs["repair_rate"]
        built = wearing(case_id, up, down, RELAXED + 400_000 * effort, replicas=replicas, crews=crews)
        return [Part(built, measure, facts=ROWS)]

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    alternating("A-AVAIL-100-5"),
    of_so_many("A-KofN-2-3", fast=0.5),
    of_so_many("A-KofN-1-3"),
    of_so_many("A-KofN-9-10", bars={"parallel": Bar(floor=1e-5)}),
    majorities("A-QUORUM-AVAIL"),
    repaired("A-REPAIRAVAIL-2-1-1"),
)
