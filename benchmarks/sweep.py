"""What a sweep costs beyond its runs, and what a second core gives: ratios, measured in one run, by one command.

    python benchmarks/sweep.py                       200 points x 10 replications of three workloads, threads: half an hour
    python benchmarks/sweep.py --workloads pair      of 12,000 requests: 84,000 events, some 4 ms a run
    python benchmarks/sweep.py --workloads tandem    of 20,000 requests, the benchmark's model, some 13 ms
    python benchmarks/sweep.py --workloads shop      of Online Boutique as it is shipped, 1.4 million events, some 100 ms
    python benchmarks/sweep.py --points 40           a shorter look
    python benchmarks/sweep.py --only-jobs           stored with 1 job and with 2, and nothing else

The speed of a shared machine changes by half from one second to the next. So the points are worked off in slices, and for
each slice everything is measured before the next one, in an order of chance: the engine alone (`run_once`, one after another in
this process), the sweep with 1 job and with 2, each stored and in memory, and what the machine's two cores give at best: two
programs that share nothing, each of which does half of the slice with 1 job. And a sweep with 1 job that files its runs but
does not wait for the disk: what the toolkit itself takes. Times are sums over all slices, as if each case had been one sweep;
intervals are 95 % of bootstrap samples of slices.

The overhead of a run, with its interval, is what the sweep took with 1 job, less the engine's own time for the same runs, over
their number; as a share of that time, too, and as what that share is in the slice in which the engine was fastest: at the
machine's full speed.
Folders are removed at the end only: for some minutes after a disk has lost many files it takes longer, up to a millisecond, to
make a new one. What the disk alone takes to write, sync, rename and sync the folder of as many bytes is measured beside it.
Nothing else should run on the machine meanwhile, nor have removed many files just before.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import random
import statistics
import sys
import tempfile
import time
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import sim
from sim.engine import prepare, run_once
from sim.files import Files
from sim.network import compile as compile_network
from sim.scenario import Scenario
from sim.sweeps import run_sweep

if TYPE_CHECKING:
    from collections.abc import Callable

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
SCENARIOS = Path(__file__).parents[1] / "scenarios"
BYTES = 4000
"""Of one run's file, about."""
SAMPLES = 2000
"""Bootstrap samples."""


@dataclass
class Workload:
    """A scenario and what its points differ in: a path, and values from one to another, in a unit."""

    scenario: Scenario
    path: str
    low: float
    high: float
    unit: str = ""
    events: float = 0.0
    taken: dict[str, list[float]] = field(default_factory=dict)

    def values(self, points: int) -> list[str]:
        """The values of all points."""
        step = (self.high - self.low) / max(points - 1, 1)
        return [f"{self.low + number * step:.6g}{self.unit}" for number in range(points)]


def workloads() -> dict[str, Workload]:
    """What can be measured, by name."""
    shop = sim.load(SCENARIOS / "online-boutique" / "sync.yaml")
    flow = next(iter(shop.workload))
    rate = shop.workload[flow].arrivals.peak_rate
    tandem = sim.load(SCENARIOS / "tandem.yaml", ["run.horizon=20s"])
    return {
        "pair": Workload(Scenario.model_validate(SCENARIO), "faults.slow.factor", 1.0, 20.0),
        "tandem": Workload(tandem, "workload.client.arrivals.rate", 900.0, 1000.0, "/s"),
        "shop": Workload(shop, f"workload.{flow}.arrivals.rate", 0.9 * rate, rate, "/s"),
    }


def of_engine(work: Workload, values: list[str], runs: int) -> float:
    """Seconds that the engine takes for all runs by itself; notes their events."""
    networks = [compile_network(work.scenario.with_overrides([f"{work.path}={value}"])) for value in values]
    for network in networks:
        run_once(network, seed=3, replication=runs)  # lays it out, and draws no arrivals of the runs to come
    began, events = time.perf_counter(), 0
    for network in networks:
        for replication in range(runs):
            events += run_once(network, seed=3, replication=replication).events
    work.events = events / (len(values) * runs)
    return time.perf_counter() - began


def of_sweep(
    work: Workload, values: list[str], runs: int, jobs: int, executor: str, folder: Path | None, files: Files | None = None
) -> float:
    """Seconds that a sweep takes, from nothing to the last run stored."""
    began = time.perf_counter()
    over = f"{work.path}={','.join(values)}"
    made = run_sweep(work.scenario, over, runs=runs, seed=3, jobs=jobs, executor=executor, folder=folder, files=files)
    seconds = time.perf_counter() - began
    assert made.complete, made.failures
    return seconds


def of_disk(folder: Path, count: int = 200) -> float:
    """Seconds that the disk takes for a run's file: written, synced, renamed, its folder synced."""
    files = Files()
    folder.mkdir()
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


def serve(pipe: Any) -> None:
    """Another program: does the sweeps that it is told."""
    prepare(lambda _: None)
    known = workloads()
    with contextlib.suppress(EOFError):  # the end of the other side is the end
        while True:
            name, values, runs, folder = pipe.recv()
            of_sweep(known[name], values, runs, 1, "threads", folder)
            pipe.send(None)


class Unsynced(Files):
    """A disk that is not waited for."""

    def sync(self, handle: int) -> None:
        """Leave it to the system."""

    def sync_folder(self, path: Path) -> None:
        """Leave it to the system."""


