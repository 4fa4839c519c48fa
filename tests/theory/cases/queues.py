"""One station: clients arrive, wait for one of c workers, are served.

    M/M/1, M/M/c (Erlang C), M/M/c/K, M/G/c/c (Erlang B), M/G/1 (Pollaczek-Khinchine), G/M/1, M/D/c, Little's law

Means come from areas and counters of long runs; the waits of single requests (their percentiles, the share that has to
wait) from the event log of shorter ones.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from sim.record import fields as f
from tests.theory.case import REPLICATIONS, Case, Figures, Known, Measure, Part, known
from tests.theory.declare import (
    WORKERS_UNLIMITED,
    client,
    exponential,
    long_run,
    per_second,
    poisson,
    renewal,
    scenario,
    seconds,
    service,
    station,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tests.theory.observe import Observed

HEAVY = 0.85
"""Loads from here on have the caps of heavy traffic."""
FACTS = 9
"""Facts in the event log of one request of a single station."""
REQUESTS = {0.5: 1.1e6, 0.7: 2.5e6, 0.8: 4.7e6, 0.9: 17e6}
"""How many requests give the mean wait of an M/M/1 to 1 % (95 %), by load."""


def quantiles(observed: Observed, expected: Figures, prefix: str, read: Callable[[float], float]) -> Figures:
    """The percentiles that are expected under a prefix: ``W_p99`` is ``read(0.99)``."""
    names = [name for name in expected if name.startswith(f"{prefix}_p")]
    return {name: read(float("0." + name.removeprefix(f"{prefix}_p"))) for name in names}


def of_queue(case: Known, *, utilisation: str = "rho") -> Measure:
    """Means and sojourn percentiles of one station, without the event log."""

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        workers = seen.network.services[0].workers
        figures = {
            utilisation: seen.busy("station") / workers,
            "L": seen.inside("station"),
            "Lq": seen.waiting("station"),
            "W": seen.mean_reply("client"),
            "Wq": seen.mean_wait("station"),
        }
        if workers == 1:
            figures["P0"] = 1.0 - seen.busy("station")
        for prefix in ("W", "T"):
            figures |= quantiles(seen, case.expected, prefix, lambda q: seen.reply_quantile("client", q))
        return {name: value for name, value in figures.items() if name in case.expected}

    return measure


def of_waits(case: Known) -> Measure:
    """What the waits of single requests say: percentiles, and the share that has to wait."""

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        share = seen.waited_share()
        figures = {name: share for name in ("P_wait", "erlang_c", "sigma") if name in case.expected}
        return figures | quantiles(seen, case.expected, "Wq", seen.wait_quantile)

    return measure


def queue(
    case_id: str,
    arrivals: dict[str, Any],
    rate: float,
    work: dict[str, Any] | str,
    *,
    mean: float = 1.0,
    workers: int = 1,
    requests: float = 0.0,
    waits: float = 0.2,
    **settings: Any,
) -> Case:
    """A station with unlimited room.

    mean:     the mean service time.
    requests: how many count in all; default: as many as an M/M/1 of that load takes.
    waits:    share of the requests that are run again with an event log, where single waits are asked for.
    """
    case = known(case_id)
    load = rate * mean / workers
    total = requests or REQUESTS[min(REQUESTS, key=lambda listed: abs(listed - load))]
    logged = {"P_wait", "erlang_c", "sigma"} & set(case.expected) or [n for n in case.expected if n.startswith("Wq_p")]

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(total / REPLICATIONS * effort, rate)
        found = [Part(station(case_id, arrivals, work, run, workers=workers), of_queue(case))]
        if logged:
            each = total * waits / REPLICATIONS * effort
            run = long_run(each, rate)
            facts = int(each * 1.08 * FACTS) + 10_000
            found.append(Part(station(case_id, arrivals, work, run, workers=workers), of_waits(case), facts=facts))
        return found

    return Case(case, parts, heavy=load >= HEAVY, **settings)


def markovian(case_id: str, **settings: Any) -> Case:
    """M/M/c."""
    case = known(case_id)
    rate, mean = case.inputs["arrival_rate"], 1.0 / case.inputs["service_rate"]
    workers = case.inputs.get("servers", 1)
    return queue(case_id, poisson(rate), rate, exponential(mean), mean=mean, workers=workers, **settings)


# -- service times by the names that theory.json gives them


def _hyperexponential(params: dict[str, Any]) -> dict[str, Any]:
    branches = [(params["p"], 1.0 / params["mu1"]), (1.0 - params["p"], 1.0 / params["mu2"])]
    shown = [{"weight": weight, "mean": seconds(mean)} for weight, mean in branches]
    return {"kind": "hyperexponential", "branches": shown}


def _lognormal(params: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "lognormal", "mean": seconds(params["mean"]), "cv": math.sqrt(math.expm1(params["sigma"] ** 2))}


def _bimodal(params: dict[str, Any]) -> dict[str, Any]:
    values = [seconds(params["fast"]), seconds(params["slow"])]
    return {"kind": "empirical", "values": values, "weights": [params["p_fast"], 1.0 - params["p_fast"]]}


SERVICE_TIMES: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "exponential": lambda params: exponential(params["mean"]),
    "deterministic": lambda params: {"kind": "constant", "value": seconds(params["value"])},
    "erlang2": lambda params: {"kind": "erlang", "mean": seconds(params["mean"]), "stages": params["k"]},
    "uniform": lambda params: {"kind": "uniform", "low": seconds(params["low"]), "high": seconds(params["high"])},
    "hyperexp": _hyperexponential,
    "lognormal": _lognormal,
    "pareto": lambda params: {"kind": "pareto", "alpha": params["alpha"], "minimum": seconds(params["xm"])},
    "bimodal": _bimodal,
}
"""Distributions by the first word of the name that theory.json gives them."""


def service_time(inputs: dict[str, Any]) -> dict[str, Any]:
    """The distribution that ``service`` and ``service_params`` name."""
    return SERVICE_TIMES[inputs["service"].partition("_")[0]](inputs.get("service_params", inputs))


def general(case_id: str, **settings: Any) -> Case:
    """M/G/1."""
    inputs = known(case_id).inputs
    rate = inputs["arrival_rate"]
    work = service_time(inputs) if "service" in inputs else {"kind": "constant", "value": seconds(inputs["service_time"])}
    return queue(case_id, poisson(rate), rate, work, workers=inputs.get("servers", 1), **settings)


def heavy_tailed(case_id: str, requests: float) -> Case:
    """M/G/1 whose service times have no third moment: judged against Pollaczek-Khinchine for the times that were drawn.

    The plain mean of such waits has no variance, so no standard error can judge it: of the second moment of a Pareto of
    index 2.5, 5 % come from values that 4e6 requests mostly do not meet, and now and then meet many times over. What a run
    can be held to is the identity behind the formula, on its own service times S: the work at the station is the work that
    its requests found or brought, so E[wait] = (sum of S**2 / 2) / (time - sum of S). Each figure is shown with that term
    put in the place of its expectation (a control variate).
    """
    case = known(case_id)
    inputs = case.inputs
    rate = inputs["arrival_rate"]
    exact = case.expected

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        drawn = seen.service_times()
        wait = float((drawn**2).sum()) / 2.0 / (seen.time - float(drawn.sum()))
        flow = seen.service("station", f.services.SERVICE_STARTED) / seen.time
        return {
            "Wq": seen.mean_wait("station") - wait + exact["Wq"],
            "W": seen.mean_reply("client") - wait + exact["Wq"],
            "Lq": seen.waiting("station") - flow * wait + exact["Lq"],
            "L": seen.inside("station") - flow * wait + exact["Lq"],
            "P_wait": seen.waited_share(),
        }

    def parts(effort: float) -> Sequence[Part]:
        each = requests / REPLICATIONS * effort
        scene = station(case_id, poisson(rate), service_time(inputs), long_run(each, rate))
        return [Part(scene, measure, facts=int(each * 1.08 * FACTS) + 10_000, label="given the times drawn")]

    return Case(case, parts)


# -- other arrivals than Poisson


def gaps(name: str, mean: float) -> dict[str, Any]:
    """Arrivals with the gaps that ``interarrival`` names: E2, E3 (Erlang), H2cv4 (balanced means), D."""
    if name == "D":
        return {"kind": "constant", "rate": per_second(1.0 / mean)}
    if name.startswith("E"):
        return renewal({"kind": "erlang", "mean": seconds(mean), "stages": int(name[1:])})
    return renewal({"kind": "hyperexponential", "mean": seconds(mean), "cv": 2.0})


def bursty(case_id: str, **settings: Any) -> Case:
    """G/M/1."""
    inputs = known(case_id).inputs
    rate = inputs["arrival_rate"]
    return queue(case_id, gaps(inputs["interarrival"], 1.0 / rate), rate, exponential(1.0), **settings)


def by_turns(case_id: str, **settings: Any) -> Case:
    """G/M/1 with Erlang gaps, also as one of N replicas that round robin sends Poisson clients to."""
    plain = bursty(case_id, **settings)
    case = plain.known
    replicas = int(case.inputs["interarrival"][1:])
    rate = case.inputs["arrival_rate"] * replicas

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        figures = {"W": seen.mean_reply("client"), "Wq": seen.mean_wait("station")}
        return figures | quantiles(seen, case.expected, "W", lambda q: seen.reply_quantile("client", q))

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(1e5 * effort, rate)
        turns = station(case_id, poisson(rate), exponential(1.0), run, replicas=replicas, balance="round_robin")
        return [*plain.parts(effort), Part(turns, measure, label=f"round robin over {replicas}")]

    return Case(case, parts, heavy=plain.heavy, fast=plain.fast, bars=plain.bars)


# -- limited room


def limited(case_id: str, **settings: Any) -> Case:
    """M/M/c/K: K is the room of the whole system, so K - c may wait."""
    case = known(case_id)
    inputs = case.inputs
    rate, workers = inputs["arrival_rate"], inputs["servers"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "P_block": seen.rejected_share("station"),
            "throughput": seen.replies("client", "ok") / seen.time,
            "L": seen.inside("station"),
            "W_accepted": seen.mean_reply("client"),
            "Lq": seen.waiting("station"),
            "utilization": seen.busy("station") / workers,
        }

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(5e4 * effort, rate)
        room = inputs["system_capacity"] - workers
        return [Part(station(case_id, poisson(rate), exponential(1.0), run, workers=workers, queue_max=room), measure)]

    return Case(case, parts, **settings)


LAWS: dict[str, dict[str, Any]] = {
    "exponential": exponential(1.0),
    "constant": {"kind": "constant", "value": "1s"},
    "lognormal cv 2": {"kind": "lognormal", "mean": "1s", "cv": 2.0},
    "hyperexponential cv 2": {"kind": "hyperexponential", "mean": "1s", "cv": 2.0},
    "uniform": {"kind": "uniform", "low": "0s", "high": "2s"},
}


def loss(case_id: str, **settings: Any) -> Case:
    """M/G/c/c: no room to wait; the service time's law does not matter."""
    case = known(case_id)
    rate, workers = case.inputs["offered_load"], case.inputs["servers"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "P_block": seen.rejected_share("station"),
            "carried": seen.busy("station"),
            "utilization": seen.busy("station") / workers,
        }

    def parts(effort: float) -> Sequence[Part]:
        run = long_run(5e4 * effort, rate)
        return [
            Part(station(case_id, poisson(rate), law, run, workers=workers, queue_max=0), measure, label=name)
            for name, law in LAWS.items()
        ]

    return Case(case, parts, **settings)


