"""One command measures everything: `python benchmarks/run.py`, pinned to one core, interleaved, best of k.

    round 1: idiomatic SimPy, SimPy engine, compiled engine, C rings, C heap
    round 2: the same with another seed ...            -> best wall time, pooled mean latency, a ratio each
    then: the compiled engine's start (cold, cached), and memory at 10^6 and 10^7 requests in one run

A ratio only means something within one pinned run on one machine, so nothing here is compared with an earlier report.
Every measurement is a fresh process. The programs must agree: each mean latency is held against the exact one.
Writes a Markdown table to `reports/benchmarks/latest.md` and prints it. Exit code 1 if a mean is off by more than
half a percent and four standard errors.
"""
# ruff: noqa: RUF001 - a program beside the package, which runs programs and prints

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
REPORT = HERE.parent / "reports" / "benchmarks" / "latest.md"
BASELINE = "idiomatic SimPy"
LIMIT = "C, timeouts and hops in rings"
COMPILED = "this toolkit, compiled engine"
MEAN_TOLERANCE = 0.005
REQUEST_NOISE = 3.1  # relative standard error of a mean over n requests, times sqrt(n); measured over 60 seeds
MEMORY_REQUESTS = (1_000_000, 10_000_000)
CHILD_LIMIT_S = 900


def exact_mean_ms(arrivals_per_s: float = 1000.0, work_ms: float = 3.2, workers: int = 4, hop_ms: float = 0.5) -> float:
    """Return the tandem's mean latency in ms: three M/M/c queues in a row (Burke: Poisson into each), two hops each."""
    load = arrivals_per_s * work_ms / 1e3
    full = load**workers / math.factorial(workers) / (1 - load / workers)
    waits = full / (sum(load**n / math.factorial(n) for n in range(workers)) + full)  # Erlang C
    return 3 * (2 * hop_ms + work_ms + waits * work_ms / (workers - load))


@dataclass
class Contender:
    """A program to measure: its name in the table, its command for (size, seed), a size, and what it has shown."""

    name: str
    argv: list[str]
    size: int
    environment: dict[str, str] = field(default_factory=dict)
    rounds: list[dict[str, Any]] = field(default_factory=list)
    problem: str = ""

    def command(self, size: int, seed: int) -> list[str]:
        """Fill `{size}` and `{seed}` into the command line."""
        return [part.format(size=size, seed=seed) for part in self.argv]

    def measure(self, seed: int) -> None:
        """Run once more, unless an earlier run failed."""
        if not self.problem:
            found, self.problem = child(self.command(self.size, seed), self.environment)
            self.rounds += [found] if found else []

    def best(self, key: str) -> float:
        """Return the largest value of a figure over the rounds."""
        return max(float(one[key]) for one in self.rounds)

    @property
    def best_per_s(self) -> float:
        """Requests per second of wall time in the best round."""
        return max(float(one["requests"]) / float(one["wall_s"]) for one in self.rounds)

    @property
    def mean_ms(self) -> float:
        """Mean latency in ms over all rounds."""
        weight = sum(float(one["requests"]) for one in self.rounds)
        return sum(float(one["mean_ms"]) * float(one["requests"]) for one in self.rounds) / weight

    def average(self, key: str) -> float:
        """Plain average of a figure over the rounds."""
        return sum(float(one[key]) for one in self.rounds) / len(self.rounds)


