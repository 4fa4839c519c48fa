"""Who waits at one station, and who leaves: priorities (Cobham), patience (Erlang A), a longest wait (Barrer).

    M/M/1 with priorities, non-preemptive and preemptive-resume; M/M/c+M; M/M/1+D, left at its time, or dropped at its turn
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from sim.record import fields as f
from sim.record.fields.facts import FACT_ARRIVED, FACT_STARTED, FACT_WAITING, LOG_FACT, LOG_VALUE
from sim.record.outcomes import DROPPED, OK
from tests.theory.case import REPLICATIONS, Case, Figures, Part, known
from tests.theory.cases.queues import FACTS
from tests.theory.declare import client, exponential, long_run, per_second, poisson, scenario, seconds, service, station
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tests.theory.observe import Observed


def prioritised(case_id: str, *, requests: float, **settings: Any) -> Case:
    """Classes of requests at one worker, the first the most urgent: means by class, with and without preemption."""
    case = known(case_id)
    rates, means = case.inputs["arrival_rates"], case.inputs["mean_service"]
    classes = range(1, len(rates) + 1)

    def built(preempt: bool, each: float) -> Any:  # noqa: FBT001
        operations = {f"serve{n}": [{"work": exponential(means[n - 1])}] for n in classes}
        serving = {"workers": 1, "operations": operations, "queue": {"discipline": "priority", "preempt": preempt}}
        flows = {f"class{n}": client(f"station.serve{n}", poisson(rates[n - 1]), priority=len(rates) - n) for n in classes}
        return scenario(case_id, {"station": serving}, flows, long_run(each, sum(rates)))

    def patient(batch: Sequence[Observed]) -> Figures:
        found = {f"nonpreemptive_W_class{n}": batch[0].mean_reply(f"class{n}") for n in classes}
        for n in classes:
            log = batch[0].log_of(f"station.serve{n}")
            waits = log[np.isin(log[:, LOG_FACT], (FACT_ARRIVED, FACT_STARTED)), LOG_VALUE]
            found[f"nonpreemptive_Wq_class{n}"] = float(waits.mean()) / SECOND
        return found

    def preempted(batch: Sequence[Observed]) -> Figures:
        return {f"preemptive_resume_W_class{n}": batch[0].mean_reply(f"class{n}") for n in classes}

    def parts(effort: float) -> Sequence[Part]:
        each = requests / REPLICATIONS * effort
        facts = int(each * 1.08 * FACTS) + 10_000
        return [
            Part(built(False, each), patient, facts=facts),
            Part(built(True, each), preempted),
        ]

    return Case(case, parts, **settings)


def erlang_a(case_id: str, *, requests: float, **settings: Any) -> Case:
    """Requests with an exponential patience, that leave the queue when it is over and no longer once they are begun."""
    case = known(case_id)
    rate, inputs = case.inputs["arrival_rate"], case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        arrived = seen.service("station", f.services.SERVICE_ARRIVED)
        facts = seen.log[:, LOG_FACT]
        waiting, at_once = int((facts == FACT_WAITING).sum()), int((facts == FACT_ARRIVED).sum())
        return {
            "P_wait": waiting / (waiting + at_once),
            "P_abandon": seen.service("station", f.services.SERVICE_ENDED + DROPPED) / arrived,
            "Lq": seen.waiting("station"),
            "Wq_all": seen.service("station", f.services.SERVICE_WAITED) / SECOND / arrived,
            "L": seen.inside("station"),
            "throughput": seen.service("station", f.services.SERVICE_ENDED + OK) / seen.time,
        }

    def parts(effort: float) -> Sequence[Part]:
        each = requests / REPLICATIONS * effort
        work = exponential(1.0 / inputs["service_rate"])
        queue = {"wait_max": exponential(1.0 / inputs["patience_rate"])}
        built = station(case_id, poisson(rate), work, long_run(each, rate), workers=inputs["servers"], queue=queue)
        return [Part(built, measure, facts=int(each * 1.08 * FACTS) + 10_000)]

    return Case(case, parts, **settings)


def longest_wait(case_id: str, *, requests: float, **settings: Any) -> Case:
    """Requests that leave the queue when they have waited for a constant time."""
    case = known(case_id)
    rate, inputs = case.inputs["arrival_rate"], case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        arrived = seen.service("station", f.services.SERVICE_ARRIVED)
        return {
            "P_timeout": seen.service("station", f.services.SERVICE_ENDED + DROPPED) / arrived,
            "P0": 1.0 - seen.busy("station"),
            "throughput": seen.replies("client", "ok") / seen.time,
            "Wq_served": float(seen.waits.mean()),
            "Wq_all": seen.service("station", f.services.SERVICE_WAITED) / SECOND / arrived,
        }

    def parts(effort: float) -> Sequence[Part]:
        each = requests / REPLICATIONS * effort
        queue = {"wait_max": seconds(inputs["queue_timeout"])}
        built = station(case_id, poisson(rate), exponential(1.0 / inputs["service_rate"]), long_run(each, rate), queue=queue)
        return [Part(built, measure, facts=int(each * 1.08 * FACTS) + 10_000)]

    return Case(case, parts, **settings)


def at_its_turn(case_id: str, **settings: Any) -> Case:
    """Who has waited too long is dropped when its turn comes: as many are served as where it leaves when its time is up."""
    case = known(case_id)
    rate, inputs = case.inputs["arrival_rate"], case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        return {"served_rate": batch[0].replies("client", "ok") / batch[0].time}

    def parts(effort: float) -> Sequence[Part]:
        timeout = seconds(inputs["timeout"])
        found = []
        for name, queue in {"dropped at its turn": {"ttl": timeout}, "left at its time": {"wait_max": timeout}}.items():
            serving = service([{"work": exponential(1.0 / inputs["service_rate"])}], queue=queue)
            flow = client("station.serve", {"kind": "poisson", "rate": per_second(float(rate))})
            built = scenario(case_id, {"station": serving}, {"client": flow}, long_run(1e5 * effort, rate))
            found.append(Part(built, measure, label=name))
        return found

    return Case(case, parts, **settings)


CASES: tuple[Case, ...] = (
    prioritised("A-PRIO-2cls-exp", requests=6e6),
    prioritised("A-PRIO-3cls-exp", requests=8e6),
    erlang_a("A-ERLA-1-0.8", requests=1.5e6, fast=0.1),
    erlang_a("A-ERLA-50-50.0", requests=3e6),
    longest_wait("A-MM1D-0.8-5.0", requests=2e6),
    at_its_turn("A-TR-sanity2", fast=0.05),
)
