"""Clients that give up, try again, or ask many at once.

    timeouts whose work goes on (orphans), retries and their amplification, the retry orbit, fan-out and its tail

Infinite servers are services with more workers than are ever taken: nobody waits, so only the clients' own rules show.
"""

from __future__ import annotations

import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from sim.record.fields.edges import EDGE_ATTEMPTS, EDGE_CALLS, EDGE_SETTLED
from sim.record.outcomes import OK, REJECTED, TIMEOUT
from tests.theory.case import Case, Figures, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    at_once,
    client,
    exponential,
    long_run,
    poisson,
    scenario,
    seconds,
    service,
)
from tests.theory.judge import CAP_MEAN, CAP_TAIL, Bar
from tests.theory.observe import SECOND

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed

TRIFLE = "1us"
"""A service time that matters to nobody."""


def impatient(case_id: str, *, requests: float = 1.5e5, **settings: Any) -> Case:
    """An M/M/1 whose clients stop waiting; the server does not notice."""
    case = known(case_id)
    inputs = case.inputs
    rate = inputs["arrival_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "P_timeout": seen.replies("client", "timeout") / seen.replied("client"),
            "goodput": seen.replies("client", "ok") / seen.time,
            "server_utilization": seen.busy("station"),
            "wasted_work_fraction": seen.service("station", f.services.SERVICE_ORPHANED) / seen.ended("station"),
        }

    def parts(effort: float) -> Sequence[Part]:
        services = {"station": service([{"work": exponential(1.0 / inputs["service_rate"])}])}
        flow = client("station.serve", poisson(rate), timeout=seconds(inputs["timeout"]))
        return [Part(scenario(case_id, services, {"client": flow}, long_run(requests * effort, rate)), measure)]

    return Case(case, parts, **settings)


# -- retries, without any queue


def failing(p_fail: float) -> list[dict[str, Any]]:
    """A handler that fails with a probability."""
    return [{"work": TRIFLE}, {"fail": p_fail}]


def repeated(case_id: str, **settings: Any) -> Case:
    """A client that tries up to n times against independent failures."""
    case = known(case_id)
    attempts = case.inputs["max_attempts"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        sent = seen.edge("station.serve", EDGE_ATTEMPTS) / seen.edge("station.serve", EDGE_CALLS)
        return {"load_amplification": sent, "success": seen.replies("client", "ok") / seen.replied("client")}

    def parts(effort: float) -> Sequence[Part]:
        services = {"station": service(failing(case.inputs["p_fail"]), workers=WORKERS_UNLIMITED)}
        flow = client("station.serve", poisson(100.0), retry=at_once(attempts))
        return [Part(scenario(case_id, services, {"client": flow}, long_run(2e4 * effort, 100.0)), measure)]

    return Case(case, parts, **settings)


def layered(layers: int, attempts: int, p_fail: float, requests: float) -> Scenario:
    """``layers`` callers on top of one another (the client is the first), each of which retries; the bottom fails."""
    names = [f"layer{i}" for i in range(1, layers)] + ["bottom"]
    services = {"bottom": service(failing(p_fail), workers=WORKERS_UNLIMITED)}
    for name, below in pairwise(names):
        calling = [{"call": f"{below}.serve", "retry": at_once(attempts)}]
        services[name] = service(calling, workers=WORKERS_UNLIMITED)
    flow = client(f"{names[0]}.serve", poisson(100.0), retry=at_once(attempts))
    return scenario("layers", services, {"client": flow}, long_run(requests, 100.0))


def stacked(case_id: str, *, requests: float, **settings: Any) -> Case:
    """Retries on every layer, the bottom fails sometimes: how many calls reach it for one request."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        calls = seen.service("bottom", f.services.SERVICE_ARRIVED) / seen.replied("client")
        return {"bottom_calls": calls, "success": seen.replies("client", "ok") / seen.replied("client")}

    def parts(effort: float) -> Sequence[Part]:
        attempts, p_fail = inputs["attempts_per_layer"], inputs["p_fail_bottom"]
        return [Part(layered(inputs["layers"], attempts, p_fail, requests * effort), measure)]

    return Case(case, parts, **settings)


def outage(case_id: str, **settings: Any) -> Case:
    """Retries on every layer, the bottom always fails."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        names = {"top": "layer1", "middle": "layer2", "attempts_at_bottom": "bottom"}
        requests = seen.replied("client")
        return {figure: seen.service(name, f.services.SERVICE_ARRIVED) / requests for figure, name in names.items()}

    def parts(effort: float) -> Sequence[Part]:
        attempts = inputs["attempts_per_layer"]
        built = layered(inputs["layers_retrying"], attempts, inputs["bottom_failure"], 2e3 * effort + 100)
        return [Part(built, measure)]

    return Case(case, parts, **settings)


def unbudgeted(case_id: str, **settings: Any) -> Case:
    """Three attempts at a service that always fails, without a budget."""
    case = known(case_id)

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {"load_no_budget": seen.service("bottom", f.services.SERVICE_ARRIVED) / seen.replied("client")}

    def parts(effort: float) -> Sequence[Part]:
        return [Part(layered(1, case.inputs["attempts"], 1.0, 2e3 * effort + 100), measure)]

    return Case(case, parts, **settings)


# -- retries through a queue


def orbit(case_id: str, **settings: Any) -> Case:
    """Failed requests come back to the M/M/1 after a wait; how the wait is distributed does not matter."""
    case = known(case_id)
    inputs = case.inputs
    rate, attempts = inputs["arrival_rate"], inputs["max_attempts"]
    waits = {
        "fixed wait": {"kind": "fixed", "attempts_max": attempts, "delay": "50ms"},
        "full jitter": {"kind": "full_jitter", "attempts_max": attempts, "base": "100ms", "cap": "100ms"},
    }

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "effective_rate": seen.service("station", f.services.SERVICE_ARRIVED) / seen.time,
            "rho": seen.busy("station"),
            "L_server": seen.inside("station"),
            "W_per_attempt": seen.mean_sojourn("station"),
            "success": seen.replies("client", "ok") / seen.replied("client"),
        }

    def parts(effort: float) -> Sequence[Part]:
        steps = [{"work": exponential(1.0 / inputs["service_rate"])}, {"fail": inputs["p_fail"]}]
        run = long_run(8e4 * effort, rate)
        return [
            Part(
                scenario(
                    case_id,
                    {"station": service(steps)},
                    {"client": client("station.serve", poisson(rate), retry=retry)},
                    run,
                ),
                measure,
                label=name,
            )
            for name, retry in waits.items()
        ]

    return Case(case, parts, **settings)


