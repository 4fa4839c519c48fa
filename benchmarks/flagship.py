"""How fast the order flow and a call with every policy are beside the tandem, and how long the demo takes on a fresh machine.

    python benchmarks/flagship.py                  prints the tables of reports/benchmarks/flagship.md
    python benchmarks/flagship.py --rounds 9       more rounds of the first table

Events a second are of the processor's time of whole runs by the compiled engine, the best of the rounds; scenarios take turns
within a round, and the ratio holds within this run only. The demo is a process of its own with an empty cache folder, then once
more with what the first one left there.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import sim
from sim.engine import prepare, run_once
from sim.network import compile as compile_network

ROOT = Path(__file__).parents[1]
SCENARIOS = {
    "the tandem": "scenarios/tandem.yaml",
    "the order flow, synchronous": "scenarios/order-flow/sync.yaml",
    "the order flow, synchronous and guarded": "scenarios/order-flow/guarded.yaml",
    "the order flow, event-driven": "scenarios/order-flow/events.yaml",
    "calls with every policy": "scenarios/features/calls.yaml",
}
WANTED = 1 / 3
FIRST_WORDS, WHOLE, PAGE = 3.0, 60.0, 3.0
DEMO = (sys.executable, "-m", "sim", "demo")


def speeds(rounds: int) -> dict[str, tuple[float, int]]:
    """Events a second, and events of a run, by scenario: the best of the rounds. No faults."""
    networks = {name: compile_network(sim.load(ROOT / path).replace("faults", {})) for name, path in SCENARIOS.items()}
    best: dict[str, tuple[float, int]] = {}
    for number in range(rounds):
        for name, network in networks.items():
            began = time.process_time()
            record = run_once(network, seed=1 + number)
            speed = record.events / (time.process_time() - began)
            best[name] = max(best.get(name, (0.0, 0)), (speed, record.events))
    return best


def demo(cache: Path, out: Path) -> tuple[float, float, float]:
    """Run the demo: seconds until its first words, seconds until its end, and the size of its page in MB."""
    environment = {**os.environ, "EVENTFLOW_CACHE": str(cache), "PYTHONPATH": str(ROOT), "PYTHONUNBUFFERED": "1"}
    began = time.perf_counter()
    process = subprocess.Popen(
        [*DEMO, "-o", str(out)], cwd=out, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    assert process.stderr is not None
    process.stderr.read(1)
    first = time.perf_counter() - began
    process.stderr.read()
    if process.wait() != 0:
        raise SystemExit(f"the demo ended with {process.returncode}")
    whole = time.perf_counter() - began
    (page,) = out.glob("*/*/report.html")
    return first, whole, page.stat().st_size / 1e6


def main() -> None:
    """Measure and print both tables."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--rounds", type=int, default=7)
    given = ask.parse_args()
    prepare(lambda text: print(text, file=sys.stderr))
    load = os.getloadavg()[0]
    print(f"{os.cpu_count()} cores, load average {load:.1f} at the start; best of {given.rounds} rounds\n")
    print("| scenario, without faults | events a run | events/s of processor time | of the tandem | wanted |")
    print("|---|--:|--:|--:|--:|")
    found = speeds(given.rounds)
    (tandem, _), *_ = found.values()
    for name, (speed, events) in found.items():
        share = "" if name == "the tandem" else f"{WANTED:.0%} at least"
        print(f"| {name} | {events:,} | {speed:,.0f} | {speed / tandem:.2f} | {share} |")
    print("\n| the demo: 8 faults and none, 3 wirings, 10 replications | empty cache | cached | wanted |")
    print("|---|--:|--:|--:|")
    with tempfile.TemporaryDirectory() as place:
        cache = Path(place) / "cache"
        runs = []
        for name in ("cold", "cached"):
            (Path(place) / name).mkdir()
            runs.append(demo(cache, Path(place) / name))
    (first, whole, page), (again, sooner, same) = runs
    print(f"| first words | {first:.2f} s | {again:.2f} s | {FIRST_WORDS:.0f} s |")
    print(f"| matrix and page | {whole:.1f} s | {sooner:.1f} s | {WHOLE:.0f} s |")
    print(f"| its page | {page:.2f} MB | {same:.2f} MB | {PAGE:.0f} MB |")


if __name__ == "__main__":
    main()
