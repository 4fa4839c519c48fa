"""How the cost of a unit of work grows with the size of the scenario: it should not.

    python benchmarks/growth.py                    # all rows; some minutes
    python benchmarks/growth.py --rows services

Each row changes one size and leaves the work the same. Printed is the time of the processor for one unit of work (the best of
three runs by the compiled engine), and the exponent between two sizes: 0 where a unit costs the same, 1 where it costs as
much more as the scenario is larger. Set-up is the compiling of the network and its image, of all of it.
"""

from __future__ import annotations

import argparse
import itertools
import math
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import sim
from sim.engine import prepare, run_once
from sim.engine.compiled_engine.host import Image
from sim.network import compile as compile_network

if TYPE_CHECKING:
    from collections.abc import Callable

BEST_OF = 3


def scenario(services: dict[str, Any], flows: dict[str, Any], horizon: str = "20s", **more: Any) -> sim.Scenario:
    run = {"horizon": horizon, "window": "1s", "replications": 1, "seed": 1}
    architecture = "event-driven" if "brokers" in more else "synchronous"
    data = {"name": "growth", "architecture": architecture, "services": services, "workload": flows, "run": run, **more}
    return sim.Scenario.model_validate(data)


def flow(operation: str, rate: float) -> dict[str, Any]:
    return {"operation": operation, "arrivals": {"kind": "poisson", "rate": f"{rate:g}/s"}}


def by_services(count: int) -> sim.Scenario:
    """Five calls a request, in a row; all other services are there and do nothing."""
    names = [f"s{number}" for number in range(count)]
    services: dict[str, Any] = {name: {"workers": 64, "operations": {"do": [{"work": "1ms"}]}} for name in names}
    for one, following in itertools.pairwise(names[:6]):
        services[one]["operations"]["do"] = [{"work": "1ms"}, {"call": f"{following}.do", "timeout": "1s"}]
    return scenario(services, {"f": flow("s0.do", 2000)})


def by_partitions(count: int) -> sim.Scenario:
    """As many consumers as partitions, one a replica; 5,000 messages a second."""
    services = {
        "door": {"workers": 1000, "operations": {"go": [{"publish": "t"}]}},
        "worker": {"workers": 1, "replicas": count, "operations": {"handle": [{"work": "1ms"}]}},
    }
    brokers = {"log": {"kind": "log", "latency": "1ms", "topics": {"t": {"partitions": count, "partitioner": "round_robin"}}}}
    subscriptions = {"worker": {"topic": "t", "operation": "worker.handle", "consumers": 1}}
    return scenario(services, {"f": flow("door.go", 5000)}, brokers=brokers, subscriptions=subscriptions)


def by_timeouts(count: int) -> sim.Scenario:
    """A caller with one of so many different timeouts, chosen at random."""
    branches = [{"weight": 1, "steps": [{"call": "back.do", "timeout": f"{100 + number}ms"}]} for number in range(count)]
    services = {
        "front": {"workers": 1000, "operations": {"do": [{"choose": branches}]}},
        "back": {"workers": 1000, "operations": {"do": [{"work": "1ms"}]}},
    }
    return scenario(services, {"f": flow("front.do", 5000)})


def by_fan_out(count: int) -> sim.Scenario:
    """So many calls at once; the rate is such that there are as many calls a second."""
    services = {
        "front": {"workers": 1000, "operations": {"do": [{"parallel": [{"call": "back.do"} for _ in range(count)]}]}},
        "back": {"workers": 10_000, "operations": {"do": [{"work": "1ms"}]}},
    }
    return scenario(services, {"f": flow("front.do", 16_000 / count)})


def of_units(made: Callable[[int], sim.Scenario], units: Callable[[Any], int]) -> Callable[[int], float]:
    """Seconds for one unit of work."""

    def measured(size: int) -> float:
        network = compile_network(made(size))
        run_once(network, seed=1)
        best, count = math.inf, 1
        for _ in range(BEST_OF):
            began = time.process_time()
            record = run_once(network, seed=1)
            best, count = min(best, time.process_time() - began), units(record)
        return best / count

    return measured


def of_set_up(made: Callable[[int], sim.Scenario]) -> Callable[[int], float]:
    """Seconds for the whole set-up."""

    def measured(size: int) -> float:
        declared = made(size)
        best = math.inf
        for _ in range(BEST_OF):
            began = time.process_time()
            Image(compile_network(declared))
            best = min(best, time.process_time() - began)
        return best

    return measured


def requests(record: Any) -> int:
    return int(record.flows[:, :, 0].sum())


def calls(record: Any) -> int:
    return int(record.edges[:, :, 0].sum())


ROWS: dict[str, tuple[str, tuple[int, ...], Callable[[int], float]]] = {
    "services": ("request", (10, 100, 1000), of_units(by_services, requests)),
    "partitions and consumers": ("message", (12, 120, 960), of_units(by_partitions, requests)),
    "distinct timeouts": ("request", (1, 16, 256), of_units(by_timeouts, requests)),
    "calls at once": ("call", (16, 64, 256), of_units(by_fan_out, calls)),
    "set-up of services": ("set-up", (10, 100, 1000), of_set_up(by_services)),
    "set-up of partitions and consumers": ("set-up", (12, 120, 960), of_set_up(by_partitions)),
}


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", default=",".join(ROWS))
    parser.add_argument("--one", nargs=2)
    arguments = parser.parse_args()
    prepare(lambda words: print(words, file=sys.stderr))
    if arguments.one:
        print(ROWS[arguments.one[0]][2](int(arguments.one[1])))
        return
    print("| with | sizes | ns for one | exponents |\n|---|---|---|---|")
    for name in arguments.rows.split(","):
        unit, sizes, _ = ROWS[name]
        times = []
        for size in sizes:  # each in a process of its own
            command = [sys.executable, __file__, "--one", name, str(size)]
            times.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        pairs = itertools.pairwise(zip(sizes, times, strict=True))
        exponents = [math.log(after / before) / math.log(more / less) for (less, before), (more, after) in pairs]
        columns = [f"{size:,}" for size in sizes], [f"{1e9 * took:,.0f}" for took in times], [f"{one:.2f}" for one in exponents]
        of_sizes, of_times, of_exponents = map(", ".join, columns)
        print(f"| {name} | {of_sizes} | {of_times} a {unit} | {of_exponents} |", flush=True)


if __name__ == "__main__":
    main()