def child(command: list[str], environment: dict[str, str]) -> tuple[dict[str, Any], str]:
    """Run a program in a fresh process on the pinned core: its JSON, or why there is none."""
    variables = os.environ | {"PYTHONPATH": str(HERE.parent)} | environment
    try:
        done = subprocess.run(
            command, env=variables, capture_output=True, text=True, timeout=CHILD_LIMIT_S, check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return {}, type(problem).__name__
    if done.returncode:
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        return {}, last[:120]
    return json.loads(done.stdout.strip().splitlines()[-1]), ""


def pin() -> str:
    """Pin this process, and with it every child, to one core; say which."""
    if not hasattr(os, "sched_setaffinity"):
        return "not pinned (this system cannot): figures move with the scheduler"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"pinned to core {core}"


def build_c(folder: Path) -> tuple[Path | None, str]:
    """Compile the C loop into a folder: its path, or None and why not."""
    compiler = shutil.which("cc") or shutil.which("gcc") or shutil.which("clang")
    if compiler is None:
        return None, "no C compiler found; install gcc or clang"
    program = folder / "tandem"
    built = subprocess.run(
        [compiler, "-O3", "-march=native", "-o", str(program), str(HERE / "tandem.c"), "-lm"],
        capture_output=True, text=True, check=False,
    )
    if built.returncode:
        return None, f"{compiler} failed: {built.stderr.strip()[:100]}"
    version = subprocess.run([compiler, "--version"], capture_output=True, text=True, check=False).stdout
    return program, f"{version.splitlines()[0]} -O3 -march=native"


def cache_environment(folder: Path) -> dict[str, str]:
    """Variables that send every compiled file into a folder, so that a start can be measured without any."""
    return {"EVENTFLOW_CACHE": str(folder / "kernel"), "XDG_CACHE_HOME": str(folder / "xdg"), "HOME": str(folder)}


def contenders(program: Path | None, why_not: str, scale: float, cache: dict[str, str]) -> list[Contender]:
    """List the programs in the order of the table, at sizes that take a few seconds each."""
    engine = [sys.executable, str(HERE / "engine.py")]
    idiomatic = [sys.executable, str(HERE / "idiomatic_simpy.py")]
    tail = ["--size", "{size}", "--seed", "{seed}"]
    found = [
        Contender(BASELINE, [*idiomatic, "--requests", *tail[1:]], int(20_000 * scale)),
        Contender("this toolkit, SimPy engine", [*engine, "simpy", *tail], int(20_000 * scale), cache),
        Contender(COMPILED, [*engine, "compiled", *tail], int(1_500_000 * scale), cache),
    ]
    for name, flavour in ((LIMIT, "rings"), ("C, one binary heap", "heap")):
        command = [str(program), "{size}", "{seed}", flavour]
        found.append(Contender(name, command, int(3_000_000 * scale), problem="" if program else why_not))
    return found


def boutique_contenders(scale: float, cache: dict[str, str]) -> list[Contender]:
    """List the programs that run the shipped shop, with the seconds that each simulates (the faults begin at 60 s)."""
    engine = [sys.executable, str(HERE / "engine.py")]
    tail = ["--model", "boutique", "--size", "{size}", "--seed", "{seed}"]
    idiomatic = [sys.executable, str(HERE / "idiomatic_boutique.py"), "--seconds", "{size}", "--seed", "{seed}"]
    return [
        Contender(BASELINE, idiomatic, max(1, int(55 * scale))),
        Contender("this toolkit, SimPy engine", [*engine, "simpy", *tail], max(1, int(55 * scale)), cache),
        Contender(COMPILED, [*engine, "compiled", *tail], max(1, int(55 * scale)), cache),
    ]


def boutique_rows(measured: list[Contender]) -> list[list[str]]:
    """Write a row for each program that runs the shop: simulated time per wall time, and the orders' mean latency."""
    base = next((one.best("simulated_s_per_s") for one in measured if one.name == BASELINE and one.rounds), None)
    rows = []
    for one in measured:
        if not one.rounds:
            rows.append([one.name, f"not measured: {one.problem}"] + [""] * 4)
            continue
        speed = one.best("simulated_s_per_s")
        calls = sum(float(found["calls"]) for found in one.rounds) / sum(float(found["wall_s"]) for found in one.rounds)
        rows.append([
            one.name, f"{one.size}", f"{speed:,.1f}", f"{calls:,.0f}", f"{speed / base:.3g}" if base else "",
            f"{one.average('mean_ms'):.1f}",
        ])
    return rows


def starts(cache: dict[str, str]) -> list[tuple[str, str]]:
    """Time a process of the compiled engine that does next to nothing: with an empty cache, then with a full one."""
    command = [sys.executable, str(HERE / "engine.py"), "compiled", "--repeat", "0"]
    rows = []
    for name, tries in (("cold: empty cache folder, compiles", 1), ("cached, best and median of 9", 9)):
        taken_s, problem = [], ""
        for _ in range(tries):
            began = time.perf_counter()
            problem = child(command, cache)[1]
            taken_s += [] if problem else [time.perf_counter() - began]
        several = f", {statistics.median(taken_s):.2f} s" if len(taken_s) > 1 else ""
        rows.append((name, f"{min(taken_s):.2f} s{several}" if taken_s else f"not measured: {problem}"))
    return rows


def memory_rows(measured: list[Contender], sizes: tuple[int, ...]) -> list[list[str]]:
    """Peak memory of one run at each size, for the programs that reach it in reasonable time."""
    rows = []
    for one in measured:
        if one.name not in (COMPILED, LIMIT):
            continue
        cells = [one.name]
        for requests in sizes:
            found, problem = ({}, one.problem) if one.problem else child(one.command(requests, 1), one.environment)
            shown = "{memory_mb:.0f} MB, {wall_s:.1f} s".format(**found) if found else f"not measured: {problem}"
            cells.append(shown)
        rows.append(cells)
    return rows


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """Write a Markdown table; every column after the first is aligned right."""
    return [
        "| " + " | ".join(head) + " |",
        "|---|" + "--:|" * (len(head) - 1),
        *("| " + " | ".join(row) + " |" for row in rows),
    ]


def speed_rows(measured: list[Contender], exact_ms: float) -> list[list[str]]:
    """Write a row for each program: speed, ratios, and the latencies that show that it is the same model."""
    by_name = {one.name: one for one in measured if one.rounds}
    base = by_name[BASELINE].best_per_s if BASELINE in by_name else None
    limit = by_name[LIMIT].best_per_s if LIMIT in by_name else None
    rows = []
    for one in measured:
        if not one.rounds:
            rows.append([one.name, f"not measured: {one.problem}"] + [""] * 8)
            continue
        speed = one.best_per_s
        rows.append([
            one.name,
            f"{one.size:,}",
            f"{speed:,.0f}",
            f"{1e9 / speed:,.0f}",
            f"{speed / base:.3g}" if base else "",
            f"{speed / limit:.1%}" if limit else "",
            f"{one.mean_ms:.2f} ({one.mean_ms / exact_ms - 1:+.1%})",
            f"{one.average('p50_ms'):.1f}",
            f"{one.average('p99_ms'):.1f}",
            f"{one.average('memory_mb'):.0f} MB",
        ])
    return rows


def describe_machine(pinned: str, compiler: str) -> list[str]:
    """Say what the figures were measured on and with."""
    names = Path("/proc/cpuinfo")
    lines = names.read_text().splitlines() if names.exists() else []
    cpu = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())
    load = f", load average {os.getloadavg()[0]:.1f} at the start" if hasattr(os, "getloadavg") else ""
    versions = ", ".join(f"{name} {metadata.version(name)}" for name in ("simpy", "numpy", "llvmlite"))
    return [
        f"- machine: {cpu}, {os.cpu_count()} cores, {platform.system()}{load}; {pinned}",
        f"- software: {platform.python_implementation()} {platform.python_version()}, {versions}",
        f"- C: {compiler}",
    ]


