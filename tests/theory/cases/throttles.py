"""What clients hold back of themselves: adaptive throttling, and gRPC's throttle of retries.

    offered R --throttle: refuse with (R - K A) / (R + 1)--> K A --station: takes A on--> A
    a call that fails and fails again --until half of the tokens are gone--> no retry
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sim.record import fields as f
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import at_once, client, per_second, poisson, scenario, seconds, service
from tests.theory.judge import FLUID

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed

WAITING = 30  # in the queue of the station: it is never idle when more than it can do is sent
WINDOW = 60.0


def throttled(case_id: str, **settings: float) -> Case:
    """A client that throttles itself, before a station with room for few: what it sends, and what becomes of that."""
    case = known(case_id)
    offered, capacity, k = (float(case.inputs[name]) for name in ("offered", "backend_capacity", "K"))

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        [row] = seen.record.guards[seen.first :].sum(axis=0)
        asked, refused = int(row[f.guards.GUARD_ATTEMPTS]), int(row[f.guards.GUARD_REFUSED])
        accepted, rejected = (int(row[column]) for column in (f.guards.GUARD_SUCCEEDED, f.guards.GUARD_FAILED))
        figures = {"backend_rate": (asked - refused) / seen.time, "accepts": accepted / seen.time}
        return {**figures, "backend_reject_rate": rejected / seen.time, "local_reject": refused / asked}

    def parts(effort: float) -> Sequence[Part]:
        flow = client("station.serve", poisson(offered), throttle={"k": k, "window": seconds(WINDOW), "spans": 60})
        services = {"station": service([{"work": seconds(1.0 / capacity)}], queue_max=WAITING)}
        warmup = 3 * WINDOW
        run = {"horizon": seconds(warmup + 16 * WINDOW * effort), "warmup": seconds(warmup), "window": seconds(WINDOW)}
        return [Part(scenario(case_id, services, {"client": flow}, run), measure)]

    return Case(case, parts, bars=dict.fromkeys(case.expected, FLUID), **settings)


def throttled_retries(case_id: str) -> Case:
    """One call that always fails: how many times it is tried until its tokens are half gone."""
    case = known(case_id)
    tokens, ratio = float(case.inputs["maxTokens"]), float(case.inputs["tokenRatio"])

    def measure(batch: Sequence[Observed]) -> Figures:
        record = batch[0].record
        return {"consecutive_failures_until_throttled_from_full": float(record.edges[0, :, f.edges.EDGE_ATTEMPTS].sum())}

    def parts(_effort: float) -> Sequence[Part]:
        throttle = {"kind": "token_bucket", "tokens_max": tokens, "per_retry": 0, "per_failure": 1, "per_success": ratio}
        retry = {**at_once(100), "budget": {**throttle, "floor": tokens / 2}}
        once = {"kind": "constant", "rate": per_second(1.0)}
        services = {"station": service([{"work": "1ms"}, {"fail": "100%"}])}
        flow = client("station.serve", once, retry=retry, timeout="1s")
        run = {"horizon": "1500ms", "warmup": "0s", "window": "1500ms"}
        return [Part(scenario(case_id, services, {"client": flow}, run), measure, replications=10)]

    reason = "the share of failures at which tokens neither grow nor shrink is asserted of the rule (test_budgets.py)"
    return Case(case, parts, left={"f_star": reason}, fast=1.0)


CASES: tuple[Case, ...] = (
    throttled("A-SRE-1000-1.1"),
    throttled("A-SRE-150-2.0"),
    throttled("A-SRE-300-2.0"),
    throttled_retries("B-GRPC-throttle"),
)
