"""How long the explorer takes to follow a slider, part by part: milliseconds, measured in one run, by one command.

    python benchmarks/explorer.py                  Online Boutique, alone and beside its event-driven variant
    python benchmarks/explorer.py --moves 20       more moves

Each move sets the load to a value that was not there before, so that nothing is taken from what is kept. The parts are then
done once more by themselves for the same setting; the words are what is left of the whole. Best and median of the moves; the
time of a processor stands beside that of the clock, since replications run on threads and the machine may be shared.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from typing import TYPE_CHECKING

import sim
from sim.charts.picture import drawn, encoded
from sim.checking import check_scenario
from sim.engine import prepare, run_once
from sim.explorer import PANELS, REPLICATIONS
from sim.network import compile as compile_network
from sim.replications import run_together

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from sim.explorer.page import Explorer

SHOP = "scenarios/online-boutique"
CASES = {"one scenario": [f"{SHOP}/sync.yaml"], "two scenarios": [f"{SHOP}/sync.yaml", f"{SHOP}/events.yaml"]}
PARTS = (
    "overrides applied and validated",
    "checked and compiled to a network",
    "engine, one replication after another",
    "replications together: checked, compiled, run on threads",
    "charts drawn on a figure",
    "figure rendered and packed as PNG",
    "words, widgets",
    "the whole move",
)
Times = dict[str, list[tuple[float, float]]]


def timed(times: Times, part: str, do: Callable[[], Any]) -> Any:
    """Do something, and note the milliseconds by the clock and of the processor."""
    began = time.perf_counter(), time.process_time()
    found = do()
    times.setdefault(part, []).append(((time.perf_counter() - began[0]) * 1e3, (time.process_time() - began[1]) * 1e3))
    return found


def move(explorer: Explorer, times: Times, load: float) -> None:
    """Move the slider of the load, then do each part of that by itself."""
    timed(times, PARTS[7], lambda: setattr(explorer.load, "value", load))
    assert not explorer.problem, explorer.problem
    pairs = list(zip(explorer.scenarios, explorer.overrides, strict=True))
    changed = timed(times, PARTS[0], lambda: [one.with_overrides(texts) for one, texts in pairs])
    networks = timed(times, PARTS[1], lambda: [(check_scenario(one), compile_network(one))[1] for one in changed])
    seed, runs = changed[0].run.seed, range(REPLICATIONS)
    timed(times, PARTS[2], lambda: [run_once(one, seed=seed, replication=run) for one in networks for run in runs])
    timed(times, PARTS[3], lambda: run_together(changed, replications=REPLICATIONS))
    figure = timed(times, PARTS[4], lambda: drawn(explorer.result, PANELS))
    timed(times, PARTS[5], lambda: encoded(figure, 90))
    known = [times[part][-1] for part in (PARTS[0], PARTS[3], PARTS[4], PARTS[5])]
    whole = times[PARTS[7]][-1]
    left = (max(0.0, whole[clock] - sum(one[clock] for one in known)) for clock in (0, 1))
    times.setdefault(PARTS[6], []).append((next(left), next(left)))


def main() -> None:
    """Measure and print a table for each case."""
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("--moves", type=int, default=10)
    given = ask.parse_args()
    prepare(lambda text: print(text, file=sys.stderr))
    for name, paths in CASES.items():
        explorer = sim.explore(*paths)
        move(explorer, {}, 2.0)  # loads what the first picture loads
        times: Times = {}
        for number in range(given.moves):
            move(explorer, times, round(1.01 + 0.4 * number / given.moves, 3))
        print(f"\n{name}, {REPLICATIONS} replications, {given.moves} moves of the load from 1 to 1.4\n")
        print("| part | clock, best | clock, median | processor, best | processor, median |")
        print("|---|--:|--:|--:|--:|")
        for part in PARTS:
            clocks = [[one[clock] for one in times[part]] for clock in (0, 1)]
            cells = [f"{found:.0f} ms" for clock in clocks for found in (min(clock), statistics.median(clock))]
            print(f"| {part} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
