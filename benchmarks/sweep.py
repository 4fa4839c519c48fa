"""What a sweep costs beyond its runs, and what a second core gives: ratios, measured in one run, by one command.

    python benchmarks/sweep.py                     200 points x 10 replications; threads and processes, filed and in memory
    python benchmarks/sweep.py --points 40         a shorter look

For each executor the same sweep is done with 1 job and with 2, in turn, several times; the best of each counts. The
overhead of a run is what the sweep took, less the engine's own time for the same runs (`run_once`, one after another in this
process), over the number of runs; with 2 jobs, of the time of both. Nothing else should run on the machine meanwhile.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from pathlib import Path

from sim.engine import prepare, run_once
from sim.network import compile as compile_network
from sim.scenario import Scenario
from sim.sweeps import run_sweep
from sim.sweeps.plan import plan

SCENARIO = {
    "name": "pair",
    "architecture": "synchronous",
    "services": {
        "front": {"workers": 8, "operations": {"buy": [{"work": "2ms"}, {"call": "back.pay", "timeout": "100ms"}]}},
        "back": {"workers": 4, "queue_max": 50, "operations": {"pay": [{"work": {"kind": "exponential", "mean": "10ms"}}]}},
    },
    "workload": {"orders": {"operation": "front.buy", "arrivals": {"kind": "poisson", "rate": "200/s"}, "timeout": "1s"}},
    "faults": {"slow": {"kind": "slowdown", "target": "back", "factor": 20, "at": "20s", "for": "5s"}},
    "run": {"horizon": "60s", "replications": 10, "seed": 3},
}


def over(points: int) -> tuple[str, ...]:
    """An axis of so many values."""
    return (f"faults.slow.factor=1..20:lin:{points}",)


def of_engine(scenario: Scenario, points: int, runs: int) -> tuple[float, int]:
    """Seconds that the engine takes for all runs by itself, and their events."""
    made = plan({"pair": scenario}, over(points), runs=runs)
    networks = [compile_network(point.scenario) for point in made.points]
    began, events = time.perf_counter(), 0
    for network in networks:
        for replication in range(runs):
            events += run_once(network, seed=made.seed, replication=replication).events
    return time.perf_counter() - began, events


def of_sweep(scenario: Scenario, points: int, runs: int, jobs: int, executor: str, *, filed: bool) -> float:
    """Seconds that a sweep takes, from nothing to the last run filed."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = run_sweep(
            scenario, over(points), runs=runs, jobs=jobs, executor=executor, folder=Path(folder) / "sweep" if filed else None
        )
        seconds = time.perf_counter() - began
    assert made.complete, made.failures
    return seconds


def main() -> None:
    """Measure in turns and print a table."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--points", type=int, default=200)
    ask.add_argument("--runs", type=int, default=10)
    ask.add_argument("--turns", type=int, default=3)
    ask.add_argument("--executors", default="threads,processes")
    given = ask.parse_args()
    prepare(lambda text: print(text, file=sys.stderr))
    scenario = Scenario.model_validate(SCENARIO)
    total = given.points * given.runs
    cases = [(name, filed) for name in given.executors.split(",") for filed in (True, False)]
    engine: list[float] = []
    taken: dict[tuple[str, bool, int], list[float]] = {(*case, jobs): [] for case in cases for jobs in (1, 2)}
    events = 0
    for turn in range(given.turns):
        seconds, events = of_engine(scenario, given.points, given.runs)
        engine.append(seconds)
        for case in cases:
            for jobs in (1, 2):
                taken[*case, jobs].append(
                    of_sweep(scenario, given.points, given.runs, jobs, case[0], filed=case[1])
                )
        print(f"turn {turn + 1} of {given.turns}", file=sys.stderr)
    alone = min(engine)
    print(f"{given.points} points x {given.runs} replications, {events / total:.0f} events each; best of {given.turns} turns")
    print(f"engine alone: {alone / total * 1e3:.2f} ms a run, {events / alone / 1e6:.1f} M events/s\n")
    print("| executor | results | 1 job | 2 jobs | 2 jobs are faster by | overhead of a run, 1 job | 2 jobs, of a core |")
    print("|---|---|---|---|---|---|---|")
    for name, filed in cases:
        one, two = min(taken[name, filed, 1]), min(taken[name, filed, 2])
        apart, both = (one - alone) / total * 1e3, (2 * two - alone) / total * 1e3
        where = "filed" if filed else "in memory"
        print(f"| {name} | {where} | {one:.1f} s | {two:.1f} s | {one / two:.2f} x | {apart:.2f} ms | {both:.2f} ms |")


if __name__ == "__main__":
    main()