def reference(case_id: str, **settings: Any) -> Case:
    """Timeouts and retries at a queue, against another simulator; its standard errors are part of the bound."""
    case = known(case_id)
    inputs = case.inputs
    rate = inputs["arrival_rate"]
    errors = json.loads(case.source[case.source.index("{") :])
    bars = {
        name: Bar(cap=max(CAP_MEAN, errors[name] / value if value else 0.0), reference_se=errors[name])
        for name, value in case.expected.items()
    }

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        edge = "station.serve"
        return {
            "first_rate": seen.edge(edge, EDGE_CALLS) / seen.time,
            "goodput": seen.replies("client", "ok") / seen.time,
            "attempt_rate": seen.edge(edge, EDGE_ATTEMPTS) / seen.time,
            "timeout_rate": seen.edge(edge, EDGE_SETTLED + TIMEOUT) / seen.time,
            "reject_rate": seen.edge(edge, EDGE_SETTLED + REJECTED) / seen.time,
            "wasted_completions_rate": seen.service("station", f.services.SERVICE_ORPHANED) / seen.time,
            "giveup_rate": (seen.replied("client") - seen.replies("client", "ok")) / seen.time,
            "mean_in_server_system": seen.inside("station"),
        }

    def of_attempts(batch: Sequence[Observed]) -> Figures:
        log = batch[0].log
        sent, settled = (log[log[:, f.facts.LOG_FACT] == fact] for fact in (f.facts.FACT_SENT, f.facts.FACT_SETTLED))
        succeeded = settled[settled[:, f.facts.LOG_VALUE] == OK]
        begun = dict(zip(sent[:, f.facts.LOG_IDENTITY].tolist(), sent[:, f.facts.LOG_TIME].tolist(), strict=True))
        ends = zip(succeeded[:, f.facts.LOG_IDENTITY].tolist(), succeeded[:, f.facts.LOG_TIME].tolist(), strict=True)
        took = [end - begun[attempt] for attempt, end in ends if attempt in begun]
        return {"mean_attempt_latency_success": sum(took) / len(took) / SECOND}

    def built(requests: float) -> Scenario:
        workers = inputs["servers"]
        room = {} if inputs["queue_cap"] == "inf" else {"queue_max": inputs["queue_cap"]}
        services = {"station": service([{"work": exponential(1.0 / inputs["service_rate"])}], workers=workers, **room)}
        retry = {"kind": "fixed", "attempts_max": inputs["max_attempts"], "delay": seconds(inputs["backoff"])}
        flow = client("station.serve", poisson(rate), timeout=seconds(inputs["timeout"]), retry=retry)
        return scenario(case_id, services, {"client": flow}, long_run(requests, rate))

    def parts(effort: float) -> Sequence[Part]:
        total, logged = rate * 4000.0 * effort, 4e4 * effort
        return [
            Part(built(total), measure),
            Part(built(logged), of_attempts, facts=int(logged * 1.1 * 18) + 10_000),
        ]

    return Case(case, parts, bars=bars, **settings)


