"""Do sweeps and verdicts cry wolf? Equal configurations: ``python -m tests.stats.aa --out reports/validation/aa.md``.

    10 points and a baseline, all the same desk --> Sweep.differences(metric) --> a proven difference anywhere: a false alarm

Under common random numbers equal configurations give equal runs, and nothing can be proven of them. So each point here has
random numbers of its own: it is the same desk under another name, and a draw belongs to a name. The sweep's own code then
judges every point against the baseline, all of them together (Holm). Whatever it proves is wrong. The same of the verdicts
of comparisons is in `tests.stats.aa_verdicts`, that of quantiles in `tests.stats.aa_quantiles`, and in the same file.
"""

from __future__ import annotations

import argparse
import platform
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sim import network
from sim.engine import run_once
from sim.metrics.paths import resolve
from sim.record.record import SEMANTICS
from sim.scenario.scenario import Scenario
from sim.sweeps.plan import plan
from sim.sweeps.result import Sweep
from sim.sweeps.summary import Summary, summarise
from tests.stats import aa_quantiles, aa_verdicts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from sim.network import Network
    from sim.sweeps.plan import Plan

POINTS = 11
"""With the baseline."""
RUNS = 10
"""Replications of a point, a scenario's default."""
SEED = 1
ALPHA = 0.05
TELL = 100
"""Sweeps between two lines of progress."""
METRICS = ("latency.mean", "latency.p95", "goodput")
"""Long-tailed, longer-tailed, and nearly normal."""


def desks(count: int) -> Scenario:
    """As many equal desks, side by side; an idle service with a setting that changes nothing gives a sweep its axis."""
    work = {"work": {"kind": "exponential", "mean": "1s"}}
    arrivals = {"kind": "poisson", "rate": "0.6/s"}
    return Scenario.model_validate(
        {
            "name": "desks",
            "architecture": "synchronous",
            "services": {
                **{f"desk-{number}": {"operations": {"serve": [work]}} for number in range(count)},
                "idle": {"operations": {"nothing": [work]}},
            },
            "workload": {
                f"visits-{number}": {"operation": f"desk-{number}.serve", "arrivals": arrivals} for number in range(count)
            },
            "run": {"horizon": "600s", "warmup": "100s", "window": "100s"},
        }
    )


def planned(points: int = POINTS, runs: int = RUNS) -> Plan:
    """A sweep of one desk over a setting that changes nothing."""
    axis = f"services.idle.workers={','.join(map(str, range(1, points + 1)))}"
    return plan({"desks": desks(1)}, [axis], runs=runs, seed=SEED)


def sweeps(count: int, points: int = POINTS, runs: int = RUNS) -> Iterator[Sweep]:
    """Sweeps of equal points, each point of each sweep with random numbers of its own."""
    made, declared = planned(points, runs), desks(points)
    compiled = network.compile(declared)
    wanted = [[resolve(f"visits-{point}.{metric}", declared) for metric in METRICS] for point in range(points)]
    paths = made.points[0].paths
    places = [paths.index(f"visits-0.{metric}") for metric in METRICS]
    for number in range(count):
        if number and number % TELL == 0:
            sys.stderr.write(f"{number} of {count} sweeps\n")
            sys.stderr.flush()
        found: dict[str, Summary] = {}
        replications = [_measured(compiled, wanted, number * runs + one) for one in range(runs)]
        for task in made.tasks:
            values = [float("nan")] * len(paths)
            summary = replications[task.replication][task.point.number]
            for place, value in zip(places, summary.values, strict=True):
                values[place] = value
            found[task.key] = Summary(tuple(values), "", as_of_first(summary, task.point.number))
        yield Sweep(made, found, ran=len(found))


def _measured(compiled: Network, wanted: Sequence[Sequence[Any]], replication: int) -> list[Summary]:
    """What is kept of each point in one replication."""
    record = run_once(compiled, seed=SEED, replication=replication, engine="compiled")
    return [summarise(record, row) for row in wanted]


def as_of_first(summary: Summary, number: int) -> dict[str, str]:
    """What quantiles of the desk of that number are ones of, by the names of the first desk."""
    return {name.replace(f"visits-{number}.", "visits-0."): text for name, text in summary.samples.items()}


