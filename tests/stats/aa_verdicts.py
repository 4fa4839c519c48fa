r"""Do verdicts claim what is not there? Comparisons of a scenario with itself, each side with random numbers of its own.

    replications 0 .. n-1  of a shop  --> a --\
                                               > Comparison.verdict() --> "... fails less": a false claim
    replications n .. 2n-1 of the same --> b --/

Both sides are the same scenario, and replication k of b is replication n + k of the same seed: an independent sample, as if
b had had another seed. Whatever the words of the verdict claim of one side is wrong.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sim import network
from sim.engine import run_once
from sim.judgements.multiple_comparisons import ALPHA, claims_of
from sim.results.comparison import Comparison
from sim.results.result import Result
from sim.scenario.scenario import Scenario
from tests.stats.aa_allowed import Alarming

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

SEED = 1
COMPARISONS = 1000
TELL = 100
"""Comparisons between two lines of progress."""
LIGHT = {"kind": "exponential", "mean": "20ms"}
HEAVY = {"kind": "pareto", "alpha": 1.5, "mean": "20ms"}


@dataclass(frozen=True)
class Setting:
    """What is compared: how many runs of each side, and how long the work of the struck service takes."""

    name: str
    runs: int
    work: dict[str, Any]


SETTINGS = (Setting("10 runs", 10, LIGHT), Setting("3 runs", 3, LIGHT), Setting("10 runs, heavy tails", 10, HEAVY))


@dataclass(frozen=True)
class FalseClaims(Alarming):
    """How many verdicts made a false claim, and how many would have with each claim judged by itself."""

    setting: str
    alone: int


def shop(work: dict[str, Any]) -> Scenario:
    """Orders that call a payment and cause a delivery; the payment is slow for a while, so that there is all to compare."""
    return Scenario.model_validate(
        {
            "name": "shop",
            "architecture": "event-driven",
            "services": {
                "door": {
                    "workers": 4,
                    "operations": {
                        "order": [{"work": "1ms"}, {"call": "pay.charge", "timeout": "150ms"}, {"publish": "orders"}]
                    },
                },
                "pay": {"operations": {"charge": [{"work": work}]}},
                "post": {"operations": {"send": [{"work": work}]}},
            },
            "brokers": {"log": {"topics": {"orders": {"partitions": 1}}}},
            "subscriptions": {"post": {"topic": "orders", "operation": "post.send"}},
            "workload": {"orders": {"operation": "door.order", "arrivals": {"kind": "poisson", "rate": "20/s"}}},
            "faults": {"slow": {"kind": "slowdown", "target": "pay", "factor": 4, "at": "10s", "for": "5s"}},
            "run": {"horizon": "35s", "warmup": "5s"},
        }
    )


def comparisons(setting: Setting, count: int) -> Iterator[Comparison]:
    """Comparisons of the shop with itself, all of them with replications of their own."""
    scenario, runs = shop(setting.work), setting.runs
    compiled = network.compile(scenario)
    for number in range(count):
        if number and number % TELL == 0:
            sys.stderr.write(f"{setting.name}: {number} of {count} comparisons\n")
            sys.stderr.flush()
        first = 2 * runs * number
        records = [run_once(compiled, seed=SEED, replication=first + one, engine="compiled") for one in range(2 * runs)]
        sides = [Result(scenario, tuple(some), SEED, "compiled") for some in (records[:runs], records[runs:])]
        yield Comparison(*sides)


def claims_in(comparison: Comparison) -> list[str]:
    """The sentences of a verdict that claim something of one side: those that begin with its name."""
    begins = tuple(f"{label.capitalize()} " for label in comparison.labels)
    return [sentence for sentence in comparison.verdict() if sentence.startswith(begins)]


def count_false(setting: str, found: Iterable[Comparison]) -> FalseClaims:
    """Read the verdicts."""
    total = false = alone = 0
    for comparison in found:
        total += 1
        false += bool(claims_in(comparison))
        alone += any(claim.row.p <= ALPHA for claim in claims_of(comparison).values())
    return FalseClaims(total, false, setting, alone)


def table(found: Sequence[FalseClaims]) -> list[str]:
    """The table as lines, with what was measured and what had to be."""
    lines = [
        "# How often verdicts on equals claim a difference",
        "",
        "Each comparison is of a shop with itself (a call that a fault slows, and a message), replications 0 to n - 1 against",
        "n to 2 n - 1: independent samples of the same. Every claim in the words of `Comparison.verdict` is false. All claims",
        "of a verdict are one family (Holm); to hold, at most 5 % of the verdicts, and two standard errors, may make any.",
        "Heavy tails: the work is Pareto with index 1.5, which has no variance.",
        "",
        "| setting | comparisons | with a false claim | allowed | each claim by itself | holds |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {one.setting} | {one.comparisons} | {one.false} ({one.false / one.comparisons:.1%}) | {one.most} "
        f"| {one.alone} ({one.alone / one.comparisons:.1%}) | {'yes' if one.holds else 'NO'} |"
        for one in found
    ]
    return lines
