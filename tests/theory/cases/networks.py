"""Several stations: hand-off by events, fork and join, and the caller whose threads hang on a slow dependency.

    Jackson and Kelly networks, fork-join, synchronous calls with a bounded pool (exact Markov chains)

A Jackson network hands requests on: nobody is held upstream. Here that is a log with no latency and one partition, or a
caller with more workers than are ever taken that walks its requests from station to station.
"""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tests.theory.case import REPLICATIONS, Case, Figures, Part, known
from tests.theory.cases.queues import quantiles
from tests.theory.declare import WORKERS_UNLIMITED, client, exponential, long_run, poisson, scenario, service, station
from tests.theory.judge import FLUID, Bar

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sim.scenario.scenario import Scenario
    from tests.theory.observe import Observed


def tandem(case_id: str, **settings: Any) -> Case:
    """Three stations in a row, each a consumer of a topic that publishes to the next."""
    case = known(case_id)
    rate = case.inputs["arrival_rate"]
    names = [f"stage{i + 1}" for i in range(len(case.inputs["service_rates"]))]

    def built(requests: float) -> Scenario:
        services = {"front": service([{"publish": names[0], "acks": "none"}], workers=WORKERS_UNLIMITED)}
        for name, speed in zip(names, case.inputs["service_rates"], strict=True):
            services[name] = service([{"work": exponential(1.0 / speed)}])
        for name, following in pairwise(names):
            services[name]["operations"]["serve"].append({"publish": following, "acks": "none"})
        return scenario(
            case_id,
            services,
            {"client": client("front.serve", poisson(rate))},
            long_run(requests, rate),
            architecture="event-driven",
            brokers={"log": {"topics": {name: {"partitions": 1} for name in names}}},
            subscriptions={name: {"topic": name, "operation": f"{name}.serve"} for name in names},
        )

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        figures = {"W": seen.mean_completion("client"), "L": sum(seen.lag(name) for name in names)}
        figures |= {f"W{i + 1}": seen.mean_age(name) for i, name in enumerate(names)}
        return figures | quantiles(seen, case.expected, "T", lambda q: seen.completion_quantile("client", q))

    def parts(effort: float) -> Sequence[Part]:
        return [Part(built(1.2e5 * effort), measure)]

    return Case(case, parts, **settings)


def itinerary(visits: dict[str, int]) -> list[dict[str, str]]:
    """Calls to each station as often as it is visited, in turns."""
    left, route = dict(visits), []
    while any(left.values()):
        for name in visits:
            if left[name] > 0:
                left[name] -= 1
                route.append({"call": f"{name}.serve"})
    return route


def central_server(case_id: str, **settings: Any) -> Case:
    """One class with visits: five to the processor, three to one disk, two to the other (Kelly network)."""
    case = known(case_id)
    rate = case.inputs["arrival_rate"]
    visits = {"cpu": 5, "disk1": 3, "disk2": 2}
    demands = dict(zip(visits, case.inputs["demands"], strict=True))

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        inside = {name: seen.inside(name) for name in visits}
        jobs = seen.replied("client") / seen.time
        figures = {"R": seen.mean_reply("client"), "N": sum(inside.values()), "U_disk1": seen.busy("disk1")}
        return figures | {f"R_{name}": inside[name] / jobs for name in visits}

    def parts(effort: float) -> Sequence[Part]:
        services = {name: service([{"work": exponential(demands[name] / visits[name])}]) for name in visits}
        services["front"] = service(list(itinerary(visits)), workers=WORKERS_UNLIMITED)
        run = long_run(2.5e4 * effort, rate)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, run), measure)]

    return Case(case, parts, **settings)


def two_classes(case_id: str, **settings: Any) -> Case:
    """Two classes with visits of one second each: a station sees no difference between them (Kelly network)."""
    case = known(case_id)
    rates = dict(zip(("class1", "class2"), case.inputs["rates"], strict=True))
    stations = ("cpu", "disk")

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        figures = {f"R_{name}": seen.mean_reply(name) for name in rates}
        return figures | {f"U_{name}": seen.busy(name) for name in stations}

    def parts(effort: float) -> Sequence[Part]:
        services = {name: service([{"work": exponential(1.0)}]) for name in stations}
        flows = {}
        for name, demand in zip(rates, case.inputs["demands"], strict=True):
            route = itinerary({station: round(d) for station, d in zip(stations, demand, strict=True)})
            services[f"front-{name}"] = service(list(route), workers=WORKERS_UNLIMITED)
            flows[name] = client(f"front-{name}.serve", poisson(rates[name]))
        run = long_run(1.5e5 * effort, sum(rates.values()))
        return [Part(scenario(case_id, services, flows, run), measure)]

    return Case(case, parts, **settings)


def fork_join(case_id: str, requests: float, **settings: Any) -> Case:
    """Each request goes to both queues at once and waits for both."""
    case = known(case_id)
    rate = case.inputs["arrival_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        return {"W": batch[0].mean_reply("client")}

    def parts(effort: float) -> Sequence[Part]:
        names = [f"task{i}" for i in range(case.inputs["n"])]
        services = {name: service([{"work": exponential(1.0 / case.inputs["service_rate"])}]) for name in names}
        calls = [{"call": f"{name}.serve"} for name in names]
        services["front"] = service([{"parallel": calls}], workers=WORKERS_UNLIMITED)
        run = long_run(requests * effort, rate)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, run), measure)]

    return Case(case, parts, **settings)