@dataclass(frozen=True)
class Alarms:
    """How many of ``sweeps`` proved a difference that is not there; ``alone``: with every point judged as if by itself."""

    metric: str
    sweeps: int
    false: int
    alone: int

    @property
    def share(self) -> float:
        """Of the sweeps."""
        return self.false / self.sweeps

    @property
    def bound(self) -> float:
        """Upper 95 % bound of the true share (Clopper and Pearson, one-sided)."""
        from scipy.special import betaincinv

        return float(betaincinv(self.false + 1, self.sweeps - self.false, 0.95)) if self.false < self.sweeps else 1.0

    @property
    def chance(self) -> float:
        """Probability of at least so many when the true share is 5 %."""
        from scipy.special import bdtrc

        return float(bdtrc(self.false - 1, self.sweeps, ALPHA)) if self.false else 1.0


def count_alarms(found: Iterable[Sweep]) -> list[Alarms]:
    """Judge the families of each metric in every sweep."""
    total, false, alone = 0, dict.fromkeys(METRICS, 0), dict.fromkeys(METRICS, 0)
    for sweep in found:
        total += 1
        for metric in METRICS:
            family = sweep.differences(f"visits-0.{metric}").values()
            false[metric] += any(one.higher for one in family)
            alone[metric] += any(one.p <= ALPHA for one in family)
    return [Alarms(metric, total, false[metric], alone[metric]) for metric in METRICS]


def table(found: Sequence[Alarms], command: str) -> str:
    """The table, with what was measured and what had to be."""
    used = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "llvmlite"))
    lines = [
        "# How often sweeps of equal configurations prove a difference",
        "",
        f"`{command}`, seed {SEED}, Python {platform.python_version()}, {used}, semantics {SEMANTICS}.",
        "",
        f"Each sweep has a baseline and {POINTS - 1} points, all the same M/M/1 desk at a load of 0.6, each with {RUNS} runs",
        "by the compiled engine and with random numbers of its own. (Under common ones equal points give equal runs: every",
        "difference is exactly 0, and nothing is proven.) `Sweep.family` judges every point against the baseline, all together",
        "by Holm's rule; a sweep with even one proven difference is a false alarm. To hold, at most 5 % of the sweeps may be.",
        "",
        "| metric | sweeps | false alarms | share | upper 95 % bound | chance of so many, were it 5 % | without Holm | holds |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.metric} | {one.sweeps} | {one.false} | {one.share:.1%} | {one.bound:.2%} | {one.chance:.3f} "
        f"| {one.alone / one.sweeps:.1%} | {'yes' if one.share <= ALPHA else 'NO'} |"
        for one in found
    ]
    return "\n".join([*lines, ""])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the sweeps and the comparisons and write the tables; 1 when there are more false alarms or claims than 5 %."""
    parser = argparse.ArgumentParser(prog="python -m tests.stats.aa", description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, help="write the Markdown table there; else to the terminal")
    parser.add_argument("--sweeps", type=int, default=1000, help="how many sweeps (default 1000)")
    parser.add_argument("--comparisons", type=int, default=1000, help="how many comparisons of each setting (default 1000)")
    options = parser.parse_args(arguments)
    found = count_alarms(sweeps(options.sweeps))
    claimed = [
        aa_verdicts.count_false(one.name, aa_verdicts.comparisons(one, options.comparisons)) for one in aa_verdicts.SETTINGS
    ]
    text = table(found, f"python -m tests.stats.aa --sweeps {options.sweeps} --comparisons {options.comparisons}")
    differing = [one for setting in aa_quantiles.SETTINGS for one in aa_quantiles.count_false(setting, options.comparisons)]
    text += "\n".join(["", *aa_verdicts.table(claimed), "", *aa_quantiles.table(differing), ""])
    if options.out:
        options.out.write_text(text)
    else:
        sys.stdout.write(text)
    return int(any(one.share > ALPHA for one in found) or not all(one.holds for one in (*claimed, *differing)))


if __name__ == "__main__":
    sys.exit(main())
