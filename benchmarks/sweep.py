"""What a sweep costs beyond its runs, and what a second core gives: ratios, measured in one run, by one command.

    python benchmarks/sweep.py                      both workloads, threads, filed and in memory: a quarter of an hour
    python benchmarks/sweep.py --workloads tandem   200 points x 10 replications of 20,000 requests, the benchmark's model
    python benchmarks/sweep.py --workloads pair     the same of 12,000 requests: 84,000 events, some 5 ms
    python benchmarks/sweep.py --points 40          a shorter look

For each case the same sweep is done with 1 job and with 2, one right after the other, several times; ratios and differences
are those of a turn, and their median counts, since the speed of a shared machine changes by half from one second to the next.
The overhead of a run is what the sweep took, less the engine's own time for the same runs (`run_once`, one after another in
this process), over the number of runs. What the disk
alone takes to write, sync, rename and sync the folder of as many bytes is measured beside it. Nothing else should run on the
machine meanwhile.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import sim
from sim.engine import prepare, run_once
from sim.network import compile as compile_network
from sim.scenario import Scenario
from sim.sweeps import run_sweep
from sim.sweeps.files import Files
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
TANDEM = Path(__file__).parents[1] / "scenarios" / "tandem.yaml"
BYTES = 4000
"""Of one run's file, about."""


@dataclass
class Workload:
    """A scenario and the axis of its points; seconds taken, turn by turn."""

    scenario: Scenario
    axis: str
    events: float = 0.0
    engine: list[float] = field(default_factory=list)
    taken: dict[tuple[str, bool, int], list[float]] = field(default_factory=dict)

    def over(self, points: int) -> tuple[str, ...]:
        """An axis of so many values."""
        return (f"{self.axis}:lin:{points}",)


def workloads() -> dict[str, Workload]:
    """What can be measured, by name."""
    return {
        "tandem": Workload(sim.load(TANDEM, ["run.horizon=20s"]), "workload.client.arrivals.rate=900/s..1000/s"),
        "pair": Workload(Scenario.model_validate(SCENARIO), "faults.slow.factor=1..20"),
    }


def of_engine(work: Workload, points: int, runs: int) -> float:
    """Seconds that the engine takes for all runs by itself; notes their events."""
    made = plan({"alone": work.scenario}, work.over(points), runs=runs)
    networks = [compile_network(point.scenario) for point in made.points]
    began, events = time.perf_counter(), 0
    for network in networks:
        for replication in range(runs):
            events += run_once(network, seed=made.seed, replication=replication).events
    work.events = events / (points * runs)
    return time.perf_counter() - began


def of_sweep(work: Workload, points: int, runs: int, jobs: int, executor: str, *, filed: bool) -> float:
    """Seconds that a sweep takes, from nothing to the last run filed."""
    with tempfile.TemporaryDirectory() as folder:
        began = time.perf_counter()
        made = run_sweep(
            work.scenario,
            work.over(points),
            runs=runs,
            jobs=jobs,
            executor=executor,
            folder=Path(folder) / "sweep" if filed else None,
        )
        seconds = time.perf_counter() - began
    assert made.complete, made.failures
    return seconds


def of_disk(count: int = 200) -> float:
    """Seconds that the disk takes for a run's file: written, synced, renamed, its folder synced."""
    files = Files()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        began = time.perf_counter()
        for number in range(count):
            part = folder / f".{number}.part"
            handle = files.new(part)
            files.write(handle, b"x" * BYTES)
            files.sync(handle)
            files.close(handle)
            files.rename(part, folder / f"{number}.json")
            files.sync_folder(folder)
        return (time.perf_counter() - began) / count


def table(name: str, work: Workload, total: int, disk: float) -> None:
    """Print what was measured of a workload."""
    alone = statistics.median(work.engine)
    print(f"\n**{name}**: {work.events:.0f} events a run; engine alone {alone / total * 1e3:.2f} ms a run, ", end="")
    print(f"{work.events * total / alone / 1e6:.1f} M events/s; the disk alone {disk * 1e3:.2f} ms a file\n")
    print("| executor | results | 1 job | 2 jobs | faster by | turns | overhead of a run, 1 job | 2 jobs, of a core |")
    print("|---|---|---|---|---|---|---|---|")
    for executor, filed in dict.fromkeys(key[:2] for key in work.taken):
        one, two = work.taken[executor, filed, 1], work.taken[executor, filed, 2]
        ratios = [a / b for a, b in zip(one, two, strict=True)]
        apart = [(a - engine) / total * 1e3 for a, engine in zip(one, work.engine, strict=True)]
        both = [(2.0 * b - engine) / total * 1e3 for b, engine in zip(two, work.engine, strict=True)]
        faster, more, core = (statistics.median(values) for values in (ratios, apart, both))
        where, times = "filed" if filed else "in memory", f"{statistics.median(one):.1f} s | {statistics.median(two):.1f} s"
        turns = ", ".join(f"{ratio:.2f}" for ratio in sorted(ratios))
        print(f"| {executor} | {where} | {times} | {faster:.2f} x | {turns} | {more:.2f} ms | {core:.2f} ms |")


def main() -> None:
    """Measure in turns and print a table for each workload."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--points", type=int, default=200)
    ask.add_argument("--runs", type=int, default=10)
    ask.add_argument("--turns", type=int, default=4)
    ask.add_argument("--workloads", default="tandem,pair")
    ask.add_argument("--executors", default="threads")
    given = ask.parse_args()
    prepare(lambda text: print(text, file=sys.stderr))
    chosen = {name: workloads()[name] for name in given.workloads.split(",")}
    disk: list[float] = []
    for turn in range(given.turns):
        disk.append(of_disk())
        for work in chosen.values():
            work.engine.append(of_engine(work, given.points, given.runs))
            for executor in given.executors.split(","):
                for filed, jobs in ((True, 1), (True, 2), (False, 1), (False, 2)):
                    seconds = of_sweep(work, given.points, given.runs, jobs, executor, filed=filed)
                    work.taken.setdefault((executor, filed, jobs), []).append(seconds)
        print(f"turn {turn + 1} of {given.turns}", file=sys.stderr)
    print(f"{given.points} points x {given.runs} replications; medians of {given.turns} turns")
    for name, work in chosen.items():
        table(name, work, given.points * given.runs, min(disk))


if __name__ == "__main__":
    main()
