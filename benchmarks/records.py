"""What a run takes of memory: flows x windows, each with 50 lognormal answers, on 10 services.

    python benchmarks/records.py                       # 30 x 600 and 100 x 600
    python benchmarks/records.py --sizes 1000x3600     # 180 million requests: some minutes

Each size runs in a process of its own, which also works out figures of the system, a flow and a service. Printed is the most
that it held, without and with these figures; of 0 x 0, of a process that only loads the engine.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time

from memory import peak_mb

import sim
from sim.engine import prepare, run_once
from sim.metrics.paths import measure, metric_paths, resolve
from sim.network import compile as compile_network

ANSWERS = 50
SERVICES = 10


def scenario(flows: int, windows: int):
    work = {"kind": "lognormal", "median": "5ms", "p99": "40ms"}
    services = {f"s{n}": {"workers": 100_000, "operations": {"do": [{"work": work}]}} for n in range(SERVICES)}
    arrivals = {"kind": "poisson", "rate": f"{ANSWERS}/s"}
    workload = {f"f{n}": {"operation": f"s{n % SERVICES}.do", "arrivals": arrivals} for n in range(flows)}
    run = {"horizon": f"{windows}s", "window": "1s", "replications": 1, "seed": 1}
    data = {"name": "wide", "architecture": "synchronous", "services": services, "workload": workload, "run": run}
    return sim.Scenario.model_validate(data)


def one(flows: int, windows: int) -> None:
    """Run one size and print what it took."""
    prepare(lambda words: print(words, file=sys.stderr))
    if flows == 0:
        print(f"0,{peak_mb():.0f},{peak_mb():.0f},0")
        return
    network = compile_network(scenario(flows, windows))
    began = time.perf_counter()
    record = run_once(network, seed=1)
    ran, at_run = time.perf_counter() - began, peak_mb()
    for path in [path for path in metric_paths(network.scenario) if path.startswith(("f0.", "s0.")) or "." not in path]:
        measure(record, *resolve(path, network))
    record.fingerprint()
    print(f"{int(record.flows[:, :, 1].sum())},{at_run:.0f},{peak_mb():.0f},{ran:.1f}")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="30x600,100x600")
    parser.add_argument("--one", nargs=2, type=int)
    arguments = parser.parse_args()
    if arguments.one:
        one(*arguments.one)
        return
    print("| flows x windows | answers | MB of a run | MB with figures | s |\n|---|--:|--:|--:|--:|")
    for size in ["0x0", *arguments.sizes.split(",")]:
        flows, windows = size.split("x")
        done = subprocess.run([sys.executable, __file__, "--one", flows, windows], capture_output=True, text=True, check=True)
        print(f"| {size} | " + " | ".join(done.stdout.splitlines()[-1].split(",")) + " |", flush=True)


if __name__ == "__main__":
    main()