def little(case_id: str, **settings: Any) -> Case:
    """How many are inside is rate times latency, whatever the law."""
    case = known(case_id)
    rate, mean = case.inputs["arrival_rate"], case.inputs["mean_latency"]

    def measure(batch: Sequence[Observed]) -> Figures:
        return {"concurrency": batch[0].inside("station")}

    def parts(effort: float) -> Sequence[Part]:
        work = {"kind": "lognormal", "mean": seconds(mean), "cv": 1.0}
        run = long_run(2.5e4 * effort, rate)
        return [Part(station(case_id, poisson(rate), work, run, workers=WORKERS_UNLIMITED), measure)]

    return Case(case, parts, **settings)


def salon(case_id: str, **settings: Any) -> Case:
    """An M/M/1 in hours."""
    case = known(case_id)
    rate, mean = case.inputs["arrival_rate"], 1.0 / case.inputs["service_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "L": seen.inside("station"),
            "Lq": seen.waiting("station"),
            "Wq_hours": seen.mean_wait("station"),
            "W_hours": seen.mean_reply("client"),
            "P0": 1.0 - seen.busy("station"),
        }

    def parts(effort: float) -> Sequence[Part]:
        return [Part(station(case_id, poisson(rate), exponential(mean), long_run(2e5 * effort, rate)), measure)]

    return Case(case, parts, **settings)


