"""How the cost of a unit of work grows with the size of the scenario: it should not.

    python benchmarks/growth.py                    # all rows; some minutes
    python benchmarks/growth.py --rows services

Each row changes one size. Printed is what one unit costs, the time of the processor (the best of three, by the compiled engine)
or memory, and the exponent between two sizes: 0 where a unit costs the same, 1 where it costs as much more as the scenario is
larger. Of a set-up (the network compiled, and its image), of a rebalance and of closing the books, the unit is the whole.
"""

from __future__ import annotations

import argparse
import itertools
import math
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

from memory import peak_mb

import sim
from sim.engine import prepare, run_once
from sim.engine.compiled_engine import library
from sim.engine.compiled_engine.host import CompiledEngine, Image, plain
from sim.network import compile as compile_network
from sim.record.fields.groups import GROUP_REBALANCES
from sim.record.recording import Recording

if TYPE_CHECKING:
    from collections.abc import Callable

BEST_OF = 3
COARSE = 100  # figures from here on are shown as whole numbers


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


def by_crashes(count: int, crashes: int) -> sim.Scenario:
    """As many consumers as partitions; one of them goes down and comes back so often, and each time all stop and share out."""
    services = {
        "door": {"workers": 1, "operations": {"go": [{"publish": "t"}]}},
        "worker": {"workers": 1, "replicas": count, "operations": {"handle": [{"work": "1ms"}]}},
    }
    brokers = {"log": {"kind": "log", "latency": "1ms", "topics": {"t": {"partitions": count}}}}
    group = {"topic": "t", "operation": "worker.handle", "session_timeout": "2ms", "rebalance_pause": "1ms"}
    crash = {"kind": "crash", "target": "worker", "replicas": 1, "for": "8ms"}
    faults = {f"x{n}": {**crash, "at": f"{100 + 20 * n}ms"} for n in range(crashes)}
    flows = {"f": flow("door.go", 1)}
    return scenario(services, flows, brokers=brokers, subscriptions={"worker": group}, faults=faults)


def by_waiting(count: int) -> sim.Scenario:
    """So many requests wait in a queue at the end."""
    services = {"back": {"workers": 1, "operations": {"do": [{"work": "1h"}]}}}
    return scenario(services, {"f": flow("back.do", count)}, horizon="1s")


def by_messages(count: int) -> sim.Scenario:
    """So many messages are in a log at the end, and none is handled."""
    services = {
        "door": {"workers": 1000, "operations": {"go": [{"publish": "t", "acks": "none"}]}},
        "worker": {"workers": 1, "operations": {"handle": [{"work": "1h"}]}},
    }
    brokers = {"log": {"kind": "log", "latency": "1ms", "topics": {"t": {"partitions": 12}}}}
    subscriptions = {"worker": {"topic": "t", "operation": "worker.handle"}}
    flows = {"f": flow("door.go", count / 10)}
    return scenario(services, flows, horizon="10s", brokers=brokers, subscriptions=subscriptions)


def of_units(made: Callable[[int], sim.Scenario], units: Callable[[Any], int]) -> Callable[[int], float]:
    """Nanoseconds for one unit of work."""

    def measured(size: int) -> float:
        network = compile_network(made(size))
        best, record = best_run(network)
        return 1e9 * best / units(record)

    return measured


def best_run(network: Any) -> tuple[float, Any]:
    """Seconds of the best of three runs, after one to be warm, and a record."""
    record = run_once(network, seed=1)
    best = math.inf
    for _ in range(BEST_OF):
        began = time.process_time()
        record = run_once(network, seed=1)
        best = min(best, time.process_time() - began)
    return best, record


def of_rebalances(size: int) -> float:
    """Microseconds for a rebalance: what a run with many takes longer than one with a few."""
    (few, record), (many, longer) = (best_run(compile_network(by_crashes(size, crashes))) for crashes in (10, 950))
    rebalances = int(longer.groups[:, :, GROUP_REBALANCES].sum() - record.groups[:, :, GROUP_REBALANCES].sum())
    return 1e6 * (many - few) / rebalances


def of_closing(size: int) -> float:
    """Milliseconds for closing the books: what a kernel does that is asked to go on at its horizon."""
    network = compile_network(by_waiting(size))
    best = math.inf
    for _ in range(BEST_OF):
        recording = Recording.of(network)
        engine = CompiledEngine(network, recording, 1, 0)
        engine.run()
        began = time.process_time()
        library.kernel()(plain(engine.m), plain(engine.r))
        best = min(best, time.process_time() - began)
    return 1e3 * best


def of_memory(size: int) -> float:
    """Bytes of the process for one message, at its peak."""
    network = compile_network(by_messages(size))
    before = peak_mb()
    record = run_once(network, seed=1)
    return (peak_mb() - before) * 2**20 / requests(record)


def of_set_up(made: Callable[[int], sim.Scenario]) -> Callable[[int], float]:
    """Milliseconds for the whole set-up."""

    def measured(size: int) -> float:
        declared = made(size)
        best = math.inf
        for _ in range(BEST_OF):
            began = time.process_time()
            Image(compile_network(declared))
            best = min(best, time.process_time() - began)
        return 1e3 * best

    return measured


def requests(record: Any) -> int:
    return int(record.flows[:, :, 0].sum())


def calls(record: Any) -> int:
    return int(record.edges[:, :, 0].sum())


ROWS: dict[str, tuple[str, tuple[int, ...], Callable[[int], float]]] = {
    "services": ("ns a request", (10, 100, 1000), of_units(by_services, requests)),
    "partitions and consumers": ("ns a message", (12, 120, 960), of_units(by_partitions, requests)),
    "distinct timeouts": ("ns a request", (1, 16, 256), of_units(by_timeouts, requests)),
    "calls at once": ("ns a call", (16, 64, 256), of_units(by_fan_out, calls)),
    "set-up of services": ("ms", (10, 100, 1000), of_set_up(by_services)),
    "set-up of partitions and consumers": ("ms", (10, 100, 1000), of_set_up(by_partitions)),
    "rebalance of partitions and consumers": ("µs", (10, 100, 1000), of_rebalances),
    "books closed with waiting requests": ("ms", (10_000, 100_000, 1_000_000), of_closing),
    "memory of messages in a log": ("bytes a message", (100_000, 1_000_000, 10_000_000), of_memory),
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
    print("| with | sizes | cost | exponents |\n|---|---|---|---|")
    for name in arguments.rows.split(","):
        unit, sizes, _ = ROWS[name]
        times = []
        for size in sizes:  # each in a process of its own
            command = [sys.executable, __file__, "--one", name, str(size)]
            times.append(float(subprocess.run(command, capture_output=True, text=True, check=True).stdout))
        pairs = itertools.pairwise(zip(sizes, times, strict=True))
        exponents = [math.log(after / before) / math.log(more / less) for (less, before), (more, after) in pairs]
        costs = [f"{took:,.0f}" if took >= COARSE else f"{took:.2g}" for took in times]
        columns = [f"{size:,}" for size in sizes], costs, [f"{one:.2f}" for one in exponents]
        of_sizes, of_costs, of_exponents = map(", ".join, columns)
        print(f"| {name} | {of_sizes} | {of_costs} {unit} | {of_exponents} |", flush=True)


if __name__ == "__main__":
    main()
