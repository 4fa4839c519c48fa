"""What keeps callers off a service that fails, and what is handed out again when nobody answered for it.

    closed --failures in a row--> open --a while--> probe        what a circuit breaker lets through
    delivered --too long--> visible again                        how often a queue gives a message to another
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    exponential,
    long_run,
    poisson,
    scenario,
    seconds,
    service,
)
from tests.theory.judge import FLUID, Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed

TRIFLE = "1us"


def breaker(case_id: str, *, requests: float, bars: dict[str, Bar] | None = None, **settings: Any) -> Case:
    """A circuit breaker before what fails by chance: what it lets through, and how many calls it takes to open.

    How many calls it takes does not depend on how long it stays open, so that is shown where it stays open for a moment.
    """
    case = known(case_id)
    rate, p_fail, failures = (case.inputs[name] for name in ("arrival_rate", "p_fail", "threshold"))

    def counted(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        [row] = seen.record.guards[seen.first :].sum(axis=0)
        attempts, refused = (int(row[field]) for field in (f.guards.GUARD_ATTEMPTS, f.guards.GUARD_REFUSED))
        return {"rejected_fraction": refused / attempts, "admitted_rate": (attempts - refused) / seen.time}

    def to_trip(batch: Sequence[Observed]) -> Figures:
        calls, closed = 0, True
        counts: list[int] = []
        for _, fact, _, value in batch[0].record.log:  # from the start, where it is closed
            if fact == f.facts.FACT_ENGAGED:
                counts += [calls] if closed and value else []
                closed, calls = not value, 0
            elif fact == f.facts.FACT_ENDED:
                calls += closed
        return {"mean_calls_to_trip": sum(counts) / len(counts)}

    def part(requests: float, open_for: float, measure: Any, facts: int = 0) -> Part:
        steps = [{"work": TRIFLE}, {"fail": p_fail}]
        policy = {"failures": failures, "open": seconds(open_for), "probes": 1}
        flow = client("station.serve", poisson(rate), breaker=policy)
        services = {"station": service(steps, workers=WORKERS_UNLIMITED)}
        built = scenario(case_id, services, {"client": flow}, long_run(requests, rate))
        return Part(built, measure, facts=facts)

    def parts(effort: float) -> Sequence[Part]:
        calls = 5e4 * effort
        return [
            part(requests * effort, case.inputs["open_duration"], counted),
            part(calls, 1e-3, to_trip, facts=round(calls * 12) + 10_000),
        ]

    return Case(case, parts, bars=bars or {}, **settings)


def redelivered(case_id: str, **settings: Any) -> Case:
    """Work that takes longer than a message may be out: the share of deliveries after which it is handed out again."""
    case = known(case_id)
    visibility, mean = float(case.inputs["visibility_timeout"]), float(case.inputs["mean_service"])
    rate = 1.0 / mean

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        row = seen.record.tables[f.queues.QUEUES.name][seen.first :, 0].sum(axis=0)
        return {"P_redelivered": int(row[f.queues.QUEUE_EXPIRED]) / int(row[f.queues.QUEUE_DELIVERED])}

    def parts(effort: float) -> Sequence[Part]:
        built = scenario(
            case_id,
            {
                "front": service([{"publish": "task"}], workers=WORKERS_UNLIMITED),
                "back": service([{"work": exponential(mean)}], workers=WORKERS_UNLIMITED),
            },
            {"client": client("front.serve", poisson(rate))},
            long_run(1e5 * effort, rate),
            architecture="event-driven",
            brokers={"tasks": {"kind": "queue", "queues": {"task": {"visibility": seconds(visibility)}}}},
            subscriptions={"back": {"queue": "task", "operation": "back.serve", "consumers": 50, "prefetch": 1}},
        )
        return [Part(built, measure)]

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    breaker("A-CB-0.5-5", requests=1e6),
    breaker("A-CB-1.0-5", requests=3e6, bars={"admitted_rate": FLUID}),
    redelivered("A-VIS-30", fast=1.0),
)