def batches(case_id: str, sizes: dict[int, float], each: float, **settings: Any) -> Case:
    """M^X/M/1: a batch is one client whose front sends all its requests at once."""
    case = known(case_id)
    rate, mean = case.inputs["batch_rate"], 1.0 / case.inputs["service_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        figures = {
            "rho": seen.busy("station"),
            "L": seen.inside("station"),
            "W": seen.mean_sojourn("station"),
            "Wq": seen.mean_wait("station"),
        }
        return {name: value for name, value in figures.items() if name in case.expected}

    def parts(effort: float) -> Sequence[Part]:
        ways = [{"weight": w, "steps": [{"parallel": [{"call": "station.serve"}] * n}]} for n, w in sizes.items()]
        services = {
            "front": service([{"choose": ways}], workers=WORKERS_UNLIMITED),
            "station": service([{"work": exponential(mean)}]),
        }
        run = long_run(each * effort, rate)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, run), measure)]

    return Case(case, parts, **settings)


def split_merge(case_id: str, **settings: Any) -> Case:
    """The one worker of the caller is held until both of its parallel calls are back."""
    case = known(case_id)
    rate = case.inputs["arrival_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {"Wq": seen.mean_wait("front"), "W": seen.mean_reply("client"), "rho": seen.busy("front")}

    def saturated(batch: Sequence[Observed]) -> Figures:
        return {"max_throughput": batch[0].service("front", f.services.SERVICE_ENDED) / batch[0].time}

    def built(rate: float, requests: float) -> Any:
        tasks = [{"call": "task.serve"}] * case.inputs["n"]
        services = {
            "front": service([{"parallel": tasks}], queue_max=10_000_000),
            "task": service([{"work": exponential(1.0)}], workers=WORKERS_UNLIMITED),
        }
        return scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, long_run(requests, rate))

    def parts(effort: float) -> Sequence[Part]:
        return [
            Part(built(rate, 8e4 * effort), measure),
            Part(built(2.0, 2e4 * effort), saturated, label="twice the rate it can take"),
        ]

    return Case(case, parts, **settings)