class TwoPrograms:
    """Two processes that share nothing: the most that two cores can give."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipes = []
        for _ in range(2):
            ours, theirs = context.Pipe()
            context.Process(target=serve, args=(theirs,), daemon=True).start()
            self.pipes.append(ours)

    def __call__(self, name: str, values: list[str], runs: int, folder: Path | None) -> float:
        """Seconds until both have done their half."""
        began = time.perf_counter()
        for number, pipe in enumerate(self.pipes):
            pipe.send((name, values[number::2], runs, None if folder is None else folder / f"program-{number}"))
        for pipe in self.pipes:
            pipe.recv()
        return time.perf_counter() - began


def of_slice(
    name: str, work: Workload, values: list[str], runs: int, executor: str, pair: TwoPrograms | None, root: Path
) -> None:
    """Measure every case for some points, in an order of chance; without another program only those of jobs."""
    folder = Path(tempfile.mkdtemp(dir=root))
    cases: dict[str, Callable[[], float]] = {}
    for jobs in (1, 2):
        cases[f"stored, {jobs}"] = partial(of_sweep, work, values, runs, jobs, executor, folder / str(jobs))
    if pair is not None:
        cases["engine"] = partial(of_engine, work, values, runs)
        cases["stored, programs"] = partial(pair, name, values, runs, folder)
        cases["in memory, programs"] = partial(pair, name, values, runs, None)
        cases["unsynced, 1"] = partial(of_sweep, work, values, runs, 1, executor, folder / "unsynced", Unsynced())
        for jobs in (1, 2):
            cases[f"in memory, {jobs}"] = partial(of_sweep, work, values, runs, jobs, executor, None)
    order = list(cases)
    random.shuffle(order)
    for case in order:
        work.taken.setdefault(case, []).append(cases[case]())


def ratio(above: list[float], below: list[float]) -> str:
    """The ratio of two sums over slices, with its interval."""
    return interval(above, below, lambda a, b: a / b)


def interval(first: list[float], second: list[float], of: Callable[[float, float], float]) -> str:
    """What follows of two sums over slices, with the interval of bootstrap samples of these."""
    pairs = list(zip(first, second, strict=True))
    found = []
    for _ in range(SAMPLES):
        chosen = random.choices(pairs, k=len(pairs))
        found.append(of(sum(a for a, _ in chosen), sum(b for _, b in chosen)))
    found.sort()
    low, high = found[SAMPLES // 40], found[-SAMPLES // 40]
    return f"{of(sum(first), sum(second)):.2f} [{low:.2f}, {high:.2f}]"


def table(work: Workload, runs: int, disk: float) -> None:
    """Print what was measured of a workload; ``runs`` is how many a slice has."""
    taken = work.taken
    if "engine" not in taken:
        one, two = taken["stored, 1"], taken["stored, 2"]
        print(f"stored: 1 job {sum(one):.1f} s, 2 jobs {sum(two):.1f} s, faster by {ratio(one, two)}", flush=True)
        return
    engine = taken["engine"]
    alone, best = (seconds / runs * 1e3 for seconds in (statistics.mean(engine), min(engine)))
    print(f"{work.events:.0f} events a run; engine alone {alone:.2f} ms a run, at best {best:.2f} ms; ", end="")
    print(f"the disk alone {disk * 1e3:.2f} ms a file\n")
    print("| results | 1 job | 2 jobs | faster by | two programs: by | overhead of a run | of the engine | at full speed |")
    print("|---|--:|--:|---|---|--:|---|--:|")
    for where in ("in memory", "unsynced", "stored"):
        one = taken[f"{where}, 1"]
        over = sum(one) / sum(engine) - 1.0
        cells = [where, f"{sum(one):.1f} s", "", "", ""]
        if f"{where}, 2" in taken:
            two, programs = taken[f"{where}, 2"], taken[f"{where}, programs"]
            cells[2:] = [f"{sum(two):.1f} s", ratio(one, two), ratio(one, programs)]
        each = interval(one, engine, lambda a, b: (a - b) / (runs * len(engine)) * 1e3)
        cells += [f"{each} ms", f"{over:.1%}", f"{over * best:.2f} ms"]
        print(f"| {' | '.join(cells)} |", flush=True)


def main() -> None:
    """Measure slice by slice and print a table for each workload."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--points", type=int, default=200)
    ask.add_argument("--runs", type=int, default=10)
    ask.add_argument("--slice", type=int, default=10, help="points measured at a time")
    ask.add_argument("--workloads", default="pair,tandem,shop")
    ask.add_argument("--executor", default="threads")
    ask.add_argument("--only-jobs", action="store_true")
    given = ask.parse_args()
    prepare(lambda text: print(text, file=sys.stderr))
    known, pair = workloads(), None if given.only_jobs else TwoPrograms()
    print(f"{given.points} points x {given.runs} replications, {given.executor}, slices of {given.slice} points")
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        for which in given.workloads.split(","):
            work = known[which]
            values = work.values(given.points)
            slices = [values[first : first + given.slice] for first in range(0, given.points, given.slice)]
            of_slice(which, work, slices[0], given.runs, given.executor, pair, root)  # once to warm up
            work.taken.clear()
            disk = of_disk(root / f"disk-{which}")
            for number, some in enumerate(slices):
                of_slice(which, work, some, given.runs, given.executor, pair, root)
                print(f"{which}: slice {number + 1} of {len(slices)}", file=sys.stderr)
            print(f"\n**{which}**: ", end="")
            table(work, given.slice * given.runs, disk)


if __name__ == "__main__":
    main()
