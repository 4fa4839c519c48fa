"""Token buckets: how much of a stream they refuse, and how long a burst waits for its tokens.

    poisson --> bucket of b tokens, one more each 1/r --> an attempt, or none: as a queue M/D/1 with room for b loses
    100 calls at once --> 20 tokens, then one each 1/r --> the last one waits for 80 of them
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    from_empty,
    long_run,
    per_second,
    poisson,
    renewal,
    scenario,
    seconds,
)
from tests.theory.declare import service as made
from tests.theory.judge import REPLICATIONS_MIN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed


def policed(case_id: str, *, requests: float, **settings: Any) -> Case:
    """A bucket before a Poisson stream, that lets nobody wait."""
    case = known(case_id)
    rate = float(case.inputs["arrival_rate"])

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        [row] = seen.record.guards[seen.first :].sum(axis=0)
        attempts, refused = (int(row[field]) for field in (f.guards.GUARD_ATTEMPTS, f.guards.GUARD_REFUSED))
        return {"P_reject": refused / attempts, "accepted_rate": (attempts - refused) / seen.time}

    def parts(effort: float) -> Sequence[Part]:
        limit = {"kind": "token_bucket", "rate": per_second(float(case.inputs["refill_rate"])), "burst": case.inputs["burst"]}
        services = {"station": made([{"work": "1us"}], workers=WORKERS_UNLIMITED)}
        flow = client("station.serve", poisson(rate), rate_limit=limit)
        return [Part(scenario(case_id, services, {"client": flow}, long_run(requests * effort, rate)), measure)]

    return Case(case, parts, **settings)


def burst(case_id: str, **settings: Any) -> Case:
    """Calls that come all at once: those that wait for a token, and how many are refused where none may."""
    case = known(case_id)
    calls, tokens, rate = (case.inputs[name] for name in ("burst_requests", "bucket", "rate"))

    def waits(batch: Sequence[Observed]) -> Figures:
        log = batch[0].record.log
        held, went = ({int(row[2]): int(row[0]) for row in log if row[1] == fact} for fact in FACTS)
        found = sorted(went[ident] - at for ident, at in held.items())
        figures = {"immediate": calls - len(found), "delay_21st": found[0] / 1e9}
        return {**figures, "delay_100th": found[-1] / 1e9, "mean_delay": sum(found) / calls / 1e9}

    def refused(batch: Sequence[Observed]) -> Figures:
        return {"policing_rejects": float(batch[0].record.guards[:, 0, f.guards.GUARD_REFUSED].sum())}

    def part(wait: float, measure: Any) -> Part:
        limit = {"kind": "token_bucket", "rate": per_second(rate), "burst": tokens, "wait_max": seconds(wait)}
        step = {"call": "station.serve", "rate_limit": limit, "optional": True}
        services = {
            "front": made([{"parallel": [step] * calls}], workers=WORKERS_UNLIMITED),
            "station": made([{"work": "1us"}], workers=WORKERS_UNLIMITED),
        }
        flow = client("front.serve", renewal({"kind": "constant", "value": "10s"}))
        built = scenario(case_id, services, {"client": flow}, from_empty(19.0, 19.0))
        return Part(built, measure, replications=REPLICATIONS_MIN, facts=10_000)

    def parts(effort: float) -> Sequence[Part]:
        return [part(100.0, waits), part(0.0, refused)]

    return Case(case, parts, **settings)


FACTS = (f.facts.FACT_HELD_BACK, f.facts.FACT_WENT_ON)
CASES: tuple[Case, ...] = (policed("A-TB-50-100-3", requests=1e6), burst("A-TB-burst", fast=1.0))