GEOMETRIC = {n: 0.25 * 0.75 ** (n - 1) for n in range(1, 81)}
"""Batch sizes of mean 4; larger ones than 80 come once in 1e10."""

CASES: tuple[Case, ...] = (
    markovian("A-MM1-rho50", fast=0.5),
    markovian("A-MM1-rho80"),
    markovian("A-MM1-rho90"),
    markovian("A-MM1-80rps_10ms"),
    markovian("A-MMc-2-a1.6"),
    markovian("A-MMc-5-a2.5", requests=6e6, fast=0.6),
    limited("A-MMcK-1-20-2.0", fast=1.0),
    limited("A-MMcK-4-10-5.0", fast=1.0),
    loss("A-ERLB-10-7.0", fast=1.0),
    general("A-MG1-exponential-r50", fast=0.5),
    general("A-MG1-deterministic-r50", fast=0.5),
    general("A-MG1-erlang2-r50", fast=0.5),
    general("A-MG1-uniform_0_2-r50", fast=0.5),
    general("A-MG1-hyperexp_cv2_4-r50", requests=4e6, fast=0.6),
    general("A-MG1-lognormal_cv2_0.5-r50", fast=0.5),
    general("A-MG1-lognormal_cv2_1-r50", fast=0.6),
    heavy_tailed("A-MG1-pareto_2.5-r50", requests=4e6),
    general("A-MG1-bimodal_99_1-r50", requests=2e6, fast=0.6),
    general("A-MG1-erlang2-r80"),
    general("A-MG1-hyperexp_cv2_4-r80", requests=10e6),
    general("A-MG1-lognormal_cv2_0.5-r80"),
    general("A-MD1-pct-r80", waits=0.4),
    general("A-MD1-pct-r90", requests=8e6, waits=0.5),
    general("A-MLN1-pct-r70-cv1", waits=0.5),
    general("A-MLN1-pct-r80-cv1", waits=0.5),
    by_turns("A-GM1-E2-r50", fast=0.6),
    by_turns("A-GM1-E3-r80"),
    bursty("A-GM1-H2cv4-r80", requests=8e6),
    bursty("A-GM1-D-r90", requests=8e6),
    bursty("A-GM1-E3-r90", requests=8e6),
    bursty("A-GM1-H2cv4-r90", requests=14e6),
    general("A-MDc-2-1.8", requests=8e6),
    little("A-LITTLE", fast=1.0),
    salon("C-GH-2.1", fast=0.9),
    batches("A-MXM1-fixed10", {10: 1.0}, 4e4),
    batches("A-MXM1-geom", GEOMETRIC, 1.5e5),
    split_merge("A-SPLITMERGE-2", fast=0.8),
)
