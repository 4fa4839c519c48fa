r"""Do differences of quantiles cry wolf? Comparisons of a desk with itself, each side with random numbers of its own.

    replications 0 .. n-1  of twenty desks  --> a --\
                                                     > Comparison.row("visits-7.latency.p99").p <= 5 %: a false alarm
    replications n .. 2n-1 of the same      --> b --/

Quantiles are those of all answers of a side together (`sim.stats.pooled`). One kind of desk has a queue, so that its latencies
are spread. The others answer in 2 ms, but for a share of about one in a hundred that is tried again 100 ms later: then the p99
is 2 ms or 102 ms, and by chance it may be one for a side and the other for the other.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim import network
from sim.engine import run_once
from sim.judgements.multiple_comparisons import ALPHA
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario.scenario import Scenario
from tests.stats.aa_allowed import Alarming

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

SEED = 2
COMPARISONS = 1000
DESKS = 20
"""Side by side in a scenario, equal but for their names, and so for their random numbers."""
RUNS = 10
METRICS = ("latency.p50", "latency.p99")
TELL = 200


@dataclass(frozen=True)
class Setting:
    """Twenty desks: how long they work, which share fails and is how often it is tried, how much comes, and for how long."""

    name: str
    work: dict[str, Any]
    rate: str
    horizon: str
    fails: str = ""
    attempts: int = 3
    workers: int = 1


QUEUE = Setting("a queue at a load of 0.5", {"kind": "exponential", "mean": "1s"}, "0.5/s", "3300s")
JUMPS = tuple(
    Setting(f"2 ms, {share} % tried again", {"kind": "constant", "value": "2ms"}, "30/s", "66s", f"{share}%", workers=50)
    for share in ("0.9", "1.0", "1.1")
)
FAILS = Setting("2 ms, 1.0 % fail", JUMPS[0].work, "30/s", "66s", "1.0%", attempts=1, workers=50)
ALONE = Setting("lognormal work, no queue", {"kind": "lognormal", "median": "1s", "p99": "10s"}, "0.5/s", "3300s", workers=50)
SETTINGS = (QUEUE, ALONE, *JUMPS, FAILS)


@dataclass(frozen=True)
class Alarms(Alarming):
    """In how many comparisons of equals a quantile was said to differ."""

    setting: str
    metric: str


def desks(setting: Setting) -> Scenario:
    """Return twenty desks side by side."""
    steps: list[dict[str, Any]] = [{"work": setting.work}]
    flow: dict[str, Any] = {"arrivals": {"kind": "poisson", "rate": setting.rate}}
    if setting.fails:
        steps.append({"fail": setting.fails})
        flow["retry"] = {"kind": "fixed", "attempts_max": setting.attempts, "delay": "100ms"}
    return Scenario.model_validate(
        {
            "name": "desks",
            "architecture": "synchronous",
            "services": {f"desk-{at}": {"workers": setting.workers, "operations": {"serve": steps}} for at in range(DESKS)},
            "workload": {f"visits-{at}": {"operation": f"desk-{at}.serve", **flow} for at in range(DESKS)},
            "run": {"horizon": setting.horizon, "warmup": "6s" if setting.fails else "300s", "window": "6s"},
        }
    )


def comparisons(
    setting: Setting, count: int, *, other: Setting | None = None, runs: int = RUNS
) -> Iterator[tuple[Comparison, str]]:
    """Comparisons of a setting with itself or with another, each with the name of the flow that it is about.

    No two have a replication of a flow in common, and no side random numbers of the other's.
    """
    settings = setting, other or setting
    scenarios = [desks(one) for one in settings]
    compiled = [network.compile(one) for one in scenarios]
    for number in range(0, count, DESKS):
        if number % TELL == 0:
            sys.stderr.write(f"{setting.name}: {number} of {count} comparisons\n")
            sys.stderr.flush()
        first = 2 * runs * (number // DESKS)
        sides = []
        for side, (scenario, numbered) in enumerate(zip(scenarios, compiled, strict=True)):
            own = range(first + side * runs, first + (side + 1) * runs)
            records = tuple(run_once(numbered, seed=SEED, replication=one, engine="compiled") for one in own)
            sides.append(Result(scenario, records, SEED, "compiled"))
        made = Comparison(sides[0], sides[1])
        yield from ((made, f"visits-{desk}") for desk in range(min(DESKS, count - number)))


def count_false(setting: Setting, count: int) -> list[Alarms]:
    """How often each metric of equals was said to differ."""
    false = dict.fromkeys(METRICS, 0)
    for comparison, flow in comparisons(setting, count):
        for metric in METRICS:
            false[metric] += comparison.row(f"{flow}.{metric}").p <= ALPHA
    return [Alarms(count, false[metric], setting.name, metric) for metric in METRICS]


def table(found: Sequence[Alarms]) -> list[str]:
    """The table as lines, with what was measured and what had to be."""
    lines = [
        "# How often quantiles of equals are said to differ",
        "",
        f"Each comparison is of a desk with itself, {RUNS} runs against {RUNS} others, by `Comparison.row`: quantiles of the",
        "latencies of all runs of a side together. To hold, at most 5 % of the rows, and two standard errors, may have a p of",
        "at most 5 %. Where 0.9 to 1.1 % are tried again 100 ms later, the p99 lies at a jump from 2 ms to 104 ms; where 1 %",
        "fail, at one from 2 ms to infinite.",
        "",
        "| setting | metric | comparisons | said to differ | allowed | holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.setting} | {one.metric} | {one.comparisons} | {one.false} ({one.false / one.comparisons:.1%}) | {one.most} "
        f"| {'yes' if one.holds else 'NO'} |"
        for one in found
    ]
    return lines