def thread_pool(case_id: str, requests: float, **settings: Any) -> Case:
    """A thread works, then waits for the dependency: a slow one takes all threads, then the queue, then rejects."""
    case = known(case_id)
    inputs = case.inputs
    rate = inputs["arrival_rate"]

    def measure(batch: Sequence[Observed]) -> Figures:
        seen = batch[0]
        return {
            "P_reject": seen.rejected_share("front"),
            "throughput": seen.replies("client", "ok") / seen.time,
            "W_accepted": seen.mean_reply("client"),
            "threads_busy": seen.busy("front"),
            "B_in_system": seen.inside("dependency"),
            "caller_queue": seen.waiting("front"),
        }

    def parts(effort: float) -> Sequence[Part]:
        steps: list[dict[str, Any]] = [
            {"work": exponential(1.0 / inputs["local_rate"])},
            {"call": "dependency.serve"},
        ]
        services = {
            "front": service(steps, workers=inputs["threads"], queue_max=inputs["queue"]),
            "dependency": service([{"work": exponential(1.0 / inputs["dep_rate"])}], workers=inputs["dep_servers"]),
        }
        run = long_run(requests * effort, rate)
        return [Part(scenario(case_id, services, {"client": client("front.serve", poisson(rate))}, run), measure)]

    return Case(case, parts, **settings)


def balanced(case_id: str, figures: dict[str, tuple[int, Any, float]], **settings: Any) -> Case:
    """Replicas chosen by chance, by one balancer that sees them all, and one queue for all.

    ``figures``: by names with blanks between them, how many servers, how one of them is chosen (``shared``: one queue), and how
    many requests count. L is what is in all queues and at all servers.
    """
    case = known(case_id)
    rho = case.inputs["rho"]

    def part(names: str, servers: int, how: Any, requests: float) -> Part:
        rate = rho * servers
        run = long_run(requests, rate)
        room: dict[str, Any] = {"workers": servers} if how == "shared" else {"replicas": servers, "balance": how}
        built = station(case_id, poisson(rate), exponential(1.0), run, **room)

        def measure(batch: Sequence[Observed]) -> Figures:
            seen = batch[0]
            return {name: seen.inside("station") if name == "L" else seen.mean_reply("client") for name in names.split()}

        return Part(built, measure, replications=10 if servers > 100 else REPLICATIONS, label=f"{servers} servers")

    def parts(effort: float) -> Sequence[Part]:
        return [part(names, servers, how, requests * effort) for names, (servers, how, requests) in figures.items()]

    return Case(case, parts, heavy=rho >= 0.85, **settings)


MANY = 500  # replicas that stand for infinitely many: the difference is of the order of one in so many
LIMIT = {"W_limit": FLUID, "mitzenmacher_pred": FLUID}


def of_two(case_id: str, requests: float, reference_se: float, **settings: Any) -> Case:
    """The less busy one of two, of very many and of a hundred servers; both simulations of others are figures with errors."""
    figures: dict[str, tuple[int, Any, float]] = {
        "W_random": (10, "random", requests),
        "W_limit mitzenmacher_pred": (MANY, "power_of_two", 1.5 * requests),
        "W_N100_mc mitzenmacher_sim_N100": (100, "power_of_two", requests),
    }
    simulated = Bar(cap=0.02, slack=0.01, reference_se=reference_se)
    bars = LIMIT | dict.fromkeys(("W_N100_mc", "mitzenmacher_sim_N100"), simulated)
    return balanced(case_id, figures, bars=bars, **settings)


def of_d(case_id: str) -> Case:
    """The least busy one of d, of very many servers."""
    how = {"kind": "power_of_d", "d": known(case_id).inputs["d"]}
    return balanced(case_id, {"W_limit": (MANY, how, 3e5)}, bars=LIMIT)


CASES: tuple[Case, ...] = (
    tandem("A-JACK-tandem3", fast=0.4),
    central_server("C-LAZ-open", fast=1.0),
    two_classes("C-LAZ-multi-open", heavy=True),
    fork_join("A-FJ-2-r50", 4e4, fast=0.6),
    fork_join("A-FJ-2-r80", 1.5e5),
    fork_join("A-FJ-2-r90", 2.5e5, heavy=True),
    thread_pool("A-SYNC-healthy", 1.5e5, bars={"caller_queue": Bar(floor=2e-4)}),
    thread_pool("A-SYNC-hung-dep", 1e5, fast=1.0),
    thread_pool("A-SYNC-tight", 5e4, fast=1.0),
    of_two("A-POD2-0.5", 5e4, 0.0015, fast=0.4),
    of_two("A-POD2-0.9", 2.5e5, 0.0117),
    of_two("A-POD2-0.95", 4e5, 0.0173),
    of_d("A-POD3-0.9"),
    of_d("A-POD5-0.9"),
    balanced(
        "A-JSQ2-0.9",
        {
            "W_random": (2, "random", 2.5e5),
            "W_central_MM2": (2, "shared", 2.5e5),
            "W L": (2, "least_requests", 2.5e5),
        },
    ),
)