def hurried(case_id: str, **settings: Any) -> Case:
    """A timeout for each attempt at an infinite server, retried at once; attempts given up keep their servers busy."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        calls = seen.edge("station.serve", EDGE_CALLS)
        return {
            "success": seen.edge("station.serve", EDGE_SETTLED + OK) / calls,
            "attempts": seen.edge("station.serve", EDGE_ATTEMPTS) / calls,
            "mean_latency_all": seen.mean_reply("client"),
            "busy_servers_per_unit_rate_no_cancel": seen.busy("station") * seen.time / calls,
        }

    def parts(effort: float) -> Sequence[Part]:
        # the front goes on when its call fails, so that the client's latency covers successes and failures alike
        retry = at_once(inputs["max_attempts"])
        asking = {"call": "station.serve", "timeout": seconds(inputs["timeout"]), "retry": retry, "optional": True}
        services = {
            "front": service([asking], workers=WORKERS_UNLIMITED),
            "station": service([{"work": exponential(inputs["mean_service"])}], workers=WORKERS_UNLIMITED),
        }
        run = long_run(1.5e4 * effort, 20.0)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(20.0))}, run), measure)]

    return Case(case, parts, **settings)


def persistent(case_id: str, **settings: Any) -> Case:
    """One after the other, a hundred successes through a service that may take too long; a pause after each try."""
    case = known(case_id)
    required = case.inputs["required"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        requests = seen.edge("station.serve", EDGE_ATTEMPTS) / (seen.edge("station.serve", EDGE_CALLS) / required)
        total = seen.mean_reply("client")
        return {"total_time": total, "requests": requests, "contention_time": total - requests}

    def parts(effort: float) -> Sequence[Part]:
        # only the mean of the pause matters, so the constant one before a retry will do
        retry = {"kind": "fixed", "attempts_max": 100, "delay": "1s"}
        once = [{"call": "station.serve", "timeout": "10s", "retry": retry}, {"work": exponential(1.0)}]
        services = {
            "front": service(once * required, workers=WORKERS_UNLIMITED),
            "station": service([{"work": exponential(5.0)}], workers=WORKERS_UNLIMITED),
        }
        run = long_run(800 * effort + 20, 0.02)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(0.02))}, run), measure)]

    return Case(case, parts, **settings)


# -- many at once


def fan_out(case_id: str, **settings: Any) -> Case:
    """The slowest of n parallel calls."""
    case = known(case_id)
    calls = [{"call": "task.serve"}] * case.inputs["n"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "mean": seen.mean_reply("client"),
            "sd": seen.reply_sd("client"),
            "p50": seen.reply_quantile("client", 0.5),
            "p99": seen.reply_quantile("client", 0.99),
        }

    def parts(effort: float) -> Sequence[Part]:
        services = {
            "front": service([{"parallel": calls}], workers=WORKERS_UNLIMITED),
            "task": service([{"work": exponential(case.inputs["mean_service"])}], workers=WORKERS_UNLIMITED),
        }
        run = long_run(3e4 * effort, 20.0)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(20.0))}, run), measure)]

    return Case(case, parts, **settings)


SLOW = {0.01: 2.0, 0.001: 3.0, 0.0001: 4.0}
"""A call takes at least so many seconds with each of these probabilities, else one second."""


def tail(case_id: str, **settings: Any) -> Case:
    """How often the slowest of n calls is a slow one; one run shows several degrees of slowness."""
    case = known(case_id)
    plans = {
        1: (2e4, (0.01,)),
        10: (8e3, (0.01,)),
        100: (4.2e3, (0.01, 0.001, 0.0001)),
        1000: (32.0, (0.001,)),
        2000: (190.0, (0.0001,)),
    }

    def built(calls: int, requests: float) -> Scenario:
        law = {"kind": "empirical", "values": ["1s", "2s", "3s", "4s"], "weights": [0.99, 0.009, 0.0009, 0.0001]}
        services = {"task": service([{"work": law}], workers=WORKERS_UNLIMITED)}
        if calls <= 1000:
            services["front"] = service([{"parallel": [{"call": "task.serve"}] * calls}], workers=WORKERS_UNLIMITED)
        else:  # a step has a thousand calls at most: two halves
            halves = [{"call": "half.serve"}] * 2
            services["half"] = service([{"parallel": [{"call": "task.serve"}] * (calls // 2)}], workers=WORKERS_UNLIMITED)
            services["front"] = service([{"parallel": halves}], workers=WORKERS_UNLIMITED)
        rate = 2.0
        return scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, long_run(requests, rate))

    def part(calls: int, requests: float, shares: tuple[float, ...]) -> Part:
        def measure(batch: Sequence[Observed]) -> Figures:
            return {f"p{share}_n{calls}": batch[0].slower("client", SLOW[share] - 0.5) for share in shares}

        return Part(built(calls, requests), measure)

    def parts(effort: float) -> Sequence[Part]:
        return [part(calls, requests * effort, shares) for calls, (requests, shares) in plans.items()]

    bars = {name: Bar(cap=CAP_TAIL) for name in case.expected}
    return Case(case, parts, bars=bars, **settings)


def dead_letter(case_id: str, **settings: Any) -> Case:
    """A message is handed over again until it succeeds or has been handed over often enough."""
    case = known(case_id)
    inputs = case.inputs

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        done = seen.group("readers", f.groups.GROUP_APPLIED) + seen.group("readers", f.groups.GROUP_DROPPED)
        return {
            "P_dlq": seen.group("readers", f.groups.GROUP_DROPPED) / done,
            "mean_deliveries": seen.group("readers", f.groups.GROUP_DELIVERED) / done,
        }

    def parts(effort: float) -> Sequence[Part]:
        services = {
            "front": service([{"publish": "task", "acks": "none"}], workers=WORKERS_UNLIMITED),
            "station": service(failing(inputs["p_fail"])),
        }
        built = scenario(
            case_id,
            services,
            {"client": client("front.serve", poisson(100.0))},
            long_run(1e4 * effort, 100.0),
            architecture="event-driven",
            brokers={"log": {"topics": {"task": {"partitions": 1}}}},
            subscriptions={"readers": {"topic": "task", "operation": "station.serve", "retry": at_once(inputs["max_receive"])}},
        )
        return [Part(built, measure)]

    return Case(case, parts, **settings)


CANCEL = "needs calls whose cancellation frees the callee's worker"

CASES: tuple[Case, ...] = (
    impatient("A-CLTO-80-0.05", fast=0.6),
    impatient("A-CLTO-80-0.1"),
    impatient("A-CLTO-90-0.2", requests=4e5, heavy=True),
    repeated("A-RETRY-0.1-4", fast=1.0),
    repeated("A-RETRY-0.2-3", fast=1.0),
    repeated("A-RETRY-0.5-4", fast=1.0),
    repeated("A-RETRY-1.0-4", fast=0.3),
    outage("A-RETRY-layers", fast=0.3),
    stacked("A-RETRY-L2-0.5", requests=1.5e4, fast=1.0),
    stacked("A-RETRY-L3-0.5", requests=1.5e4, fast=1.0),
    stacked("A-RETRY-L3-0.9", requests=1.5e4),
    stacked("A-RETRY-L3-0.1", requests=1.5e4, fast=1.0),
    unbudgeted("A-RETRYBUDGET", left={"load_with_budget": "needs a retry budget"}, fast=1.0),
    orbit("A-RETRYQ-60-0.2-4", fast=0.6),
    reference("B-TR-n3-lam30-backoff"),
    reference("B-TR-pool10-n2-lam450"),
    reference("B-TR-bounded-q"),
    reference("B-TR-bounded-q-n4"),
    reference("B-TR-overload-bounded-n3"),
    hurried("A-TORETRY-1.0-3", left={"busy_servers_per_unit_rate_cancel": CANCEL}, fast=1.0),
    hurried("A-TORETRY-2.0-2", left={"busy_servers_per_unit_rate_cancel": CANCEL}, fast=1.0),
    persistent("B-ICSA-AV1", fast=1.0),
    fan_out("A-FANOUT-exp-2", fast=1.0),
    tail("A-TAIL-63"),
    dead_letter("A-DLQ-0.9-10", fast=1.0),
)
