"""What stands around calls: the k fastest of several, and further attempts before the first is answered.

Infinite servers are services with more workers than are ever taken: nobody waits, so only the callers' own rules show.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_CALLS
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import WORKERS_UNLIMITED, client, exponential, long_run, poisson, scenario, seconds, service
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed


def built(case_id: str, front: dict[str, Any], work: Any, run: dict[str, Any], rate: float) -> Scenario:
    """Clients of a front, whose one step calls a service where nobody waits."""
    services = {
        "front": service([front], workers=WORKERS_UNLIMITED),
        "task": service([{"work": work}], workers=WORKERS_UNLIMITED),
    }
    return scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, run)


def quorum(case_id: str, **settings: Any) -> Case:
    """The k fastest of n parallel calls."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        quantiles = {"p50": 0.5, "p99": 0.99, "p999": 0.999}
        return {"mean": seen.mean_reply("client")} | {name: seen.reply_quantile("client", q) for name, q in quantiles.items()}

    def parts(effort: float) -> Sequence[Part]:
        step = {"parallel": [{"call": "task.serve"}] * inputs["n"], "until": {"quorum": inputs["k"]}}
        run = long_run(6e4 * effort, 20.0)
        return [Part(built(case_id, step, exponential(inputs["mean_service"]), run, 20.0), measure)]

    return Case(case, parts, **settings)


def hedge(case_id: str, **settings: Any) -> Case:
    """A second attempt after a delay, at servers that answer independently of each other; without one beside it."""
    case = known(case_id)

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        calls = seen.edge("task.serve", EDGE_CALLS)
        return {
            "mean": seen.mean_reply("client"),
            "p99": seen.reply_quantile("client", 0.99),
            "extra_requests": seen.edge("task.serve", EDGE_ATTEMPTS) / calls - 1.0,
        }

    def unhedged(batch: Sequence[Observed]) -> Figures:
        return {"p99_unhedged": batch[0].reply_quantile("client", 0.99)}

    def parts(effort: float) -> Sequence[Part]:
        plain: dict[str, Any] = {"call": "task.serve"}
        hedged = {**plain, "hedge": {"after": seconds(case.inputs["hedge_delay"])}}
        run = long_run(3e4 * effort, 20.0)
        return [
            Part(built(case_id, hedged, exponential(1.0), run, 20.0), measure),
            Part(built(case_id, plain, exponential(1.0), run, 20.0), unhedged),
        ]

    return Case(case, parts, **settings)


def outstanding(case_id: str, **settings: Any) -> Case:
    """Nobody answers: how many attempts of a call are under way, after so many seconds."""
    case = known(case_id)
    inputs = case.inputs
    last = max(float(name.removeprefix("outstanding_at_")) for name in case.expected)

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        log = seen.log_of("task.serve")
        sent = log[log[:, f.facts.LOG_FACT] == f.facts.FACT_SENT][:, f.facts.LOG_TIME] / SECOND
        calls = sent[log[log[:, f.facts.LOG_FACT] == f.facts.FACT_SENT][:, f.facts.LOG_VALUE] == 1]
        calls = calls[calls < sent.max() - last]  # those that were watched for as long
        found = {}
        for name in case.expected:
            at = float(name.removeprefix("outstanding_at_"))
            found[name] = float(np.mean([((sent >= call) & (sent <= call + at)).sum() for call in calls]))
        return found

    def parts(effort: float) -> Sequence[Part]:
        step = {"call": "task.serve", "hedge": {"after": seconds(inputs["hedgingDelay"]), "calls_max": inputs["maxAttempts"]}}
        services = {
            "front": service([step], workers=WORKERS_UNLIMITED),
            "task": service([{"work": "1000s"}], workers=WORKERS_UNLIMITED),
        }
        flow = client("front.serve", {"kind": "constant", "rate": "0.1/s"})  # one call at a time
        whole = scenario(case_id, services, {"client": flow}, long_run(20.0 * effort + 20.0, 0.1))
        return [Part(whole, measure, facts=10_000)]

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    quorum("A-QUORUM-2of3", fast=1.0),
    quorum("A-QUORUM-4of7"),
    hedge("A-HEDGE-exp-0.5", fast=1.0),
    hedge("A-HEDGE-exp-2.3026"),
    outstanding("B-GRPC-hedge", fast=0.2),
)