def is_off(one: Contender) -> bool:
    """Say whether a program's mean latency differs from the exact one by more than chance explains."""
    noise = 4 * REQUEST_NOISE / math.sqrt(sum(float(found["requests"]) for found in one.rounds))
    return abs(one.mean_ms / exact_mean_ms() - 1) > MEAN_TOLERANCE + noise


def report(
    measured: list[Contender],
    shop: list[Contender],
    about: list[str],
    start: list[tuple[str, str]],
    memory: list[list[str]],
) -> str:
    """Write the whole report as Markdown."""
    exact_ms = exact_mean_ms()
    head = [
        "program", "requests a round", "requests/s", "ns a request", "× idiomatic SimPy", "share of C",
        "mean, ms", "p50, ms", "p99, ms", "memory",
    ]
    events = [one for one in measured if one.rounds and "ns_per_event" in one.rounds[0]]
    starting = table(["a whole process that runs 1000 requests", ""], [list(row) for row in start])
    shop_head = ["program", "seconds simulated", "simulated s/s", "calls/s", "× idiomatic SimPy", "mean order, ms"]
    lines = [
        "# Benchmark: the three-service tandem", "",
        "Poisson 1000/s; three services one after another, 4 workers each, exponential 3.2 ms; 0.5 ms a hop;",
        "timeout 1 s, 3 attempts, full jitter (`scenarios/tandem.yaml`). Best of the rounds for speed, all rounds for",
        f"latency, a new seed each round. The exact mean is {exact_ms:.3f} ms; the bracket is the distance from it.",
        "Written by `python benchmarks/run.py`; ratios hold within this run only.", "",
        *about, "", *table(head, speed_rows(measured, exact_ms)), "",
        *(f"- {one.name}: {min(r['ns_per_event'] for r in one.rounds):.0f} ns an event" for one in events), "",
        "## The shipped shop", "",
        "The synchronous Online Boutique before its faults (`scenarios/online-boutique/sync.yaml`), 11 services.", "",
        *table(shop_head, boutique_rows(shop)), "",
        "## Start of the compiled engine", "", *starting, "",
        "## Peak memory of one run", "",
        *table(["program", *(f"{size:,} requests" for size in MEMORY_REQUESTS)], memory), "",
    ]
    return "\n".join(lines)


def main() -> int:
    """Measure, print, write; 1 if a program's mean latency is not the model's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5, help="interleaved rounds (default 5)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the number of requests (default 1)")
    parser.add_argument("--no-memory", action="store_true", help="skip the runs of 10^6 and 10^7 requests")
    parser.add_argument("-o", "--out", type=Path, default=REPORT, help="where the report goes")
    given = parser.parse_args()
    pinned = pin()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        cache = cache_environment(folder)
        program, compiler = build_c(folder)
        about = describe_machine(pinned, compiler)
        start = starts(cache)
        measured, shop = contenders(program, compiler, given.scale, cache), boutique_contenders(given.scale, cache)
        for number in range(given.rounds):
            for one in (*measured, *shop):
                print(f"round {number + 1}/{given.rounds}: {one.name}", file=sys.stderr)
                one.measure(number + 1)
        memory = [] if given.no_memory else memory_rows(measured, MEMORY_REQUESTS)
    text = report(measured, shop, about, start, memory)
    given.out.parent.mkdir(parents=True, exist_ok=True)
    given.out.write_text(text, encoding="utf-8")
    print(text)
    off = [one.name for one in measured if one.rounds and is_off(one)]
    if off:
        print(f"mean latency is not the model's: {', '.join(off)}", file=sys.stderr)
    return 1 if off else 0


if __name__ == "__main__":
    raise SystemExit(main())
